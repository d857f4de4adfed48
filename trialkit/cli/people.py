"""`trialkit person`: who works in the trial, in which role, where and until when."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer

from trialkit.access import authentication, granting, second_factor
from trialkit.access.gate import authorise, refusal, sight
from trialkit.access.identity import Identity
from trialkit.access.password import check_new_password
from trialkit.access.people import ALL_SITES, Person, people, person
from trialkit.access.provider import declare
from trialkit.access.table import ROLES
from trialkit.access.userid import folded
from trialkit.cli.opening import acting, clock, opened
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User, asked
from trialkit.errors import NotFound, Refused, WrongValue
from trialkit.ledger.entry import Place
from trialkit.store.database import Store

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="People, their roles and their passwords.")

Who = Annotated[str, typer.Argument(help="The user id of the person it is about.")]
Granted = Annotated[str, typer.Argument(metavar="ROLE", help="One of: " + ", ".join(list(ROLES)[:-1]) + ".")]
Why = Annotated[str, typer.Option("--reason", help="Why, in a few words; it is kept for ever.")]
Role = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]
NewPassword = Annotated[
    str,
    typer.Option(
        "--new-password",
        envvar="TRIALKIT_NEW_PASSWORD",
        default_factory=asked("New password", "TRIALKIT_NEW_PASSWORD", twice=True),
        show_default=False,
        help="15 characters or more; better asked for or in the environment than typed here.",
    ),
]


@app.command()
def first(
    user: Who, name: str, organisation: str, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, new: NewPassword
) -> None:
    """Open the accounts of a new store: its first administrator, who adds and grants everybody else."""
    with opened(store, keys, passphrase) as at:
        authentication.open_accounts(at, user, name, organisation, new, clock)
        typer.echo(f"{name} is the first administrator, with the user id {folded(user)}.")


@app.command()
def add(
    who: Who, name: str, organisation: str, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User,
    password: Password, new: NewPassword, role: Role = "",
) -> None:  # fmt: skip
    """Add a person, without any right yet, with a temporary password that they must change first."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        draft = _tried(at, by, "person.add", lambda: granting.add_person(by, people(at), who, name, organisation))
        added = draft.stream.removeprefix("person/")
        check_new_password(new, authentication.STANDARD, (added, name, organisation))
        at.append([draft])
        authentication.reset_password(at, by, person(at, added), new, clock)
        typer.echo(f"{name} has the user id {added} and no role yet.")


@app.command()
def grant(
    who: Who, granted: Granted,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    site: Annotated[list[str], typer.Option(help="A site; may be repeated. `*` for all sites.")] = [ALL_SITES],  # noqa: B006
    start: Annotated[str, typer.Option("--from", help="First day (UTC), YYYY-MM-DD. Default: now.")] = "",
    end: Annotated[str, typer.Option("--to", help="Last day (UTC), YYYY-MM-DD. Default: until revoked.")] = "",
    unblinded: Annotated[bool | None, typer.Option(help="The side of the blind, if the role leaves it open.")] = None,
    approver: Annotated[str, typer.Option(help="The second person, for an unblinded grant.")] = "",
    approver_password: Annotated[str, typer.Option(envvar="TRIALKIT_APPROVER_PASSWORD", help="Else asked for.")] = "",
    role: Role = "",
) -> None:  # fmt: skip
    """Grant a role at some sites for some time. An unblinded grant takes a second person, who signs in too."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        whose, now = person(at, folded(who)), clock()
        _known(at, by, site)
        second = None
        if approver:
            secret = approver_password or asked(f"Password of {approver}", "TRIALKIT_APPROVER_PASSWORD")()
            second = authentication.sign_in(at, approver, secret, clock, address="command line")
        begins = max(_day(start), now) if start else None
        ends = _day(end) + timedelta(days=1) if end else None
        draft = _tried(at, by, "person.grant", lambda: granting.grant(
            by, whose, granted, site, now, start=begins, end=ends, unblinded=unblinded, approver=second,
        ))  # fmt: skip
        at.append([draft])
        typer.echo(f"{whose.name} is {ROLES[granted].title} at {', '.join(sorted(set(site)))}.")


@app.command()
def revoke(
    who: Who, number: Annotated[int, typer.Argument(help="The number of the grant, from `person list`.")], reason: Why,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """End a grant now."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        whose = person(at, folded(who))
        at.append([_tried(at, by, "person.revoke", lambda: granting.revoke(by, whose, number, clock(), reason))])
        typer.echo(f"Grant {number} of {whose.name} has ended.")


