"""`trialkit study publish`: put a version of the study in force at a site, after a look at what that does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.conduct import amend
from trialkit.conduct.trial import Trial
from trialkit.errors import WrongValue
from trialkit.study.loading import load_study


def publish(
    folder: Annotated[Path, typer.Argument(help="The folder of the study.")],
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    site: Annotated[list[str], typer.Option(help="A site; may be repeated.")],
    start: Annotated[str, typer.Option("--from", help="The moment (UTC) as 2026-04-14T06:00. Default: now.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would change, and change nothing.")] = False,
    role: Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")] = "",
) -> None:  # fmt: skip
    """Put a version of the study in force at a site.

    With --dry-run, tell every difference and every effect on what is entered there.

    Example: trialkit study publish forms/ket_trd_301 --site 01
    """
    study = load_study(folder)
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        for number in site:
            if dry_run:
                changes, effects = amend.dry_run(trial, who, study, number)
                for line in (*changes, *(f"{effect.record}: {effect.sentence}" for effect in effects)):
                    typer.echo(str(line))
                typer.echo(
                    f"site {number}: differences {len(changes)}, effects on entered data {len(effects)}, none made"
                )
            else:
                amend.publish(trial, who, study, number, moment(start))
                typer.echo(f"{study.file.oid} {study.file.version} ({study.hash[:12]}) is in force at site {number}.")


def moment(text: str) -> datetime | None:
    """A moment in UTC as it is typed, None if nothing was; raises WrongValue."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise WrongValue(f"{text!r} is no moment", "write it as 2026-04-14T06:00") from None
