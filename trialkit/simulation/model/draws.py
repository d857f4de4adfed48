"""Chance, one stream a subject: the same seed and the same number give the same person whatever else is simulated."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draws(Random):
    """A stream of draws. Logarithms are natural; `lognormal` is told by its median, as publications tell it."""

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self.random() < p

    def normal(self, mean: float, sd: float) -> float:
        """A normal deviate."""
        return self.gauss(mean, sd)

    def within(self, low: float, high: float, mean: float, sd: float) -> float:
        """A normal deviate truncated to [low, high]: drawn again until it lies inside."""
        for _ in range(64):
            found = self.gauss(mean, sd)
            if low <= found <= high:
                return found
        return min(max(mean, low), high)

    def lognormal(self, median: float, sigma: float) -> float:
        """A lognormal deviate."""
        return median * math.exp(self.gauss(0, sigma))

    def poisson(self, mean: float) -> int:
        """A Poisson count, by Knuth's product."""
        limit, count, product = math.exp(-mean), 0, self.random()
        while product > limit:
            count, product = count + 1, product * self.random()
        return count

    def one_of(self, weights: Mapping[T, float]) -> T:
        """One of the keys, each as often as its weight says."""
        names, sums = _cumulated(tuple(weights.items()))
        found: T = names[bisect(sums, self.random() * sums[-1], 0, len(sums) - 1)]
        return found

    def split(self, total: int, weights: Sequence[float], most: int) -> list[int]:
        """`total` points over the items of a scale, multinomially by `weights`, none above `most`."""
        sums = _sums(tuple(weights))
        points, last, whole, random = [0] * len(sums), len(sums) - 1, sums[-1], self.random
        for _ in range(min(total, most * len(sums))):
            at = bisect(sums, random() * whole, 0, last)
            while points[at] == most:
                at = bisect(sums, random() * whole, 0, last)
            points[at] += 1
        return points


def stream(seed: int, *names: object) -> Draws:
    """The stream of one thing of one study seed: SHA-256 over both, so that neighbours have nothing in common."""
    text = "/".join(map(str, (seed, *names)))
    return Draws(int.from_bytes(sha256(text.encode()).digest()[:16]))


@lru_cache(maxsize=512)
def _cumulated(pairs: tuple[tuple[T, float], ...]) -> tuple[list[T], list[float]]:
    return [name for name, _ in pairs], list(accumulate(weight for _, weight in pairs))


@lru_cache(maxsize=64)
def _sums(weights: tuple[float, ...]) -> list[float]:
    return list(accumulate(weights))
