"""Who is acting, proven: an `Identity` comes out of a sign-in (or is the system); nobody else makes or alters one.

Each carries a seal, a keyed hash of its own fields under a key that this process drew at its start and keeps here. A
copy with other fields does not fit its seal, and the gate looks before every act (21 CFR 11.10(d), 11.200(a)(2)).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b

from trialkit.errors import Refused
from trialkit.ledger.entry import Actor, Visibility

_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person in one role: sites (None: all) and the visibility classes their grant lets them see at most.

    Raises Refused when built or replaced by anything but a sign-in.
    """

    person: str
    name: str
    role: str
    organisation: str
    sites: frozenset[str] | None
    sees: frozenset[Visibility]
    seal: bytes = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        require_genuine(self)

    @property
    def actor(self) -> Actor:
        """The actor that the ledger writes down: name, role and organisation as they are now."""
        return Actor(self.person, self.name, self.role, self.organisation)


def _seal(
    person: str, name: str, role: str, organisation: str, sites: frozenset[str] | None, sees: frozenset[Visibility]
) -> bytes:
    fields = (person, name, role, organisation, None if sites is None else sorted(sites), sorted(sees))
    return blake2b(repr(fields).encode("utf-8", "surrogatepass"), key=_KEY, digest_size=16).digest()


def _issue(
    person: str, name: str, role: str, organisation: str, sites: frozenset[str] | None, sees: frozenset[Visibility]
) -> Identity:
    """Only for `access.authentication`; a test fails on any other room that names it."""
    return Identity(person, name, role, organisation, sites, sees, _seal(person, name, role, organisation, sites, sees))


def require_genuine(identity: object) -> None:
    """Raise Refused unless this is an identity that a sign-in of this process made, unaltered."""
    if type(identity) is Identity:
        try:
            right = _seal(
                identity.person, identity.name, identity.role, identity.organisation, identity.sites, identity.sees
            )
            if hmac.compare_digest(right, identity.seal):
                return
        except (AttributeError, TypeError):
            pass  # fields that are not there, or of a kind that no sign-in gives them
    raise Refused(
        "Nobody is signed in.", "sign in first; an identity comes from a sign-in and cannot be made or altered"
    )


_SYSTEM = _issue(
    "system", "System", "system", "trialkit", None, frozenset[Visibility]({"open", "identifier", "unblinded"})
)


def system() -> Identity:
    """The software itself: computations, automatic queries, the first administrator. It signs and enrols nobody."""
    return _SYSTEM
