"""The people of a trial as somebody may see them, and the acts on them, each authorised and written down when refused.

21 CFR 11.10(d), (g), 11.300; ICH E6(R3) 4.3.2: every grant is dated and in the ledger; nobody changes their own access.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from trialkit.access import authentication, granting, second_factor
from trialkit.access.gate import refusal
from trialkit.access.identity import Identity
from trialkit.access.password import Policy, check_new_password
from trialkit.access.people import ALL_SITES, Person, people, person
from trialkit.access.provider import declare
from trialkit.access.table import ROLES
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, Refused
from trialkit.ledger.entry import Place

STANDARD = authentication.STANDARD
T = TypeVar("T")


def staff(trial: Trial, who: Identity) -> list[Person]:
    """Everybody whom `who` may see: those who work at their sites. Raises Refused.

    How their sign-ins went is told where the sight of `who` shows it (administrators).
    """
    mine = who.sites
    trial.authorise(who, "person.read", Place(site=min(mine)) if mine else Place())
    signins = trial.reader(who).sight.signins
    return [one if signins else _without_signins(one) for one in people(trial.store) if _works_with(who, one)]


def met(trial: Trial, who: Identity) -> dict[str, str]:
    """Whose work `who` can meet in the change log, id -> name: people of their sites, who left too, and of all sites.

    Who may read no people meets only themselves by name.
    """
    sees = trial.reader(who).sight.people
    return {one.id: one.name for one in people(trial.store) if one.id == who.person or (sees and _works_with(who, one))}


def _works_with(who: Identity, one: Person) -> bool:
    mine = who.sites
    return mine is None or one.id == who.person or any(held.site in mine | {ALL_SITES} for held in one.grants)


def _without_signins(one: Person) -> Person:
    values = {item: value for item, value in one.values.items() if not item.startswith("signin.")}
    return replace(one, failures=0, wait_until=None, alert="", values=values)


def add(
    trial: Trial, who: Identity, user: str, name: str, organisation: str, password: str, *, policy: Policy = STANDARD
) -> Person:  # fmt: skip
    """A new person, without any right, with a temporary password to be changed first. Raises Refused, WrongValue."""
    draft = _tried(
        trial, who, "person.add", lambda: granting.add_person(who, people(trial.store), user, name, organisation)
    )
    added = draft.stream.removeprefix("person/")
    check_new_password(password, policy, (added, name, organisation))
    trial.append([draft])
    authentication.reset_password(
        trial.store, who, person(trial.store, added), password, trial.store.clock, policy=policy
    )
    return person(trial.store, added)


def grant(
    trial: Trial, who: Identity, user: str, role: str, sites: Sequence[str], *, start: datetime | None = None,
    end: datetime | None = None, unblinded: bool | None = None, approver: Identity | None = None,
) -> None:  # fmt: skip
    """Grant a role at sites (`*`: all); an unblinded one with a second person. Raises as `granting.grant`, NotFound."""
    there = {row.place.site for row in trial.reader(who).sites()}
    for site in sites:
        if site != ALL_SITES and site not in there:
            raise NotFound(f"There is no site {site!r}.", "sites: " + (", ".join(sorted(there)) or "none yet"))
    whose, now = person(trial.store, user), trial.store.clock()
    begins = max(start, now) if start is not None else None
    draft = _tried(trial, who, "person.grant", lambda: granting.grant(
        who, whose, role, sites, now, start=begins, end=end, unblinded=unblinded, approver=approver,
    ))  # fmt: skip
    trial.append([draft])


def takes_two(role: str, unblinded: bool) -> bool:
    """Whether granting this role, on this side of the blind, takes a second person."""
    kind = ROLES.get(role)
    return kind is not None and (kind.blinding == "unblinded" or (kind.blinding == "either" and unblinded))


def revoke(trial: Trial, who: Identity, user: str, number: int, reason: str) -> None:
    """End a grant now. Raises Refused, NotFound, OutOfOrder, ReasonNeeded."""
    whose, now = person(trial.store, user), trial.store.clock()
    trial.append([_tried(trial, who, "person.revoke", lambda: granting.revoke(who, whose, number, now, reason))])


def deactivate(trial: Trial, who: Identity, user: str, reason: str) -> None:
    """Close an account for ever. Raises Refused, OutOfOrder, ReasonNeeded."""
    whose = person(trial.store, user)
    trial.append([_tried(trial, who, "person.deactivate", lambda: granting.deactivate(who, whose, reason))])


def reset(trial: Trial, who: Identity, user: str, password: str, *, policy: Policy = STANDARD) -> None:
    """A temporary password, which its owner must change first. Raises Refused, WrongValue."""
    whose = person(trial.store, user)
    _tried(trial, who, "person.reset", lambda: authentication.reset_password(
        trial.store, who, whose, password, trial.store.clock, policy=policy,
    ))  # fmt: skip


def identify(trial: Trial, who: Identity, user: str, identity: str, reason: str) -> None:
    """Declare which identity of the sign-in provider is a person's. Raises Refused, WrongValue, ReasonNeeded."""
    everybody, whose = people(trial.store), person(trial.store, user)
    trial.append([_tried(trial, who, "person.grant", lambda: declare(who, everybody, whose, identity, reason))])


def take_away_second(trial: Trial, who: Identity, user: str, reason: str) -> None:
    """End a second factor whose telephone is lost. Raises Refused, OutOfOrder, ReasonNeeded."""
    whose = person(trial.store, user)
    _tried(trial, who, "person.reset", lambda: second_factor.take_away(
        trial.store, who, whose, reason, trial.store.clock,
    ))  # fmt: skip


def acknowledge(trial: Trial, who: Identity, user: str) -> None:
    """An alert about failed sign-ins was looked at. Raises Refused, OutOfOrder."""
    whose = person(trial.store, user)
    trial.append([_tried(trial, who, "person.acknowledge", lambda: granting.acknowledge(who, whose))])


def _tried(trial: Trial, who: Identity, act: str, attempt: Callable[[], T]) -> T:
    """What the attempt gives; a refused one is written down first."""
    try:
        return attempt()
    except Refused as refused:
        trial.append([refusal(who, act, Place(), refused.sentence)])
        raise
