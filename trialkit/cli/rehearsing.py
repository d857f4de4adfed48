"""`trialkit import rehearse`: a whole delivery of files through a throw-away training store, and out again.

Sites, people, study, a dry run and a run of every file, the same once more, verification, export, comparison: what a
data manager wants to have seen before the files go into the trial's own store.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trialkit.cli.importing import item_files, summary, told, write_report
from trialkit.conduct.importing import Imported, import_csv, sites_in
from trialkit.conduct.importing_comparison import Comparison, compare
from trialkit.conduct.importing_mapping import read_mapping
from trialkit.conduct.trial import Trial
from trialkit.errors import WrongFile
from trialkit.export.bundle import hand_over
from trialkit.export.declared import load_deliverables
from trialkit.ledger.keys import KeyFolder
from trialkit.simulation.stage import Clock, Stage
from trialkit.simulation.story import Cast
from trialkit.store.database import create_store
from trialkit.study.loading import load_study
from trialkit.study.model import Study

MARK = "REHEARSAL.txt"
PASSPHRASE = "rehearsal only: violet orbit plum"  # noqa: S105 - a store to throw away, marked as training
PASSWORD = "rehearsal only: harbour lantern anchor"  # noqa: S105
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file with its mapping and what became of it."""

    mapping: Path
    file: Path
    first: Imported


def rehearse(
    study: Annotated[Path, typer.Argument(help="The folder of the study, with its mappings in import/.")],
    data: Annotated[Path, typer.Argument(help="The folder of the files; each is named after its mapping.")],
    exports: Annotated[Path, typer.Option(help="The folder of declared deliverables.")],
    out: Annotated[Path, typer.Option(help="The folder to make; an earlier rehearsal there is replaced.")],
    zone: Annotated[str, typer.Option(help="Time zone of the sites.")] = "UTC",
    country: Annotated[str, typer.Option(help="Country of the sites, ISO 3166 alpha-3.")] = "USA",
) -> None:
    """Bring files into a store to throw away, verify it, export, compare.

    Exit 1 if what comes out is not what went in.

    Example: trialkit import rehearse forms/cdisc_pilot DATA --exports exports/cdisc_pilot --out out/pilot
    """
    loaded = load_study(study)
    pairs = _pairs(loaded, study, data)
    _make_room(out)
    keys = KeyFolder.create(out / "keys", PASSPHRASE, f"rehearsal.example/{loaded.file.oid}/training")
    clock = Clock(datetime.now(UTC))
    with create_store(out / "store.db", kind="training", study_oid=loaded.file.oid, keys=keys, clock=clock) as at:
        sites = sorted({site for mapping, file in pairs for site in sites_in(mapping, file)})
        stage = Stage(Trial(at), clock, _cast(clock, sites, zone, country), PASSWORD)
        stage.open(loaded)
        done = [_delivered(stage, mapping, file, out) for mapping, file in pairs]
        typer.echo(f"verified: {at.verify()}")
        declared = [one for one in load_deliverables(exports, loaded) if one.what.kind.startswith("csv")]
        hand_over(stage.trial, stage.who("dee"), declared, out / "export")
    items = item_files(out / "export")
    differences = sum(_compared(one, compare(one.mapping, one.file, items)) for one in done)
    if differences:
        raise typer.Exit(1)


def _delivered(stage: Stage, mapping: Path, file: Path, out: Path) -> Delivery:
    """Tried, written, and tried once more: what was tried is what is written, and a second time writes nothing."""
    ana = stage.who("ana")
    tried = import_csv(stage.trial, ana, mapping, file)
    began = time.perf_counter()
    first = import_csv(stage.trial, ana, mapping, file, commit=True)
    seconds = time.perf_counter() - began
    again = import_csv(stage.trial, ana, mapping, file, commit=True)
    write_report(out / "reports" / f"{mapping.stem}.csv", first.outcomes)
    for line in summary(first):
        typer.echo(line)
    typer.echo(f"  {len(first.outcomes) / seconds:,.0f} rows a second; once more: {again.entries} entries")
    if tried.outcomes != first.outcomes or again.entries:
        raise WrongFile(f"{file.name} came in otherwise than it was tried", "compare the reports", report=str(out))
    return Delivery(mapping, file, first)


def _compared(one: Delivery, made: Comparison) -> int:
    """Tell the differences of a file; those of refused rows are no surprise and are not counted."""
    refused = {outcome.row for outcome in one.first.outcomes if outcome.verdict == "refused"}
    found = [difference for difference in made.differences if difference.row not in refused]
    for difference in found[:SHOWN]:
        typer.echo(f"  {difference}")
    typer.echo(f"{one.file.name} and its export: {told(replace(made, differences=tuple(found)))}")
    return len(found)


def _pairs(study: Study, folder: Path, data: Path) -> list[tuple[Path, Path]]:
    """Mappings with their files: forms of visits first, in the order of the study, then the logs."""
    found = []
    for mapping in sorted((folder / "import").glob("*.yaml")):
        file = data / f"{mapping.stem}.csv"
        if file.is_file():
            found.append((_order(study, read_mapping(mapping)[0].form), mapping, file))
    if not found:
        raise WrongFile(f"no file in {data} has a mapping in {folder / 'import'}", "dm.csv goes with dm.yaml")
    return [(mapping, file) for _, mapping, file in sorted(found)]


def _order(study: Study, form: str) -> tuple[int, int]:
    for n, (oid, forms) in enumerate(study.event_forms.items()):
        if form in forms and study.file.events[oid].kind != "common":
            return n, forms.index(form)
    return len(study.event_forms), 0


def _cast(clock: Clock, sites: list[str], zone: str, country: str) -> Cast:
    def member(name: str, role: str, at: list[str]) -> dict[str, object]:
        return {"name": name, "organisation": "Rehearsal", "grants": [{"role": role, "sites": at}]}

    return Cast.model_validate(
        {
            "opens": clock.moment.isoformat(),
            "administrator": "adi",
            "data_manager": "dee",
            "sites": {site: {"name": f"Site {site}", "zone": zone, "country": country} for site in sites},
            "people": {
                "adi": {"name": "Adi Okafor", "organisation": "Rehearsal", "grants": []},
                "ana": member("Ana Souza", "coordinator", sites),
                "dee": member("Dee Larsen", "datamanager", ["*"]),
            },
            "consent_texts": [],
        }
    )


def _make_room(out: Path) -> None:
    if out.exists() and not (out.is_dir() and ((out / MARK).is_file() or not any(out.iterdir()))):
        raise WrongFile(f"{out} holds something that no rehearsal made", "name another folder with --out")
    shutil.rmtree(out, ignore_errors=True)
    (out / "reports").mkdir(parents=True)
    (out / MARK).write_text(
        "A rehearsal of an import: a training store. Delete it whenever you like.\n", encoding="utf-8"
    )
