"""Sign-in for the library, the command line and the door: who is it, in which role, at which sites (21 CFR 11.300).

Each decision is an entry on the person's own stream that names the version it was based on: of a thousand parallel
guesses one counts, the others read again and find the delay. Delays are kept as data; nothing sleeps. Whoever does not
know the right password gets the same answer for every id, and the same work is done for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from trialkit.access import code as codes
from trialkit.access.gate import authorise
from trialkit.access.granting import first_administrator
from trialkit.access.identity import Identity, _issue, require_genuine, system
from trialkit.access.password import Policy, check_new_password, hash_password, is_dated, matches
from trialkit.access.people import ALL_SITES, Grant, Person, Shelf, moment, people, person
from trialkit.access.strangers import Strangers
from trialkit.access.table import ROLES
from trialkit.access.userid import folded
from trialkit.errors import NotFound, Refused, SignInFailed, StaleRecord, WrongValue
from trialkit.ledger.entry import Actor, Change, Draft, Receipt, Visibility
from trialkit.ledger.keys import KeyFolder

Clock = Callable[[], datetime]
STANDARD = Policy()
_AGAIN = 20  # times a decision is taken anew when another entry about the same person came between


class Accounts(Shelf, Protocol):
    """What access needs of a store."""

    def append(self, drafts: Sequence[Draft], *, request: str | None = None) -> list[Receipt]: ...
    def set_credential(self, draft: Draft, encoded: str) -> Receipt: ...
    def credential(self, person: str) -> str | None: ...
    @property
    def keys(self) -> KeyFolder: ...


def sign_in(
    store: Accounts,
    user: str,
    password: str,
    clock: Clock,
    *,
    role: str = "",
    site: str = "",
    policy: Policy = STANDARD,
    strangers: Strangers | None = None,
    address: str = "",
    code: str = "",
) -> Identity:
    """The identity of whoever knows this password, in one role (to be named when they hold several).

    `code`: of the second factor, where the account has one.

    It covers all sites where the role is held; `site` narrows it to one. Raises SignInFailed; its facts say why as far
    as the asker may know: `try_again` (datetime), `must_change` (temporary or aged password), `roles` (to choose from),
    `needs_code` (password right, code missing or wrong; a missing one is no failure and is not written down).
    """
    who = prove(store, user, password, clock, policy=policy, strangers=strangers, address=address, typed=code)
    if who.temporary:
        raise SignInFailed(
            "This password was set by somebody else.",
            "choose your own first: `trialkit person password`",
            must_change=True,
        )
    if policy.age_days and _age(who, clock()) > timedelta(days=policy.age_days):
        raise SignInFailed(
            "This password is too old.", "choose a new one: `trialkit person password`", must_change=True
        )
    return _identity(who, clock(), role, site)


def renew(store: Accounts, identity: Identity, clock: Clock) -> Identity:
    """The same identity as its grants stand now; asked before every act of a session (21 CFR 11.300(b)).

    Raises SignInFailed when the role was revoked, ran out, or the account was closed or given another password by
    somebody else.
    """
    require_genuine(identity)
    if identity.role == "system":
        return identity
    who = person(store, identity.person)
    if who.temporary:
        raise SignInFailed("The password of this account was reset.", "sign in again")
    now = _identity(who, clock(), identity.role, "")
    if identity.sites is None or now.sites is None:
        sites = now.sites if identity.sites is None else identity.sites
    else:
        sites = identity.sites & now.sites
        if not sites:
            raise SignInFailed(f"{who.name} works at none of these sites any more.", "sign in again")
    return _issue(now.person, now.name, now.role, now.organisation, sites, now.sees & identity.sees)


def confirm(
    store: Accounts, identity: Identity, user: str, password: str, clock: Clock, *, policy: Policy = STANDARD,
    code: str = "",
) -> None:  # fmt: skip
    """Both components again, by the person who is signed in: for a signature (21 CFR 11.200(a)). Raises SignInFailed.

    Somebody else's id and password are refused and raise an alert about the account they were tried on.
    """
    require_genuine(identity)
    if folded(user) != identity.person:
        _write_down(store, person(store, identity.person), _foreign_signature)
        raise SignInFailed("Only the person who is signed in can sign.", "sign with your own user id and password")
    if policy.second_to_sign and not person(store, identity.person).second:
        raise SignInFailed("Who signs needs a second factor here.", "set it up first: Second factor, under your name")
    sign_in(store, user, password, clock, role=identity.role, policy=policy, code=code)


def change_password(
    store: Accounts,
    user: str,
    password: str,
    new: str,
    clock: Clock,
    *,
    policy: Policy = STANDARD,
    strangers: Strangers | None = None,
    code: str = "",
) -> None:
    """The owner chooses a password that only they know; in place of a temporary one without a code.

    Raises SignInFailed (the old one), WrongValue (the new one)."""
    who = prove(store, user, password, clock, policy=policy, strangers=strangers, typed=code)
    if new == password:
        raise WrongValue("The new password is the old one.", "choose another one")
    _keep(store, who, new, "own", "person.password", Actor(who.id, who.name, "self", who.organisation), clock, policy)


def reset_password(
    store: Accounts, by: Identity, who: Person, new: str, clock: Clock, *, policy: Policy = STANDARD
) -> None:
    """An administrator hands out a temporary password, which its owner must change before anything else.

    So nobody knows another's password for long (21 CFR 11.200(a)(2)). It also ends the delays and the lock after too
    many failures. Raises Refused, WrongValue.
    """
    authorise(by, "person.reset")
    if by.person == who.id:
        raise Refused("Nobody resets their own password.", "change it instead: `trialkit person password`")
    if not who.active:
        raise Refused(f"{who.name} is deactivated.", "a deactivated person gets no password")
    _keep(store, who, new, "temporary", "person.reset", by.actor, clock, policy)


def open_accounts(
    store: Accounts, user: str, name: str, organisation: str, password: str, clock: Clock, *, policy: Policy = STANDARD
) -> None:
    """The first administrator of a new store, with the password they typed. Raises Refused when anybody is there."""
    draft = first_administrator(people(store), user, name, organisation, clock())
    check_new_password(password, policy, (draft.stream.removeprefix("person/"), name, organisation))
    # One entry for person, grant and password: a store is never left with an administrator who cannot sign in.
    changes = (*draft.changes, Change("password.state", None, "own"), Change("password.since", None, moment(clock())))
    store.set_credential(replace(draft, changes=changes), hash_password(password, policy))


def prove(
    store: Accounts, user: str, password: str, clock: Clock, *, policy: Policy, strangers: Strangers | None = None,
    address: str = "", typed: str = "",
) -> Person:  # fmt: skip
    """The person who owns this password (and code), with the attempt written down; SignInFailed for everybody else."""
    strangers, asked = strangers or Strangers(), folded(user)
    known = _find(store, asked)
    _not_in_delay(known, asked, strangers, clock(), policy)
    encoded = store.credential(asked) if known else None
    hashed, sealed = codes.split(encoded or "")
    right = known_password = matches(hashed or None, password, policy)
    if known is None:
        strangers.fail(asked, clock(), policy)
        raise _wrong(*strangers.stands(asked))

    # A temporary password opens only the choice of another one: no code is asked for that.
    secret = codes.unseal(store.keys, asked, sealed) if sealed and right and not known.temporary else ""
    if secret and not typed:
        raise _needs_code(
            known, clock(), "This account asks for a code too.", "type the six digits that your app shows"
        )

    def decide(now_known: Person) -> Draft:
        nonlocal right
        _not_in_delay(now_known, asked, strangers, clock(), policy)
        if now_known.stands("@credential") != known.stands("@credential"):
            raise SignInFailed("The password was changed in the meantime.", "sign in with the new one")
        step = codes.step_of(secret, typed, clock(), now_known.step) if secret else 0
        right = known_password and step is not None
        return _outcome(now_known, right, clock(), policy, address, step)

    after = _write_down(store, known, decide)
    if known_password and not right:
        hint = f"try again at {moment(after.wait_until)}" if after.wait_until else "wait for the next one, then type it"
        raise _needs_code(after, clock(), "This code is wrong, or was used already.", hint)
    if not right:
        raise _wrong(after.failures, after.wait_until)
    if not after.active:
        raise SignInFailed("This account is closed.", "ask an administrator")
    if after.temporary and _age(after, clock()) > timedelta(hours=policy.temporary_hours):
        raise SignInFailed("This temporary password has run out.", "ask an administrator for a new one")
    if hashed and is_dated(hashed, policy):
        draft = Draft(
            "person.rehash", system().actor, f"person/{asked}", origin={"kind": "signin"}, expected=after.version
        )
        with suppress(StaleRecord):  # something else about the person came between: at the next sign-in then
            store.set_credential(draft, codes.join(hash_password(password, policy), sealed))
        after = person(store, asked)
    return after


def _write_down(store: Accounts, who: Person, decide: Callable[[Person], Draft]) -> Person:
    """Append what is decided about a person as they stand, anew if another entry about them came between."""
    for _ in range(_AGAIN):
        try:
            store.append([decide(who)])
            return person(store, who.id)
        except StaleRecord:
            who = person(store, who.id)
    raise SignInFailed("Too many sign-ins of this person at once.", "try again")


def _find(store: Accounts, user: str) -> Person | None:
    try:
        return person(store, user)
    except NotFound:
        return None


def _not_in_delay(known: Person | None, user: str, strangers: Strangers, now: datetime, policy: Policy) -> None:
    failures, until = (known.failures, known.wait_until) if known else strangers.stands(user)
    if failures >= policy.disable_at:
        raise SignInFailed(
            "This account is locked after too many failures.", "ask an administrator for a new password", locked=True
        )
    if until is not None and now < until:
        raise SignInFailed("There were too many failed attempts.", f"try again at {moment(until)}", try_again=until)


def _wrong(failures: int, until: datetime | None) -> SignInFailed:
    hint = f"try again at {moment(until)}" if until else "try again"
    return SignInFailed("User id and password do not belong together.", hint, try_again=until, failures=failures)


def _needs_code(who: Person, now: datetime, sentence: str, hint: str) -> SignInFailed:
    """With the roles to choose from, so that role and code are asked for at once: a code is good once."""
    held = tuple(dict.fromkeys(grant.role for grant in who.holding(now)))
    return SignInFailed(sentence, hint, needs_code=True, roles=held if len(held) > 1 else (), try_again=who.wait_until)


def _foreign_signature(who: Person) -> Draft:
    changes = (Change("signin.alert", who.stands("signin.alert"), "open"),)
    return Draft("signin.fail", system().actor, f"person/{who.id}", changes, origin={"kind": "signature"})


def _outcome(who: Person, right: bool, now: datetime, policy: Policy, address: str, step: int | None) -> Draft:
    if right:
        new = {"signin.failures": None, "signin.until": None, "signin.last": moment(now)}
        if step:
            new["signin.step"] = str(step)
    else:
        failures = who.failures + 1
        delay = policy.delay(failures)
        alert = "open" if failures >= policy.alert_at else who.stands("signin.alert")
        until = moment(now + timedelta(seconds=delay)) if delay else None
        new = {"signin.failures": str(failures), "signin.until": until, "signin.alert": alert}
    new["signin.address"] = address or None
    changes = tuple(Change(item, who.stands(item), text) for item, text in new.items() if text != who.stands(item))
    # A failure is no act of the person whose id was typed: the software writes it down.
    actor = Actor(who.id, who.name, "self", who.organisation) if right else system().actor
    act = "signin.accept" if right else "signin.fail"
    return Draft(act, actor, f"person/{who.id}", changes, origin={"kind": "signin"}, expected=who.version)


def _keep(
    store: Accounts, who: Person, new: str, state: str, act: str, by: Actor, clock: Clock, policy: Policy
) -> None:
    check_new_password(new, policy, (who.id, who.name, who.organisation))
    standing = {
        "password.state": state,
        "password.since": moment(clock()),
        "signin.failures": None,
        "signin.until": None,
    }
    changes = tuple(Change(item, who.stands(item), text) for item, text in standing.items() if text != who.stands(item))
    sealed = codes.split(store.credential(who.id) or "")[1]
    encoded = codes.join(hash_password(new, policy), sealed)
    store.set_credential(Draft(act, by, f"person/{who.id}", changes, expected=who.version), encoded)


def _age(who: Person, now: datetime) -> timedelta:
    since = who.stands("password.since")
    return now - datetime.fromisoformat(since) if since else timedelta.max


def _identity(who: Person, now: datetime, role: str, site: str) -> Identity:
    held = who.holding(now)
    roles = list(dict.fromkeys(grant.role for grant in held))
    if not held:
        raise SignInFailed(f"{who.name} holds no role now.", "an administrator grants roles", roles=())
    if not role and len(roles) > 1:
        raise SignInFailed(f"{who.name} holds several roles.", "choose one: " + ", ".join(roles), roles=tuple(roles))
    grants = [grant for grant in held if grant.role == (role or roles[0])]
    if not grants:
        raise SignInFailed(
            f"{who.name} does not hold the role {role!r} now.", "roles held: " + ", ".join(roles), roles=tuple(roles)
        )
    sites = None if any(grant.site == ALL_SITES for grant in grants) else frozenset(grant.site for grant in grants)
    if site:
        if sites is not None and site not in sites:
            raise SignInFailed(
                f"{who.name} does not work at site {site!r} in this role.", "sites held: " + ", ".join(sorted(sites))
            )
        if ROLES[grants[0].role].reach != "all":
            sites = frozenset({site})
    return _issue(who.id, who.name, grants[0].role, who.organisation, sites, _sees(grants))


def _sees(grants: Sequence[Grant]) -> frozenset[Visibility]:
    blind: frozenset[Visibility] = frozenset({"open", "identifier"})
    return blind | {"unblinded"} if all(grant.unblinded for grant in grants) else blind
