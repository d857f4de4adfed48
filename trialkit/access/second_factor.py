"""A second factor: set up by its owner, who proves that their app shows its codes; taken away by an administrator."""

from __future__ import annotations

from trialkit.access import code
from trialkit.access.authentication import STANDARD, Accounts, Clock, prove
from trialkit.access.gate import authorise
from trialkit.access.granting import because
from trialkit.access.identity import Identity, require_genuine
from trialkit.access.password import Policy
from trialkit.access.people import Person, moment, person
from trialkit.errors import OutOfOrder, Refused, SignInFailed
from trialkit.ledger.entry import Actor, Change, Draft


def set_up(
    store: Accounts, identity: Identity, password: str, secret: str, typed: str, clock: Clock, *,
    policy: Policy = STANDARD,
) -> None:  # fmt: skip
    """From now on the person is asked for a code of `secret` too; `typed` is the one that their app shows now.

    Raises SignInFailed for a wrong password or code, OutOfOrder when there is a second factor already.
    """
    require_genuine(identity)
    if person(store, identity.person).second:
        raise OutOfOrder("This account has a second factor already.", "an administrator can take it away first")
    who = prove(store, identity.person, password, clock, policy=policy)
    step = code.step_of(secret, typed, clock(), 0)
    if step is None:
        raise SignInFailed(
            "This is not the code that the app should show now.", "check the telephone's clock, then type the new code"
        )
    encoded = code.join(code.split(store.credential(who.id) or "")[0], code.seal(store.keys, who.id, secret))
    changes = (
        Change("second.state", who.stands("second.state"), "own"),
        Change("second.since", who.stands("second.since"), moment(clock())),
        Change("signin.step", who.stands("signin.step"), str(step)),
    )
    actor = Actor(who.id, who.name, "self", who.organisation)
    store.set_credential(Draft("person.factor", actor, f"person/{who.id}", changes, expected=who.version), encoded)


def take_away(store: Accounts, by: Identity, who: Person, reason: str, clock: Clock) -> None:
    """An administrator ends it: the telephone is lost, or another's. Raises Refused, OutOfOrder, ReasonNeeded."""
    authorise(by, "person.reset")
    if by.person == who.id:
        raise Refused("Nobody takes away their own second factor.", "another administrator does it")
    if not who.second:
        raise OutOfOrder(f"{who.name} has no second factor.", "there is nothing to take away")
    changes = (
        Change("second.state", "own", None),
        Change("second.since", who.stands("second.since"), moment(clock())),
        because(who, reason),
    )
    password = code.split(store.credential(who.id) or "")[0]
    draft = Draft("person.unfactor", by.actor, f"person/{who.id}", changes, expected=who.version)
    store.set_credential(draft, password)
