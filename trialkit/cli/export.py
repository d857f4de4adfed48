"""`trialkit export`: hand over what a folder of deliverables declares; `trialkit lint-pdf`: look at a PDF's form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialkit.access.gate import system_sight
from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.export.bundle import hand_over
from trialkit.export.declared import load_deliverables
from trialkit.export.reading import published
from trialkit.export.source import Scope

Folder = Annotated[Path, typer.Argument(metavar="DELIVERABLES", help="The folder of declared deliverables.")]
Out = Annotated[Path, typer.Option("--out", help="The folder to make; an earlier export there is replaced.")]
AsOf = Annotated[int | None, typer.Option("--as-of", min=1, help="Show the study after its first N entries.")]
Only = Annotated[list[str] | None, typer.Option("--only", help="The name of a deliverable; may be repeated.")]
Subject = Annotated[str | None, typer.Option("--subject", help="One subject alone; the proof is then of that subject.")]
Site = Annotated[str | None, typer.Option("--site", help="One site alone.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Do not tell how far it is.")]
As = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]


def export(
    deliverables: Folder, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    out: Out, as_of: AsOf = None, only: Only = None, subject: Subject = None, site: Site = None, quiet: Quiet = False,
    role: As = "",
) -> None:  # fmt: skip
    """Hand over: files, manifest and proof in one folder that verifies with the public key alone."""
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        study = published(at, at.read(system_sight(), as_of or at.size))[-1]
        declared = load_deliverables(deliverables, study)
        unknown = sorted(set(only or ()) - {one.name for one in declared})
        if unknown:
            names = ", ".join(one.name for one in declared)
            raise NotFound(f"no deliverable is called {unknown[0]}", f"there are {names}")
        chosen = [one for one in declared if not only or one.name in only]
        made = hand_over(
            Trial(at), who, chosen, out, as_of=as_of, scope=Scope(subject, site), progress=None if quiet else _tell
        )
        typer.echo(f"{out}: {len(made.files)} files as of entry {made.as_of}, bound by entry {made.entry}.")
        typer.echo(f"Verify it with: trialkit verify {out} --key '{at.keys.vkey}'")


def lint_pdf(file: Annotated[Path, typer.Argument(help="The PDF to look at.")]) -> None:
    """Tell which rules for regulatory PDF files a document breaks (FDA PDF specification); exit 1 if any."""
    from trialkit.export.pdf.check import check_pdf

    complaints = check_pdf(file)
    for complaint in complaints:
        typer.echo(str(complaint))
    if complaints:
        raise typer.Exit(1)
    typer.echo(f"{file}: keeps the rules PDF-01 to PDF-17.")


def _tell(name: str, done: int) -> None:
    if done == 1 or done % 100 == 0:
        typer.echo(f"{name}: {done}", err=True)


def add_to(app: typer.Typer) -> None:
    """Put the verbs of this module on the command line."""
    app.command()(export)
    app.command()(lint_pdf)
