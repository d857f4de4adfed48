"""User ids: unique to one person for ever, and not to be mistaken for another's (21 CFR 11.100(a), 11.300(a))."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from trialkit.errors import WrongValue

_SHAPE = re.compile(r"[a-z][a-z0-9._-]{1,31}")
# Names of the software itself, and of nobody.
_RESERVED = frozenset({"system", "trialkit", "unknown", "nobody", "root"})
_ALIKE = (("0", "o"), ("1", "l"), ("5", "s"), ("rn", "m"), ("vv", "w"), (".", ""), ("_", ""), ("-", ""))


def folded(text: str) -> str:
    """The id as it is kept and looked up: compatibility forms and capitals make no difference."""
    return unicodedata.normalize("NFKC", text.strip()).casefold()


def skeleton(user: str) -> str:
    """What an id looks like at a glance: `an.a`, `ana` and `rnax`, `max` are pairs that people mix up."""
    for written, seen in _ALIKE:
        user = user.replace(written, seen)
    return user


def new_user_id(text: str, taken: Iterable[str]) -> str:
    """The folded id for a new person; `taken` are all ids ever given, of people who left as well.

    Raises WrongValue for letters beyond a-z (a Cyrillic а passes for a Latin a), other shapes, ids that were given
    before, and look-alikes of such.
    """
    user = folded(text)
    odd = next((letter for letter in user if not letter.isascii()), "")
    if odd:
        name = unicodedata.name(odd, "an unnamed character").lower()
        raise WrongValue(f"The user id {text!r} contains {odd!r} ({name}).", "use the letters a-z, digits, and . _ -")
    if not _SHAPE.fullmatch(user):
        raise WrongValue(
            f"{text!r} is no user id.", "2 to 32 characters: a letter a-z first, then letters, digits, . _ -"
        )
    if user in _RESERVED:
        raise WrongValue(f"The user id {user!r} is kept for the software.", "choose another one")
    like = {skeleton(other): other for other in taken}.get(skeleton(user))
    if like == user:
        raise WrongValue(f"The user id {user!r} was given before.", "ids are never given again; choose another one")
    if like is not None:
        raise WrongValue(f"The user id {user!r} looks like {like!r}.", "choose one that nobody can mistake for another")
    return user
