"""Sessions: they end by the clock, by the person, and at once when something is changed about their person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.door.sessions import IDLE, LONGEST, Sessions
from tests.fixtures_office import CHEAP, WORDS, Office
from trialkit.access import authentication, granting
from trialkit.access.people import person


@pytest.fixture
def sessions(office: Office) -> Sessions:
    office.hire("ana", "coordinator", "01")
    return Sessions(office.store, office.watch)


def test_a_session_ends_when_its_person_was_not_there_for_a_quarter_of_an_hour(
    office: Office, sessions: Sessions
) -> None:
    token = sessions.begin(office.sign_in("ana"))
    office.watch.pass_by(minutes=14, seconds=59)
    assert sessions.of(token, act=True) is not None
    office.watch.pass_by(minutes=14, seconds=59)
    found = sessions.of(token)  # a page that asks by itself is no sign of a person
    assert found is not None
    assert (sessions.left(found), sessions.can_stay(found)) == (timedelta(seconds=1), True)
    office.watch.pass_by(seconds=1)
    assert sessions.of(token, act=True) is None
    assert timedelta(minutes=15) == IDLE


def test_no_session_outlasts_the_day_however_busy_its_person_is(office: Office, sessions: Sessions) -> None:
    token = sessions.begin(office.sign_in("ana"))
    for _ in range(int(LONGEST / timedelta(minutes=10)) - 1):
        office.watch.pass_by(minutes=10)
        found = sessions.of(token, act=True)
        assert found is not None
    assert (sessions.left(found), sessions.can_stay(found)) == (timedelta(minutes=10), False)
    office.watch.pass_by(minutes=10)
    assert sessions.of(token, act=True) is None


def test_the_limits_can_be_given(office: Office) -> None:
    sessions = Sessions(office.store, office.watch, idle=timedelta(seconds=6), longest=timedelta(seconds=20))
    token = sessions.begin(office.sign_in("adi"))
    office.watch.pass_by(seconds=6)
    assert sessions.of(token) is None


def _other_role(office: Office) -> None:
    office.give("ana", "nurse", "01")


def _other_site(office: Office) -> None:
    office.give("ana", "coordinator", "02")


def _role_taken(office: Office) -> None:
    office.store.append(
        [granting.revoke(office.sign_in("adi"), person(office.store, "ana"), 1, office.watch(), "She left.")]
    )


def _closed(office: Office) -> None:
    office.store.append([granting.deactivate(office.sign_in("adi"), person(office.store, "ana"), "She left.")])


def _password_reset(office: Office) -> None:
    adi, ana = office.sign_in("adi"), person(office.store, "ana")
    authentication.reset_password(office.store, adi, ana, "granite lantern orbit", office.watch, policy=CHEAP)


def _password_changed(office: Office) -> None:
    office.watch.pass_by(microseconds=1)
    authentication.change_password(office.store, "ana", WORDS, "granite lantern orbit", office.watch, policy=CHEAP)


@pytest.mark.parametrize("change", [_other_role, _other_site, _role_taken, _closed, _password_reset, _password_changed])
def test_a_change_about_the_person_ends_their_session_at_the_next_message(
    office: Office, sessions: Sessions, change: Callable[[Office], None]
) -> None:
    token, other = sessions.begin(office.sign_in("ana")), sessions.begin(office.sign_in("adi"))
    change(office)
    assert sessions.of(token) is None
    assert sessions.of(other) is not None


def test_what_is_written_about_somebody_else_ends_nothing(office: Office, sessions: Sessions) -> None:
    token = sessions.begin(office.sign_in("ana"))
    office.hire("ben", "nurse", "01")
    assert sessions.of(token) is not None


def test_a_role_that_runs_out_by_the_calendar_ends_the_session_though_nothing_is_written(
    office: Office, sessions: Sessions
) -> None:
    adi, until = office.sign_in("adi"), office.watch() + timedelta(minutes=5)
    office.hire("ben")
    ben = person(office.store, "ben")
    office.store.append([granting.grant(adi, ben, "nurse", ("01",), office.watch(), end=until)])
    token = sessions.begin(office.sign_in("ben"))
    office.watch.pass_by(minutes=4)
    assert sessions.of(token) is not None
    office.watch.pass_by(minutes=1)
    assert sessions.of(token) is None


def test_who_signs_out_is_out_and_a_made_up_token_is_nobodys(office: Office, sessions: Sessions) -> None:
    token = sessions.begin(office.sign_in("ana"))
    sessions.end(token)
    assert [sessions.of(one) for one in (token, "", "x" * 43, "x" * 5000)] == [None] * 4


def test_whose_session_a_cookie_was_is_still_known_when_it_is_over(office: Office, sessions: Sessions) -> None:
    token = sessions.begin(office.sign_in("ana"))
    assert sessions.before(token) == "ana"
    office.watch.pass_by(minutes=15)
    assert sessions.of(token) is None
    assert sessions.before(token) == "ana"
    assert sessions.before("made-up") == ""
