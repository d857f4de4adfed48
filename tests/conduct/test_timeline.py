"""A subject's course is found by what the study says of its items, and shows no more than the reader may see."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct.capture import inactivate
from trialkit.conduct.timeline import Timeline, timeline

MOOD: Final = """\
oid: MOOD
title: Mood scale
domain: QS
dated_by: MODAT
groups:
  MAIN:
    title: Answers
    items:
      MODAT:
        label: Date
        type: date
      MO1:
        label: Sadness
        type: integer
        sdtm:
        - target: QS.QSORRES
          testcd: MO1
      MO2:
        label: Sleep
        type: integer
        sdtm:
        - target: QS.QSORRES
          testcd: MO2
      MOTOT:
        label: Mood total
        type: integer
        compute: MO1 + MO2
        sdtm:
        - target: QS.QSORRES
          testcd: MOTOT
"""
EVENT: Final = """\
oid: AE
title: Adverse event
repeating: yes
groups:
  MAIN:
    title: Event
    items:
      AETERM:
        label: Event
        sdtm:
        - target: AE.AETERM
      AESTDAT:
        label: Start
        type: partialDate
        sdtm:
        - target: AE.AESTDTC
      AEENDAT:
        label: End
        type: partialDate
        optional: yes
        sdtm:
        - target: AE.AEENDTC
      AESER:
        label: Serious
        type: yesno
        sdtm:
        - target: AE.AESER
"""


def _ward(make_ward: MakeWard) -> Ward:
    dose = PHARMACY["dose"]
    for item, target in (("DOSEDTM", "EX.EXSTDTC"), ("DOSEMG", "EX.EXDOSE"), ("TOTAL", "EC.ECVAMT")):
        dose = dose.replace(f"      {item}:\n", f"      {item}:\n        sdtm:\n        - target: {target}\n", 1)
    study = (
        PHARMACY["study"]
        .replace("    - VS\n    - DM\n", "    - VS\n    - DM\n    - MOOD\n")
        .replace("    - GRID\n", "    - GRID\n    - MOOD\n")
    )
    ward = make_ward(**PHARMACY | {"dose": dose, "study": study, "mood": MOOD, "ae": EVENT})
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V1", "MOOD", {"MODAT": "2026-02-10", "MO1": "3", "MO2": "2"})
    ward.save("V2", "MOOD", {"MODAT": "2026-03-01", "MO1": "1", "MO2": "1"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30", "STEPS[1].STEPTIM": "07:30", "STEPS[1].STEPVOL": "40.0"})
    ward.save("V2", "DOSE", {"DOSEMG": "55.5"}, who=ward.uma)
    ward.save("LOG", "AE", {"AETERM": "Headache", "AESTDAT": "2026-02", "AEENDAT": "2026-02", "AESER": "N"})
    ward.save("LOG", "AE", {"AETERM": "Fall", "AESTDAT": "2026-03-02", "AESER": "Y"}, repeat=2)
    return ward


def _of(ward: Ward, who: Identity) -> Timeline:
    return timeline(ward.trial, who, SUBJECT, "01")


def test_consent_totals_and_events_stand_on_their_days(make_ward: MakeWard) -> None:
    ward = _ward(make_ward)
    found = _of(ward, ward.ana)
    assert [(one.day, one.words) for one in found.consents] == [(dt.date(2026, 2, 1), "Consent, version 1.0")]
    [scale] = found.scales
    assert (scale.label, [(p.day.isoformat(), p.value) for p in scale.points]) == (
        "Mood total", [("2026-02-10", 5.0), ("2026-03-01", 2.0)],
    )  # fmt: skip
    told = [(one.words, one.start.isoformat(), one.end and one.end.isoformat(), one.serious) for one in found.events]
    assert told == [
        ("Headache", "2026-02-01", "2026-02-28", False), ("Fall", "2026-03-02", None, True),
    ]  # fmt: skip


def test_a_dose_is_told_to_who_may_see_it_and_its_volume_to_everybody_else(make_ward: MakeWard) -> None:
    ward = _ward(make_ward)
    [open_one], [whole] = _of(ward, ward.ana).doses, _of(ward, ward.uma).doses
    assert (open_one.day, open_one.value) == (dt.date(2026, 3, 2), 40.0)
    assert "40.0 mL" in open_one.words
    assert "55.5" not in open_one.words
    assert (whole.value, "55.5 mg" in whole.words) == (55.5, True)


def test_a_struck_line_is_not_drawn(make_ward: MakeWard) -> None:
    ward = _ward(make_ward)
    place = ward.place("LOG", "AE", 2)
    inactivate(ward.trial, ward.ana, place, based_on=ward.version(place), reason=SOURCE)
    assert [one.words for one in _of(ward, ward.ana).events] == ["Headache"]


def test_a_study_that_annotates_nothing_has_an_empty_course(ward: Ward) -> None:
    ward.save("LOG", "AE", {"AETERM": "Headache"})
    assert _of(ward, ward.ana).empty
