"""The people of a trial as they stand: who they are, what they were granted and when, how their sign-ins went.

Read from the store's `person` projection (streams `person/<id>`). A grant is effective-dated and never deleted: it is
role, sites, side of the blind, from and to, approver, as items `grant[<n>].role` and so on (ICH E6(R3) 4.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from trialkit.access.gate import system_sight
from trialkit.access.table import ROLES
from trialkit.errors import NotFound
from trialkit.ledger.entry import Written
from trialkit.store.sight import Sight

ALL_SITES = "*"
_GRANT = re.compile(r"grant\[(\d+)\]\.(\w+)")


class Row(Protocol):
    """What access needs of a row of the store's `person` projection."""

    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def values(self) -> Mapping[str, Written]: ...


class Readable(Protocol):
    """What access needs of the store's reader."""

    def people(self) -> Iterable[Row]: ...
    def record(self, where: str, /) -> Row | None: ...


class Shelf(Protocol):
    """What access needs of a store to read from it."""

    def read(self, sight: Sight, as_of: int | None = None) -> Readable: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one site or all (`*`), from `start` on, until `end` (excluded; None: until revoked)."""

    number: int
    role: str
    site: str
    unblinded: bool
    start: datetime
    end: datetime | None = None
    approver: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether the grant is in force at this moment."""
        return self.start <= now and (self.end is None or now < self.end)

    def overlaps(self, start: datetime, end: datetime | None) -> bool:
        """Whether the grant is in force at some moment of [start, end)."""
        return (end is None or self.start < end) and (self.end is None or start < self.end) and not self.void

    @property
    def void(self) -> bool:
        """Whether it was revoked before it began."""
        return self.end is not None and self.end <= self.start

    @property
    def sees_patients(self) -> bool:
        """Whether the role sees clinical data, on whichever side of the blind."""
        return ROLES[self.role].blinding != "none"


@dataclass(frozen=True, slots=True)
class Person:
    """A user as they stand. `temporary`: somebody else set the password; `failures`: wrong sign-ins in a row.

    `values` are the items of the projection as written, of which the fields are readings.
    """

    id: str
    name: str
    organisation: str
    active: bool
    grants: tuple[Grant, ...]
    version: int
    temporary: bool
    failures: int
    wait_until: datetime | None
    alert: str
    values: Mapping[str, Written]

    def holding(self, now: datetime) -> tuple[Grant, ...]:
        """The grants in force now; none for a deactivated person."""
        return tuple(grant for grant in self.grants if grant.holds(now)) if self.active else ()

    @property
    def second(self) -> bool:
        """Whether they set up a second factor."""
        return self.stands("second.state") == "own"

    @property
    def step(self) -> int:
        """The time step of the code that was taken last; 0 without one."""
        return int(self.stands("signin.step") or 0)

    def stands(self, item: str) -> str | None:
        """The text of an item of the projection, None when absent."""
        value = self.values.get(item)
        return value if isinstance(value, str) else None


def people(store: Shelf, as_of: int | None = None) -> list[Person]:
    """Everybody ever added, in the order of their ids."""
    rows = store.read(system_sight(), as_of).people()
    return sorted((_person(row) for row in rows), key=lambda person: person.id)


def person(store: Shelf, user: str) -> Person:
    """The person with this id. Raises NotFound."""
    row = store.read(system_sight()).record(f"person/{user}")
    if row is not None:
        return _person(row)
    raise NotFound(f"There is no person {user!r}.", "`trialkit person list` shows everybody")


def moment(at: datetime) -> str:
    """A moment as the ledger writes it: UTC with microseconds and `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_moment(text: Written) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _person(row: Row) -> Person:
    values = dict(row.values)

    def text(item: str) -> str:
        value = values.get(item)
        return value if isinstance(value, str) else ""

    return Person(
        id=row.stream.removeprefix("person/"),
        name=text("name"),
        organisation=text("organisation"),
        active=text("active") == "yes",
        grants=_grants(values),
        version=row.version,
        temporary=text("password.state") == "temporary",
        failures=int(text("signin.failures") or 0),
        wait_until=_read_moment(values.get("signin.until")),
        alert=text("signin.alert"),
        values=values,
    )


def _grants(values: Mapping[str, Written]) -> tuple[Grant, ...]:
    parts: dict[int, dict[str, str]] = {}
    for item, value in values.items():
        found = _GRANT.fullmatch(item)
        if found and isinstance(value, str):
            parts.setdefault(int(found[1]), {})[found[2]] = value
    return tuple(
        Grant(
            number=number,
            role=part["role"],
            site=part["site"],
            unblinded=part.get("blinding") == "unblinded",
            start=datetime.fromisoformat(part["from"]),
            end=_read_moment(part.get("to")),
            approver=part.get("approver", ""),
        )
        for number, part in sorted(parts.items())
    )
