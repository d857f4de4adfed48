"""An act looks only at what it may have changed, and finds the same as whoever looks at everything anew."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.fixtures_store import Made
from tests.ward import SUBJECT, Clock, Ward
from trialkit.access.identity import system
from trialkit.conduct import amend, enrol, site
from trialkit.conduct.answers import asked
from trialkit.conduct.capture import Act, inactivate, save_in
from trialkit.conduct.checking import FINISHED
from trialkit.conduct.facts import Subject
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.standing import Standing
from trialkit.conduct.trial import Trial
from trialkit.errors import Blocked, OutOfOrder
from trialkit.ledger.entry import Place
from trialkit.study.compiled import path_of
from trialkit.study.loading import load_study
from trialkit.study.model import Study
from trialkit.values import written

REASON = Reason("SOURCE", "source was read again")
STUDY = """\
oid: WARD-2
title: A trial whose forms read each other in every way
version: '1'
subject_pattern: '[0-9]{2}-[0-9]{4}'
first_dose: lowest(EC, ECDAT, ECYN == 'Y')
date_item: SV.SVDAT
missing_reasons: {ND: Not done}
change_reasons: {SOURCE: Source corrected}
events:
  LOG: {title: Logs, kind: common, forms: [AE, DM]}
  V1: {title: Screening, forms: [SV, VS], window: {anchor: V2, day: -7, early: 3, late: 3}}
  V2: {title: Dose 1, dosing: yes, forms: [SV, VS, EC, IM]}
  V3: {title: Dose 2, dosing: yes, forms: [SV, VS, EC, IM], window: {anchor: V2, day: 7, early: 2, late: 2}}
  V4: {title: After, forms: [SV, VS], window: {anchor: LAST_DOSE, day: 14, early: 2, late: 2}}
  UNS: {title: Unscheduled, kind: unscheduled, forms: [SV, VS, IM]}
"""
FORMS = {
    "sv": """\
oid: SV
title: Visit
groups:
  MAIN:
    title: Visit
    items:
      SVDAT: {label: Date, type: date}
      SVDY: {label: Study day, type: integer, compute: study_day(SVDAT)}
      SVGAP: {label: Since the weight before, type: integer, compute: 1 if present(previous_visit(VS.WEIGHT)) else 0}
checks:
  WIN: {require: in_window(SVDAT), item: SVDAT, message: Outside the window.}
  DAYS: {finding: 'any(SV, SVDAT == here.SVDAT and EVENT != here.EVENT)', item: SVDAT, message: Two visits on a day.}
""",
    "dm": """\
oid: DM
title: Person
groups:
  MAIN:
    title: Person
    items:
      SEX: {label: Sex, type: code, codelist: SEX}
      N: {label: Adverse events, type: integer, compute: count(AE)}
checks:
  HEAVY: {finding: 'highest(VS, WEIGHT) > 90', item: SEX, message: Heavy at some visit.}
""",
    "vs": """\
oid: VS
title: Signs
groups:
  MAIN:
    title: Signs
    items:
      WEIGHT: {label: Weight, type: integer, soft: {low: '50', high: '100'}}
      CHG: {label: Change, type: integer, compute: WEIGHT - previous_visit(VS.WEIGHT)}
      BASE: {label: Baseline, type: integer, compute: baseline(VS.WEIGHT)}
      FIRST: {label: At screening, type: integer, compute: 'at(V1, VS.WEIGHT)'}
      PREG: {label: Pregnancy test, type: yesno, when: DM.SEX == 'F'}
      FAT: {label: Heavier than at screening, type: yesno, compute: WEIGHT > FIRST}
checks:
  FALL: {finding: abs(CHG) > 9, item: WEIGHT, message: Weight moved much.}
  DATED: {when: present(WEIGHT), require: present(SV.SVDAT), item: WEIGHT, message: Weighed at no visit.}
""",
    "ec": """\
oid: EC
title: Dose
groups:
  MAIN:
    title: Dose
    items:
      ECYN: {label: Given, type: yesno}
      ECDAT: {label: Date, type: date, when: ECYN == 'Y'}
      PERKG: {label: Per kg, type: decimal, digits: 2, compute: 'round(100 / VS.WEIGHT, 2)'}
      READ: {label: Readings, type: integer, compute: count(IM.GRID)}
      PEAK: {label: Highest pressure, type: integer, compute: 'highest(IM.GRID, SYS)'}
      NO: {label: Dose number, type: integer, compute: 'count(EC, ECDAT <= here.ECDAT)'}
checks:
  ILL: {finding: 'any(AE, AEDAT == here.ECDAT)', item: ECDAT, message: Dosed on the day of an adverse event.}
  MANY: {finding: 'READ > 3 and SV.SVDY > 1', item: ECYN, message: Many readings at a later dose.}
