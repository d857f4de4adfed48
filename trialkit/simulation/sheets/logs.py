"""The logs: medication, adverse and serious events, sessions, dispositions."""

from __future__ import annotations

from datetime import date, datetime

from trialkit.conduct.reason import Reason
from trialkit.simulation.model.adverse import Adverse
from trialkit.simulation.model.fate import Ending, Visit
from trialkit.simulation.sheets.sheet import Book, Values, after, before, clock, day, minute, month

REMEDY = {
    "Headache": ("Paracetamol", "500", "mg", "ONCE", "ORAL", "OTHER"), "Nausea": ("Ondansetron", "4", "mg", "ONCE",
    "ORAL", "ANTIEMETIC"),
    "Vomiting": ("Ondansetron", "4", "mg", "ONCE", "ORAL", "ANTIEMETIC"), "Insomnia": ("Melatonin", "3", "mg", "QHS",
    "ORAL", "OTHER"),
    "Blood pressure increased": ("Amlodipine", "5", "mg", "ONCE", "ORAL", "ANTIHYPERTENSIVE"),
}  # fmt: skip
PLAIN_REMEDY = ("Ibuprofen", "400", "mg", "PRN", "ORAL", "OTHER")
UPDATED = Reason("LATE", "The event has ended since it was entered.")
NARRATIVE = (
    "The subject was admitted after the family called for help. On arrival conscious and oriented, vital signs stable. "
    "Observed, treated as described, recovered and discharged home with follow-up. {name}."
)


def medication(book: Book, moment: datetime, drug: str, history: dict[str, int]) -> None:
    """What the subject takes at screening."""
    one, draws = book.course.person, book.draws

    def since(months: int) -> str:
        return month(before(moment.date(), months))

    lines: list[tuple[Values, str]] = []
    if drug:
        lines.append(
            (_taken(drug.capitalize(), "Depression", "100", "ANTIDEPRESSANT", since(draws.randrange(3, 9))), "")
        )
    if one.benzodiazepine:
        lines.append(
            (_taken("Lorazepam", "Anxiety", "1", "BENZODIAZEPINE OR HYPNOTIC", since(14), "QHS"), "ANXIETY DISORDER")
        )
    if one.hypertension:
        lines.append((_taken("Lisinopril", "Hypertension", "10", "ANTIHYPERTENSIVE", since(30)), "HYPERTENSION"))
    if draws.chance(0.2):
        lines.append((_taken("Cetirizine", "Hay fever", "10", "OTHER", since(20), "PRN"), ""))
    for n, (values, condition) in enumerate(lines):
        if condition in history:
            values["CMMHSPID"] = str(history[condition])
        book.log(after(moment, n / 2), "CM", values)
    if not lines and not any(event.treated or event.serious for event in book.course.events):
        book.log(moment, "CM", {"CMYN": "N"})


def _taken(drug: str, why: str, dose: str, kind: str, since: str, often: str = "QD") -> Values:
    return {
        "CMYN": "Y", "CMTRT": drug, "CMCLAS": kind, "CMINDC": why, "CMDSTXT": dose, "CMDOSU": "mg", "CMDOSFRQ": often,
        "CMROUTE": "ORAL", "CMSTDAT": since, "CMONGO": "Y", "CMRESC": "N", "CMAEYN": "N",
    }  # fmt: skip


def adverse_event(book: Book, event: Adverse, moment: datetime, following: list[Visit]) -> int:
    """An event and what was done about it, as known at `moment`; its end is added at one of the `following` visits.

    What was done is entered last: it names records that name the event.
    """
    over = event.ends is not None and event.ends < moment
    values: Values = {
        "AEYN": "Y", "AETERM": event.name, "AEDECOD": event.name, **_begin(book, event), "AETOXGR": str(event.grade),
        "AESER": "NY"[event.serious], "AEREL": "NY"[event.related], "AERELPR": "N", "AEAESI": event.interest,
        **(_end(book, event) if over else {"AEONGO": "Y", "AEOUT": "NOT RECOVERED/NOT RESOLVED"}),
    }  # fmt: skip
    if event.serious:
        values |= dict.fromkeys(("AESDTH", "AESLIFE", "AESDISAB", "AESCONG"), "N")
        values |= {"AESHOSP": "Y", "AESMIE": "NY"[event.name == "Suicide attempt"]}
    line = event.line = book.log(moment, "AE", values, submit=False)
    treated = event.treated or event.serious
    if treated:
        _treat(book, event, line, after(moment, 1))
    done: Values = {"AECONTRT": "NY"[treated]}
    if not event.withdrawn:
        done["AEACN"] = event.action
    book.again(after(moment, 5), "AE", line, done, submit=not event.withdrawn)
    later = next((v for v in following if event.ends is not None and v.start > event.ends), None)
    if not over and later is not None:
        told = max(after(later.start, -170 if later.dosing else -10), after(moment, 20))
        book.again(told, "AE", line, _end(book, event), reason=UPDATED)
    if event.serious:
        _report(book, event, line, after(moment, 6), later)
    return line


def _begin(book: Book, event: Adverse) -> Values:
    dosed = {v.day for v in book.course.infusions}
    values: Values = {"AESTDAT": day(event.begins)}
    if event.begins.date() in dosed:
        values["AESTTIM"] = clock(event.begins)
    return values


