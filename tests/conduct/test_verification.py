"""Verify now, by whom it is given to; asked for by another it is refused and written down."""

from __future__ import annotations

import pytest

from tests.ward import Ward
from trialkit.conduct.verification import verify
from trialkit.errors import Refused


def test_a_monitor_verifies_the_store_and_is_told_how_far_it_is(ward: Ward) -> None:
    told: list[tuple[int, int]] = []
    report = verify(ward.trial, ward.mo, lambda done, of: told.append((done, of)))
    assert report.entries == ward.store.size
    assert all(done <= of for done, of in told)


def test_ana_may_not_and_that_she_tried_is_in_the_ledger(ward: Ward) -> None:
    with pytest.raises(Refused):
        verify(ward.trial, ward.ana)
    last = list(ward.trial.everything().entries(act="attempt.refused"))[-1]
    assert (last.actor.id, last.changes[0].change.new) == ("ana", "store.verify")
