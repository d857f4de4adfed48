"""`trialkit nightly`: the checks that time, a site's file or other subjects can change, asked again for everybody."""

from __future__ import annotations

import typer

from trialkit.cli.opening import opened
from trialkit.cli.options import KeysPath, Passphrase, StoreUrl
from trialkit.conduct.nightly import nightly as run
from trialkit.conduct.trial import Trial


def nightly(store: StoreUrl, keys: KeysPath, passphrase: Passphrase) -> None:
    """Ask again what changes without a save: overdue forms, clocks, site files, subjects against each other.

    Queries open and close as on a save. To be started once a night, by the system; a second run finds nothing new.

    Example: trialkit nightly
    """
    with opened(store, keys, passphrase) as at:
        with typer.progressbar(length=1, label="Asking again") as bar:

            def moved(done: int, total: int) -> None:
                bar.length = total
                bar.update(1)

            night = run(Trial(at), moved)
        typer.echo(
            f"{night.subjects:,} subjects and {night.files:,} site files: {night.opened:,} queries opened, "
            f"{night.closed:,} closed, {night.records:,} records opened."
        )
        if night.busy:
            typer.echo(f"Worked on meanwhile, so left for the next run: {', '.join(night.busy)}", err=True)


def add_to(app: typer.Typer) -> None:
    """Put the verb on the command line."""
    app.command()(nightly)