def _end(book: Book, event: Adverse) -> Values:
    assert event.ends is not None
    values: Values = {"AEONGO": "N", "AEENDAT": day(event.ends), "AEOUT": "RECOVERED/RESOLVED"}
    if event.ends.date() in {v.day for v in book.course.infusions}:
        values["AEENTIM"] = clock(event.ends)
    return values


def _treat(book: Book, event: Adverse, line: int, moment: datetime) -> None:
    drug, dose, unit, often, route, kind = REMEDY.get(event.name, PLAIN_REMEDY)
    ends = min(event.ends or moment, moment)
    values: Values = {
        "CMYN": "Y", "CMTRT": drug, "CMCLAS": kind, "CMINDC": event.name, "CMDSTXT": dose, "CMDOSU": unit,
        "CMDOSFRQ": often,
        "CMROUTE": route, "CMSTDAT": day(event.begins), "CMONGO": "N", "CMENDAT": day(ends),
        "CMRESC": "NY"[kind == "ANTIHYPERTENSIVE"], "CMAEYN": "Y", "CMAESPID": str(line),
    }  # fmt: skip
    book.log(moment, "CM", values)


def _report(book: Book, event: Adverse, line: int, moment: datetime, later: Visit | None) -> None:
    """The supplement of a serious event, which the system opens; the sponsor's safety desk judges it in time."""
    values: Values = {
        "SAEAESP": str(line), "SAERPT": "ORIGINAL", "SAEAWDTM": minute(after(moment, -60)), "SAERPDTM": minute(moment),
        "SAENARR": NARRATIVE.format(name=event.name), "SAEHSDT": day(event.begins), "SAEDECH": "NOT APPLICABLE",
        "SAERECH": "NOT APPLICABLE",
    }  # fmt: skip
    if event.related:
        expected = event.name not in UNEXPECTED
        values["SAEEXP"] = "NY"[expected]
        if not expected:
            values |= {"SAEDAY0": minute(moment), "SAEUNB": "Y", "SAESUBDT": day(moment), "SAEIRBDT": day(moment)}
    over = event.ends is not None and event.ends < moment
    if over and event.ends is not None:
        values["SAEHEDT"] = day(event.ends)
    number = book.log(after(moment, 5), "SAE", values, submit=over)
    if not over and later is not None and event.ends is not None:
        book.again(after(later.start, -6), "SAE", number, {"SAEHEDT": day(event.ends)})


UNEXPECTED = ("Suicide attempt", "Mania", "Appendicitis", "Pneumonia", "Depression", "Fracture", "Cholecystitis")


def sessions(book: Book) -> None:
    """Preparation before the first infusion, integration after the 1st, 2nd, 4th and 8th and monthly in maintenance."""
    course = book.course
    first = course.first_dose
    _session(book, after(first, -60 * 21), 0)
    for visit in course.infusions:
        if visit.nth in (1, 2, 4, 8) or visit.event in ("M2", "M5", "M6", "M7", "M8"):
            _session(book, after(visit.start, 60 * 24 + 240), visit.nth)


def _session(book: Book, moment: datetime, nth: int) -> None:
    draws = book.draws
    values: Values = {
        "INTDAT": day(moment), "INTTYP": "INTEGRATION" if nth else "PREPARATION",
        "INTMODE": "VIDEO" if nth and draws.chance(0.4) else "ON SITE", "INTDUR": str(draws.randrange(60, 91, 5)),
        "INTBY": book.who("monitoring lead"), "INTTOP": draws.choice((["EXPECTATIONS"], ["EMOTIONS"], ["EMOTIONS",
        "RELATIONSHIPS"], ["EXPERIENCE CONTENT"])),
        "INTDIST": str(min(draws.poisson(2), 6)), "INTFID": str(draws.randrange(78, 101)), "INTAE": "N", "INTSI": "N",
    }  # fmt: skip
    if nth:
        values["INTIDX"] = str(nth)
    book.log(after(moment, 100), "INT", values)


def disposition(book: Book, ending: Ending, moment: datetime, last_contact: date, final: bool) -> None:
    """How a period ended; where an event ended it, each of the two records names the other."""
    begun: Values = {"DSEP": ending.period, "DSSTDAT": day(ending.day), "DSLCDT": day(last_contact)}
    values: Values = {"DSDECOD": ending.reason}
    if ending.reason != "COMPLETED":
        values["DSTERM"] = ending.detail or "Screening failed."
    if ending.reason == "LOST TO FOLLOW-UP":
        values["DSCONT3"] = str(book.draws.randrange(3, 6))
    if ending.event is None:
        book.log(moment, "DS", begun | values, final=final)
        return
    line = book.log(moment, "DS", begun, submit=False)
    book.again(after(moment, 1), "AE", ending.event.line, {"AEACN": "DRUG WITHDRAWN"})
    book.again(after(moment, 2), "DS", line, {**values, "DSAESPID": str(ending.event.line)})


def withdrawal(book: Book, day_of: date, moment: datetime, scope: list[str], samples: str = "") -> None:
    """Consent withdrawn, all or in part."""
    values: Values = {"WCDAT": day(day_of), "WCSCOPE": scope, "WCSAFE": "Y", "WCBY": book.who("coordinator")}
    if "BIOBANK" in scope or "ALL" in scope:
        values["WCSAMP"] = samples or "Y"
    book.log(moment, "ICW", values)
