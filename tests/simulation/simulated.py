"""Small simulations for tests: the reference study, a few subjects, a store of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import orjson

from tests.simulation.playhouse import WORDS
from trialkit.conduct.trial import Trial
from trialkit.simulation.entering import Entered
from trialkit.simulation.run import Options, Run
from trialkit.store.database import Store
from trialkit.study.loading import load_study
from trialkit.study.model import Study

FOLDER = Path(__file__).parents[2] / "forms" / "ket_trd_301"


@cache
def study() -> Study:
    return load_study(FOLDER)


def now() -> datetime:
    return datetime.now(UTC)


def simulate(store: Store, log: Path, options: Options, *only: str) -> tuple[Run, list[Entered]]:
    """Every subject of a run (or these), entered."""
    run = Run(Trial(store), study(), options, now, WORDS, log)
    run.tidy_log()
    return run, [run.enter(number) for number in run.numbers(only) if not run.entered(number)]


def values(store: Store) -> bytes:
    """Everything that stands in the records and queries of a store, as bytes to compare."""
    reader = Trial(store).everything()
    stands = [(r.stream, r.status, r.version, dict(sorted(r.values.items()))) for r in reader.records()]
    stands += [(q.stream, q.status, q.version, dict(sorted(q.values.items()))) for q in reader.queries()]
    return orjson.dumps(sorted(stands, key=lambda one: one[0]))
