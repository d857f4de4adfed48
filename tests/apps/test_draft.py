"""Notes of what was typed and not saved: before whom they are laid back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apps.form.draft import AT_TABLET, may_return

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _note(age: timedelta) -> dict[str, str]:
    return {"at": (NOW - age).isoformat()}


def test_what_a_participant_did_not_hand_in_comes_back_for_half_an_hour_and_to_nobody_after_that() -> None:
    assert may_return(_note(AT_TABLET - timedelta(seconds=1)), "subject", NOW)
    assert not may_return(_note(AT_TABLET), "subject", NOW)


def test_what_ana_did_not_save_waits_for_her_over_a_weekend() -> None:
    assert may_return(_note(timedelta(days=3)), "coordinator", NOW)
