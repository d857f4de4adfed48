"""The 24 hours from a site's awareness of a serious event to the sponsor (ICH E2A)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conduct.pharmacy import MakeWard
from tests.conduct.test_duties import ALARMING
from tests.ward import SUBJECT, Ward
from tests.ward_study import FORMS, STUDY
from trialkit.conduct import query
from trialkit.conduct.capture import inactivate
from trialkit.conduct.reason import Reason
from trialkit.conduct.safety import alerts, events, running

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
      SAERPDTM:
        label: Sponsor told
        type: datetime
        sdtm:
        - target: SUPPAE.QVAL
          testcd: SAERPDTM
checks:
  A10:
    require: hours(SAEAWDTM, SAERPDTM) <= 24
    item: SAERPDTM
    message: Reported after more than 24 hours.
    cases:
      fires:
      - SAEAWDTM: 2026-03-17T10:00
        SAERPDTM: 2026-03-18T10:01
      passes:
      - SAEAWDTM: 2026-03-17T10:00
        SAERPDTM: 2026-03-18T10:00
"""
BERLIN = ZoneInfo("Europe/Berlin")
SLIP = Reason("SOURCE", "the chart says otherwise")


def _watched(make_ward: MakeWard, **more: str) -> Ward:
    events_form = FORMS["ae"].partition("checks:")[0]
    for item in ("AETERM", "AESER"):
        label = f"      {item}:\n"
        events_form = events_form.replace(label, f"{label}        sdtm: [{{target: AE.{item}}}]\n")
    return make_ward(study=STUDY.replace("    - DV\n", "    - DV\n    - SAE\n"), ae=events_form, sae=SUPPLEMENT, **more)


@pytest.fixture
def watched(make_ward: MakeWard) -> Ward:
    return _watched(make_ward)


@pytest.fixture
def berlin(make_ward: MakeWard) -> Ward:
    """The same ward, in Berlin."""
    return _watched(make_ward, zone="Europe/Berlin")


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


def test_a_report_whose_event_was_struck_or_is_serious_no_more_is_still_told_while_its_clock_runs(
    watched: Ward,
) -> None:
    watched.save("LOG", "AE", {"AETERM": "Seizure", "AESER": "Y"})
    watched.save("LOG", "SAE", {"SAEAWDTM": "2026-03-02T07:00"})
    watched.save("LOG", "AE", {"AESER": "N"}, reason=SLIP)
    assert [(one.term, one.serious, one.runs) for one in events(watched.trial, watched.mo)] == [
        ("Seizure", False, True)
    ]
    place = watched.place("LOG", "AE")
    inactivate(watched.trial, watched.ana, place, reason=SLIP, based_on=watched.version(place))
    [adrift] = events(watched.trial, watched.mo)
    assert (adrift.adrift, adrift.place.form, len(running(watched.trial, watched.mo))) == (True, "SAE", 1)
    watched.save("LOG", "SAE", {"SAERPDTM": "2026-03-02T08:00"})
    assert (events(watched.trial, watched.mo), running(watched.trial, watched.mo)) == ([], [])


def test_settled_queries_take_no_place_from_an_open_alert(make_ward: MakeWard, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = make_ward(ae=ALARMING)
    ward.save("V1", "VS", {"SYSBP": "150"})
    settled = next(iter(ward.trial.everything().queries(subject=SUBJECT))).stream
    query.answer(ward.trial, ward.ana, settled, "measured twice")
    query.close(ward.trial, ward.mo, settled, "seen in the source")
    ward.save("LOG", "AE", {"AETERM": "Fall", "AESTDAT": "2026-03-01", "AESER": "Y"})
    monkeypatch.setattr("trialkit.store.asked.MOST", 1)
    assert [one.words for one in alerts(ward.trial, ward.mo) if one.open] == ["A serious event is on record."]


@pytest.mark.parametrize(
    "aware, due",
    [
        ("2026-10-24T10:00", "2026-10-25T09:00"),  # the clocks go back in the night of 25-Oct-2026
        ("2026-03-28T10:00", "2026-03-29T11:00"),  # and forward in that of 29-Mar-2026
    ],
)
def test_within_24_hours_are_hours_that_go_by_where_the_clocks_are_set(berlin: Ward, aware: str, due: str) -> None:
    moment, last = datetime.fromisoformat(aware), datetime.fromisoformat(due)
    berlin.clock.moment = moment.replace(tzinfo=BERLIN).astimezone(UTC) + timedelta(minutes=1)
    berlin.save("LOG", "AE", {"AETERM": "Seizure", "AESER": "Y"})
    [owed] = events(berlin.trial, berlin.mo)
    assert owed.owed is not None
    assert owed.owed.due.replace(second=0, microsecond=0) == last + timedelta(minutes=1)
    berlin.save("LOG", "SAE", {"SAEAWDTM": aware})
    for later, state, left in ((23, "running", 1), (25, "overdue", -1)):
        berlin.clock.moment = moment.replace(tzinfo=BERLIN).astimezone(UTC) + timedelta(hours=later)
        [event] = events(berlin.trial, berlin.mo)
        [clock] = event.clocks
        assert (clock.due, clock.state(event.now)) == (last, state)
        assert round(clock.left(event.now) / timedelta(hours=1)) == left
        [(running_clock, now)] = running(berlin.trial, berlin.mo)
        assert running_clock.state(now) == state


@pytest.mark.parametrize("aware, sent, late", [
    ("2026-10-24T10:00", "2026-10-25T09:00", False), ("2026-10-24T10:00", "2026-10-25T09:01", True),
    ("2026-03-28T10:00", "2026-03-29T11:00", False), ("2026-03-28T10:00", "2026-03-29T11:01", True),
])  # fmt: skip
def test_a_report_is_late_by_the_hours_that_went_by_for_the_clock_and_for_the_check(
    berlin: Ward, aware: str, sent: str, late: bool
) -> None:
    berlin.clock.moment = datetime(2026, 11, 2, 9, tzinfo=UTC)
    berlin.save("LOG", "AE", {"AETERM": "Seizure", "AESER": "Y"})
    berlin.save("LOG", "SAE", {"SAEAWDTM": aware, "SAERPDTM": sent})
    [event] = events(berlin.trial, berlin.mo)
    assert [clock.state(event.now) for clock in event.clocks] == ["met late" if late else "met"]
    assert berlin.queries() == (["A10"] if late else [])
