"""`trialkit site`: where people are seen, and which consent text is signed there."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.cli.place import eyes
from trialkit.cli.shown import records_of
from trialkit.conduct import consent as consents
from trialkit.conduct import site as sites
from trialkit.conduct.sitefile import file_of
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, WrongValue

app = typer.Typer(
    no_args_is_help=True, help="Sites: where people are seen, the consent text signed there, the site's own file."
)

Site = Annotated[str, typer.Argument(help="The site's number, for example 01.")]
Role = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]


@app.command()
def add(
    site: Site,
    name: Annotated[str, typer.Argument(help="What the site is called.")],
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    zone: Annotated[str, typer.Option(help="Its time zone, an IANA name such as Europe/London.")],
    country: Annotated[str, typer.Option(help="Its country, three capital letters (ISO 3166).")],
    role: Role = "",
) -> None:  # fmt: skip
    """Open a site.

    Example: trialkit site add 01 "Clinic North" --zone Europe/London --country GBR
    """
    if re.fullmatch("[A-Z]{3}", country) is None:
        raise WrongValue(f"{country[:20]!r} is no country", "three capital letters (ISO 3166), for example GBR or FRA")
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        sites.add_site(Trial(at), who, site, name, zone, country)
        typer.echo(f"Site {site}, {name}, is open; its time is {zone}.")


@app.command()
def consent(
    site: Site,
    version: Annotated[str, typer.Argument(help="The version printed on the consent text.")],
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    approved: Annotated[str, typer.Option(help="Day of the ethics approval, YYYY-MM-DD.")],
    start: Annotated[str, typer.Option("--from", help="First day on which it is the one to sign, YYYY-MM-DD.")],
    role: Role = "",
) -> None:  # fmt: skip
    """Put a consent text in force at a site, from a day on.

    Example: trialkit site consent 01 2.0 --approved 2026-04-02 --from 2026-04-14
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        consents.push_version(Trial(at), who, site, version, approved, start)
        typer.echo(f"From {start} on, version {version} is the consent to sign at site {site}.")


@app.command()
def show(
    site: Site,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """The site's own file: forms that belong to no subject, with state, version, open queries.

    Its forms are entered, corrected and looked at like a subject's, at places such as @01/SITE/DAL.2.

    Example: trialkit site show 01
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        row = trial.reader(who).record(f"site/{site}")
        if row is None:
            raise NotFound(f"there is no site {site} in your sight", "`trialkit site list` shows them")
        lines = list(records_of(eyes(trial, who, site), trial.study_at(site).study, file_of(site)))
        for line in lines or ["Nothing is in the file of this site that you may see."]:
            typer.echo(line)


@app.command("list")
def list_sites(
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = ""
) -> None:
    """The sites you may see, with time zone, study version and consent texts."""
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        for row in trial.reader(who).sites():
            number = row.place.site
            texts = ", ".join(f"{text.version} from {text.valid_from}" for text in consents.versions(trial, number))
            typer.echo(f"{number}  {row.values['name']}, {row.values['country']}, {row.values['zone']}")
            typer.echo(f"    study:   {_study(trial, number)}")
            typer.echo(f"    consent: {texts or 'none in force'}")


def _study(trial: Trial, site: str) -> str:
    try:
        study = trial.study_at(site).study
    except OutOfOrder:
        return "none in force; `trialkit study publish` puts one in force"
    return f"{study.file.oid} version {study.file.version} ({study.hash[:12]}) in force"
