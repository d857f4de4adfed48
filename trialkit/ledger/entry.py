"""One act, one entry: a header and its changes, as the ledger writes them down.

The words are those of 21 CFR 11.10(e) and ICH E6(R3) 4.2.2: who, what, when, where, old, new, why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

Visibility: TypeAlias = Literal["open", "identifier", "unblinded"]
"""Who may see a value: all with access to the place, only those who may know the person, only unblinded people."""

Written: TypeAlias = None | str | list[str] | dict[str, str]
"""A value as written down: absent, its text, several codes, or `{"m": reason}` for a typed missing value."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or `system`) with printed name, role and organisation as they were at the time of the act."""

    id: str
    name: str
    role: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the trial an act belongs. Empty fields are absent; repeats count from 1."""

    site: str = ""
    subject: str = ""
    event: str = ""
    event_repeat: int = 1
    form: str = ""
    form_repeat: int = 1

    @property
    def record(self) -> str:
        """The stream of the form instance at this place, for example `record/01-0001/V3.1/VS.1`."""
        return f"record/{self.subject}/{self.event}.{self.event_repeat}/{self.form}.{self.form_repeat}"


class Change(NamedTuple):
    """One item in one act. `item` is `ITEM`, `GROUP[row].ITEM`, or `@status` / `@inactive` for the form itself."""

    item: str
    old: Written
    new: Written
    visibility: Visibility = "open"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before the store gives it its number, time, leaf and tag.

    `stream` names the thing whose versions are counted (`record/...`, `query/...`, `subject/...`, `person/...`,
    `site/...`, `study/...`, `store`, `export/...`, `refusal/...`); its version after this entry is `expected + 1`.
    `expected` None means: whatever stands.
    """

    act: str
    actor: Actor
    stream: str
    changes: tuple[Change, ...] = ()
    place: Place = field(default_factory=Place)
    happened_at: str | None = None
    reason: str | None = None
    origin: Mapping[str, object] = field(default_factory=lambda: {"kind": "screen"})
    study: str = ""
    request: str | None = None
    expected: int | None = None
    target: tuple[int, tuple[int, ...]] | None = None
    subject_seen: int | None = None
    """How many entries the subject had when this was judged; None where nothing else of the subject mattered."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the store gives back for one appended entry: its number, server time, leaf, and the stream's new version."""

    seq: int
    recorded_at: str
    leaf: bytes
    stream: str
    version: int
