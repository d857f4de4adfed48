"""The acts on people, as drafts: add, change, grant, revoke, deactivate. Pure; whoever calls them appends the draft.

Nobody changes their own access; an unblinded grant takes two persons; who was ever unblinded is never again granted a
blinded role in the study, because what was seen cannot be unseen (21 CFR 11.200(a)(3), ICH E6(R3) 4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from trialkit.access.gate import authorise, second
from trialkit.access.identity import Identity, system
from trialkit.access.people import ALL_SITES, Grant, Person, moment
from trialkit.access.table import OVERSEERS, RECORDERS, ROLES
from trialkit.access.userid import new_user_id
from trialkit.errors import NotFound, OutOfOrder, ReasonNeeded, Refused, WrongValue
from trialkit.ledger.entry import Actor, Change, Draft, Written


def add_person(by: Identity, everybody: Iterable[Person], user: str, name: str, organisation: str) -> Draft:
    """A new person, without any right yet. `everybody` are all people ever added.

    Raises Refused; WrongValue for an id that is taken, was taken, or looks like one that is, and for an empty name.
    """
    authorise(by, "person.add")
    return _newcomer(by.actor, everybody, user, name, organisation)


def first_administrator(everybody: Iterable[Person], user: str, name: str, organisation: str, now: datetime) -> Draft:
    """The person who grants everybody else: a draft by the system, only while the store has nobody. Raises Refused."""
    if list(everybody):
        raise Refused("This store has people already.", "an administrator adds the next one")
    add = _newcomer(system().actor, (), user, name, organisation)
    grant = Grant(1, "administrator", ALL_SITES, False, now)
    return replace(add, changes=(*add.changes, *_written(grant)))


def grant(
    by: Identity,
    person: Person,
    role: str,
    sites: Sequence[str],
    now: datetime,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    unblinded: bool | None = None,
    approver: Identity | None = None,
) -> Draft:
    """A role for a person at some sites (or `*`), from `start` (default: now) until `end` (excluded).

    Raises Refused (own access, no second person for an unblinded grant, both sides of the blind, duties that nobody may
    have together: 21 CFR 11.10(g), ICH E6(R3) 4.3), NotFound (no such role), WrongValue (sites or times that do not
    suit the role), OutOfOrder (deactivated person).
    """
    authorise(by, "person.grant")
    _somebody_else(by, person, "person.grant")
    if not person.active:
        raise OutOfOrder(f"{person.name} is deactivated.", "a deactivated person is granted nothing")
    start = start or now
    if start < now or (end is not None and end <= start):
        raise WrongValue(
            "A grant begins now or later, and ends after it begins.", f"from {moment(start)}, now {moment(now)}"
        )
    unblinded = _side(role, unblinded)
    first = max((old.number for old in person.grants), default=0) + 1
    who = second(by, approver, "person.approve").person if unblinded else ""
    if who == person.id:
        raise Refused("Nobody approves their own access.", "another second person has to sign in")
    new = [Grant(first + n, role, site, unblinded, start, end, who) for n, site in enumerate(_sites(role, sites))]
    _one_side_of_the_blind(person, new[0])
    _duties_apart(person, new[0])
    changes = tuple(change for one in new for change in _written(one))
    return Draft("person.grant", by.actor, f"person/{person.id}", changes, expected=person.version)


def revoke(by: Identity, person: Person, number: int, now: datetime, reason: str) -> Draft:
    """End a grant now (or before it begins). Raises Refused, NotFound, OutOfOrder when it has ended, ReasonNeeded."""
    authorise(by, "person.revoke")
    _somebody_else(by, person, "person.revoke")
    old = next((one for one in person.grants if one.number == number), None)
    if old is None:
        raise NotFound(f"{person.name} has no grant {number}.", "`trialkit person list` shows the numbers")
    if old.void or (old.end is not None and old.end <= now):
        raise OutOfOrder(f"Grant {number} of {person.name} has ended.", "there is nothing to revoke")
    item = f"grant[{number}].to"
    changes = (Change(item, person.stands(item), moment(max(now, old.start))), because(person, reason))
    return Draft("person.revoke", by.actor, f"person/{person.id}", changes, expected=person.version)


def deactivate(by: Identity, person: Person, reason: str) -> Draft:
    """Close an account for ever: its id is never given again. Raises Refused, OutOfOrder, ReasonNeeded."""
    authorise(by, "person.deactivate")
    _somebody_else(by, person, "person.deactivate")
    if not person.active:
        raise OutOfOrder(f"{person.name} is deactivated already.", "there is nothing to do")
    changes = (Change("active", "yes", "no"), because(person, reason))
    return Draft("person.deactivate", by.actor, f"person/{person.id}", changes, expected=person.version)


def change_person(by: Identity, person: Person, reason: str, *, name: str = "", organisation: str = "") -> Draft:
    """Another printed name or organisation from now on; what was signed keeps the old. Raises Refused, WrongValue."""
    authorise(by, "person.change")
    new = {
        "name": _line(name, "name") if name else "",
        "organisation": _line(organisation, "organisation") if organisation else "",
    }
    changes = [
        Change(item, person.stands(item), text) for item, text in new.items() if text and text != person.stands(item)
    ]
    if not changes:
        raise WrongValue("Nothing would change.", "give another name or organisation")
    changes.append(because(person, reason))
    return Draft("person.change", by.actor, f"person/{person.id}", tuple(changes), expected=person.version)


def acknowledge(by: Identity, person: Person) -> Draft:
    """An administrator has seen an alert about failed sign-ins (21 CFR 11.300(d)). Raises Refused, OutOfOrder."""
    authorise(by, "person.acknowledge")
    if person.alert != "open":
        raise OutOfOrder(f"There is no open alert about {person.name}.", "there is nothing to do")
    changes = (Change("signin.alert", "open", "seen"),)
    return Draft("person.acknowledge", by.actor, f"person/{person.id}", changes, expected=person.version)


def _newcomer(by: Actor, everybody: Iterable[Person], user: str, name: str, organisation: str) -> Draft:
    new = new_user_id(user, (person.id for person in everybody))
    changes = (
        Change("active", None, "yes"),
        Change("name", None, _line(name, "name")),
        Change("organisation", None, _line(organisation, "organisation")),
    )
    return Draft("person.add", by, f"person/{new}", changes, expected=0)


def _line(text: str, what: str) -> str:
    line = " ".join(text.split())
    if not 1 < len(line) <= 200 or not line.isprintable():
        raise WrongValue(f"{text!r} is no {what} that can be printed.", "2 to 200 characters on one line")
    return line


def _side(role: str, unblinded: bool | None) -> bool:
    kind = ROLES.get(role)
    if kind is None or role == "system":
        near = get_close_matches(role, [name for name in ROLES if name != "system"], 1)
        raise NotFound(
            f"There is no role {role!r} to grant.",
            f"did you mean {near[0]}?" if near else "the roles: " + ", ".join(ROLES),
        )
    if kind.blinding == "either":
        return bool(unblinded)
    if unblinded is not None and unblinded != (kind.blinding == "unblinded"):
        raise WrongValue(
            f"A {kind.title} is never {'unblinded' if unblinded else 'blinded'}.",
            "leave the side of the blind to the role",
        )
    return kind.blinding == "unblinded"


def _sites(role: str, sites: Sequence[str]) -> list[str]:
    wanted = sorted(set(sites))
    reach, title = ROLES[role].reach, ROLES[role].title
    if not wanted or (ALL_SITES in wanted and len(wanted) > 1):
        raise WrongValue("A grant is for named sites or for all sites.", "name the sites, or `*` alone for all")
    if reach == "site" and ALL_SITES in wanted:
        raise WrongValue(f"A {title} works at named sites.", "name each site")
    if reach == "all" and wanted != [ALL_SITES]:
        raise WrongValue(f"A {title} works for all sites.", "grant it with site `*`")
    return wanted


def _one_side_of_the_blind(person: Person, new: Grant) -> None:
    if not new.sees_patients:
        return
    for old in person.grants:
        if not old.sees_patients or old.void or old.unblinded == new.unblinded:
            continue
        if old.unblinded or old.overlaps(new.start, new.end):
            was = "unblinded" if old.unblinded else "blinded"
            raise Refused(
                f"{person.name} has a grant on the {was} side ({ROLES[old.role].title}) in this study.",
                "one person stays on one side of the blind: choose another person",
                act="person.grant",
                person=person.id,
            )


def _duties_apart(person: Person, new: Grant) -> None:
    for old in person.grants:
        if old.void or old.role == new.role or not old.overlaps(new.start, new.end):
            continue
        if together := {old.role, new.role}.intersection(("administrator",)):
            why = "who grants access touches no clinical data"
        elif together := {old.role, new.role} & OVERSEERS if {old.role, new.role} & RECORDERS else set():
            why = "nobody oversees what they record"
        if together:
            has, asked = ROLES[old.role].title, ROLES[new.role].title
            raise Refused(
                f"{person.name} is {has} and cannot be {asked} at the same time: {why}.",
                "choose another person, or end the other role first",
                act="person.grant",
                person=person.id,
            )


def _somebody_else(by: Identity, person: Person, act: str) -> None:
    if by.person == person.id:
        raise Refused(
            "Nobody changes their own access.", "another administrator has to do it", act=act, person=by.person
        )


def because(person: Person, reason: str) -> Change:
    """The change that keeps the reason of an act on a person. Raises ReasonNeeded for one that says nothing."""
    text = " ".join(reason.split())
    if sum(map(str.isalnum, text)) < 4:
        raise ReasonNeeded("This needs a reason that says something.", "for example: left the site on 30 June")
    if len(text) > 2_000 or not text.isprintable():
        raise ReasonNeeded("This reason cannot be kept.", "at most 2,000 characters, none that cannot be printed")
    return Change("@reason", person.stands("@reason"), text)


def _written(new: Grant) -> list[Change]:
    values: dict[str, Written] = {
        "role": new.role,
        "site": new.site,
        "blinding": "unblinded" if new.unblinded else "blinded",
        "from": moment(new.start),
        "to": moment(new.end) if new.end else None,
        "approver": new.approver or None,
    }
    return [Change(f"grant[{new.number}].{field}", None, value) for field, value in values.items() if value is not None]
