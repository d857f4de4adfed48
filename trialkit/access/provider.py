"""People whom an identity provider recognises (OpenID Connect): to the account that an administrator declared theirs.

A provider makes nobody: it only says who is at the door. Roles, sites, blinding, codes and sessions stay ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from trialkit.access import code as codes
from trialkit.access.authentication import (
    STANDARD,
    Accounts,
    Clock,
    _identity,
    _needs_code,
    _not_in_delay,
    _outcome,
    _write_down,
)
from trialkit.access.gate import authorise
from trialkit.access.granting import because
from trialkit.access.identity import Identity
from trialkit.access.password import Policy
from trialkit.access.people import Person, moment, people
from trialkit.access.strangers import Strangers
from trialkit.errors import Refused, SignInFailed, WrongValue
from trialkit.ledger.entry import Change, Draft

ITEM = "provider.identity"


def declare(by: Identity, everybody: Iterable[Person], who: Person, identity: str, reason: str) -> Draft:
    """From now on the provider's `identity` (its `sub`, or a verified e-mail address) is this person; "": nobody.

    Raises Refused, WrongValue for one that is somebody's already, ReasonNeeded.
    """
    authorise(by, "person.grant")
    if by.person == who.id:
        raise Refused("Nobody changes their own access.", "another administrator does it")
    new = identity.strip()
    if len(new) > 255 or not new.isprintable():
        raise WrongValue("This identity cannot be kept.", "at most 255 characters, as the provider writes it")
    owner = next((one for one in everybody if new and one.id != who.id and _means(one, new)), None)
    if owner is not None:
        raise WrongValue(f"This identity is {owner.name}'s.", "one identity opens one account")
    changes = (Change(ITEM, who.stands(ITEM), new or None), because(who, reason))
    return Draft("person.identify", by.actor, f"person/{who.id}", changes, expected=who.version)


def meant(store: Accounts, subject: str, email: str) -> Person:
    """Whose account this is: by `sub`, or else by the verified e-mail address. Raises SignInFailed for nobody's."""
    everybody = people(store)
    for said in (subject, email):
        found = [one for one in everybody if said and _means(one, said)]
        if len(found) == 1:
            return found[0]
    raise SignInFailed("The provider knows you, but no account here is yours.", "an administrator declares it")


def sign_in_as(
    store: Accounts, who: Person, clock: Clock, *, role: str = "", typed: str = "", policy: Policy = STANDARD,
    address: str = "",
) -> Identity:  # fmt: skip
    """The identity of a person whom the provider recognised, as `authentication.sign_in` gives it. Raises SignInFailed.

    A code is asked for where the account has a second factor; a password that somebody else set is changed first.
    """
    if not who.active:
        raise SignInFailed("This account is closed.", "ask an administrator")
    if who.temporary:
        raise SignInFailed("Choose your own password first: you need it to sign.", "sign in once with the one you got")
    sealed = codes.split(store.credential(who.id) or "")[1]
    secret = codes.unseal(store.keys, who.id, sealed) if sealed else ""
    if secret and not typed:
        raise _needs_code(who, clock(), "This account asks for a code too.", "type the six digits that your app shows")
    _identity(who, clock(), role, "")  # a role that has to be chosen is asked for before the code is used up
    right = True

    def decide(now: Person) -> Draft:
        nonlocal right
        if secret:
            _not_in_delay(now, who.id, Strangers(), clock(), policy)
        step = codes.step_of(secret, typed, clock(), now.step) if secret else 0
        right = step is not None
        return _outcome(now, right, clock(), policy, address, step)

    after = _write_down(store, who, decide)
    if not right:
        hint = f"try again at {moment(after.wait_until)}" if after.wait_until else "wait for the next one, then type it"
        raise _needs_code(after, clock(), "This code is wrong, or was used already.", hint)
    return _identity(after, clock(), role, "")


def _means(one: Person, said: str) -> bool:
    declared = one.stands(ITEM) or ""
    return declared == said or ("@" in declared and declared.casefold() == said.casefold())
