"""`trialkit subject`: enrol, list, and what has been entered for one."""

from __future__ import annotations

from typing import Annotated

import typer

from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.cli.place import eyes
from trialkit.cli.shown import records_of
from trialkit.conduct.enrol import enrol as enrol_subject
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Subjects: enrol one, list them, see what is entered.")

Subject = Annotated[str, typer.Argument(help="The subject's number, for example 01-0001.")]
Role = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]


@app.command()
def enrol(
    subject: Subject,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    site: Annotated[str, typer.Option(help="The site where the subject is seen.")],
    role: Role = "",
) -> None:  # fmt: skip
    """Give a subject number to a site, once and for ever.

    Example: trialkit subject enrol 01-0001 --site 01
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        enrol_subject(Trial(at), who, site, subject)
        typer.echo(f"Subject {subject} is enrolled at site {site}.")


@app.command("list")
def list_subjects(
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = ""
) -> None:
    """The subjects you may see: site, state, how many forms, how many open queries."""
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        reader = eyes(trial, who)
        for row in reader.subjects():
            subject = row.place.subject
            forms = sum(1 for _ in reader.records(subject=subject))
            left = sum(1 for query in reader.queries(subject=subject) if query.status != "CLOSED")
            typer.echo(f"{subject}  site {row.place.site}  {row.status.lower()}  {forms} forms  {left} open queries")


@app.command()
def show(
    subject: Subject,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """The forms of one subject, event by event: state, version, open queries.

    Example: trialkit subject show 01-0001
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        row = eyes(trial, who).record(f"subject/{subject}")
        if row is None:
            raise NotFound(f"there is no subject {subject} in your sight", "`trialkit subject list` shows them")
        typer.echo(f"{subject}, site {row.place.site}, {row.status.lower()} {row.values['enrolled']}")
        for line in records_of(eyes(trial, who, row.place.site), trial.study_at(row.place.site).study, subject):
            typer.echo(line)
