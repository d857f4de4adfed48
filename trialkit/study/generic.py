"""The checks that every study has without stating them: the engine's own, by the numbers of the trial's check list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from trialkit.study.model import Severity


@dataclass(frozen=True, slots=True)
class GenericCheck:
    """One check of the engine: its number, what it does when it fires, over what it is asked, and what it says."""

    oid: str
    severity: Severity
    scope: Literal["item", "record", "visit", "act"]
    title: str
    message: str


GENERIC: tuple[GenericCheck, ...] = (
    GenericCheck(
        "G01", "hard", "item", "A value outside its hard range, of another type or not in its code list",
        "Value is not possible for this item.",
    ),
    GenericCheck(
        "G02", "query", "item", "A value outside its soft range", "Unusual value: confirm or correct.",
    ),
    GenericCheck(
        "G03", "query", "record", "A required item, or one whose condition holds, is empty when the form is finished",
        "Required answer missing.",
    ),
    GenericCheck(
        "G04", "hard", "record", "An item whose condition does not hold is answered",
        "Answer not expected: clear it or correct what it depends on.",
    ),
    GenericCheck(
        "G05", "hard", "item", "A date or time later than now at the site, unless the item may lie in the future",
        "Date or time lies in the future.",
    ),
    GenericCheck(
        "G06", "query", "visit", "A form of a visit that is not started so many days after the visit's date",
        "Expected form overdue.",
    ),
    GenericCheck(
        "S04", "hard", "act", "Somebody unblinded writes a blinded form, or somebody blinded opens a masked item",
        "Role separation breach.",
    ),
)  # fmt: skip
"""G06 counts from `date_item` by `overdue_days` of study.yaml."""

NUMBERS = frozenset(check.oid for check in GENERIC)


def check_number(oid: str) -> str:
    """The number of a check: its id up to the first hyphen. `M01-CM` and `M01-AE` are parts of M01."""
    return oid.partition("-")[0]


def own_numbers(oids: Iterable[str]) -> list[str]:
    """The numbers of a study's own checks in order; a rule named after a generic check is that check's."""
    return [number for number in dict.fromkeys(map(check_number, oids)) if number not in NUMBERS]
