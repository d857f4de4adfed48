"""Simulated subjects go through the same doors as real ones, alike for the same seed, and resume where they stopped."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures_store import Made
from tests.simulation.simulated import FOLDER, simulate, study, values
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder
from trialkit.ledger.keys import KeyFolder
from trialkit.simulation.population import Population
from trialkit.simulation.run import Options
from trialkit.store.database import open_store
from trialkit.study.building import compile_study

CLEAN = Options(subjects=5, seed=3, clean=True)


def test_clean_subjects_meet_no_refusal_and_no_hard_check_and_the_ledger_agrees(made: Made, tmp_path: Path) -> None:
    run, entered = simulate(made.store, tmp_path / "errors.jsonl", CLEAN)
    assert [fault for one in entered for fault in one.faults] == []
    queries = list(Trial(made.store).everything().queries())
    assert [(q.place.subject, q.values["check"]) for q in queries if q.values["severity"] == "hard"] == []
    assert {q.status for q in queries} <= {"CLOSED", "ANSWERED"}
    assert made.store.verify().entries == made.store.size
    assert len(entered) == run.population.size >= CLEAN.subjects


def test_every_required_item_of_every_form_is_filled_somewhere(made: Made, tmp_path: Path) -> None:
    simulate(made.store, tmp_path / "errors.jsonl", Options(subjects=14, seed=8, clean=True))
    filled = {
        (record.place.form, path.rpartition(".")[2] if "[" in path else path)
        for record in Trial(made.store).everything().records()
        for path in record.values
    }
    forms = {form for form, _ in filled}
    compiled = compile_study(study())
    empty = {
        f"{form}.{rule.oid}"
        for form in forms
        for rule in compiled.forms[form].required
        if not rule.conditions and rule.item.entered_by != "system" and (form, rule.oid) not in filled
    }
    assert empty == set()
    assert len(forms) >= 44


def test_the_same_seed_gives_the_same_values_and_any_subject_alone_the_same_as_among_others(
    make_store: Callable[..., Made], tmp_path: Path
) -> None:
    options = Options(subjects=14, seed=4)
    whole, again, alone = make_store(), make_store(), make_store()
    people = Population(options.seed, options.subjects)
    drawn = [number.subject for site in range(1, people.sites + 1) for number in people.of_site(site)][:3]
    simulate(whole.store, tmp_path / "a.jsonl", options, *drawn)
    simulate(again.store, tmp_path / "b.jsonl", options, *drawn)
    assert values(whole.store) == values(again.store)
    subject = drawn[-1]
    simulate(alone.store, tmp_path / "c.jsonl", options, subject)
    stands = Trial(alone.store).everything().records(subject=subject)
    among = Trial(whole.store).everything().records(subject=subject)
    assert [(r.stream, r.values) for r in stands] == [(r.stream, r.values) for r in among]


VALUES: dict[str, bytes] = {}


def test_both_engines_hold_the_same_values(made: Made, engine: str, tmp_path: Path) -> None:
    simulate(made.store, tmp_path / "errors.jsonl", Options(subjects=2, seed=6))
    VALUES[engine] = values(made.store)
    if engine == "postgresql" and "sqlite" in VALUES:  # the engines run in this order
        assert VALUES["postgresql"] == VALUES["sqlite"]
    assert len(VALUES[engine]) > 100_000


def test_a_store_of_production_takes_no_simulation(make_store: Callable[..., Made], tmp_path: Path) -> None:
    with pytest.raises(OutOfOrder, match="real trial"):
        simulate(make_store(kind="production").store, tmp_path / "errors.jsonl", CLEAN)


def test_another_simulation_does_not_go_on_in_this_store(made: Made, tmp_path: Path) -> None:
    simulate(made.store, tmp_path / "errors.jsonl", Options(subjects=1, seed=1))
    with pytest.raises(OutOfOrder, match="another simulation"):
        simulate(made.store, tmp_path / "errors.jsonl", Options(subjects=1, seed=2))


def test_a_subject_that_the_seed_does_not_have_is_named(made: Made, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="99-0001"):
        simulate(made.store, tmp_path / "errors.jsonl", CLEAN, "99-0001")


def test_a_run_killed_and_started_again_ends_with_the_data_of_one_never_stopped(tmp_path: Path) -> None:
    def start(out: Path) -> subprocess.Popen[bytes]:
        command = "simulate --subjects 15 --seed 9 --out".split()
        where = ["--study", str(FOLDER)]
        return subprocess.Popen(
            [sys.executable, "-m", "trialkit", *command, str(out), *where],
            cwd=FOLDER.parents[1], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def whole(out: Path) -> bytes:
        from trialkit.cli.demo import PASSPHRASE

        keys = KeyFolder.open(out / "simulation.keys", PASSPHRASE)
        with open_store(str(out / "simulation.db"), keys, clock=lambda: pytest.fail("nothing is written")) as store:
            return values(store)

    killed, straight = tmp_path / "killed", tmp_path / "straight"
    process = start(killed)
    for _ in range(1200):
        time.sleep(0.05)
        if _subjects(killed / "simulation.db") >= 3 or process.poll() is not None:
            break
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert process.stderr is not None
    process.stderr.close()
    left = _subjects(killed / "simulation.db")
    for out in (killed, straight):
        done = start(out)
        _, said = done.communicate(timeout=240)
        assert done.returncode == 0, said.decode()
    assert 3 <= left < _subjects(killed / "simulation.db")
    assert whole(killed) == whole(straight)
    assert (killed / "errors.jsonl").read_bytes() == (straight / "errors.jsonl").read_bytes()


def _subjects(file: Path) -> int:
    if not file.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as there:
            (count,) = there.execute("SELECT count(*) FROM subject").fetchone()
        there.close()
    except sqlite3.OperationalError:
        return 0
    return int(count)