""",
    "im": """\
oid: IM
title: Monitoring
groups:
  HEAD:
    title: Head
    items:
      ROOM: {label: Room, type: integer, optional: yes}
      WORST: {label: Worst, type: integer, compute: 'lowest(GRID, DIFF)'}
  GRID:
    title: Readings
    rows: yes
    items:
      NR: {label: Row, length: '8', compute: ROW}
      SYS: {label: Systolic, type: integer, soft: {low: '90', high: '160'}, when: missing(WHY)}
      DIA: {label: Diastolic, type: integer, when: missing(WHY)}
      WHY: {label: Why not, optional: yes, length: '20'}
      DIFF: {label: Difference, type: integer, compute: SYS - DIA}
      STEP: {label: Step, type: integer, compute: SYS - previous(SYS)}
      LAST: {label: Last, type: yesno, compute: last_row}
      OVER: {label: Over the peak, type: yesno, compute: SYS > VS.WEIGHT + 60}
      SUM: {label: With the room, type: integer, compute: SYS + ROOM}
checks:
  RISE: {group: GRID, require: DIA < SYS, item: DIA, message: Not below.}
  JUMP: {group: GRID, finding: STEP > 30 or next(SYS) - SYS > 40, item: SYS, message: A jump.}
  SAME: {group: GRID, finding: 'any(GRID, SYS == here.SYS and NR != here.NR)', item: SYS, message: Read twice.}
  DOSED: {group: GRID, when: SYS > 150, finding: EC.ECYN == 'Y', item: SYS, message: High after a dose.}
""",
    "ae": """\
oid: AE
title: Adverse events
repeating: yes
groups:
  MAIN:
    title: Event
    items:
      AETERM: {label: Term, length: '40'}
      AEDAT: {label: Date, type: date, optional: yes}
      AEDOSE: {label: Doses until then, type: integer, compute: 'count(EC, ECDAT <= here.AEDAT)'}
checks:
  TWICE: {finding: 'count(AE, AETERM == here.AETERM) > 1', item: AETERM, message: The same term twice.}
