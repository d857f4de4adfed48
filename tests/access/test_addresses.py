"""Many wrong sign-ins from one address: the guesser waits, the people of the clinic do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from trialkit.access.addresses import KEPT, MOST, SPAN, Addresses

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def guessed(times: int, at: datetime = NOW) -> Addresses:
    found = Addresses()
    found.well("10.0.0.7", "ana")
    for _ in range(times):
        found.fail("10.0.0.7", at)
    return found


def test_after_twenty_in_a_minute_every_new_name_from_there_waits_until_the_minute_is_over() -> None:
    assert guessed(MOST - 1).wait("10.0.0.7", "dee", NOW) == 0
    full = guessed(MOST)
    assert full.wait("10.0.0.7", "dee", NOW) == 61
    assert full.wait("10.0.0.7", "dee", NOW + timedelta(seconds=50)) == 11
    assert full.wait("10.0.0.7", "dee", NOW + SPAN) == 0


def test_who_signed_in_from_there_before_and_who_comes_from_elsewhere_do_not_wait() -> None:
    full = guessed(MOST)
    assert full.wait("10.0.0.7", "ana", NOW) == 0
    assert full.wait("10.0.0.8", "dee", NOW) == 0


def test_what_is_remembered_is_bounded_and_the_longest_unseen_goes_first() -> None:
    found = Addresses()
    for number in range(KEPT + 5):
        found.fail(str(number), NOW)
        found.well(str(number), "ana")
    assert len(found.failed) == len(found.known) == KEPT
    assert "0" not in found.failed
    assert str(KEPT + 4) in found.failed
