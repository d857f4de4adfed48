"""Who is here, asked over and over by what is drawn: looked up twenty times a second at most, and anew if it moved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from apps import here


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs of the screens whose clock, store and looks at the session are in our hands."""
    made = SimpleNamespace(ctx=SimpleNamespace(), size=7, now=100.0, looks=0, readers=0, session="Ana")

    def session() -> Any:
        made.looks += 1
        return SimpleNamespace(identity=made.session)

    def reader(identity: str) -> str:
        made.readers += 1
        return f"{identity} {made.readers}"

    trial = SimpleNamespace(store=made, reader=reader)
    monkeypatch.setattr(here, "get_script_run_ctx", lambda: made.ctx)
    monkeypatch.setattr(here, "trial", lambda: trial)
    monkeypatch.setattr(here, "_session", session)
    monkeypatch.setattr(here.time, "monotonic", lambda: made.now)
    return made


def test_who_is_here_is_looked_up_once_in_a_moment_and_again_in_the_next(run: Any) -> None:
    assert [here.who(), here.who(), run.looks] == ["Ana", "Ana", 1]
    run.now += 2 * here.AGAIN
    assert [here.who(), run.looks] == ["Ana", 2]


def test_a_role_that_was_lost_counts_from_the_next_look_on(run: Any) -> None:
    assert here.reader() == "Ana 1"
    run.session, run.now = "Ana, without a role", run.now + 2 * here.AGAIN
    assert (here.who(), here.reader()) == ("Ana, without a role", "Ana, without a role 2")


def test_what_was_read_is_kept_as_long_as_nobody_wrote_anything(run: Any) -> None:
    assert here.reader() == "Ana 1"
    run.now += 2 * here.AGAIN
    assert here.reader() == "Ana 1"
    run.size, run.now = run.size + 1, run.now + 2 * here.AGAIN
    assert here.reader() == "Ana 2"


def test_outside_a_run_nothing_is_kept(run: Any) -> None:
    run.ctx = None
    assert [here.who(), here.who(), run.looks] == ["Ana", "Ana", 2]