""",
}
NEWER = {
    "vs": FORMS["vs"].replace("WEIGHT - previous_visit(VS.WEIGHT)", "'WEIGHT - at(V2, VS.WEIGHT)'"),
    "im": FORMS["im"].replace("SYS > VS.WEIGHT + 60", "'SYS > 60 + first(VS, WEIGHT)'"),
    "ec": FORMS["ec"].replace("count(IM.GRID)", "'count(IM.GRID, SYS > 100)'"),
}
CASES = "cases: {fires: [{NOW: 2026-03-01T08:00}], passes: [{NOW: 2026-03-01T08:00}]}"
CHOICES: dict[str, dict[str, list[str]]] = {
    "SV": {"SVDAT": ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-20", "2026-02-02", ""]},
    "VS": {"WEIGHT": ["48", "60", "64", "75", "95", ""], "PREG": ["Y", "N", ""]},
    "EC": {"ECYN": ["Y", "N"], "ECDAT": ["2026-01-12", "2026-01-19", "2026-01-20", ""]},
    "IM": {
        "ROOM": ["1", "2", ""],
        **{f"GRID[{n}].SYS": ["85", "110", "130", "155", "170", ""] for n in (1, 2, 3, 10)},
        **{f"GRID[{n}].DIA": ["70", "120", ""] for n in (1, 2, 3, 10)},
        **{f"GRID[{n}].WHY": ["cuff", "", ""] for n in (2, 3)},
    },
    "AE": {"AETERM": ["Nausea", "Headache", ""], "AEDAT": ["2026-01-12", "2026-01-20", ""]},
    "DM": {"SEX": ["F", "M", ""]},
}
PLACES = [
    *[(event, 1, form, 1) for event, forms in {
        "V1": "SV VS", "V2": "SV VS EC IM", "V3": "SV VS EC IM", "V4": "SV VS", "UNS": "SV VS IM", "LOG": "DM",
    }.items() for form in forms.split()],
    ("UNS", 2, "SV", 1), ("UNS", 2, "VS", 1), ("UNS", 2, "IM", 1), ("LOG", 1, "AE", 1), ("LOG", 1, "AE", 2),
]  # fmt: skip


def study(folder: Path, **forms: str) -> Study:
    folder.mkdir()
    (folder / "study.yaml").write_text(STUDY if not forms else STUDY.replace("version: '1'", "version: '2'"))
    (folder / "codelists.yaml").write_text("SEX:\n  title: Sex\n  codes: {F: Female, M: Male}\n")
    for name, text in (FORMS | forms).items():
        (folder / f"{name}.yaml").write_text(text.replace(".}\n", f"., {CASES}}}\n"))
    return load_study(folder)


@pytest.fixture
def ward(make_store: Callable[..., Made], tmp_path: Path) -> Ward:
    """The ward with the study of this file, and its subject."""
    clock = Clock()
    store = make_store(study_oid="WARD-2", clock=clock).store
    ward = Ward(Trial(store), store, clock, study(tmp_path / "study"))
    site.add_site(ward.trial, acting("administrator"), "01", "Clinic North", "Europe/London", "GBR")
    amend.publish(ward.trial, ward.dee, ward.study, "01")
    enrol.enrol(ward.trial, ward.ana, "01", SUBJECT)
    return ward


def computed(subject: Subject) -> dict[tuple[str, str], object]:
    """What every calculation gives on what stands, where it is not what stands: nothing, if all was followed."""
    wrong: dict[tuple[str, str], object] = {}
    for standing in everything(subject):
        record, view = standing.row(), subject.at(standing.place)
        for item in standing.cform.computes:
            assert item.compute is not None
            for row in record.groups.get(item.group, ()) if item.repeating else (record,):
                unasked = any(condition.evaluate(row, view) is False for condition in item.conditions)
                value = None if unasked else item.compute.evaluate(row, view)
                value = {True: "Y", False: "N"}[value] if isinstance(value, bool) else value
                path = path_of(item.group if item.repeating else None, row.key, item.oid)
                stands = standing.written.get(path)
                if (value if value is None else written(value)) != stands:
                    wrong[standing.stream, path] = (stands, value)
    return wrong


def firing(subject: Subject) -> set[tuple[str, str, str]]:
    """Every check of every record asked anew: (record, check, item) where it fires."""
    found: set[tuple[str, str, str]] = set()
    for standing in everything(subject):
        record, view = standing.row(), subject.at(standing.place)
        for check in standing.cform.checks:
            for key in check.found(record, view):
                found.add((standing.stream, check.oid, path_of(check.group, key, check.item or "-")))
        for rule in standing.cform.items.values():
            for key, values in standing.active_rows(rule.group) if rule.repeating else [("", standing.flat)]:
                path, value = path_of(rule.group if rule.repeating else None, key, rule.oid), values.get(rule.oid)
                expected = asked(subject, standing, path)
                finished = standing.written.get("@status") in FINISHED and not rule.item.optional
                if value is not None and rule.range_fault(value) == "soft":
                    found.add((standing.stream, "G02", path))
                if rule.compute is None and finished and expected is True and not standing.answered(path):
                    found.add((standing.stream, "G03", path))
                if rule.compute is None and expected is False and standing.answered(path):
                    found.add((standing.stream, "G04", path))
    return found


def everything(subject: Subject) -> list[Standing]:
    return [standing for form in subject.compiled.forms for standing in subject.standings(form)]


def act(ward: Ward, sitting: Sitting, dice: random.Random) -> None:
    event, repeat, form, number = dice.choice(PLACES)
    items = CHOICES[form]
    typed = {item: dice.choice(items[item]) for item in dice.sample(list(items), min(len(items), dice.randint(1, 5)))}
    place = Place("01", SUBJECT, event, repeat, form, number)
    version = sitting.desk(place).standing.version
    try:
        save_in(sitting, place, typed, version, Act(REASON, submit=dice.random() < 0.4))
    except (Blocked, OutOfOrder):
        return


def strike(ward: Ward, dice: random.Random) -> None:
    records = [r for r in ward.trial.everything().records(subject=SUBJECT) if r.place.form in ("AE", "IM", "VS")]
    if not records:
        return
    record = dice.choice(records)
    rows = sorted({path.split("]")[0] + "]" for path in record.values if path.startswith("GRID[")})
    row = dice.choice(rows) if rows else ""
    try:
        inactivate(ward.trial, ward.ana, record.place, reason=REASON, based_on=record.version, row=row)
    except (Blocked, OutOfOrder):
        return


@pytest.mark.parametrize("seed", range(4))
def test_acts_follow_to_the_same_values_and_queries_as_looking_at_everything_anew(
    ward: Ward, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    fired: set[str] = set()
    for turn in range(32):
        if turn == 16 and seed % 2:  # from here on records stand in two versions of the study
            amend.publish(ward.trial, ward.dee, study(tmp_path / "newer", **NEWER), "01")
        sitting = Sitting(ward.trial, ward.ana, SUBJECT)
        for _ in range(dice.randint(1, 6)):
            act(ward, sitting, dice)
        sitting.commit()
        if turn % 8 == 7:
            strike(ward, dice)
        looked = Sitting(ward.trial, system(), SUBJECT)
        assert computed(looked.subject) == {}
        asks = {(q.place.record, str(q.values["check"]), str(q.values["item"])) for q in looked.queries().values()}
        assert firing(looked.subject) == asks
        fired |= {check for _, check, _ in asks}
    assert len(fired) > 8
