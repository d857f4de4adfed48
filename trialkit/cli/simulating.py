"""`trialkit simulate`: synthetic subjects of the reference trial, through the same doors as real ones."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

from trialkit.cli.demo import CLONE, PASSPHRASE, PASSWORD
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.ledger.keys import KeyFolder
from trialkit.simulation.run import SIGNED_EVERY, Options, Run
from trialkit.simulation.score import score
from trialkit.store.database import Store, create_store, open_store
from trialkit.study.loading import load_study


def simulate(
    subjects: Annotated[int, typer.Option(min=1, max=100_000, help="Randomised subjects; screen failures come on top.")]
    = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same values, on every machine.")] = 1,
    scenario: Annotated[
        Literal["BASE", "SEED", "NULL"], typer.Option(help="How well the treatments work: see docs/simulation.md.")
    ] = "BASE",
    clean: Annotated[bool, typer.Option("--clean", help="Without errors made on purpose.")] = False,
    drop_out: Annotated[bool, typer.Option("--drop-out/--no-drop-out", help="Whether subjects leave early.")] = True,
    only: Annotated[list[str], typer.Option(help="These subject numbers alone, for example 04-0007.")] = [],  # noqa: B006
    out: Annotated[Path, typer.Option(help="Folder for keys, log and, without --store, store.")] = Path("simulated"),
    store: Annotated[str, typer.Option(help="Another store: a path or a database URL.")] = "",
    study: Annotated[Path | None, typer.Option(help="The study; forms/ket_trd_301 without it.")] = None,
    scored: Annotated[bool, typer.Option("--score", help="Only compare the errors with what the checks saw.")] = False,
) -> None:  # fmt: skip
    """Simulate subjects of the reference trial into a training store, and go on where an earlier run stopped.

    The scripted subjects come first. Every act goes through the same checks as a typed one; the ledger says when it was
    written down, and each act when it happened. Errors made on purpose are logged beside the keys (errors.jsonl).

    Example: trialkit simulate --subjects 20 --seed 7
    """
    folder = study if study is not None else _reference()
    loaded = load_study(folder)
    out.mkdir(parents=True, exist_ok=True)
    options = Options(subjects, seed, scenario, clean, drop_out)
    with _opened(out, store or str(out / "simulation.db"), loaded.file.oid) as at:
        run = Run(Trial(at), loaded, options, _clock, PASSWORD, out / "errors.jsonl")
        if not scored:
            run.tidy_log()
            _enter(run, only)
        _tell(run, out)


def _enter(run: Run, only: list[str]) -> None:
    began, values, done, faults = time.monotonic(), 0, 0, list[str]()
    length = len(only) or run.population.size
    with typer.progressbar(run.numbers(only), length=length, label="Simulating") as bar:
        for number in bar:
            if run.entered(number):
                continue
            entered = run.enter(number)
            faults += (f"{number.subject} {fault}" for fault in entered.faults)
            values, done = values + entered.values, done + 1
            if done % SIGNED_EVERY == 0:
                run.trial.store.checkpoint()
            bar.label = f"{values:,} values, {values / (time.monotonic() - began):,.0f} a second"
    run.trial.store.checkpoint()
    took = time.monotonic() - began
    typer.echo(f"{done} subjects, {values:,} values in {took:.0f} s, {values / max(took, 0.001):,.0f} a second")
    for fault in faults[:20]:
        typer.echo(f"refused, and nothing foresaw it: {fault}", err=True)
    if faults:
        typer.echo(f"{len(faults)} acts were refused that should not have been", err=True)
        raise typer.Exit(1)


def _tell(run: Run, out: Path) -> None:
    log = out / "errors.jsonl"
    if run.options.clean or not log.exists():
        return
    typer.echo("\ncheck    made   seen  recall refused  right  other precision")
    for one in score(run.trial, map(orjson.loads, log.read_bytes().splitlines())):
        counts = f"{one.check:<6} {one.made:>6} {one.seen:>6} {one.recall:>7.0%} {one.refused:>7} {one.right:>6}"
        missed = "".join(f"  {n} missed: {why}" for why, n in one.missed.items())
        typer.echo(f"{counts} {one.other:>6} {one.precision:>9.0%}{missed}")


def _opened(out: Path, url: str, oid: str) -> Store:
    """The store of an earlier run, or a new one with keys in `out`."""
    folder = out / "simulation.keys"
    if (folder / "folder.json").exists():
        return open_store(url, KeyFolder.open(folder, PASSPHRASE), clock=_clock)
    keys = KeyFolder.create(folder, PASSPHRASE, f"simulation.example/{oid}/training")
    return create_store(url, kind="training", study_oid=oid, keys=keys, clock=_clock)


def _reference() -> Path:
    for place in (Path("forms"), CLONE / "forms"):
        if (place / "ket_trd_301").is_dir():
            return place / "ket_trd_301"
    raise NotFound("the reference study is not here", "name its folder with --study")


def _clock() -> datetime:
    return datetime.now(UTC)
