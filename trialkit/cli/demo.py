"""`trialkit demo`: a whole small trial in a folder, from the study's stories: store, exports, proof."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trialkit.cli.store import PUBLIC
from trialkit.conduct.trial import Trial
from trialkit.errors import Broken, WrongFile
from trialkit.export.bundle import Export, hand_over
from trialkit.export.declared import load_deliverables
from trialkit.export.source import Scope
from trialkit.ledger import verify_export
from trialkit.ledger.keys import KeyFolder
from trialkit.simulation.loading import Play, Step, load_play
from trialkit.simulation.playing import Turned, perform
from trialkit.simulation.stage import Clock, Stage
from trialkit.simulation.summary import summary
from trialkit.store.database import Store, create_store
from trialkit.study.loading import load_study
from trialkit.study.model import Study

PASSPHRASE = "demo only: violet orbit plum"  # noqa: S105 - a demo store holds nothing real, and says so
PASSWORD = "demo only: harbour lantern anchor"  # noqa: S105
MARK = "DEMO.txt"
SITE_COPY = "02-0001"
CLONE = Path(__file__).parents[2]


def demo(
    out: Annotated[Path, typer.Option("--out", help="The folder to make; an earlier demo there is replaced.")] = Path(
        "out"
    ),
    store: Annotated[
        str, typer.Option("--store", help="An empty database instead of a file in the folder: postgresql://...")
    ] = "",
    study: Annotated[
        str, typer.Option("--study", help="The study: a folder of forms/ and of exports/.")
    ] = "ket_trd_301",
) -> None:
    """Play a whole trial in a minute: subjects, visits, corrections, queries, refused attempts, exports, proof.

    Everything goes into one folder, which may be deleted at any time. Nothing in it is about real people.

    Example: trialkit demo --out out
    """
    began = time.monotonic()
    _must_be_free(out)
    loaded = load_study(_found("forms", study))
    play = load_play(_found("forms", study) / "stories")
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.absolute().parent) as room:
        folder = _marked(Path(room) / out.name, play)
        keys = KeyFolder.create(folder / "demo.keys", PASSPHRASE, f"demo.example/{loaded.file.oid}/training")
        (folder / "demo.keys" / PUBLIC).write_text(keys.vkey + "\n", encoding="ascii")
        clock = Clock(datetime.fromisoformat(play.cast.opens).replace(tzinfo=UTC))
        url = store or str(folder / "demo.db")
        with create_store(url, kind="training", study_oid=loaded.file.oid, keys=keys, clock=clock) as at:
            stage = Stage(Trial(at), clock, play.cast, PASSWORD)
            stage.open(loaded)
            turned = _played(stage, play)
            exports = _exported(stage, loaded, folder, study)
            proof = _proved(at, exports, folder)
            told = list(summary(stage.trial, play, turned))
        shutil.rmtree(out, ignore_errors=True)
        folder.rename(out)
    _tell(play, told, exports, proof, out, store, time.monotonic() - began)


def _found(kind: str, study: str) -> Path:
    here = Path(kind) / study
    return here if here.is_dir() else CLONE / kind / study


def _must_be_free(out: Path) -> None:
    """WrongFile if something lies there that no demo made: it is left alone."""
    if out.exists() and not (out.is_dir() and ((out / MARK).is_file() or not any(out.iterdir()))):
        raise WrongFile(f"{out} holds something that no demo made", "name another folder with --out")


def _marked(folder: Path, play: Play) -> Path:
    folder.mkdir()
    (folder / MARK).write_text(
        "A demo of trialkit: no real people, no real data, published passwords. Delete it whenever you like.\n\n"
        f"Passphrase of demo.keys: {PASSPHRASE}\nPassword of everybody:   {PASSWORD}\n"
        f"User ids:                {', '.join(play.cast.people)}\n",
        encoding="utf-8",
    )
    return folder


def _played(stage: Stage, play: Play) -> list[Turned]:
    with typer.progressbar(length=len(play.steps), label="Playing the stories") as bar:

        def moved(number: int, total: int, step: Step) -> None:
            if sys.stdout.isatty():
                bar.label = f"Playing the stories, {step.base:%d %b %Y}"
            bar.update(1)

        return perform(stage, play, moved)


def _exported(stage: Stage, study: Study, out: Path, name: str) -> list[Export]:
    """What the data manager hands over, and the copy of one subject that its investigator keeps."""
    declared = load_deliverables(_found("exports", name), study)
    casebook = [one for one in declared if one.what.kind in ("casebook", "csv-changes")]
    typer.echo(f"Exporting {len(declared)} deliverables ...")
    dee, hale = stage.who(stage.cast.data_manager), stage.who(stage.cast.meant("@investigator", SITE_COPY[:2]))
    return [
        hand_over(stage.trial, dee, declared, out / "handover"),
        hand_over(stage.trial, hale, casebook, out / f"site-copy-{SITE_COPY}", scope=Scope(SITE_COPY)),
    ]


def _proved(store: Store, exports: Sequence[Export], out: Path) -> list[str]:
    """Verify the store, then each export in a Python of its own that knows nothing of trialkit. Raises Broken."""
    typer.echo("Verifying the store and the exports ...")
    report = store.verify()
    alone = out / "verify_export.py"
    shutil.copyfile(verify_export.__file__, alone)
    said = [
        f"store     {report.entries:,} entries and {report.changes:,} changes agree, {report.signed:,} entries signed"
    ]
    for export in exports:
        command = [sys.executable, "-I", str(alone), str(export.folder), "--key", store.keys.vkey]
        done = subprocess.run(command, capture_output=True, text=True, env={}, check=False)
        if done.returncode:
            raise Broken(
                f"{export.folder} does not verify: {done.stdout.strip()}", "this is a fault of trialkit: report it"
            )
        said.append(f"{export.folder.name}: {done.stdout.splitlines()[0]}")
    return said


def _program() -> str:
    """How the reader calls trialkit: by its name, by its path from here, or through the Python that runs."""
    beside = Path(sys.executable).parent / "trialkit"
    if shutil.which("trialkit"):
        return "trialkit"
    return os.path.relpath(beside) if beside.exists() else f"{os.path.relpath(sys.executable)} -m trialkit"


def _tell(
    play: Play, told: list[str], exports: list[Export], proof: list[str], out: Path, store: str, took: float
) -> None:  # fmt: skip
    first, last = play.steps[0].base, play.steps[-1].base
    typer.echo(
        f"\nWHAT HAPPENED: {first:%d %b} to {last:%d %b %Y}, in {took:.0f} seconds. Training data; nobody is real.\n"
    )
    typer.echo("\n".join(told))
    where = store or f"{out}/demo.db"
    call = _program()
    screens = f"{call} serve" if store else f"{call} serve --demo {out}"
    app = "" if store else "; in the clone also: make app" + ("" if out == Path("out") else f" OUT={out}")
    pdf = next((name for name in exports[1].files if name.endswith(".pdf")), "")
    typer.echo(
        f"""
