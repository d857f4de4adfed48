"""Where a subject stands: one state a form and a visit, by the published priority, and when visits are due."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.ward import Ward
from trialkit.conduct import query
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown, freeze, verify
from trialkit.conduct.schedule import BY_NAME, STATES, Due, due, standings, winning
from trialkit.study.model import Window

VS = "record/01-0001/V1.1/VS.1"
SOURCE = Reason("SOURCE", "the chart of the ward says otherwise")


def _state(ward: Ward) -> str:
    [one] = standings(ward.trial, ward.mo, [("01-0001", "01")])
    return one.forms[VS][1].name


def _shown(ward: Ward) -> Shown:
    place = ward.place("V1", "VS")
    return Shown(place, ward.version(place), ("DIABP",))


def test_a_form_goes_through_its_states(ward: Ward) -> None:
    ward.save("V1", "VS", {"DIABP": "80"})
    assert _state(ward) == "started"
    ward.save("V1", "VS", {"SYSBP": "150"})
    assert _state(ward) == "query"
    stream = next(iter(ward.trial.everything().queries(subject="01-0001"))).stream
    query.answer(ward.trial, ward.ana, stream, "measured twice, it is so")
    assert _state(ward) == "answered"
    query.close(ward.trial, ward.mo, stream, "seen in the source")
    verify(ward.trial, ward.mo, [_shown(ward)])
    ward.save("V1", "VS", {"DIABP": "82"}, reason=SOURCE)
    assert _state(ward) == "dropped"
    verify(ward.trial, ward.mo, [_shown(ward)])
    freeze(ward.trial, ward.mo, [_shown(ward)])
    assert _state(ward) == "frozen"


def test_a_visit_shows_the_state_that_wins(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "150"})
    ward.save("V1", "DM", {"SEX": "F"})
    [one] = standings(ward.trial, ward.ana, [("01-0001", "01")])
    assert one.visits["V1", 1].name == "query"
    assert one.queries[VS] == 1


def test_every_state_has_a_sign_of_its_own_and_words() -> None:
    assert len({state.sign for state in STATES}) == len(STATES)
    assert all(state.words for state in STATES)
    assert winning([BY_NAME["complete"], BY_NAME["query"], BY_NAME["locked"]]).name == "query"


@pytest.mark.parametrize(
    ("window", "target", "first", "last"),
    [
        (Window(anchor="V3", day=8, early=1, late=1), "2026-03-09", "2026-03-08", "2026-03-10"),
        (Window(anchor="V3", day=-7, early=0, late=6), "2026-02-23", "2026-02-23", "2026-03-01"),
        (Window(anchor="LAST_DOSE", day=14, early=3, late=3), "2026-03-16", "2026-03-13", "2026-03-19"),
        (Window(anchor="V3", day=24, early=6, late=6, unit="hours"), "2026-03-03", "2026-03-02", "2026-03-03"),
    ],
)
def test_windows_become_days_and_there_is_no_day_0(window: Window, target: str, first: str, last: str) -> None:
    start = dt.date(2026, 3, 2)
    assert due(window, start) == Due(*map(dt.date.fromisoformat, (target, first, last)))
