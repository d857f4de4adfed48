"""Why a submitted value was changed: a coded reason and, where the code alone says nothing, a sentence.

21 CFR 11.10(e) and EMA computerised systems 2023 (A4.2): a change to a submitted value carries its reason, with no
default and no bare "corrected".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from trialkit.conduct.words import said
from trialkit.errors import ReasonNeeded, WrongValue

SAYS_NOTHING = frozenset(
    "corrected correction corrections correcting correct change changed changes changing update updated updates "
    "updating error errors err mistake mistakes mistaken wrong incorrect typo typos fix fixed fixes fixing edit edited "
    "edits editing modified modify modification amended amend amendment adjusted adjust revised revise reason reasons "
    "none nothing na nil ok okay other test tests testing data datum value values entry entries entered enter made "
    "make done do did number numbers text field fields item items form record it this that was were is are be been "
    "has had "
    "the a an to of in on for by and or as per at from with we i my me new old more see above below before after "
    "please required needed necessary asdf asdfgh asdfghjk asdfghjkl qwer qwert qwerty qwertz zxcv abc abcd foo bar "
    "lorem ipsum x xx xxx xxxx yyy zzz unknown misc various etc n".split()
)
_AGAIN = re.compile(r"(.{1,5}?)\1+")  # the same letters again and again
LEAST = 8
"""Fewest letters and digits of a reason in words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of the study's `change_reasons` with an optional text in the person's own words."""

    code: str
    text: str = ""


Apart = Sequence[tuple[Collection[str], Reason]]
"""Reasons of their own: the paths of the answers that each is of."""
T = TypeVar("T")


def in_parts(changed: Mapping[str, T], reason: Reason | None, apart: Apart) -> list[tuple[Reason | None, dict[str, T]]]:
    """What changed by its reasons: all of it for one `reason`, or the changes of each of those `apart`.

    What has no reason of its own stands with the first that has a change.
    """
    if not apart:
        return [(reason, dict(changed))]
    of = {path: n for n, (paths, _) in enumerate(apart) for path in paths}
    first = min((of[path] for path in changed if path in of), default=0)
    parts = [(one, {path: changed[path] for path in changed if of.get(path, first) == n})
             for n, (_, one) in enumerate(apart)]  # fmt: skip
    return [part for part in parts if part[1]] or [(apart[0][1], {})]


def demanded(reason: Reason | None, codes: Mapping[str, str], what: str) -> Reason:
    """The reason, stripped, if it says something; otherwise ReasonNeeded naming `what` was to be changed."""
    if reason is None:
        raise ReasonNeeded(f"{what} has been submitted before; a change needs a reason", _offer(codes))
    code, text = reason.code.strip(), reason.text.strip()
    if not code:
        raise ReasonNeeded("no reason was chosen", _offer(codes), unchosen=what)
    if code not in codes:
        raise ReasonNeeded(f"the reason code {code[:40]!r} is not one of this study's", _offer(codes))
    if not text and not code.upper().startswith("OTHER"):
        return Reason(code)
    if not says_something(text):
        raise ReasonNeeded(
            f"the reason {text[:40]!r} does not say why {what} is changed",
            "write what was found and where, for example: source shows 128, digits were swapped",
        )
    try:
        return Reason(code, said(text))
    except WrongValue as wrong:
        raise ReasonNeeded(f"the reason cannot be kept: {wrong.sentence}", wrong.hint) from None


@lru_cache(maxsize=1024)
def says_something(text: str) -> bool:
    """Whether a text holds a word that tells a reader why: not only filler, numbers or a few letters."""
    plain = unicodedata.normalize("NFKC", text[:10_000]).casefold()
    # Marks and invisible signs go without a trace, so that they hide no word; what joins words may also divide them.
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] not in "MC" or sign.isspace())
    joined = ["".join(filter(str.isalnum, word)) for word in plain.split()]
    divided = re.findall(r"[^\W_]+", plain)
    return sum(map(len, joined)) >= LEAST and any(map(_tells, joined)) and any(map(_tells, divided))


def _tells(word: str) -> bool:
    return len(word) > 1 and not word.isnumeric() and word not in SAYS_NOTHING and not _AGAIN.fullmatch(word)


def _offer(codes: Mapping[str, str]) -> str:
    return (
        "choose one of " + ", ".join(f"{code} ({label})" for code, label in codes.items()) + ", and say more in words"
    )
