"""Wrong sign-ins by the address they come from: who tries many names from one place is slowed, whatever the names."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SPAN = timedelta(minutes=1)
MOST = 20
"""So many wrong sign-ins from one address within `SPAN`; more wait (OWASP ASVS 6.3.1)."""
KEPT = 10_000


@dataclass(slots=True)
class Addresses:
    """In memory, bounded. A clinic has one address for all: who signed in from there before is never made to wait."""

    failed: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    known: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def wait(self, address: str, user: str, now: datetime) -> int:
        """Seconds until this name may be tried from this address; 0 for at once."""
        times = self.failed.get(address)
        while times and times[0] <= now - SPAN:
            times.popleft()
        if not times or len(times) < MOST or (address, user) in self.known:
            return 0
        return 1 + int((times[-MOST] + SPAN - now).total_seconds())

    def fail(self, address: str, now: datetime) -> None:
        """Count one more that was wrong."""
        self.failed.setdefault(address, deque(maxlen=MOST)).append(now)
        _last(self.failed, address)

    def well(self, address: str, user: str) -> None:
        """Somebody signed in from there."""
        self.known[address, user] = None
        _last(self.known, (address, user))


def _last(kept: OrderedDict[Any, Any], key: object) -> None:
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)
