"""How far an expression looks: at its own row, its record, its visit, a named visit, earlier visits, or anywhere.

What moved at one place can then be followed to the few records and rows whose value it may change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

How: TypeAlias = Literal["row", "record", "visit", "at", "before"]
"""`row`: the item in the row at hand; `record`: anywhere in the record at hand; `visit`: the form's record of the same
visit (or the subject's only one, where the form does not belong to the visit); `at`: the records of the event `event`;
`before`: the records of earlier visits."""


class Read(NamedTuple):
    """One read of limited reach. `item` may be a group (which rows there are) or `*` (which records)."""

    form: str
    item: str
    how: How
    event: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything an expression reads: `near` within limits, `far` (form, item) pairs in any record of the subject."""

    near: frozenset[Read] = frozenset()
    far: frozenset[tuple[str, str]] = frozenset()
    near_only: bool = field(init=False, compare=False)
    """Whether it looks at nothing but its own record."""

    def __post_init__(self) -> None:
        only = not self.far and all(read.how in ("row", "record") for read in self.near)
        object.__setattr__(self, "near_only", only)


def together(parts: Iterable[Reach]) -> Reach:
    """What several expressions read that are evaluated at the same place."""
    parts = list(parts)
    return Reach(
        frozenset[Read]().union(*(part.near for part in parts)),
        frozenset[tuple[str, str]]().union(*(part.far for part in parts)),
    )


NOWHERE = Reach()
"""Of what reads nothing."""
