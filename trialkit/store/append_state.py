"""What passes between the writer of the ledger and the database under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

from trialkit.ledger.entry import Receipt
from trialkit.store.fold import Row
from trialkit.store.session import Session

After: TypeAlias = Callable[[Session], None]
"""Work that belongs to a save and runs in its transaction, after its entries are in."""


@dataclass(slots=True)
class Wanted:
    """What a commit has to know of the store before it can number its entries."""

    streams: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


class Earlier(NamedTuple):
    """What a request wrote when it came first."""

    receipt: Receipt
    act: str


@dataclass(slots=True)
class State:
    """The store as it stands under the lock, and as it becomes entry by entry."""

    size: int
    at: str | None
    streams: dict[str, int]
    subjects: dict[str, int]
    requests: dict[str, Earlier]
    rows: dict[str, Row]
    keys: dict[str, bytes]

    def copy(self) -> State:
        """The same, to try a save on."""
        return State(
            self.size, self.at, dict(self.streams), dict(self.subjects), dict(self.requests), dict(self.rows),
            dict(self.keys),
        )  # fmt: skip


@dataclass(slots=True)
class Output:
    """The rows that a commit writes."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)
    disclosures: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    keys: list[tuple[str, bytes]] = field(default_factory=list)

    def take(self, other: Output) -> None:
        """Add what one save writes."""
        self.entries += other.entries
        self.disclosures += other.disclosures
        self.rows.update(other.rows)
        self.keys += other.keys


class Unanswered(Exception):
    """The connection broke at the commit: whether it happened is not known yet."""


class Writer(Protocol):
    """One transaction of an engine, holding the store's lock from `begin` on."""

    def begin(self, wanted: Wanted) -> State:
        """Take the lock and read what is wanted."""
        ...

    def lines(self, seq: int) -> bytes | None:
        """The disclosed lines of an entry."""
        ...

    def leaf(self, seq: int) -> bytes | None:
        """The leaf of a stored entry."""
        ...

    def erased(self, subject: str) -> bool:
        """Whether the subject's key was destroyed."""
        ...

    def finish(self, output: Output, after: Sequence[After]) -> None:
        """Write and commit. Raises Unanswered when the connection broke."""
        ...

    def abort(self) -> None:
        """Give up; nothing was written."""
        ...
