"""The 24 hours from a site's awareness of a serious event to the sponsor (ICH E2A)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conduct.pharmacy import MakeWard
from tests.ward import Ward
from tests.ward_study import FORMS, STUDY
from trialkit.conduct.reason import Reason
from trialkit.conduct.safety import events

SUPPLEMENT = """\
oid: SAE
title: Serious event
repeating: yes
groups:
  MAIN:
    title: Report
    items:
      SAEAWDTM:
        label: Site aware
        type: datetime
        sdtm:
        - target: SUPPAE.QVAL
          testcd: SAEAWDTM
"""
SLIP = Reason("SOURCE", "the chart says otherwise")


@pytest.fixture
def watched(make_ward: MakeWard) -> Ward:
    events_form = FORMS["ae"].partition("checks:")[0]
    for item in ("AETERM", "AESER"):
        label = f"      {item}:\n"
        events_form = events_form.replace(label, f"{label}        sdtm: [{{target: AE.{item}}}]\n")
    return make_ward(study=STUDY.replace("    - DV\n", "    - DV\n    - SAE\n"), ae=events_form, sae=SUPPLEMENT)


def test_a_serious_event_whose_term_is_not_typed_yet_has_its_clock(watched: Ward) -> None:
    watched.save("LOG", "AE", {"AESER": "Y"})
    [event] = events(watched.trial, watched.mo)
    assert (event.term, event.serious, [clock.state(event.now) for clock in event.clocks]) == (
        "(no term yet)", True, ["running"],
    )  # fmt: skip


def test_a_correction_of_serious_does_not_wind_the_clock_back(watched: Ward) -> None:
    watched.save("LOG", "AE", {"AETERM": "Seizure", "AESER": "Y"})
    watched.clock.moment += timedelta(hours=30)
    for said in ("N", "Y"):
        watched.save("LOG", "AE", {"AESER": said}, reason=SLIP)
    [event] = events(watched.trial, watched.mo)
    assert [clock.state(event.now) for clock in event.clocks] == ["overdue"]
