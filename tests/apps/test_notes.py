"""Notes for the door's pages: nobody's clicks cost another a download, and what a session left goes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.door.notes import Notes
from apps.door.sessions import Sessions
from tests.fixtures_office import Office


class Watch:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_an_equal_note_keeps_its_name_and_waits_anew_and_that_of_another_session_does_not(watch: Watch) -> None:
    notes = Notes[str](watch, timedelta(minutes=5))
    name = notes.leave("export", "ana", same=True)
    watch.now += timedelta(minutes=4)
    assert notes.leave("export", "ana", same=True) == name
    assert notes.leave("export", "mo", same=True) != name
    assert notes.leave("another", "ana", same=True) != name
    watch.now += timedelta(minutes=4)
    assert notes.of(name, "ana") == "export"
    watch.now += timedelta(minutes=1)
    assert notes.of(name, "ana") is None
    assert notes.leave("export", "ana", same=True) != name


def test_of_one_session_the_oldest_note_gives_way_and_of_all_the_fullest_session(watch: Watch) -> None:
    notes = Notes[int](watch, timedelta(minutes=5), most=4, own=3)
    mo = notes.leave(0, "mo")
    ana = [notes.leave(number, "ana") for number in range(4)]
    assert [notes.of(name, "ana") for name in ana] == [None, 1, 2, 3]
    ito = notes.leave(9, "ito")
    assert [notes.of(name, "ana") for name in ana] == [None, None, 2, 3]
    assert (notes.of(mo, "mo"), notes.of(ito, "ito")) == (0, 9)


def test_what_a_session_left_is_thrown_away_when_it_ends_in_whatever_way(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    sessions, over = Sessions(office.store, office.watch), list[str]()
    notes = Notes[str](office.watch, timedelta(hours=2))
    sessions.at_end(notes.drop)
    sessions.at_end(over.append)
    out, idle, other = (sessions.begin(office.sign_in("ana")) for _ in range(3))
    hashes = {token: found.hash for token in (out, idle, other) if (found := sessions.of(token))}
    names = {token: notes.leave("file", mark) for token, mark in hashes.items()}
    sessions.end(out)
    office.watch.pass_by(minutes=10)
    assert sessions.of(other, act=True) is not None
    office.watch.pass_by(minutes=10)
    sessions.begin(office.sign_in("ana"))
    assert over == [hashes[out], hashes[idle]]
    assert [notes.of(names[token], hashes[token]) for token in (out, idle, other)] == [None, None, "file"]
