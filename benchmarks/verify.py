"""Verification of a ledger of a million changes against bare SHA-256, and the memory it takes as the ledger grows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from benchmarks.clinic import ITEMS, PASSPHRASE, VISITS, answers, clock
from benchmarks.measure import Figure, at_most, peak_memory
from benchmarks.options import Options
from trialkit.ledger.entry import Actor, Change, Draft, Place
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import create_store, open_store

CHANGES = 1_000_000
FEWER = 100_000
ANA = Actor("ana", "Ana Souza", "coordinator", "Clinic North")
TOGETHER = 500  # entries in one transaction while the ledger is built


def run(options: Options, folder: Path) -> list[Figure]:
    many = FEWER if options.quick else CHANGES
    few = many // 10
    for size in (few, many):
        build(folder / str(size), size)
    spawn = get_context("spawn")
    ratios, took, floors, memory = list[float](), list[float](), list[float](), {few: 0.0, many: 0.0}
    for turn in range(3 if options.quick else 5):
        for size in (few, many):
            with ProcessPoolExecutor(1, mp_context=spawn) as alone:
                bare, seconds, peak = alone.submit(verified, folder / str(size), many).result()
            memory[size] = max(memory[size], peak)
        if turn or options.quick:  # the first reads the file from the disk
            ratios.append(seconds / bare)
            took.append(seconds)
            floors.append(bare)
    topic = f"verify {many:,} changes"
    floor = f"floor {statistics.median(floors):.2f} s: SHA-256 of as many 100-byte messages, one by one"
    return [
        Figure(topic, "everything derived again from SQLite", statistics.median(took), "s", None, floor),
        Figure(topic, "times the bare SHA-256 floor", statistics.median(ratios), "x", at_most(6), ""),
        Figure(topic, "peak memory of the process", memory[many], "MB", None, f"{memory[few]:.0f} MB at {few:,}"),
        Figure(topic, "memory against a tenth of the ledger", memory[many] / memory[few], "x", at_most(1.1), ""),
    ]


def build(folder: Path, changes: int) -> None:
    """A ledger of that many changes, 30 an entry: half first entries, half changes of every item."""
    folder.mkdir()
    keys = KeyFolder.create(folder / "keys", PASSPHRASE, "bench.example/V1", work=2)
    with create_store(folder / "store.db", kind="training", study_oid="BENCH-1", keys=keys, clock=clock) as store:
        drafts = _drafts(-(-changes // len(ITEMS)))
        while some := list(islice(drafts, TOGETHER)):
            store.append(some)


def _drafts(entries: int) -> Iterator[Draft]:
    for n in range(entries):
        form, version = divmod(n, 2)
        subject, visit = divmod(form, VISITS)
        place = Place("01", f"01-{subject + 1:06d}", f"V{visit + 1}", 1, "VIS", 1)
        before = answers(form, 0) if version else {}
        said = answers(form, version)
        changes = tuple(
            Change(item, before.get(item), f"{value}*" if value == before.get(item) else value)
            for item, value in said.items()
        )
        act, reason = ("record.correct", "SOURCE") if version else ("record.save", None)
        yield Draft(act, ANA, place.record, changes, place, reason=reason, study="ab" * 32, expected=version)


def verified(folder: Path, changes: int) -> tuple[float, float, float]:
    """In a process of its own: seconds for the bare hashes, seconds for the verification, peak memory in MB."""
    message = b"x" * 92
    start = time.perf_counter()
    for n in range(changes):
        sha256(b"%08d%b" % (n, message)).digest()
    bare = time.perf_counter() - start
    keys = KeyFolder.open(folder / "keys", PASSPHRASE)
    with open_store(folder / "store.db", keys, clock=clock) as store:
        start = time.perf_counter()
        store.verify()
        seconds = time.perf_counter() - start
    return bare, seconds, peak_memory()
