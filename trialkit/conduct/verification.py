"""Verify now: the whole store derived again from its ledger, asked for by somebody who may."""

from __future__ import annotations

from collections.abc import Callable

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.store.verify import Report


def verify(trial: Trial, who: Identity, progress: Callable[[int, int], None] | None = None) -> Report:
    """What was looked at and agreed. Raises Refused; Broken, NotContinuous at the first disagreement."""
    trial.authorise(who, "store.verify", Place())
    return trial.store.verify(progress)