WHERE IT LIES
  {out}/handover/            {len(exports[0].files)} files as the data manager may see them: CSV, casebooks, change log
  {out}/site-copy-{SITE_COPY}/   one subject as the investigator keeps it; why the infusion was stopped: {pdf}
  {where}  the ledger;  {out}/demo.keys/  its keys;  {out}/verify_export.py  the verifier, one file

PROVED
  """
        + "\n  ".join(proof)
        + f"""

WHAT TO TRY NEXT
  export TRIALKIT_STORE={shlex.quote(where)} TRIALKIT_KEYS={out}/demo.keys TRIALKIT_PASSPHRASE='{PASSPHRASE}'
  export TRIALKIT_USER=lea TRIALKIT_PASSWORD='{PASSWORD}'
  {call} subject show {SITE_COPY}
  {call} record show {SITE_COPY}/V3/IM
  {call} record history {SITE_COPY}/V3/EC
  {call} query list --open
  {call} record save {SITE_COPY}/V3A/VS WEIGHT_VSORRES=81.8 --reason SOURCE --because 'The scale printout says 81.8.'
  {call} record show 02-0012/V3/DP        (Lea is blinded: refused, and the attempt is written down)
  {call} verify
  {screens}        (in a browser, with a button for everybody to sign in, until Ctrl-C{app})
  python3 {out}/verify_export.py {out}/handover --key "$(cat {out}/demo.keys/{PUBLIC})"

Everybody has the password above: {", ".join(play.cast.people)}."""
    )
