"""Errors in consent, visits, laboratory, scales and logs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from trialkit.simulation.mistakes import Change, Place, Rule, mistake, put, shift
from trialkit.simulation.model import schedule
from trialkit.simulation.sheets.logs import _taken
from trialkit.simulation.sheets.sheet import LOG, Mistake, Sheet, after, day

FIRST_FORMS = {
    "EG": "EGDAT",
    "UD": "UDDAT",
    "VS": "VSDAT",
    "CSB": "CSBDAT",
    "PHQ": "PHQDAT",
    "QID": "QIDSDAT",
    "MAD": "RSDAT",
}


def _before_consent(item: str) -> Change:
    def change(place: Place, sheet: Sheet) -> tuple[str, str] | None:
        if sheet.event != "V1" or item not in sheet.values:
            return None
        sheet.values[item] = day(place.course.consented - timedelta(days=place.draws.randrange(1, 5)))
        return item, "dated before consent"

    return change


def _other_text(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    sheet.values["ICVER"] = "2.0" if sheet.values.get("ICVER") == "1.0" else "1.0"
    return "ICVER", "a consent text that was not in force"


def _low_score(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.event != "V1" or place.course.failed or (place.course.response and place.course.response.baseline > 33):
        return None
    items = [f"MADRS1{n:02}" for n in range(1, 11)]
    over = sum(int(str(sheet.values[item])) for item in items) - place.draws.randrange(25, 28)
    for item in items[:9]:
        while over > 0 and int(str(sheet.values[item])) > 1:
            sheet.values[item] = str(int(str(sheet.values[item])) - 1)
            over -= 1
    return "MADRS111", "MADRS below 28 at screening"


def _reversed(start: str, end: str) -> Change:
    def change(place: Place, sheet: Sheet) -> tuple[str, str] | None:
        begun = sheet.values.get(start)
        if end not in sheet.values or not isinstance(begun, str) or len(begun) != 10:
            return None
        sheet.values[end] = day(date.fromisoformat(begun) - timedelta(days=place.draws.randrange(2, 20)))
        return end, "end before start"

    return change


def _without(item: str, also: str = "", done: str = "left empty") -> Change:
    def change(place: Place, sheet: Sheet) -> tuple[str, str] | None:
        if item not in sheet.values:
            return None
        del sheet.values[item]
        sheet.values.pop(also, None)
        return item, done

    return change


def _not_serious(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.values.get("AESER") != "N":
        return None
    sheet.values |= {
        "AESER": "Y",
        **dict.fromkeys(("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE"), "N"),
    }
    return "AESER", "serious without a reason"


def _recovered(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if "AEENDAT" not in sheet.values or sheet.values.get("AESER") == "Y":
        return None
    del sheet.values["AEENDAT"]
    sheet.values.pop("AEENTIM", None)
    sheet.values["AEONGO"] = "Y"
    return "AEOUT", "recovered, and yet ongoing"


def _unit(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.event == "V1":
        return None
    key = next((k for k, values in sheet.rows.items() if values.get("LBTESTCD") == "GLUC"), "")
    if not key:
        return None
    found = sheet.rows[key]
    found["LBORRES"] = f"{min(float(str(found['LBORRES'])) * 9.5, 49):.1f}"
    found["LBCLSIG"] = "N"
    return f"RESULTS[{key}].LBORRES", "glucose in the wrong unit"


def _observer_rates(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    sheet.values["MADRATER"] = place.site.people["nurse 2"]
    return "MADRATER", "rated by a nurse who monitored the subject"


def _all_alike(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    sheet.values |= {f"PHQ010{n}": "1" for n in range(1, 10)} | {"PHQ0110": "1"}
    return "PHQ0101", "all answers alike"


def _disagree(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    visit = place.course.at(sheet.event)
    if (
        visit is None
        or visit.ideation
        or visit.dosing
        or sheet.event in ("V1", "F3")
        or not visit.items
        or visit.items[9] >= 4
    ):
        return None
    missing = 4 - int(str(sheet.values["MADRS110"]))
    for item in (f"MADRS1{n:02}" for n in range(1, 10)):
        while missing and int(str(sheet.values[item])) > 0:
            sheet.values[item] = str(int(str(sheet.values[item])) - 1)
            missing -= 1
    sheet.values["MADRS110"] = "4"
    return "MADRS110", "item 10 is 4, and the C-SSRS tells of no ideation"


def _both(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    sheet.values |= {"QIDSR106": "1", "QIDSR107": "1"}
    return "QIDSR106", "both questions on appetite answered"


def _skip_rule(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.values.get("CSS0202") != "N":
        return None
    sheet.values["CSS0203"] = "N"
    return "CSS0203", "level 3 answered after level 2 was denied"


def _bladder(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.event not in ("V2", "F3"):
        return None
    sheet.values |= {f"BLD0{n}": points for n, points in enumerate("2211111", 1)} | {"BLD06": "0"}
    return "BLDTOT", "bladder symptoms, and no urinalysis"


def _completed(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.values.get("DSEP") != "STUDY TREATMENT - INDUCTION" or sheet.values.get("DSDECOD") in (None, "COMPLETED"):
        return None
    for item in ("DSTERM", "DSCONT3"):
        sheet.values.pop(item, None)
    sheet.values["DSDECOD"] = "COMPLETED"
    return "DSDECOD", "completed, with too few infusions"


def _other_reason(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if sheet.values.get("DSDECOD") != "ADVERSE EVENT":
        return None
    sheet.values.pop("DSAESPID", None)
    sheet.values["DSDECOD"] = "PHYSICIAN DECISION"
    return "DSDECOD", "the event that ended treatment is not named"


def out_of_window(place: Place, sheets: list[Sheet]) -> Iterable[Mistake]:
    """D02: a follow-up visit too late for its window, with the reason given."""
    for event in ("V12", "F1", "F2", "F3"):
        visit = place.course.at(event)
        if visit is None or not place.draws.chance(0.04):
            continue
        given = place.course.infusions
        target = (
            given[0].day + timedelta(days=119)
            if event == "V12"
            else given[-1].day + timedelta(days=schedule.FOLLOW_UP[event])
        )
        days = (target - visit.day).days + schedule.WINDOW[event][1] + place.draws.randrange(1, 4)
        others = [v.day for v in place.course.visits if v.day > visit.day]
        if others and visit.day + timedelta(days=days) >= min(others):
            continue
        for sheet in shift(sheets, event, days):
            if sheet.form == "SV":
                sheet.values["SVREASM"] = "The subject was travelling."
                yield mistake("D02", sheet, "SVDAT", f"{days} days after the planned day")


def too_soon(place: Place, sheets: list[Sheet]) -> Iterable[Mistake]:
    """D04: an infusion on the day after the one before."""
    for event, before in (("V6", "V5"), ("V8", "V7"), ("V10", "V9")):
        first, second = place.course.at(before), place.course.at(event)
        if (
            first is None
            or second is None
            or second.infusion is None
            or first.infusion is None
            or not place.draws.chance(0.001)
        ):
            continue
        for sheet in shift(sheets, event, 1 - (second.day - first.day).days):
            if sheet.form == "EC" and "ECSTDAT" in sheet.values:
                yield mistake("D04", sheet, "ECSTDAT", "less than 48 hours after the infusion before")
            if sheet.form == "SV":
                sheet.values["SVREASM"] = "Appointment confused."


def no_second_consent(place: Place, sheets: list[Sheet]) -> Iterable[Mistake]:
    """C04: the new consent text was not presented."""
    again = [sheet for sheet in sheets if sheet.values.get("ICTYPE") == "RE-CONSENT" or sheet.event == "REC"]
    if again and place.draws.chance(0.02):
        sheets[:] = [sheet for sheet in sheets if sheet not in again]
        yield mistake("C04", again[0], "ICVER", "no re-consent")


def no_event(place: Place, sheets: list[Sheet]) -> Iterable[Mistake]:
    """A01, A03: an event that a reading demands was not entered. A15: nor the treatment of one."""
    for event in place.course.events:
        check = {"Somnolence": ("A01", 0.03), "Blood pressure increased": ("A03", 0.05)}.get(event.name)
        if check and event.grade >= 2 and event.infusion and not event.withdrawn and place.draws.chance(check[1]):
            own = [
                s
                for s in sheets
                if (s.form == "AE" and s.line == event.line) or s.values.get("CMAESPID") == str(event.line)
            ]
            sheets[:] = [sheet for sheet in sheets if sheet not in own]
            yield mistake(check[0], own[0], "AETERM", "the adverse event was not entered")
        elif event.treated and place.draws.chance(0.03):
            own = [sheet for sheet in sheets if sheet.values.get("CMAESPID") == str(event.line)]
            sheets[:] = [sheet for sheet in sheets if sheet not in own]
            yield from (mistake("A15", sheet, "CMTRT", "the treatment was not entered") for sheet in own)
        elif event.serious and place.draws.chance(0.04):
            own = [s for s in sheets if s.form == "SAE" and s.values.get("SAEAESP") == str(event.line)]
            lines = {sheet.line for sheet in own}
            sheets[:] = [s for s in sheets if not (s.form == "SAE" and s.line in lines)]
            yield from (mistake("A09", sheet, "SAEAESP", "the supplement was not written") for sheet in own[:1])


def prohibited(place: Place, sheets: list[Sheet]) -> Iterable[Mistake]:
    """M03: an opioid between two infusions."""
    given = place.course.infusions
    if len(given) < 4 or not place.draws.chance(0.01):
        return
    begins = given[2].day + timedelta(days=1)
    values = _taken("Tramadol", "Back pain", "50", "OPIOID", day(begins), "PRN") | {
        "CMONGO": "N",
        "CMENDAT": day(begins),
    }
    line = max((sheet.line for sheet in sheets if sheet.form == "CM"), default=0) + 1
    sheet = Sheet(after(given[3].start, -158), LOG, "CM", values, line=line)
    sheet.mistake = mistake("M03", sheet, "CMTRT", "an opioid during treatment")
    sheets.append(sheet)
    yield sheet.mistake


RULES = (
    *(Rule("C01", 0.003, form, _before_consent(item)) for form, item in FIRST_FORMS.items()),
    Rule("C03", 0.003, "IC", _other_text),
    Rule("E08", 0.01, "MAD", _low_score),
    Rule("E18", 0.005, "RAND", put("RANDREG", "US")),
    Rule("E18", 0.005, "RAND", put("RANDREG", "NON-US", "the wrong region sent")),
    Rule("M01", 0.008, "AE", _reversed("AESTDAT", "AEENDAT")),
    Rule("M01", 0.008, "CM", _reversed("CMSTDAT", "CMENDAT")),
    Rule("M02", 0.01, "AE", _without("AEENDAT", "AEENTIM", "no end, not ongoing")),
    Rule("M02", 0.01, "CM", _without("CMENDAT", "", "no end, not ongoing")),
    Rule("L05", 0.003, "LB", _unit),
    Rule("L06", 0.005, "UD", put("UDTEMP", "N", "sample temperature not valid")),
    Rule("A05", 0.005, "AE", _not_serious),
    Rule("A08", 0.01, "AE", _recovered),
    Rule("A12", 0.02, "DS", _other_reason),
    Rule("R01", 0.001, "MAD", _observer_rates),
    Rule("R03", 0.005, "PHQ", _all_alike),
    Rule("R05", 0.02, "MAD", _disagree),
    Rule("R07", 0.005, "QID", _both),
    Rule("R08", 0.005, "CSL", _skip_rule),
    Rule("R13", 0.05, "BLD", _bladder),
    Rule("S01", 0.005, "DS", _completed),
)
WHOLES = (no_second_consent, no_event, prohibited, out_of_window, too_soon)
