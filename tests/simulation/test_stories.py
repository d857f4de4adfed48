"""The stories of KET-TRD-301 are its acceptance tests: each act must end as its story tells, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.oracle import what_saves_left_undone
from tests.simulation.playhouse import WORDS
from trialkit.conduct.trial import Trial
from trialkit.simulation.loading import Play, load_play
from trialkit.simulation.playing import Turned, perform
from trialkit.simulation.stage import Clock, Stage
from trialkit.simulation.summary import summary
from trialkit.store.database import Store
from trialkit.study.loading import load_study

STUDY = Path(__file__).parents[2] / "forms" / "ket_trd_301"


def play_of(*subjects: str) -> Play:
    play = load_play(STUDY / "stories")
    return replace(play, steps=tuple(step for step in play.steps if not subjects or step.story.subject in subjects))


def perform_in(make_store: Callable[..., object], play: Play) -> tuple[Store, Trial, list[Turned]]:
    clock = Clock(datetime.fromisoformat(play.cast.opens).replace(tzinfo=UTC))
    made = make_store(clock=clock)
    store = getattr(made, "store", made)
    stage = Stage(Trial(store), clock, play.cast, WORDS)
    stage.open(load_study(STUDY))
    return store, stage.trial, perform(stage, play)


def test_every_story_goes_as_it_tells_and_the_ledger_agrees(make_store: Callable[..., object]) -> None:
    play = play_of()
    store, trial, turned = perform_in(make_store, play)
    refused = [step for step in play.steps if step.act.expect.refused]
    assert [one.step for one in turned] == refused
    assert {type(one.why).__name__ for one in turned} == {
        "Blocked",
        "OutOfOrder",
        "ReasonNeeded",
        "Refused",
        "SignInFailed",
    }
    assert store.verify().entries == store.size
    assert [row.place.subject for row in trial.everything().subjects()] == sorted(
        s.subject for s in play.stories.values()
    )
    for story in play.stories.values():
        assert what_saves_left_undone(trial, story.subject, story.site) == []
    told = "\n".join(summary(trial, play, turned))
    assert all(story.title in told for story in play.stories.values())
    assert "Deviation by T05, 01-0011" in told
    assert "Otis Grant signs in: User id and password do not belong together." in told


def test_study_days_and_windows_of_earlier_visits_are_worked_out_when_the_first_dose_is_given(
    make_store: Callable[..., object],
) -> None:
    _, trial, _ = perform_in(make_store, play_of("01-0011"))
    visits = {row.place.event: row.values for row in trial.everything().records(subject="01-0011", form="SV")}
    assert {event: values.get("SVDY") for event, values in visits.items()} == {
        "V1": "-22",
        "V2": "-7",
        "V3": "1",
        "V4": "4",
    }
    assert [visits[event].get("SVWIN") for event in ("V1", "V2", "V4")] == ["Y", "Y", "Y"]


def test_the_same_story_ends_with_the_same_values_and_counts_every_time(make_store: Callable[..., object]) -> None:
    def ended() -> list[tuple[object, ...]]:
        _, trial, _ = perform_in(make_store, play_of("02-0001"))
        reader = trial.everything()
        acts = [(entry.seq, entry.recorded_at, entry.act, entry.stream) for entry in reader.entries()]
        return [*acts, *((row.stream, row.version, row.status, dict(row.values)) for row in reader.records())]

    assert ended() == ended()


@pytest.mark.parametrize(
    ("verb", "form"), [("read", "DP"), ("save", "DP")], ids=["opening the form", "writing into the form"]
)
def test_a_coordinator_kept_out_of_the_pharmacy_leaves_an_entry(
    make_store: Callable[..., object], verb: str, form: str
) -> None:
    _, trial, turned = perform_in(make_store, play_of("02-0012"))
    tried = [one for one in turned if one.step.act.do == verb and one.step.act.form == form]
    assert len(tried) == 1
    written = [entry for entry in trial.everything().entries(act="attempt.refused") if entry.actor.id == "lea"]
    acts = {shown.change.new for entry in written for shown in entry.changes if shown.change.item == "attempt"}
    assert acts == {"record.read", "record.correct"}
