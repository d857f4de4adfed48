"""A trial that is open: its store, its study versions, its clock. Every use case takes one and an identity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trialkit.access import gate, people
from trialkit.access.identity import Identity
from trialkit.errors import NotFound, OutOfOrder, Refused
from trialkit.ledger.entry import Draft, Place, Receipt, Visibility
from trialkit.store.record import Record
from trialkit.study.building import compile_study
from trialkit.study.canonical import study_from_canonical
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Form, Study

if TYPE_CHECKING:
    from trialkit.store.database import Store
    from trialkit.store.readers import Reader


class Trial:
    """The handle that use cases work on. Safe to share between threads: it holds no state but caches by hash."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._compiled: dict[str, CompiledStudy] = {}

    def compiled(self, version: str) -> CompiledStudy:
        """The study version with this hash, compiled. NotFound if the store does not hold it."""
        found = self._compiled.get(version)
        if found is None:
            found = self._compiled[version] = compile_study(study_from_canonical(self.store.definition(version)))
        return found

    def everything(self) -> Reader:
        """The reader of checks and computations, which see all that the keys of this process open."""
        return self.store.read(gate.system_sight())

    def reader(self, who: Identity, as_of: int | None = None) -> Reader:
        """What `who` may read, now or as of an entry."""
        return self.store.read(gate.sight(who), as_of)

    def site(self, site: str) -> Record | None:
        """The site as it stands, or None."""
        return self.everything().record(f"site/{site}")

    def zone(self, site: str) -> ZoneInfo:
        """The time zone of `site`; UTC where no site is meant."""
        return _zone(self.site(site) if site else None)

    def now(self, site: str) -> datetime:
        """The moment at `site`, without zone, as its clocks show it."""
        return self.moment_at(self.site(site) if site else None).replace(tzinfo=None)

    def moment_at(self, stands: Record | None) -> datetime:
        """The moment, with its zone, at a site that was read already."""
        return self.store.clock().astimezone(_zone(stands))

    def study_at(self, site: str) -> CompiledStudy:
        """The study version in force at `site` now. OutOfOrder if none was published there."""
        return self.in_force(site, self.everything().record(f"study/{site}"))

    def versions_at(self, published: Record | None) -> list[CompiledStudy]:
        """Every version ever published at a site: records stay in the one they were entered in."""
        values = published.values if published else {}
        return [
            self.compiled(name) for name in dict.fromkeys(str(v) for k, v in values.items() if k.endswith("].hash"))
        ]

    def in_force(self, site: str, published: Record | None) -> CompiledStudy:
        """The same for publications that were read already."""
        now = self.store.clock().isoformat(timespec="seconds")[:19]
        values = published.values if published else {}
        due = [
            (str(moment), int(item[8:-6]))
            for item, moment in values.items()
            if item.startswith("version[") and item.endswith("].from") and str(moment) <= now
        ]
        if not due:
            raise OutOfOrder(
                f"no study version is in force at site {site}", "publish one with `trialkit study publish`"
            )
        return self.compiled(str(values[f"version[{max(due)[1]}].hash"]))

    def authorise(
        self, who: Identity, act: str, place: Place, visibility: Visibility | Collection[Visibility] = "open", *,
        form: Form | None = None, study: Study | None = None, roles: Collection[str] = (),
    ) -> None:  # fmt: skip
        """Return if `who` may do `act` at `place`; otherwise write the refused attempt down and raise Refused."""
        try:
            gate.authorise(who, act, place, visibility, form=form, study=study, roles=roles)
        except Refused as refused:
            self.store.append([gate.refusal(who, act, place, refused.sentence)])
            raise

    def roles_of(self, person: str) -> frozenset[str]:
        """The roles that a person holds or held; empty for a person nobody knows."""
        try:
            grants = people.person(self.store, person).grants
        except NotFound:
            return frozenset()
        now = self.store.clock()
        return frozenset(grant.role for grant in grants if grant.holds(now))

    def append(self, drafts: Sequence[Draft], *, request: str | None = None) -> list[Receipt]:
        """Commit these drafts together, through the only writer."""
        return self.store.append(drafts, request=request)


def _zone(stands: Record | None) -> ZoneInfo:
    name = stands.values.get("zone") if stands else None
    return ZoneInfo(name if isinstance(name, str) else "UTC")