@app.command()
def deactivate(
    who: Who, reason: Why, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    role: Role = "",
) -> None:  # fmt: skip
    """Close an account for ever. The user id is never given to anybody again."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        whose = person(at, folded(who))
        at.append([_tried(at, by, "person.deactivate", lambda: granting.deactivate(by, whose, reason))])
        typer.echo(f"{whose.name} cannot sign in any more.")


@app.command("list")
def list_people(
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = ""
) -> None:
    """Everybody, with their grants; for administrators also the alerts about failed sign-ins."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        mine = by.sites
        place = Place(site=min(mine)) if mine else Place()
        _tried(at, by, "person.read", lambda: authorise(by, "person.read", place))
        for one in people(at):
            if mine is None or one.id == by.person or any(held.site in mine | {ALL_SITES} for held in one.grants):
                typer.echo("\n".join(_lines(one, clock(), alerts=by.role == "administrator")))


@app.command()
def password(
    user: User, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, old: Password, new: NewPassword
) -> None:
    """Choose your own password. One that somebody else gave you opens nothing but this."""
    with opened(store, keys, passphrase) as at:
        authentication.change_password(at, user, old, new, clock, code=os.environ.get("TRIALKIT_CODE", ""))
        typer.echo("The password is changed.")


@app.command()
def reset(
    who: Who, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, new: NewPassword,
    role: Role = "",
) -> None:  # fmt: skip
    """Give a person a temporary password, and end a lock after failed sign-ins."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        whose = person(at, folded(who))
        _tried(at, by, "person.reset", lambda: authentication.reset_password(at, by, whose, new, clock))
        typer.echo(f"{whose.name} must change this password before anything else, within three days.")


@app.command()
def identify(
    who: Who, identity: Annotated[str, typer.Argument(help="Their `sub` or verified e-mail there; empty: none.")],
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, why: Why, role: Role = "",
) -> None:  # fmt: skip
    """Declare which identity of the sign-in provider is a person's (trialkit serve --oidc-issuer)."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        whose = person(at, folded(who))
        at.append([_tried(at, by, "person.grant", lambda: declare(by, people(at), whose, identity, why))])
        typer.echo(f"{identity or 'Nobody'} at the provider is {whose.name} here.")


@app.command("reset-factor")
def reset_factor(
    who: Who, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, why: Why,
    role: Role = "",
) -> None:  # fmt: skip
    """Take away a person's second factor, when its telephone is lost; they set up another one."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        whose = person(at, folded(who))
        _tried(at, by, "person.reset", lambda: second_factor.take_away(at, by, whose, why, clock))
        typer.echo(f"{whose.name} signs in without a code now.")


@app.command()
def acknowledge(
    who: Who, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = ""
) -> None:
    """Say that an alert about failed sign-ins has been looked at."""
    with acting(store, keys, passphrase, user, password, role) as (at, by):
        at.append([_tried(at, by, "person.acknowledge", lambda: granting.acknowledge(by, person(at, folded(who))))])
        typer.echo("Acknowledged.")


def _tried(store: Store, by: Identity, act: str, attempt: Callable[[], T]) -> T:
    """What the attempt gives; a refused one is written down first."""
    try:
        return attempt()
    except Refused as refused:
        store.append([refusal(by, act, Place(), refused.sentence)])
        raise


def _known(store: Store, by: Identity, sites: list[str]) -> None:
    there = {row.place.site for row in store.read(sight(by)).sites()}
    for site in sites:
        if site != ALL_SITES and site not in there:
            raise NotFound(f"There is no site {site!r}.", "sites: " + (", ".join(sorted(there)) or "none yet"))


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise WrongValue(f"{text!r} is no day.", "write it as 2026-11-22") from None


def _lines(one: Person, now: datetime, *, alerts: bool) -> Iterator[str]:
    yield f"{one.id}  {one.name}, {one.organisation}" + ("" if one.active else "  (deactivated)")
    for held in one.grants:
        until = held.end.isoformat(timespec="minutes") if held.end else "revoked"
        state = "" if one.active and held.holds(now) else "  (not in force)"
        side = "  unblinded" if held.unblinded else ""
        yield (
            f"  {held.number}. {ROLES[held.role].title}, site {held.site}{side},"
            f" {held.start.isoformat(timespec='minutes')} until {until}{state}"
        )
    if alerts and one.failures:
        yield f"  {one.failures} failed sign-in(s) in a row"
    if alerts and one.alert == "open":
        yield f"  ALERT: too many failed sign-ins; look at it, then `trialkit person acknowledge {one.id}`"
