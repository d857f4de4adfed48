"""Why a submitted value was changed: a coded reason and, where the code alone says nothing, a sentence.

21 CFR 11.10(e) and EMA computerised systems 2023 (A4.2): a change to a submitted value carries its reason, with no
default and no bare "corrected".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialkit.errors import ReasonNeeded

SAYS_NOTHING = frozenset(
    "corrected correction correct change changed changes update updated error mistake wrong typo fix fixed edit edited "
    "modified reason none na n/a nil ok other test x".split()
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of the study's `change_reasons` with an optional text in the person's own words."""

    code: str
    text: str = ""


def demanded(reason: Reason | None, codes: Mapping[str, str], what: str) -> Reason:
    """The reason, stripped, if it says something; otherwise ReasonNeeded naming `what` was to be changed."""
    if reason is None:
        raise ReasonNeeded(f"{what} has been submitted before; a change needs a reason", _offer(codes))
    code, text = reason.code.strip(), reason.text.strip()
    if code not in codes:
        raise ReasonNeeded(f"the reason code {code!r} is not one of this study's", _offer(codes))
    bare = text.strip(" .!-?_").casefold()
    if (text and bare in SAYS_NOTHING | {""}) or (not text and code.upper().startswith("OTHER")):
        raise ReasonNeeded(
            f"the reason {text!r} does not say why {what} is changed",
            "write what was found and where, for example: source shows 128, digits were swapped",
        )
    return Reason(code, text)


def _offer(codes: Mapping[str, str]) -> str:
    return (
        "choose one of " + ", ".join(f"{code} ({label})" for code, label in codes.items()) + ", and say more in words"
    )
