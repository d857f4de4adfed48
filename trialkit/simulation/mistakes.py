"""Errors injected on purpose, each of a kind that one check must see (reference study, section 6.5).

An error is a change of one sheet before it is entered, or something left out. Rates are per eligible unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.fate import Course
from trialkit.simulation.sheets.sheet import Mistake, Sheet, Site, Typed, Values

Change = Callable[["Place", Sheet], tuple[str, str] | None]
Whole = Callable[["Place", list[Sheet]], Iterable[Mistake]]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose sheets they are."""

    course: Course
    site: Site
    draws: Draws


@dataclass(frozen=True, slots=True)
class Rule:
    """On each sheet of `form`, with probability `rate`, `change` makes the error that `check` must see.

    It changes a copy in place and gives the item and what was done, or None where the error cannot be made there.
    """

    check: str
    rate: float
    form: str
    change: Change


def blunder(
    course: Course, site: Site, sheets: Sequence[Sheet], draws: Draws, rules: Sequence[Rule], wholes: Sequence[Whole]
) -> tuple[list[Sheet], list[Mistake]]:  # fmt: skip
    """The sheets of a subject with errors in some of them, and the list of these errors."""
    place, of_form = Place(course, site, draws), defaultdict[str, list[Rule]](list)
    for rule in rules:
        of_form[rule.form].append(rule)
    found, made = list[Sheet](), list[Mistake]()
    for sheet in sheets:
        altered = _altered(place, sheet, of_form[sheet.form])
        found.append(altered)
        if altered.mistake is not None:
            made.append(altered.mistake)
    for whole in wholes:
        made += whole(place, found)
    return found, made


def _altered(place: Place, sheet: Sheet, rules: Sequence[Rule]) -> Sheet:
    for rule in rules:
        if place.draws.random() >= rule.rate or sheet.reason is not None:
            continue
        copy = replace(sheet, values=dict(sheet.values), rows={key: dict(row) for key, row in sheet.rows.items()})
        told = rule.change(place, copy)
        if told is not None:
            copy.mistake = mistake(rule.check, sheet, *told, right=sheet)
            return copy
    return sheet


def mistake(check: str, sheet: Sheet, item: str, done: str, right: Sheet | None = None) -> Mistake:
    """An error at the place of a sheet."""
    return Mistake(check, sheet.event, sheet.form, sheet.repeat, sheet.line, item, done, right)


# Building blocks of errors.


def put(item: str, value: Typed, done: str = "") -> Change:
    """The item is given another value, where it has one."""

    def change(_: Place, sheet: Sheet) -> tuple[str, str] | None:
        if item not in sheet.values or sheet.values[item] == value:
            return None
        sheet.values[item] = value
        return item, done or f"{value} instead of the right value"

    return change


def moved(item: str, by: float, digits: int = 1, done: str = "") -> Change:
    """A number is too high or too low."""

    def change(_: Place, sheet: Sheet) -> tuple[str, str] | None:
        if item not in sheet.values:
            return None
        sheet.values[item] = f"{float(str(sheet.values[item])) + by:.{digits}f}"
        return item, done or f"off by {by:g}"

    return change


def row(sheet: Sheet, key: str, item: str) -> Values | None:
    """The row of that key if it has a value for the item."""
    found = sheet.rows.get(key)
    return found if found is not None and item in found else None


def shift(sheets: list[Sheet], event: str, days: int) -> list[Sheet]:
    """Everything of a visit takes place so many days later (earlier if negative): moments, and dates that are on it."""
    own = [sheet for sheet in sheets if sheet.event == event]
    if not own:
        return []
    old = next((sheet for sheet in own if sheet.form == "SV"), own[0]).moment.date()
    before, after = old.isoformat(), (old + timedelta(days=days)).isoformat()
    shifted = []
    for n, sheet in enumerate(sheets):
        if sheet.event != event and not (sheet.event == "LOG" and sheet.moment.date() == old):
            continue
        sheets[n] = replace(
            sheet, moment=sheet.moment + timedelta(days=days), values=dict(_dated(sheet.values, before, after)),
            rows={key: dict(_dated(values, before, after)) for key, values in sheet.rows.items()},
        )  # fmt: skip
        shifted.append(sheets[n])
    return shifted


def _dated(values: Values, before: str, after: str) -> Iterator[tuple[str, Typed]]:
    for item, value in values.items():
        yield item, after + value[10:] if isinstance(value, str) and value[:10] == before else value
