"""Who is signed in: opaque tokens of 256 bits, kept as hashes, asked about at every message (21 CFR 11.10(d), 11.300).

A session ends when it is idle or old, when its person signs out, and at once when a grant changes, the account is
closed or the password is set anew: the store is asked again when anything was written since, or two seconds have gone.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from trialkit.access.authentication import renew
from trialkit.access.identity import Identity
from trialkit.access.people import person
from trialkit.errors import NotFound, SignInFailed
from trialkit.store.database import Store

IDLE = timedelta(minutes=15)
"""After this without a message from the person the session is over (EMA 2023, A4.9)."""
LONGEST = timedelta(hours=12)
"""No session lasts longer."""
WARN = timedelta(minutes=2)
"""How long before its end a person is warned."""
REMEMBERED = 1000
"""So many sessions that are over are known by their person."""
_LOOKED = timedelta(seconds=2)  # how long what was seen of a person is good: grants begin and end by the clock


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in: the identity as of the last look, when it began and when its person was last seen."""

    hash: str
    identity: Identity
    began: datetime
    seen: datetime
    looked: datetime
    size: int
    stamp: str


class Sessions:
    """The sessions of one server process. None outlives it: who comes back signs in, and finds what they typed."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], idle: timedelta = IDLE, longest: timedelta = LONGEST
    ) -> None:
        self._store = store
        self.idle, self.longest = idle, longest
        self._clock = clock
        self._open: dict[str, Session] = {}
        self._mutex = threading.Lock()
        self._at_end: list[Callable[[str], None]] = []
        self._over: dict[str, str] = {}  # hash -> person, the last to end last

    def at_end(self, do: Callable[[str], None]) -> None:
        """From now on `do` this with the hash of each session that is over."""
        self._at_end.append(do)

    def begin(self, identity: Identity) -> str:
        """A new session; gives its token, which is kept nowhere."""
        token, now = secrets.token_urlsafe(32), self._clock()
        name = _hash(token)
        session = Session(name, identity, now, now, now, self._store.size, self._stamp(identity.person))
        with self._mutex:
            over = [n for n, one in self._open.items() if self.left(one) <= timedelta(0)]
            self._open[name] = session
        for one in over:
            self._forget(one)
        return token

    def left(self, session: Session) -> timedelta:
        """How long a session lasts if nothing more is done."""
        return min(session.seen + self.idle, session.began + self.longest) - self._clock()

    def can_stay(self, session: Session) -> bool:
        """Whether its person can make it last longer by being there."""
        return session.began + self.longest > session.seen + self.idle

    def of(self, token: str, *, act: bool = False) -> Session | None:
        """The session of a token, None when there is none any more. `act`: its person did something just now."""
        if not token or len(token) > 100:
            return None
        now, name = self._clock(), _hash(token)
        session = self._open.get(name)
        if session is None or self.left(session) <= timedelta(0):
            self._forget(name)
            return None
        size = self._store.size
        if size != session.size or now - session.looked > _LOOKED:
            session = self._looked_again(session, now, size)
            if session is None:
                self._forget(name)
                return None
        with self._mutex:
            if name not in self._open:  # signed out meanwhile
                return None
            seen = max(self._open[name].seen, now) if act else self._open[name].seen
            session = self._open[name] = replace(session, seen=seen)
        return session

    def end(self, token: str) -> None:
        """Sign out."""
        self._forget(_hash(token))

    def before(self, token: str) -> str:
        """Whose session a token was, or is; nothing if that is not known any more."""
        session = self._open.get(_hash(token))
        return session.identity.person if session else self._over.get(_hash(token), "")

    def _looked_again(self, session: Session, now: datetime, size: int) -> Session | None:
        try:
            who = renew(self._store, session.identity, self._clock)
            if self._stamp(who.person) != session.stamp:
                return None
        except (SignInFailed, NotFound):
            return None
        return replace(session, identity=who, looked=now, size=size)

    def _forget(self, name: str) -> None:
        with self._mutex:
            found = self._open.pop(name, None)
            if found is not None:
                self._over[name] = found.identity.person
                while len(self._over) > REMEMBERED:
                    del self._over[next(iter(self._over))]
        if found is not None:
            for do in self._at_end:
                do(name)

    def _stamp(self, user: str) -> str:
        """What must not have moved for a session to go on: the dates of password and second factor, every grant."""
        who = person(self._store, user)
        stands = who.stands("password.since"), who.stands("second.since"), who.active, who.grants
        return sha256(repr(stands).encode()).hexdigest()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
