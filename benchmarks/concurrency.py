"""Sixteen people saving at once through one process on SQLite: throughput, and how long the unlucky ones wait."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.clinic import Clinic
from benchmarks.measure import Figure, at_least, at_most, percentile
from benchmarks.options import Options
from trialkit.ledger.entry import Place

PEOPLE = 16


def run(options: Options, folder: Path) -> list[Figure]:
    clinic = Clinic.make(str(folder / "store.db"), folder)
    places = clinic.places()
    each = 20 if options.quick else 60
    ratios, rates, waits, longest = list[float](), list[float](), list[float](), list[float]()
    for turn in range(-1, options.rounds):
        alone, _ = at_once(clinic, [[next(places) for _ in range(each * 4)]])
        together, times = at_once(clinic, [[next(places) for _ in range(each)] for _ in range(PEOPLE)])
        if turn >= 0:
            ratios.append(together / alone)
            rates.append(together)
            waits.append(1000 * percentile(times, 0.99))
            longest.append(1000 * max(times))
    clinic.store.close()
    topic = "16 savers, SQLite"
    return [
        Figure(topic, "saves by 16 threads of one process", statistics.median(rates), "/s", None, "each 30 items"),
        Figure(topic, "times the throughput of one", statistics.median(ratios), "x", at_least(1), ""),
        Figure(topic, "99th percentile of a save", statistics.median(waits), "ms", at_most(20), "back to back"),
        Figure(topic, "longest save of all rounds", max(longest), "ms", None, ""),
    ]


def at_once(clinic: Clinic, work: Sequence[Sequence[Place]]) -> tuple[float, list[float]]:
    """A thread for each list of forms, entered and changed: (saves a second, seconds of each save)."""
    ready = threading.Barrier(len(work) + 1)

    def person(places: Sequence[Place]) -> list[float]:
        mine = []
        ready.wait()
        for version in (0, 1):
            for n, place in enumerate(places):
                start = time.perf_counter()
                clinic.save(place, n, version)
                mine.append(time.perf_counter() - start)
        return mine

    with ThreadPoolExecutor(len(work)) as people:
        busy = [people.submit(person, places) for places in work]
        ready.wait()
        start = time.perf_counter()
        times = [seconds for each in busy for seconds in each.result()]
        return len(times) / (time.perf_counter() - start), times
