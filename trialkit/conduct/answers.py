"""What was typed into a form, read item by item: good answers become changes, wrong ones come back with the reason.

Nothing is guessed: an empty text clears, a `Missing` states why there is no value, anything else must be a value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trialkit.conduct.facts import Subject
from trialkit.conduct.standing import Standing, split
from trialkit.errors import WrongValue
from trialkit.ledger.entry import Written
from trialkit.study.compiled import CompiledItem
from trialkit.values import Missing, PartialDate, Value, nearest, text, written

Typed = str | Sequence[str] | Missing | None
_DATED = (dt.date, PartialDate)  # a datetime is a date, too
_ROW = re.compile(r"[A-Za-z0-9_]{1,32}(\.[0-9]{1,4})?")


@dataclass(slots=True)
class Answers:
    """`changed`: path -> (old, new) as written; `refused`: path -> why the answer cannot be taken."""

    changed: dict[str, tuple[Written, Written]] = field(default_factory=dict)
    refused: dict[str, WrongValue] = field(default_factory=dict)


def take(subject: Subject, standing: Standing, typed: Mapping[str, Typed]) -> Answers:
    """Read `typed`, lay the good answers over `standing`, and say what changed and what was refused."""
    answers = Answers()
    for path, raw in typed.items():
        try:
            new = _read(standing, path, raw, subject.now)
        except WrongValue as wrong:
            answers.refused[path] = wrong
            continue
        old = standing.written.get(path)
        if new != old:
            answers.changed[path] = (old, new)
            standing.put(path, new)
    subject.touched(standing)
    _take_back_unasked(subject, standing, answers)
    return answers


def _read(standing: Standing, path: str, raw: Typed, now: dt.datetime) -> Written:
    rule = rule_at(standing, path)
    if isinstance(raw, Missing):
        allowed = rule.missing
        if raw.reason not in allowed:
            raise WrongValue(
                f"{raw.reason!r} is no missing reason of this item",
                f"one of {', '.join(allowed) or 'none: a value is needed'}",
            )
        return written(raw)
    if not raw or (isinstance(raw, str) and raw.isspace()):
        return None
    value = rule.parse(raw)
    if rule.hard is not None and rule.range_fault(value) == "hard":
        raise WrongValue(
            f"{text(value)} {rule.item.unit or ''} is not possible here".replace("  ", " "), f"between {_bounds(rule)}"
        )
    if isinstance(value, _DATED) and not rule.item.future:
        _not_later(value, now)
    return written(value)


def rule_at(standing: Standing, path: str) -> CompiledItem:
    """The rule of the item at `path`. WrongValue if the form has no such item or row, or if nobody may type it."""
    rule = standing.cform.items.get(path)
    if rule is not None and not rule.repeating and rule.compute is None and not rule.item.retired:
        return rule  # an ordinary single item, as most are
    group, row, item = split(path)
    rule = standing.cform.items.get(item)
    if rule is None or (rule.group if rule.repeating else "") != group:
        near = nearest(item, list(standing.cform.items))
        raise WrongValue(
            f"form {standing.place.form} has no item {path}", f"did you mean {near}?" if near else "see the form"
        )
    if group:
        grid = standing.cform.form.groups[group].timepoints
        head, _, number = row.partition(".")
        known = row.isdigit() and row[0] != "0" if grid is None else head in grid and bool(number) == grid[head].repeats
        if not known or _ROW.fullmatch(row) is None:
            raise WrongValue(
                f"{group} has no row {row!r}", "rows are " + (", ".join(grid) if grid else "numbered from 1")
            )
    if rule.item.compute is not None:
        raise WrongValue(f"{item} is computed", "correct what it is computed from")
    if rule.item.retired:
        raise WrongValue(f"{item} is retired in this study version", "it keeps its old values and takes no new ones")
    return rule


def _not_later(value: Value, now: dt.datetime) -> None:
    late = False
    if isinstance(value, dt.datetime):
        late = value > now
    elif isinstance(value, dt.date):
        late = value > now.date()
    elif isinstance(value, PartialDate):
        late = value.low > now.date()
    if late:
        raise WrongValue(f"{text(value)} lies in the future", f"at the site it is {now:%d-%b-%Y %H:%M}")


def _take_back_unasked(subject: Subject, standing: Standing, answers: Answers) -> None:
    # Generic check G04: an answer given now to a question that is not asked is refused.
    for path, (old, new) in list(answers.changed.items()):
        if new is None:
            continue
        if asked(subject, standing, path) is False:
            del answers.changed[path]
            standing.put(path, old)
            subject.touched(standing)
            rule = standing.cform.items[split(path)[2]]
            condition = rule.item.when or standing.cform.form.groups[rule.group].when
            answers.refused[path] = WrongValue("this answer is not expected", f"it is asked only when {condition}")


def asked(subject: Subject, standing: Standing, path: str) -> bool | None:
    """Whether the item at `path` is asked: its own and its section's condition; None when that cannot be told yet."""
    group, row, item = split(path)
    rule = standing.cform.items[item]
    of_group = standing.cform.groups[rule.group].when
    if rule.when is None and of_group is None:
        return True
    conditions = [when for when in (of_group, rule.when) if when is not None]
    record = subject.row(standing)
    here = next((r for r in record.groups.get(group, ()) if r.key == row), record) if group else record
    view = subject.at(standing.place)
    verdicts = [condition.evaluate(here, view) for condition in conditions]
    return False if False in verdicts else None if None in verdicts else True


def _bounds(rule: CompiledItem) -> str:
    hard = rule.item.hard
    return f"{hard.low or 'any'} and {hard.high or 'any'}" if hard else ""
