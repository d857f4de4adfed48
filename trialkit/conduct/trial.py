"""A trial that is open: its store, its study versions, its clock. Every use case takes one and an identity."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trialkit.access import gate, people
from trialkit.access.identity import Identity, require_genuine
from trialkit.conduct.sitefile import file_of
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
    from trialkit.store.sight import Sight

LONGEST_NAME = 40
"""Most characters of a site or subject number."""

MOST_REPEATS = 9_999
"""Most repeats of an event or a form."""


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
        """What `who` may read, now or as of an entry: as far as the table and the study now in force let them."""
        return self.store.read(self.sight(who), as_of)

    def sight(self, who: Identity, study: CompiledStudy | None = None) -> Sight:
        """What `who` may see by `study`, or by the version now in force; of queries in every version ever published."""
        require_genuine(who)
        found = list(self.everything().publications())
        study = study or self._latest(found, who.sites)
        return gate.sight(who, study.study if study else None, self._versions(found))

    def latest(self, sites: Collection[str] | None = None) -> CompiledStudy | None:
        """The version that came into force last at one of these sites (None: all); None where none was published."""
        return self._latest(self.everything().publications(), sites)

    def _latest(self, publications: Iterable[Record], sites: Collection[str] | None) -> CompiledStudy | None:
        now, found = self._moment(), list[tuple[bool, str, int, str]]()
        for published in publications:
            if sites is None or published.place.site in sites:
                found += [(version[0] <= now, *version) for version in _versions(published)]
        return self.compiled(max(found)[3]) if found else None

    def rules(self, sites: Collection[str] | None = None) -> Mapping[str, str]:
        """The hash of the study version in force now at each of these sites (None: all): it changes by the clock."""
        now, found = self._moment(), {}
        for published in self.everything().publications():
            due = [version for version in _versions(published) if version[0] <= now]
            if due and (sites is None or published.place.site in sites):
                found[published.place.site] = max(due)[2]
        return found

    def _versions(self, publications: Iterable[Record]) -> list[CompiledStudy]:
        hashes = {version[2] for published in publications for version in _versions(published)}
        return [self.compiled(version) for version in hashes]

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
        now = self._moment()
        due = [version for version in _versions(published) if version[0] <= now]
        if not due:
            raise OutOfOrder(
                f"no study version is in force at site {site}", "publish one with `trialkit study publish`"
            )
        return self.compiled(max(due)[2])

    def _moment(self) -> str:
        return self.store.clock().astimezone(UTC).isoformat(timespec="seconds")[:19]

    def authorise(
        self, who: Identity, act: str, place: Place, visibility: Visibility | Collection[Visibility] = "open", *,
        form: Form | None = None, study: Study | None = None, roles: Collection[str] = (),
    ) -> None:  # fmt: skip
        """Return if `who` may do `act` at `place`; otherwise write the refused attempt down and raise Refused."""
        try:
            gate.authorise(who, act, place, visibility, form=form, study=study, roles=roles)
        except Refused as refused:
            self.refused(who, act, place, refused.sentence)
            raise

    def second(self, who: Identity, approver: Identity | None, act: str, place: Place) -> Identity:
        """The second of two persons for `act`, as `gate.second`; a refused attempt is written down."""
        try:
            return gate.second(who, approver, act, place)
        except Refused as refused:
            self.refused(who, act, place, refused.sentence)
            raise

    def subject(self, who: Identity, number: str) -> Record | None:
        """The subject, or None: to who asks for one of another site it does not exist, and the attempt is an entry."""
        if not 0 < len(number) <= LONGEST_NAME:
            return None
        found = self.reader(who).record(f"subject/{number}")
        hidden = None if found else self.everything().record(f"subject/{number}")
        if hidden is not None:
            with suppress(Refused):
                self.authorise(who, "record.read", hidden.place)
        return found

    def refused(self, who: Identity, act: str, place: Place, why: str) -> None:
        """Write down what was refused to `who`: an act of the table, or what a screen is asked for in vain."""
        known = self._known(place)
        for typed, kept in ((place.site, known.site), (place.form, known.form)):
            if typed != kept:  # the sentence quotes what was typed
                why = why.replace(typed, "?")
        self.store.append([gate.refusal(who, act, known, why[:500])])

    def _known(self, place: Place) -> Place:
        """The place as far as the trial knows it: a header is for ever, and free text has no business there."""
        reader = self.everything()
        site, subject = (
            name if len(name) <= LONGEST_NAME and reader.record(f"{kind}/{name}") else ""
            for kind, name in (("site", place.site), ("subject", place.subject))
        )
        if site and place.subject == file_of(site):
            subject = place.subject
        study = self.latest({site} if site else None)
        event = place.event if study and place.event in study.events else ""
        form = place.form if study and place.form in study.forms else ""
        event_repeat, form_repeat = (
            number if 1 <= number <= MOST_REPEATS else 1 for number in (place.event_repeat, place.form_repeat)
        )
        return Place(site, subject, event, event_repeat if event else 1, form, form_repeat if form else 1)

    def earlier(self, request: str | None, stream: str, acts: Collection[str]) -> list[Receipt]:
        """What a repeated request wrote when it came first; nothing for a new one. A `stream` with `/` at its end is
        any that begins so.

        Raises OutOfOrder if it was used for something else than one of these acts on this stream.
        """
        first = next(self.everything().entries(request=f"{request}:0"), None) if request else None
        if first is None:
            return []
        same = first.stream.startswith(stream) if stream.endswith("/") else first.stream == stream
        if not same or first.act not in acts:
            raise OutOfOrder("this request was already used for another act", "give every act a request of its own")
        return self.store.receipts(str(request))

    def roles_of(self, person: str) -> frozenset[str]:
        """The roles that a person holds now; empty for a person nobody knows and for a deactivated one."""
        try:
            return frozenset(grant.role for grant in people.person(self.store, person).holding(self.store.clock()))
        except NotFound:
            return frozenset()

    def append(self, drafts: Sequence[Draft], *, request: str | None = None) -> list[Receipt]:
        """Commit these drafts together, through the only writer."""
        return self.store.append(drafts, request=request)


def _versions(published: Record | None) -> list[tuple[str, int, str]]:
    """The versions published at a site: from when (UTC), number, hash."""
    values = published.values if published else {}
    return [
        (str(moment), int(item[8:-6]), str(values[f"{item[:-5]}.hash"]))
        for item, moment in values.items()
        if item.startswith("version[") and item.endswith("].from")
    ]


def _zone(stands: Record | None) -> ZoneInfo:
    name = stands.values.get("zone") if stands else None
    return ZoneInfo(name if isinstance(name, str) else "UTC")
