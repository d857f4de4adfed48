"""A store as a `Source`: one reader, one moment, one sight. The entries of one subject at a time are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from trialkit import __version__
from trialkit.access.gate import system_sight
from trialkit.conduct.sitefile import file_of
from trialkit.errors import NotFound
from trialkit.export.source import (
    Act,
    QueryRow,
    Remark,
    SignatureRow,
    Snapshot,
    Standing,
    SubjectRow,
)
from trialkit.export.wording import plain
from trialkit.ledger.tree import root
from trialkit.store.database import Store
from trialkit.store.readers import Reader
from trialkit.store.record import EntryView
from trialkit.store.sight import Sight
from trialkit.study.canonical import study_from_canonical
from trialkit.study.model import Study


class StoreSource:
    """The first `as_of` entries of a store as one sight may see them."""

    def __init__(self, store: Store, sight: Sight, as_of: int) -> None:
        self._store = store
        self._sight = sight
        self._as_of = as_of
        self._reader: Reader = store.read(sight, as_of)
        self._kept: tuple[str, list[Act]] = ("", [])
        everything = store.read(system_sight(), as_of)
        self._studies = published(store, everything)
        self._at = next(entry.recorded_at for entry in everything.entries(after_seq=as_of - 2))

    @property
    def visibility(self) -> frozenset[str]:
        """The classes of the sight."""
        return self._sight.visibility

    @cached_property
    def snapshot(self) -> Snapshot:
        """The moment, with the Merkle root over its entries."""
        return Snapshot(
            self._as_of,
            self._at,
            root(self._store.leaves(0, self._as_of)).hex(),
            self._store.kind,
            f"trialkit {__version__}",
            "unblinded" not in self._sight.visibility,
        )

    @property
    def study(self) -> Study:
        """The latest version published."""
        return self._studies[-1]

    def versions(self) -> Sequence[Study]:
        """Every published version, in the order of publishing."""
        return self._studies

    def version(self, hash: str) -> Study:
        """The version with this hash, or the latest."""
        return next((study for study in self._studies if study.hash == hash), self.study)

    def hides(self, form: str) -> bool:
        """Whether the sight leaves the form out."""
        return self._sight.forms is not None and form not in self._sight.forms

    @cached_property
    def _sites(self) -> dict[str, tuple[str, str]]:
        return {
            record.stream.removeprefix("site/"): (
                plain(record.values.get("name")),
                plain(record.values.get("zone")) or "UTC",
            )
            for record in self._reader.sites()
        }

    def zone(self, site: str) -> str:
        """The site's time zone; UTC where there is no site."""
        return self._sites.get(site, ("", "UTC"))[1]

    def site_name(self, site: str) -> str:
        """What the site is called."""
        return self._sites.get(site, ("", ""))[0]

    @cached_property
    def _people(self) -> dict[str, str]:
        return {
            record.stream.removeprefix("person/"): plain(record.values.get("name")) for record in self._reader.people()
        }

    def person(self, id: str) -> str:
        """The printed name of a user, or the id."""
        return self._people.get(id) or id

    def subjects(self) -> Iterator[SubjectRow]:
        """Every subject in sight, in the order of their numbers."""
        for record in list(self._reader.subjects()):
            yield SubjectRow(record.stream.removeprefix("subject/"), record.place.site, record.status)

    def files(self) -> Iterator[SubjectRow]:
        """The files of the sites in sight that hold a record in sight."""
        for record in list(self._reader.sites()):
            name = file_of(record.place.site)
            if next(self._reader.records(subject=name, limit=1), None) is not None:
                yield SubjectRow(name, record.place.site, record.status)

    def records(self, subject: str) -> Sequence[Standing]:
        """The subject's form instances."""
        return [
            Standing(r.stream, r.place, r.status, r.version, r.seq, r.study, r.values)
            for r in self._reader.records(subject=subject)
        ]

    def moments(self, subject: str) -> Mapping[int, str]:
        """Entry number -> server time."""
        return {act.seq: act.at for act in self._of(subject)}

    def acts(self, subject: str | None = None) -> Iterator[Act]:
        """Entries in ledger order; a query about values out of sight is out of sight with all its entries."""
        if subject is not None:
            yield from self._of(subject)
            return
        yield from _without_hidden_queries(_act(entry) for entry in self._reader.entries())

    def _of(self, subject: str) -> list[Act]:
        if self._kept[0] != subject:
            entries = (_act(entry) for entry in self._reader.history(subject=subject))
            self._kept = (subject, list(_without_hidden_queries(entries)))
        return self._kept[1]

    def queries(self, subject: str) -> Sequence[QueryRow]:
        """The subject's queries with their threads."""
        found: dict[str, QueryRow] = {}
        for act in self._of(subject):
            if not act.stream.startswith("query/"):
                continue
            said = {change.item: plain(change.new) for change in act.changes}
            item = said.get("item", "")
            row = found.get(act.stream) or QueryRow(
                act.stream.removeprefix("query/"),
                act.place,
                "" if item == "-" else item,
                "",
                said.get("check", ""),
                said.get("severity", ""),
                (),
            )
            text = next((said[name] for name in said if name == "text" or name.startswith("thread[")), "")
            thread = (*row.thread, Remark(act.at, act.actor, act.act, text))
            found[act.stream] = replace(row, status=said.get("@status", row.status), thread=thread)
        return list(found.values())

    def signatures(self, subject: str) -> Sequence[SignatureRow]:
        """The subject's signatures as they stand."""
        moments = self.moments(subject)
        return [
            SignatureRow(
                record.place,
                plain(record.values.get("name")),
                plain(record.values.get("role")),
                plain(record.values.get("meaning")),
                plain(record.values.get("at")) or moments.get(record.seq, ""),
                record.status.lower(),
            )
            for record in self._reader.signatures(subject=subject)
        ]


def published(store: Store, reader: Reader) -> list[Study]:
    """The study versions published so far, oldest first. Raises NotFound if there is none."""
    hashes = dict.fromkeys(entry.study for entry in reader.entries(act="study.publish") if entry.study)
    if not hashes:
        raise NotFound("no study version was published by then", "publish one, or export as of a later entry")
    return [study_from_canonical(store.definition(name)) for name in hashes]


def _act(entry: EntryView) -> Act:
    return Act(
        entry.seq,
        entry.recorded_at,
        entry.actor,
        entry.act,
        entry.stream,
        entry.version,
        entry.place,
        entry.happened_at,
        entry.reason,
        entry.origin,
        entry.study,
        entry.leaf.hex(),
        tuple(shown.change for shown in entry.changes),
        entry.withheld,
    )


def _without_hidden_queries(acts: Iterator[Act]) -> Iterator[Act]:
    hidden: set[str] = set()
    for act in acts:
        if act.stream.startswith("query/"):
            if act.withheld:
                hidden.add(act.stream)
            if act.stream in hidden:
                continue
        yield act
