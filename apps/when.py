"""Moments as the site's clocks showed them, for lists: each zone is looked up once a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from apps import here


class Zones:
    """The zones of the sites met so far."""

    def __init__(self) -> None:
        self._zones: dict[str, ZoneInfo] = {}

    def of(self, site: str) -> ZoneInfo:
        """The zone of a site, UTC where there is none."""
        if site not in self._zones:
            self._zones[site] = here.trial().zone(site)
        return self._zones[site]

    def common(self, sites: Iterable[str]) -> dt.tzinfo:
        """The zone of these sites, UTC where they have several."""
        found = {self.of(site) for site in sites}
        return found.pop() if len(found) == 1 else dt.UTC

    def local(self, at: str, site: str) -> dt.datetime:
        """A moment of the ledger (UTC) at a site."""
        return dt.datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(self.of(site))

    def moment(self, at: str, site: str = "") -> str:
        """The same as people read it: 05-Mar-2026 14:02."""
        return f"{self.local(at, site):%d-%b-%Y %H:%M}" if at else ""

    def stamp(self, at: str, site: str = "") -> str:
        """The same for who asks what came first: with seconds and the zone, 05-Mar-2026 14:02:31 GMT."""
        if not at:
            return ""
        local = self.local(at, site)
        zone = local.strftime("%Z")  # some zones have no letters, and say +03
        return f"{local:%d-%b-%Y %H:%M:%S} {zone if zone.isalpha() else f'UTC{zone}'}"


def age(at: str) -> int:
    """Whole days since a moment of the ledger."""
    began = dt.datetime.fromisoformat(at.replace("Z", "+00:00"))
    return max(0, (here.trial().store.clock() - began).days)


def utc(day: dt.date, clock: dt.time = dt.time(0), zone: dt.tzinfo = dt.UTC) -> str:
    """A day and time as entries carry moments: UTC with microseconds and Z."""
    at = dt.datetime.combine(day, clock, zone).astimezone(dt.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
