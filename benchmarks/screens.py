"""The screens with a trial behind them: one real browser, and thirty people of whom the socket alone is real.

A form of 36 items (EC) is filled in, each answer a rerun; the browser tells what one person waits for. The trial is
simulated first, or a folder of `trialkit simulate --out FOLDER` is taken:

    python -m benchmarks --simulated FOLDER screens
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.crowd import Crowd, Served, bare, processor_of, resident_of, served
from benchmarks.measure import Figure, at_most, percentile
from benchmarks.options import Options
from benchmarks.screens_browser import BARE, LOADED, waits
from benchmarks.screens_data import Infusion, infusions, simulated

TOPIC = "screens"
PEOPLE = 30
LIMITS = {0.5: 300, 0.95: 600}  # ms, of what one person waits for
THERE = 127.0  # ms: what the bare form took on the machine for which the limits were set


def run(options: Options, folder: Path) -> list[Figure]:
    made = options.simulated or simulated(folder, 20 if options.quick else 200)
    places, note = infusions(made)
    with served(made) as server, bare() as peer:
        found = waits(server, peer, places, 8 if options.quick else 25)
        least = 1000 * percentile(found.pop(BARE), 0.5)
        first = 1000 * percentile(found.pop(LOADED), 0.5)
        waited = [_waited(name, times, least, note) for name, times in found.items()]
        return [Figure(TOPIC, f"{BARE}, median", least, "ms", note=f"{THERE:.0f} ms where the limits were set"),
                Figure(TOPIC, f"{LOADED}, median", first, "ms", note="no form was drawn in this browser yet"),
                *(figure for pair in waited for figure in pair),
                *asyncio.run(_crowd(server, places, 10 if options.quick else 30))]  # fmt: skip


def _waited(what: str, times: list[float], least: float, note: str) -> tuple[Figure, Figure]:
    ms = [1000 * time for time in times]
    half, most = percentile(ms, 0.5), percentile(ms, 0.95)
    beside = "{:.2f} x the bare form; {}".format
    return (
        Figure(TOPIC, f"{what}, median", half, "ms", at_most(LIMITS[0.5]), beside(half / least, note)),
        Figure(TOPIC, f"{what}, 95th percentile", most, "ms", at_most(LIMITS[0.95]),
               beside(most / least, f"{len(ms)} times")),
    )  # fmt: skip


async def _crowd(server: Served, places: list[Infusion], seconds: int) -> list[Figure]:
    """Each person types an answer a second."""
    warm = Crowd(server, places)
    await warm.come(1)
    await warm.type(5)
    await warm.go()
    empty = resident_of(server.process)
    crowd = Crowd(server, places)
    await crowd.come(PEOPLE)
    full, before = resident_of(server.process), processor_of(server.process)
    times = await crowd.type(seconds)
    spent = processor_of(server.process) - before
    await crowd.go()
    ms = [1000 * time for time in times]
    return [
        Figure(TOPIC, f"{PEOPLE} people, an answer a second each: median", percentile(ms, 0.5), "ms"),
        Figure(TOPIC, f"{PEOPLE} people: 95th percentile at the socket", percentile(ms, 0.95), "ms", at_most(250),
               f"{len(ms)} reruns"),
        Figure(TOPIC, "processor time of a rerun", 1000 * spent / len(ms), "ms", at_most(40), "form of 36 items"),
        Figure(TOPIC, "memory of a session", (full - empty) / PEOPLE, "MB", at_most(5),
               f"the server holds {full:.0f} MB"),
    ]  # fmt: skip
