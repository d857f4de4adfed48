"""What a screen hands to a page of the door: a thing to sign, a file to carry out. Short-lived, for one session."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    thing: T
    session: str
    until: datetime


class Notes(Generic[T]):
    """Things by unguessable names, each for the session that left it, for a while.

    At most `own` of one session, whose oldest gives way, and `most` of all: then the session that has most gives way.
    """

    def __init__(self, clock: Callable[[], datetime], lasts: timedelta, most: int = 1000, own: int = 20) -> None:
        self._clock = clock
        self._lasts = lasts
        self._most = most
        self._own = own
        self._held: dict[str, _Held[T]] = {}
        self._mutex = threading.Lock()

    def leave(self, thing: T, session: str, *, same: bool = False) -> str:
        """Leave a thing for `session` (its hash); gives its name. `same`: an equal one keeps the name it has."""
        name, now = secrets.token_urlsafe(24), self._clock()
        with self._mutex:
            self._held = {n: held for n, held in self._held.items() if held.until > now}
            mine = [n for n, held in self._held.items() if held.session == session]
            if same:
                name = next((n for n in mine if self._held[n].thing == thing), name)
            if name not in self._held and len(mine) >= self._own:
                del self._held[mine[0]]
            while name not in self._held and len(self._held) >= self._most:
                [(fullest, _)] = Counter(held.session for held in self._held.values()).most_common(1)
                del self._held[next(n for n, held in self._held.items() if held.session == fullest)]
            self._held[name] = _Held(thing, session, now + self._lasts)
        return name

    def drop(self, session: str) -> None:
        """Throw away what a session left: it is over."""
        with self._mutex:
            self._held = {n: held for n, held in self._held.items() if held.session != session}

    def of(self, name: str, session: str) -> T | None:
        """The thing, if it is this session's and not too old."""
        held = self._held.get(name)
        return held.thing if held and held.session == session and held.until > self._clock() else None

    def foreign(self, name: str, session: str) -> bool:
        """Whether it lies there for another session."""
        held = self._held.get(name)
        return held is not None and held.session != session

    def take(self, name: str, session: str) -> T | None:
        """The same, and nobody gets it again."""
        with self._mutex:
            found = self.of(name, session)
            if found is not None:
                del self._held[name]
            return found
