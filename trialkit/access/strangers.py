"""Sign-ins with ids that nobody has, counted without filling the ledger."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trialkit.access.identity import system
from trialkit.access.password import Policy
from trialkit.ledger.entry import Change, Draft


@dataclass(slots=True)
class Strangers:
    """Failed sign-ins with ids that nobody has: in memory, bounded, so that outsiders cannot fill the ledger.

    They meet the same delays as the ids of people, so that the answer does not tell which ids exist.
    """

    most: int = 10_000
    failed: OrderedDict[str, tuple[int, datetime | None]] = field(default_factory=OrderedDict)
    unreported: int = 0

    def stands(self, user: str) -> tuple[int, datetime | None]:
        """Failures in a row with this id, and until when to wait."""
        return self.failed.get(user, (0, None))

    def fail(self, user: str, now: datetime, policy: Policy) -> None:
        """Count one more failure; the id longest unseen is forgotten when there are too many."""
        failures = self.stands(user)[0] + 1
        delay = policy.delay(failures)
        self.failed[user] = failures, now + timedelta(seconds=delay) if delay else None
        self.failed.move_to_end(user)
        self.unreported += 1
        if len(self.failed) > self.most:
            self.failed.popitem(last=False)

    def summary(self) -> Draft | None:
        """One entry for all failures since the last summary (ids left out: people type passwords there), or None."""
        if not self.unreported:
            return None
        changes = (Change("count", None, str(self.unreported)),)
        self.unreported = 0
        return Draft("signin.summary", system().actor, "refusal/unknown", changes, origin={"kind": "signin"})
