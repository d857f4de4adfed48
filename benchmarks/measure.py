"""How things are measured: contenders in turns, ratios per round, medians of them, and limits that are met or not.

Other work on the machine slows every contender alike, so a ratio within one round means more than any rate.
"""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Work: TypeAlias = Callable[[], int]
"""Does a block of work and tells how many units (saves, rows, pages) it was."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure must be: at least or at most `value`."""

    value: float
    at_least: bool = True

    def met(self, found: float) -> bool:
        return found >= self.value if self.at_least else found <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {number(self.value)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `note` says what it was compared with or how it came about."""

    topic: str
    what: str
    value: float
    unit: str
    limit: Limit | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        return "" if self.limit is None else "met" if self.limit.met(self.value) else "NOT MET"

    @property
    def row(self) -> tuple[str, ...]:
        limit = str(self.limit) if self.limit else ""
        return self.topic, self.what, f"{number(self.value)} {self.unit}".strip(), limit, self.verdict, self.note


def at_least(value: float) -> Limit:
    return Limit(value)


def at_most(value: float) -> Limit:
    return Limit(value, at_least=False)


def number(value: float) -> str:
    """Three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


@dataclass(slots=True)
class Rounds:
    """Seconds per unit of every contender in every round."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """Units a second, the median of the rounds."""
        return 1 / statistics.median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as fast `name` is as `to`: the median of the per-round ratios."""
        return statistics.median(b / a for a, b in zip(self.seconds[name], self.seconds[to], strict=True))


def in_turns(contenders: Mapping[str, Work], rounds: int, seconds: float) -> Rounds:
    """Run every contender in every round, each for about `seconds`, in an order that turns from round to round."""
    found = Rounds({name: [] for name in contenders})
    names = list(contenders)
    for turn in range(-1, rounds):
        gc.collect()
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            work, units, start = contenders[name], 0, time.perf_counter()
            while not units or time.perf_counter() - start < (seconds if turn >= 0 else seconds / 4):
                units += work()
            if turn >= 0:  # the first turn only warms up
                found.seconds[name].append((time.perf_counter() - start) / units)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def peak_memory() -> float:
    """The most memory this process has held so far, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)
