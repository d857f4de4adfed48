"""Four processes writing into one store on PostgreSQL against one of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.clinic import Clinic
from benchmarks.measure import Figure, at_least, percentile
from benchmarks.options import Options
from benchmarks.server import postgresql, with_schema
from trialkit.ledger.entry import Place

WRITERS = 4
SECONDS = 60.0  # until which a writer must be ready


def run(options: Options, folder: Path) -> list[Figure]:
    each = 40 if options.quick else 120
    with postgresql() as url:
        store = with_schema(url, "bench")
        clinic = Clinic.make(store, folder)
        places = clinic.places()
        ratios, rates, waits = list[float](), list[float](), list[float]()
        with Writers(store, folder) as writers:
            for turn in range(-1, options.rounds):
                alone, _ = writers.save([[next(places) for _ in range(2 * each)]])
                together, times = writers.save([[next(places) for _ in range(each)] for _ in range(WRITERS)])
                if turn >= 0:
                    ratios.append(together / alone)
                    rates.append(together)
                    waits.append(1000 * percentile(times, 0.99))
        clinic.store.close()
    topic = "4 writers, PostgreSQL"
    return [
        Figure(topic, "saves by 4 processes", statistics.median(rates), "/s", None, "each 30 items"),
        Figure(topic, "times the throughput of one", statistics.median(ratios), "x", at_least(1.5), "on 2 cores"),
        Figure(topic, "99th percentile of a save", statistics.median(waits), "ms", None, "back to back"),
    ]


class Writers:
    """Processes that stay open and save what they are told to."""

    def __init__(self, url: str, folder: Path) -> None:
        spawn = get_context("spawn")
        self.pipes: list[Any] = []
        self.processes = []
        for _ in range(WRITERS):
            here, there = spawn.Pipe()
            process = spawn.Process(target=_writer, args=(url, folder, there), daemon=True)
            process.start()
            self.pipes.append(here)
            self.processes.append(process)
        for pipe in self.pipes:
            pipe.recv()

    def save(self, work: Sequence[Sequence[Place]]) -> tuple[float, list[float]]:
        """As many writers as there are lists of forms: (saves a second, seconds of each save)."""
        start, times = time.perf_counter(), list[float]()
        for pipe, places in zip(self.pipes, work, strict=False):
            pipe.send(list(places))
        for pipe, _ in zip(self.pipes, work, strict=False):
            times += pipe.recv()
        return len(times) / (time.perf_counter() - start), times

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe, process in zip(self.pipes, self.processes, strict=True):
            pipe.send(None)
            process.join(SECONDS)


def _writer(url: str, folder: Path, pipe: Any) -> None:
    clinic = Clinic.open(url, folder)
    pipe.send("ready")
    while (places := pipe.recv()) is not None:
        times = []
        for version in (0, 1):
            for n, place in enumerate(places):
                start = time.perf_counter()
                clinic.save(place, n, version)
                times.append(time.perf_counter() - start)
        pipe.send(times)
    clinic.store.engine.close()
