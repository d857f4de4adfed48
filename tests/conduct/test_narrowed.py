"""A save looks at what it may have changed: after any acts, the long way round finds nothing that it left undone."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.oracle import what_saves_left_undone
from tests.ward import SUBJECT, Ward
from tests.ward_study import FORMS, STUDY
from trialkit.conduct.capture import inactivate
from trialkit.conduct.reason import Reason
from trialkit.errors import TrialkitError

SOURCE = Reason("SOURCE", "the chart says otherwise")
# What reads what: the same row, the record, the visit, a visit by name, earlier visits, a log, the first dose.
READS = """
      WPREV:
        label: Weight before
        type: decimal
        compute: previous_visit(VS.WEIGHT)
      WBASE:
        label: Weight before the first dose
        type: decimal
        compute: baseline(VS.WEIGHT)
      WV1:
        label: Weight at V1
        type: decimal
        compute: at(V1, VS.WEIGHT)
      NAE:
        label: Adverse events
        type: integer
        compute: count(AE, AESER == 'Y')
      NTWICE:
        label: Twice that
        type: integer
        compute: NAE * 2
checks:
  X01:
    require: WEIGHT >= WPREV - 10
    message: Lost ten kilograms.
  X02:
    finding: NTWICE > 2
    message: Two serious events.
    item: WEIGHT
  X03:
    finding: any(AE, AESTDAT > here.VSDAT) and SYSBP > 100
    message: An event after this visit.
    item: SYSBP
"""
TYPED = {
    "VS": {
        "VSDAT": ("2026-02-20", "2026-02-25", "2026-03-01"), "SYSBP": ("100", "120", "150", ""), "DIABP": ("70", "80"),
        "WEIGHT": ("60.0", "75.0", "90.0", ""), "HEIGHT": ("160.0", "180.0"), "SICK": ("Y", "N"), "SICKTXT": ("cough",),
    },
    "DM": {"SEX": ("F", "M")},
    "AE": {"AETERM": ("Cold", "Fall"), "AESTDAT": ("2026-01", "2026-02-24", "2026-02-28"), "AESER": ("Y", "N", "")},
    "IC": {"ICVER": ("1.0",), "ICDAT": ("2026-02-01", "2026-02-15")},
    "DOSE": {"DOSEDTM": ("2026-03-01T09:00", "2026-02-27T09:00")},
    "GRID": {"READING[PRE].RSYS": ("120", "130"), "READING[T5].RSYS": ("125", "175", "")},
}  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_after_any_acts_nothing_is_left_undone(make_ward: Callable[..., Ward], seed: int) -> None:
    visits = STUDY.replace("    - GRID\n", "    - GRID\n  V3:\n    title: Later\n    forms:\n    - VS\n    - GRID\n", 1)
    ward = make_ward(study=visits, vs=FORMS["vs"].replace("checks:\n", READS.lstrip("\n"), 1))
    dice, done = random.Random(seed), 0
    for _ in range(60):
        form = dice.choice(list(TYPED))
        event = dice.choice([oid for oid, forms in ward.study.event_forms.items() if form in forms])
        repeat = dice.randint(1, 3) if ward.study.forms[form].repeating else 1
        typed = {item: dice.choice(values) for item, values in TYPED[form].items() if dice.random() < 0.5}
        place = ward.place(event, form, repeat)
        try:
            if dice.random() < 0.1 and ward.version(place):
                inactivate(ward.trial, ward.ana, place, reason=SOURCE, based_on=ward.version(place))
            else:
                ward.save(event, form, typed, repeat=repeat, reason=SOURCE, submit=dice.random() < 0.5)  # type: ignore[arg-type]
        except TrialkitError:
            continue
        done += 1
    assert done > 25
    assert what_saves_left_undone(ward.trial, SUBJECT, "01") == []
