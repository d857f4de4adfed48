"""Who is here, asked over and over in one run of the screens: looked up once, and anew where it may have moved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from apps import here


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run of the screens whose clock, store and looks at the session are in our hands."""
    made = SimpleNamespace(ctx=SimpleNamespace(cursors={}), size=7, now=100.0, looks=0)

    def session() -> str:
        made.looks += 1
        return f"session {made.looks}"

    monkeypatch.setattr(here, "get_script_run_ctx", lambda: made.ctx)
    monkeypatch.setattr(here, "trial", lambda: SimpleNamespace(store=SimpleNamespace(size=made.size)))
    monkeypatch.setattr(here, "_session", session)
    monkeypatch.setattr(here.time, "monotonic", lambda: made.now)
    return made


def test_who_is_here_is_looked_up_once_in_a_run_and_again_in_the_next(run: Any) -> None:
    assert [here.session(), here.session()] == ["session 1", "session 1"]
    run.now += 1.0
    assert here.session() == "session 1"
    run.ctx.cursors = {}  # Streamlit begins another run
    assert here.session() == "session 2"


def test_an_entry_that_came_during_a_run_has_the_session_looked_up_anew_so_that_a_lost_role_counts(run: Any) -> None:
    here.session()
    run.size += 1
    run.now += 2 * here.AGAIN
    assert here.session() == "session 2"


def test_outside_a_run_nothing_is_kept(run: Any) -> None:
    run.ctx = None
    assert [here.session(), here.session()] == ["session 1", "session 2"]
