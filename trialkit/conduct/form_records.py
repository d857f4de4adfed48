"""The records of one form of a subject, in the order of the study's events and of their repeats."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from trialkit.conduct.standing import Standing
from trialkit.expressions.environment import Row, siblings
from trialkit.ledger.entry import Place

Position: TypeAlias = tuple[int, int, int]
"""Of a record in that order: its event, the event's repeat, the form's."""


class FormRecords:
    """Records that were loaded or made in this sitting. `every` has the struck ones too, `active` not."""

    __slots__ = ("_active", "_at", "_places", "_rows", "_where", "every", "struck")

    def __init__(self, standings: Iterable[Standing], where: Callable[[Place], Position]) -> None:
        self._where = where
        self.every = sorted(standings, key=self._position)
        self.struck: set[Standing] = set()
        self._active: list[Standing] | None = None
        self._places: list[Position] = []
        self._at: dict[tuple[str, int], list[Standing]] = {}
        self._rows: list[Row] | None = None

    def _position(self, standing: Standing) -> Position:
        return self._where(standing.place)

    def add(self, standing: Standing) -> None:
        """One more record."""
        insort(self.every, standing, key=self._position)
        self.moved()

    def remove(self, standing: Standing) -> None:
        """The act that made the record did not happen."""
        self.every.remove(standing)
        self.moved()

    def moved(self) -> None:
        """A record came, went, was struck or is struck no longer."""
        self._active = self._rows = None

    @property
    def active(self) -> list[Standing]:
        if self._active is None:
            self.struck = {standing for standing in self.every if standing.inactive}
            self._active = [standing for standing in self.every if standing not in self.struck]
            self._places = [self._position(standing) for standing in self._active]
            self._at = {}
            for standing in self._active:
                self._at.setdefault((standing.place.event, standing.place.event_repeat), []).append(standing)
        return self._active

    def at(self, event: str, repeat: int) -> Sequence[Standing]:
        """The active records of one visit."""
        return self._at.get((event, repeat), ()) if self.active else ()

    def before(self, event: int, repeat: int) -> Sequence[Standing]:
        """The active records of earlier visits; `event` is its number in the study."""
        active = self.active
        return active[: bisect_left(self._places, (event, repeat))]

    def after(self, event: int, repeat: int) -> Sequence[Standing]:
        """The active records of later visits."""
        active = self.active
        return active[bisect_right(self._places, (event, repeat, 10**9)) :]

    def rows(self, event: str | None) -> Sequence[Row]:
        """What expressions read of all active records, or of those at an event: siblings in order."""
        if event is not None:
            self._rows = None  # these rows are told a place among fewer siblings
            return siblings([standing.row() for standing in self.active if standing.place.event == event])
        if self._rows is None:
            self._rows = [standing.row() for standing in self.active]
            siblings(self._rows)
        return self._rows
