"""The twelve subjects whose stories are written: what is fixed about each, while the rest is drawn.

`raises` says which checks a story must make fire; a test asks for these and for no others.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from trialkit.simulation.model.adverse import Adverse
from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.fate import INDUCTION, Course, Ending, Visit
from trialkit.simulation.model.infusion import FULL, HALF, Infusion, Reading, Step
from trialkit.simulation.model.scripted import Script
from trialkit.simulation.sheets import logs
from trialkit.simulation.sheets.sheet import Book, Mistake, Values, after, day, minute

OTHER_KIT = "K9999"
Row = tuple[str, int, int, int]
"""Timepoint, minute from the start, systolic and diastolic pressure."""


def _grid(found: Infusion, before: list[Row], rows: list[Row], steps: list[Step], ready: int) -> None:
    """Lay these pressures and steps in place of what was drawn."""
    found.before = [Reading(point, at, high, low, 78, 14, 98) for point, at, high, low in before]
    found.rows = [Reading(point, at, high, low, 82, 14, 98) for point, at, high, low in rows]
    found.steps, found.ready, found.pump = steps, ready, round(sum(_volumes(steps)), 1)


def _volumes(steps: list[Step]) -> list[float]:
    return [one.rate * (then.minute - one.minute) / 60 for one, then in pairwise(steps)]


def _overridden(draws: Draws, found: Infusion) -> None:
    """01-0002: 152/94 three times, overridden; 171/101 at T20, rate halved; pressure back only at X01."""
    found.held = found.overridden = True
    before = [("PRE1", -52, 152, 94), ("PRE2", -42, 151, 93), ("PRE3", -32, 152, 94)]
    rows = [
        ("T5", 5, 157, 95), ("T10", 10, 163, 97), ("T20", 20, 171, 101), ("ADHOC.1", 24, 170, 100),
        ("T30", 30, 163, 97), ("T40", 56, 164, 98), ("E20", 76, 163, 98), ("E40", 96, 164, 98), ("E60", 116, 163, 98),
        ("E90", 146, 163, 98), ("E120", 176, 164, 98), ("X01", 206, 158, 95), ("X02", 236, 154, 93),
    ]  # fmt: skip
    steps = [Step(0, "START", FULL), Step(24, "RATE CHANGE", HALF, "SBP/DBP"), Step(56, "END", 0)]
    _grid(found, before, rows, steps, 242)
    found.rows[2].actions, found.rows[3].actions = ["REPEAT READING"], ["RATE REDUCED"]
    found.cadss = {"PRE1": 0, "T40": 9, "E60": 1, "E120": 0}


def _stopped(draws: Draws, found: Infusion) -> None:
    """02-0001: 185/112 at T20, stopped at 20 minutes with 25.0 mL given (worked vectors 1 and 2)."""
    before = [("PRE1", -50, 128, 80)]
    rows = [
        ("T5", 5, 141, 86), ("T10", 10, 157, 93), ("T20", 19, 185, 112), ("T40", 22, 172, 104), ("E20", 40, 158, 96),
        ("E40", 60, 147, 90), ("E60", 81, 138, 86), ("E90", 110, 134, 83), ("E120", 141, 131, 81),
    ]  # fmt: skip
    _grid(found, before, rows, [Step(0, "START", FULL), Step(20, "STOP", 0, "SBP/DBP")], 146)
    found.rows.insert(3, Reading("T30", None, note="STOPPED EARLY"))
    found.rows[2].actions = ["STOPPED", "PHYSICIAN CALLED"]
    found.cadss = {"PRE1": 0, "T40": 6, "E60": 1, "E120": 0}


def _seen_live(book: Book) -> None:
    """02-0001: the grid is entered while the infusion runs, so the stop rule asks before the pump is stopped."""
    visit = book.course.at("V3")
    assert visit is not None
    stop = next(sheet for sheet in book.sheets if sheet.event == "V3" and sheet.form == "ECS")
    stop.moment = after(visit.start, 21)
    grid = next(sheet for sheet in book.sheets if sheet.event == "V3" and sheet.form == "IM" and "T20" in sheet.rows)
    live = {key: grid.rows.pop(key) for key in ("T5", "T10", "T20")}
    book.put(after(visit.start, 20), "V3", "IM", {}, live, submit=False)


def _for_pressure(found: Course, visit: Visit) -> None:
    event = next(event for event in found.events if event.interest == "HYPERTENSION")
    event.action, event.withdrawn = "DRUG WITHDRAWN", True
    found.endings.append(
        Ending(INDUCTION, "ADVERSE EVENT", visit.day + timedelta(days=1), "Stopped for blood pressure.", event)
    )


def _for_pregnancy(found: Course, visit: Visit) -> None:
    found.endings.append(
        Ending(INDUCTION, "PREGNANCY", visit.day, "Pregnancy test positive before the sixth infusion.")
    )


def _attempted(found: Course) -> None:
    """04-0002: an attempt on day 40, serious, unexpected and suspected."""
    begins = found.first_dose + timedelta(days=39, hours=6)
    event = Adverse(
        "Suicide attempt", begins, begins + timedelta(days=9), 3, "SUICIDALITY", related=True, serious=True,
        action="NOT APPLICABLE",
    )  # fmt: skip
    found.events.append(event)
    for visit in found.visits:
        if visit.start > begins:
            visit.attempt = True
            return


def _inflamed(found: Course) -> None:
    """06-0002: cystitis with sterile urine, told at the first follow-up."""
    visit = found.at("F1")
    assert visit is not None
    begins = visit.start - timedelta(days=5)
    found.events.append(
        Adverse("Cystitis", begins, begins + timedelta(days=30), 2, "CYSTITIS", related=True, treated=True)
    )


def _code_broken(book: Book) -> None:
    """The code is broken for the report of the one case; the site is not told."""
    event = next(event for event in book.course.events if event.name == "Suicide attempt")
    moment = after(event.begins + timedelta(days=15), 0)
    values: Values = {
        "UBDTM": minute(moment), "UBWHY": "Expedited report of a suspected unexpected serious reaction.",
        "UBBY": book.who("medicalmonitor"), "UBSCOPE": ["SPONSOR SAFETY"], "UBARM": book.course.arm,
    }  # fmt: skip
    book.log(after(moment, 30), "UB", values)
    unblinded: Values = {
        "DSOTHEV": "TREATMENT UNBLINDED",
        "DSSTDAT": day(moment),
        "DSTERM": "For the expedited report.",
    }
    book.log(after(moment, 20), "DS", unblinded)


def _kept_from_banking(book: Book) -> None:
    """05-0001: biobank and recording only; everything else goes on."""
    visit = book.course.at("V5")
    assert visit is not None
    logs.withdrawal(book, visit.day, after(visit.start, -170), ["BIOBANK", "SESSION RECORDING"], "Y")


def _wrong_kit(book: Book) -> None:
    """05-0002: the scan finds a kit of another subject; the dose waits for the right one."""
    visit = book.course.at("V6")
    assert visit is not None
    at = next(n for n, sheet in enumerate(book.sheets) if sheet.event == "V6" and "ECKIT" in sheet.values)
    right = book.sheets[at]
    mistake = Mistake("P13", "V6", right.form, 1, 1, "ECKIT", "kit of another subject scanned", right, heeded=True)
    book.sheets[at] = replace(right, values={**right.values, "ECKIT": OTHER_KIT}, mistake=mistake)
    values: Values = {
        "DVTERM": "Kit of another subject found at the scan; the dose waited for the right one.",
        "DVDECOD": "DOSE OR KIT", "DVCAT": "IMPORTANT", "DVSTDAT": day(visit.day),
        "DVACN": "Kits are handed over by name and number.",
    }  # fmt: skip
    book.log(after(visit.start, 300), "DV", values)


def _expecting(book: Book) -> None:
    """04-0001: the report that the positive test opens, and what became of the pregnancy."""
    visit = book.course.at("V8")
    assert visit is not None
    told = visit.start
    values: Values = {
        "PRGWHO": "SUBJECT", "PRGLMP": day(told - timedelta(days=33)), "PRGPOS": day(told),
        "PREDD": day(told + timedelta(days=247)), "PRGOUT": "ONGOING",
    }  # fmt: skip
    book.adopt(after(told, 120), "PRG", values)
    born = datetime.combine(told.date() + timedelta(days=245), datetime.min.time()) + timedelta(hours=15)
    outcome: Values = {"PRGOUT": "LIVE BIRTH", "PRGENDT": day(born), "PRGINF": "Healthy", "PRGCONG": "N"}
    book.again(born, "PRG", 1, outcome, reason=logs.UPDATED)


def _seen_again(book: Book) -> None:
    """02-0002: the contact of the next day, after which doses go on."""
    visit = book.course.at("V7")
    assert visit is not None
    moment = after(visit.start + timedelta(days=1), -170)
    record: Values = {
        "SVSTAT": "DONE", "SVTYP": "SIA", "SVDAT": day(moment), "SVMODE": "PHONE", "SVUNSR": "SUICIDE ALERT",
    }  # fmt: skip
    book.put(moment, "SIA", "SV", record)
    quiet = dict.fromkeys(("CSS0201", "CSS0202", *(f"CSS02{n}" for n in (12, 14, 15, 17, 19, 20, 21))), "N")
    book.put(after(moment, 10), "SIA", "CSL", {"CSLDAT": day(moment), **quiet})


_WOMAN = {"sex": "F", "age": 31, "childbearing": True}
SCRIPTS: dict[str, Script] = {
    "01-0001": Script(
        plain=True, arm="A",
        totals={"V2": 34, "V5": 24, "V7": 20, "V9": 16, "V11": 12, "M1": 11, "M2": 11},
    ),
    "01-0002": Script(plain=True, arm="A", infusions={"V3": _overridden},
        raises=frozenset({"G02"})),
    "02-0001": Script(
        plain=True, arm="A", person={"weight": 82.0, "height": 175.0}, infusions={"V3": _stopped}, stops="V3",
        leave=_for_pressure, sheets=(_seen_live,), raises=frozenset({"A03", "A12", "G02", "I02", "I09", "I10"}),
    ),
    "02-0002": Script(plain=True, arm="C", ideation={"V7": 4}, totals={"V7": 38}, sheets=(_seen_again,),
        raises=frozenset({"G02", "R09"})),
    "03-0001": Script(
        plain=True, arm="A", person={"weight": 118.0, "height": 186.0, "sex": "M", "childbearing": False},
        totals={"V2": 36, "V5": 32, "V7": 30, "V9": 22, "V11": 15}, changes={"V5": 1, "V7": 1},
    ),
    "03-0002": Script(
        plain=True, arm="A", boosters=("M2", "M3"),
        totals={"V2": 34, "V11": 10, "M1": 12, "M2": 20, "M3": 20, "M4": 24, "M5": 26},
        raises=frozenset({"D02", "R17"}),
    ),
    "04-0001": Script(
        plain=True, arm="B", person=_WOMAN, pregnant=("V8", "F2", "F3"), stops="V8", leave=_for_pregnancy,
        skips={"V8": "Pregnancy test positive: no further dose."}, sheets=(_expecting,),
        raises=frozenset({"L08"}),
    ),
    "04-0002": Script(
        plain=True, arm="A", totals={"V2": 35, "V11": 29}, events=(_attempted,), sheets=(_code_broken,),
        raises=frozenset({"A09", "R09"})
    ),
    "05-0001": Script(plain=True, arm="B", unrecorded=True, sheets=(_kept_from_banking,)),
    "05-0002": Script(plain=True, arm="C", sheets=(_wrong_kit,),
        raises=frozenset({"P13"})),
    "06-0001": Script(plain=True, failed="TRD"),
    "06-0002": Script(
        plain=True, arm="A", bladder={"F1": [2, 2, 1, 2, 1, 0, 1]}, ketamine=("F3",), events=(_inflamed,),
        raises=frozenset({"G02", "L07", "R13"})
    ),
}  # fmt: skip
"""Subject number -> what its story fixes. They come first in every simulation."""
