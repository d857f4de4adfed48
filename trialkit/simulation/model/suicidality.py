"""Suicidal thoughts: item 10 of the MADRS and the C-SSRS levels, drawn so that they tell the same story (6.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from trialkit.simulation.model.draws import Draws

WEIGHTS = (4.0, 4.2, 3.3, 3.4, 2.0, 3.9, 4.0, 4.1, 3.0, 1.9)
INTENT = 0.004  # share of visits after baseline with level 4 or 5
LEVELS = {1: 65, 2: 25, 3: 10}


if TYPE_CHECKING:
    from trialkit.simulation.model.infusion import Infusion


class _Seen(Protocol):
    start: datetime
    infusion: Infusion | None
    attempt: bool
    ideation: int


def items(draws: Draws, total: int, plain: bool = False) -> list[int]:
    """The ten items of a MADRS total. With `plain`, item 10 stays where nobody is alarmed."""
    found = draws.split(total, WEIGHTS, 6)
    most = 2 if plain else 6
    while found[9] > most:
        found[found.index(min(found[:9]))] += 1
        found[9] -= 1
    if total and min(found) == max(found):  # nobody answers all alike
        found[0], found[1] = (found[0] + 1, found[1] - 1) if found[0] < 6 else (found[0], found[1] - 1)
    return found


def ideation(draws: Draws, item: int, plain: bool = False) -> int:
    """The highest C-SSRS level, 0 to 3, that goes with item 10."""
    if plain:
        return 0
    if item < 4 and not draws.chance(1 / (1 + math.exp(3.2 - 0.55 * item))):
        return 0
    level = draws.one_of(LEVELS)
    return min(level, 2) if item <= 1 else level


def since_last(draws: Draws, item: int, plain: bool = False) -> int:
    """The level at a visit after baseline: now and then intent or a plan."""
    if not plain and item > 1 and draws.chance(INTENT * 1.5):
        return draws.one_of({4: 80, 5: 20})
    return ideation(draws, item, plain)


def told_at(visits: Sequence[_Seen], attempted: datetime) -> tuple[datetime, _Seen] | None:
    """When an attempt drawn for `attempted` happens, and the visit that tells of it: one at which no dose is given.

    The moment moves on until no dosing visit lies between, since nobody is dosed who has just told of an attempt.
    """
    for before, visit in pairwise(visits):
        happened = max(attempted, before.start + timedelta(hours=18))
        if visit.infusion is None and visit.start - happened > timedelta(hours=12):
            return happened, visit
    return None
