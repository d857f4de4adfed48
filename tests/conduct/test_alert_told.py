"""An alert says what raised it and where, and a settled one who settled it, when and how."""

from __future__ import annotations

import pytest

from tests.conduct.pharmacy import MakeWard
from tests.ward import Ward
from tests.ward_study import FORMS, STUDY
from trialkit.conduct import query
from trialkit.conduct.alert_told import raised, settled
from trialkit.conduct.reason import Reason
from trialkit.conduct.safety import alerts

ALARM = """\
oid: SAL
title: Safety alert
repeating: yes
groups:
  MAIN:
    title: The alert
    items:
      SALREF:
        label: Where from
        entered_by: system
      SALACT:
        label: Action
"""
CHECK = """\
checks:
  A1:
    title: Very high pressure
    finding: SYSBP >= 200
    severity: alert
    item: SYSBP
    message: Pressure of {SYSBP} at the visit. Call the investigator.
    opens:
      form: SAL
      values:
        SALREF: "'VS ' + EVENT"
    cases:
      fires:
      - SYSBP: 210
      passes:
      - SYSBP: 120
"""


@pytest.fixture
def alarmed(make_ward: MakeWard) -> Ward:
    vs = FORMS["vs"].partition("checks:")[0]
    ward = make_ward(study=STUDY.replace("    - DV\n", "    - DV\n    - SAL\n"), vs=vs + CHECK, sal=ALARM)
    ward.save("V1", "VS", {"SYSBP": "210"})
    return ward


def test_an_alert_on_a_form_of_its_own_says_which_reading_raised_it_at_which_visit(alarmed: Ward) -> None:
    [form] = [one for one in alerts(alarmed.trial, alarmed.mo) if one.record is not None]
    why = raised(alarmed.trial, alarmed.mo, form)
    assert why.words == "Pressure of 210 at the visit. Call the investigator."
    assert why.place == alarmed.place("V1", "VS")
    assert [(rule.oid, written) for rule, written in why.noted] == [("SALREF", "VS V1")]
    assert why.over == ""
    alarmed.save("V1", "VS", {"SYSBP": "150"}, reason=Reason("SOURCE", "Read again."))
    why = raised(alarmed.trial, alarmed.mo, form)
    assert why.words == "Pressure of 210 at the visit. Call the investigator."
    assert why.over  # since then the check finds it no more


def test_a_settled_alert_says_who_settled_it_when_and_what_was_done(alarmed: Ward) -> None:
    alarmed.save("LOG", "SAL", {"SALACT": "Taken to bed"}, who=alarmed.ito, submit=True)
    [asked] = [one for one in alerts(alarmed.trial, alarmed.mo) if one.asked is not None]
    assert asked.asked is not None
    query.answer(alarmed.trial, alarmed.ito, asked.asked.query.stream, "Taken to bed, 150 after an hour.")
    query.close(alarmed.trial, alarmed.mo, asked.asked.query.stream, "Agrees with the chart.")
    ends = {one.asked is not None: settled(alarmed.trial, alarmed.mo, one)
            for one in alerts(alarmed.trial, alarmed.mo) if not one.open}  # fmt: skip
    assert (ends[True].who, ends[True].words) == (
        "Mo Haddad", "Taken to bed, 150 after an hour. · Agrees with the chart.",
    )  # fmt: skip
    assert (ends[False].who, [written for _, written in ends[False].done]) == ("Dr Kenji Ito", ["Taken to bed"])
    assert ends[True].at
    [form] = [one for one in alerts(alarmed.trial, alarmed.mo) if one.record is not None]
    assert raised(alarmed.trial, alarmed.mo, form).over == ""  # a person closed the query, the pressure stands
    assert ends[False].at
