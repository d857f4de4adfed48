"""What readers hand out: a thing as it stands, an entry as it was written, and an entry with its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trialkit.ledger.entry import Actor, Change, Place, Visibility, Written


@dataclass(frozen=True, slots=True)
class Record:
    """A form instance, query, subject, site, person, signature or publication as it stands.

    `values` maps item paths to what was written; what the sight may not see is left out. `version` is what a change of
    it must name as `expected`; `study` the study version it was first entered in; `seq` its last entry.
    """

    stream: str
    place: Place
    status: str
    version: int
    seq: int
    study: str
    values: Mapping[str, Written] = field(default_factory=dict)
    classes: Mapping[str, Visibility] = field(default_factory=dict)
    """Item -> class of what is protected, also where the value itself is out of sight or erased."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One change of an entry that the sight may see, with its number `n` in the entry."""

    n: int
    change: Change


@dataclass(frozen=True, slots=True)
class EntryView:
    """One act as it was written: who, what, when (server UTC), where, why, and the changes the sight may see.

    `withheld` counts the changes it may not see, `erased` those that were lawfully redacted or whose key is destroyed.
    `leaf` is the entry's hash in the tree, `skew` the microseconds by which the clock had stepped back, if it had.
    """

    seq: int
    recorded_at: str
    actor: Actor
    act: str
    place: Place
    stream: str
    version: int
    happened_at: str | None
    reason: str | None
    origin: Mapping[str, object]
    study: str
    software: str
    request: str | None
    target: tuple[int, tuple[int, ...]] | None
    changes: tuple[Shown, ...]
    withheld: int
    erased: tuple[int, ...]
    leaf: bytes
    skew: str | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry as an export discloses it: sealed bytes, and salt and line of each change (None: withheld or erased)."""

    seq: int
    header: bytes
    digests: bytes
    leaf: bytes
    salts: tuple[bytes | None, ...]
    lines: tuple[bytes | None, ...]
    erased: tuple[int, ...]
