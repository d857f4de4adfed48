"""Errors of infusion days: pressure, fasting, kits, pump, grid, discharge, waste."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from trialkit.simulation.mistakes import Place, Rule, moved, put, row
from trialkit.simulation.sheets.sheet import Sheet, after, clock, minute


def _high_before(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    found = row(sheet, "PRE1", "SYSBP_VSORRES")
    if found is None or len(sheet.rows) > 1:
        return None
    found["SYSBP_VSORRES"] = str(place.draws.randrange(143, 157))
    return "GRID[PRE1].SYSBP_VSORRES", "pressure above the hold before the dose, and no override"


def _swapped(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    found = row(sheet, "E40", "SYSBP_VSORRES")
    if found is None:
        return None
    found["SYSBP_VSORRES"], found["DIABP_VSORRES"] = found["DIABP_VSORRES"], found["SYSBP_VSORRES"]
    return "GRID[E40].SYSBP_VSORRES", "systolic and diastolic swapped"


def _off_schedule(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    return _later(sheet, "E40", 9, "reading nine minutes off schedule")


def _same_time(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    first, second = row(sheet, "E20", "IMTIM"), row(sheet, "E40", "IMTIM")
    if first is None or second is None:
        return None
    second["IMTIM"] = first["IMTIM"]
    return "GRID[E40].IMTIM", "two timepoints at the same time"


def _later(sheet: Sheet, key: str, minutes: int, done: str) -> tuple[str, str] | None:
    found = row(sheet, key, "IMTIM")
    if found is None:
        return None
    told = datetime.combine(sheet.moment.date(), time.fromisoformat(str(found["IMTIM"])))
    found["IMTIM"] = clock(told + timedelta(minutes=minutes))
    return f"GRID[{key}].IMTIM", done


def _jump(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    before, found = row(sheet, "E20", "PULSE_VSORRES"), row(sheet, "E40", "PULSE_VSORRES")
    if before is None or found is None:
        return None
    found["PULSE_VSORRES"] = str(int(str(before["PULSE_VSORRES"])) + 54)
    return "GRID[E40].PULSE_VSORRES", "pulse jumps by more than 50"


def _not_reduced(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    found = row(sheet, "T20", "SYSBP_VSORRES")
    infusion = next(
        (v.infusion for v in place.course.infusions if v.event == sheet.event and v.repeat == sheet.repeat), None
    )
    if found is None or infusion is None or len(infusion.steps) > 2 or "T10" not in sheet.rows:
        return None
    found["SYSBP_VSORRES"], found["IMACT"] = "168", ["REPEAT READING"]
    again = dict(found, SYSBP_VSORRES="169")
    told = datetime.combine(sheet.moment.date(), time.fromisoformat(str(found["IMTIM"])))
    again["IMTIM"] = clock(told + timedelta(minutes=4))
    sheet.rows["ADHOC.1"] = again
    return "GRID[T20].SYSBP_VSORRES", "two readings of 168 and 169, and the rate was not reduced"


def _not_back(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    last = row(sheet, "E120", "SYSBP_VSORRES")
    if last is None or "X01" in sheet.rows:
        return None
    for key in ("E90", "E120"):
        sheet.rows[key]["SYSBP_VSORRES"] = "161"
    return "GRID[E120].SYSBP_VSORRES", "pressure not back at 161, and discharged"


def _early(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    visit = next((v for v in place.course.infusions if v.event == sheet.event and v.repeat == sheet.repeat), None)
    if visit is None or visit.infusion is None or "DRDTM" not in sheet.values:
        return None
    sheet.values["DRDTM"] = minute(after(visit.start, visit.infusion.end + 104))
    return "DRDTM", "discharged 104 minutes after the end"


def _slow(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    """The pump ran at three quarters of the rate all the time."""
    if sheet.form != "ECS" or len(sheet.rows) != 2:
        return None
    sheet.rows["1"]["ECSRATE"] = "56.3"
    return "STEPS[1].ECSRATE", "a quarter of the volume was not given"


def _steps_end(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    last = str(len(sheet.rows))
    found = row(sheet, last, "ECSTIM")
    if found is None:
        return None
    told = datetime.combine(sheet.moment.date(), time.fromisoformat(str(found["ECSTIM"])))
    found["ECSTIM"] = clock(told + timedelta(minutes=2))
    return f"STEPS[{last}].ECSTIM", "last step two minutes after the end of the infusion"


def _drawn(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if "DPVOLA" not in sheet.values:
        return None
    sheet.values["DPVOLA"] = f"{float(str(sheet.values['DPVOLA'])) * 1.04:.2f}"
    return "DPVOLA", "four percent too much drawn"


def _one_person(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if "DPWIT" not in sheet.values:
        return None
    sheet.values["DPWIT"] = sheet.values["DPBY"]
    return "DPWIT", "prepared and witnessed by one person"


def _wrong_kit(place: Place, sheet: Sheet) -> tuple[str, str] | None:
    if "ECKIT" not in sheet.values:
        return None
    sheet.values["ECKIT"] = str(sheet.values["ECKIT"])[:-2] + "99"
    return "ECKIT", "another kit scanned"


RULES = (
    Rule("L01", 0.001 * 11, "IM", _swapped),
    Rule("L02", 0.01, "PD", moved("PDWT", 9, done="nine kilograms too heavy")),
    Rule("P01", 0.003, "IM", _high_before),
    Rule("P08", 0.01, "PD", put("PDFOOD", "4.5", "only four and a half hours without food")),
    Rule("P11", 0.005, "DP", _drawn),
    Rule("P12", 0.002, "DP", _one_person),
    Rule("P13", 0.0005, "EC", _wrong_kit),
    Rule("I02", 0.01, "ECS", _slow),
    Rule("I04", 0.01, "EC", moved("ECVOLPMP", -2.6, done="pump counter 2.6 mL too low")),
    Rule("I06", 0.003, "ECS", _steps_end),
    Rule("I08", 0.005, "IM", _not_reduced),
    Rule("T01", 0.02, "IM", _off_schedule),
    Rule("T02", 0.002, "IM", _same_time),
    Rule("T03", 0.003, "IM", _jump),
    Rule("T05", 0.002, "DR", _early),
    Rule("T06", 0.002, "IM", _not_back),
    Rule("K03", 0.005, "DAW", moved("DAWVOL", 3, 2, "three millilitres too much wasted")),
)
