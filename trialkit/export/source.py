"""What a document needs to know of a trial, as one protocol: every deliverable reads through it and nothing else.

The values in it have already passed the gate (design 3.9): what a sight may not see is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from trialkit.ledger.entry import Actor, Change, Place, Written
from trialkit.study.model import Study


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The moment that a document shows.

    `as_of` is the number of entries it takes into account, `at` the server time (UTC) of the last of them, `head` the
    Merkle root over them in hex, `kind` training or production, `blinded` whether unblinded values are withheld.
    """

    as_of: int
    at: str
    head: str
    kind: str
    software: str
    blinded: bool = True


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject as it stands."""

    id: str
    site: str
    status: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A record (one form instance) as it stands: `study` is the hash of the version it was first entered in."""

    stream: str
    place: Place
    status: str
    version: int
    seq: int
    study: str
    values: Mapping[str, Written]


@dataclass(frozen=True, slots=True)
class Act:
    """One ledger entry with the changes that this reader may see; `withheld` counts the others."""

    seq: int
    at: str
    actor: Actor
    act: str
    stream: str
    version: int
    place: Place = field(default_factory=Place)
    happened_at: str | None = None
    reason: str | None = None
    origin: Mapping[str, object] = field(default_factory=dict)
    study: str = ""
    leaf: str = ""
    changes: tuple[Change, ...] = ()
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of a query's thread."""

    at: str
    actor: Actor
    act: str
    text: str


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query with its thread, oldest first. `check` is the id of the check that raised it, if one did."""

    id: str
    place: Place
    item: str
    status: str
    check: str
    severity: str
    thread: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """A signature as it stands now: `state` is valid, superseded or broken (with what changed since)."""

    place: Place
    name: str
    role: str
    meaning: str
    at: str
    state: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which subjects a run hands over; None means all that the reader may see."""

    subject: str | None = None
    site: str | None = None

    def takes(self, subject: str, site: str) -> bool:
        return self.subject in (None, subject) and self.site in (None, site)


class Source(Protocol):
    """A trial at one moment, seen by one reader."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def study(self) -> Study:
        """The latest study version published at that moment."""

    @property
    def visibility(self) -> frozenset[str]:
        """The visibility classes that may be shown."""

    def versions(self) -> Sequence[Study]:
        """Every study version in use, oldest first; the last is `study`."""

    def version(self, hash: str) -> Study:
        """The study version with this hash, or the latest when it is unknown."""

    def hides(self, form: str) -> bool:
        """Whether the whole form is out of sight."""

    def zone(self, site: str) -> str:
        """The IANA time zone of the site."""

    def site_name(self, site: str) -> str: ...

    def person(self, id: str) -> str:
        """The printed name of a person, or the id itself."""

    def subjects(self) -> Iterable[SubjectRow]: ...

    def files(self) -> Iterable[SubjectRow]:
        """The files of sites: in the place of a subject, and no subjects."""

    def records(self, subject: str) -> Sequence[Standing]:
        """The records of one subject, in order of event, event repeat, form and form repeat."""

    def moments(self, subject: str) -> Mapping[int, str]:
        """The server time of each of the subject's entries by its number."""

    def acts(self, subject: str | None = None) -> Iterable[Act]:
        """The entries of one subject, or of the whole study, in ledger order."""

    def queries(self, subject: str) -> Sequence[QueryRow]: ...

    def signatures(self, subject: str) -> Sequence[SignatureRow]: ...


def keepers(source: Source) -> Iterator[SubjectRow]:
    """Everybody and everything that records are kept for: the subjects, then the files of the sites."""
    yield from source.subjects()
    yield from source.files()
