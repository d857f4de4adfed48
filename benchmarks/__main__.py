"""`python -m benchmarks [NAME...]`: every topic in a process of its own, one table, limits beside the figures."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.options import Options
from benchmarks.topics import TOPICS, measured


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or with --check 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(TOPICS)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--check", action="store_true", help="exit 1 where a limit is missed")
    parser.add_argument("--markdown", action="store_true", help="print the table of README.md")
    parser.add_argument("--pilot", type=Path, help="folder of the CDISC pilot's data; a made file otherwise")
    parser.add_argument("--simulated", type=Path, help="folder of `trialkit simulate` for the screens; made otherwise")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in TOPICS]
    if unknown:
        parser.error(f"there is no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    options = Options(given.quick, given.pilot, given.simulated)
    figures: list[Figure] = []
    for topic in given.names or TOPICS:
        print(f"{topic} ...", file=sys.stderr, flush=True)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            found = alone.submit(measured, topic, options).result()
        figures += found
        show(found, given.markdown)
    missed = [figure for figure in figures if figure.verdict == "NOT MET"]
    print(f"{len(figures)} figures, {len(missed)} limits missed; {machine()}", file=sys.stderr)
    return 1 if given.check and missed else 0


def show(figures: Sequence[Figure], markdown: bool) -> None:
    """Print the lines of the table."""
    for figure in figures:
        cells = figure.row
        if markdown:
            print("| " + " | ".join(cells) + " |", flush=True)
        else:
            print(f"{cells[0]:24} {cells[1]:44} {cells[2]:>14}  {cells[3]:>9} {cells[4]:8} {cells[5]}", flush=True)


def machine() -> str:
    """The machine in general terms."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    raise SystemExit(main())
