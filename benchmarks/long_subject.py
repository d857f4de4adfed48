"""A long subject of the whole reference study put through sittings, all visits or a visit to a commit: values a second.

Values are those that stand in the entries: typed and computed items. All checks and computations run on every act.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from benchmarks.clinic import PASSPHRASE, WORDS
from benchmarks.dosing import STUDY, long_story
from benchmarks.measure import Figure, at_least
from benchmarks.options import Options
from trialkit.access.identity import system
from trialkit.conduct import enrol
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Act, save_in
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.trial import Trial
from trialkit.errors import TrialkitError
from trialkit.ledger.entry import Draft, Place
from trialkit.ledger.keys import KeyFolder
from trialkit.simulation.loading import Step
from trialkit.simulation.playing import typed
from trialkit.simulation.stage import Clock, Stage
from trialkit.store.database import create_store
from trialkit.study.loading import load_study

EXPLAINED = dict.fromkeys(("D08", "D02", "E02", "P03-SIGN"), "The medical monitor agreed beforehand to what was done.")
Typing = tuple[Step, dict[str, Typed]]


def run(options: Options, folder: Path) -> list[Figure]:
    stage, played = opened(folder)
    by_visit = [list(some) for _, some in groupby(played, key=lambda one: (one[0].act.event, one[0].base.date()))]
    whole, visits, growth = list[float](), list[float](), list[float]()
    for turn in range(-1, min(options.rounds, 3)):
        values, seconds = play(stage, f"01-{1000 + 2 * turn + 2}", [played])
        single, spent = play(stage, f"01-{1001 + 2 * turn + 2}", by_visit)
        if turn >= 0:
            whole.append(sum(values) / sum(seconds))
            visits.append(sum(single) / sum(spent))
            dosing = [s for some, s in zip(by_visit, spent, strict=True) if any(_form(one) == "EC" for one in some)]
            growth.append(sum(dosing[-5:]) / sum(dosing[:5]))
    stage.trial.store.close()
    topic, how = "long subject", "of processor time"
    count = f"{len(played)} acts, {len({_form(one) for one in played})} forms, {sum(values):,} values"
    return [
        Figure(topic, "values, all in one commit", statistics.median(whole), "/s", at_least(20_000), f"{how}; {count}"),
        Figure(topic, "values, a commit for each visit", statistics.median(visits), "/s", None, how),
        Figure(topic, "time of the last 5 infusions to the first 5", statistics.median(growth), "x", None, ""),
    ]


def opened(folder: Path) -> tuple[Stage, list[Typing]]:
    """The reference trial after the subject's time, and what is typed for the subject, act by act."""
    keys = KeyFolder.create(folder / "keys", PASSPHRASE, "bench.example/B1", work=2)
    clock = Clock(datetime(2025, 12, 1, 8, tzinfo=UTC))
    store = create_store(str(folder / "store.db"), kind="training", study_oid="KET-TRD-301", keys=keys, clock=clock)
    told = long_story(folder / "story")
    stage = Stage(Trial(store), clock, told.cast, WORDS)
    stage.open(load_study(STUDY))
    stage.put_in_force(clock.moment)
    return stage, [(step, typed(stage, step)) for step in told.steps if step.act.do in ("save", "consent")]


def play(stage: Stage, subject: str, commits: Sequence[Sequence[Typing]]) -> tuple[list[int], list[float]]:
    """The values written and the seconds of processor time of each commit."""
    enrol.enrol(stage.trial, stage.who("ana"), "01", subject)
    values, seconds = list[int](), list[float]()
    for some in commits:
        start = time.process_time()
        sitting = Sitting(stage.trial, system(), subject, "01")
        for step, what in some:
            act(sitting, subject, step, what)
        written = sum(map(count, sitting.drafts))
        sitting.commit()
        seconds.append(time.process_time() - start)
        values.append(written)
    return values, seconds


def act(sitting: Sitting, subject: str, step: Step, what: dict[str, Typed]) -> None:
    """One act, which must be taken as it is typed."""
    told = step.act
    place = Place("01", subject, told.event, told.event_repeat, told.form, told.repeat)
    based_on = sitting.desk(place).standing.version
    try:
        saved = save_in(sitting, place, what, based_on, Act(explanations=EXPLAINED, submit=told.finished))
    except TrialkitError as refused:
        raise SystemExit(f"{told.form} at {told.event}: {refused}") from refused
    if saved.refused:
        raise SystemExit(f"{told.form} at {told.event}: {saved.refused}")


def count(draft: Draft) -> int:
    """How many items of forms an entry gives a value."""
    if not draft.stream.startswith("record/"):
        return 0
    return sum(1 for change in draft.changes if change.item[0] != "@" and not change.item.endswith("@inactive"))


def _form(one: Typing) -> str:
    return one[0].act.form
