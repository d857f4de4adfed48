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
from trialkit.study.model import SYSTEM
from trialkit.values import Missing, PartialDate, Value, nearest, text, written

Typed = str | Sequence[str] | Missing | None
_DATED = (dt.date, PartialDate)  # a datetime is a date, too
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(slots=True)
class Answers:
    """`changed`: path -> (old, new) as written; `refused`: path -> why the answer cannot be taken."""

    changed: dict[str, tuple[Written, Written]] = field(default_factory=dict)
    refused: dict[str, WrongValue] = field(default_factory=dict)


def take(subject: Subject, standing: Standing, typed: Mapping[str, Typed]) -> Answers:
    """Read `typed`, lay the good answers over `standing`, and say what changed and what was refused."""
    answers = Answers()
    single, changed, held = standing.cform.single, answers.changed, standing.written
    moment = subject.moment
    for path, raw in typed.items():
        try:
            rule = single.get(path) if raw.__class__ is str and raw and not raw.isspace() else None
            if rule is None:
                new = _read(standing, path, raw, moment)
                old = held.get(path)
                if new != old:
                    changed[path] = (old, new)
                    standing.put(path, new)
                continue
            # An ordinary answer to an ordinary question, as most are.
            value = _value(rule, raw, moment)  # type: ignore[arg-type]
        except WrongValue as wrong:
            answers.refused[path] = wrong
            continue
        text = written(value)
        old = held.get(path)
        if text != old:
            changed[path] = (old, text)
            standing.enter(path, text, value)
    subject.touched(standing)
    while _take_back_unasked(subject, standing, answers):
        pass
    return answers


def _read(standing: Standing, path: str, raw: Typed, now: dt.datetime) -> Written:
    if path.__class__ is not str or not path:
        raise WrongValue(f"{path!r} names no item", "items are named as in the form, rows as GROUP[row].ITEM")
    rule = rule_at(standing, path)
    if standing.struck(path):
        raise WrongValue("this row was struck", "enter a new row; struck ones stay as they are")
    if isinstance(raw, Missing):
        allowed = rule.missing
        if raw.reason not in allowed:
            raise WrongValue(
                f"{raw.reason!r} is no missing reason of this item",
                f"one of {', '.join(allowed) or 'none: a value is needed'}",
            )
        return written(raw)
    if raw is None or (isinstance(raw, str) and (not raw or raw.isspace())) or raw == [] or raw == ():
        return None
    if not isinstance(raw, str) and not (isinstance(raw, list | tuple) and all(isinstance(code, str) for code in raw)):
        raise WrongValue(f"{raw!r} is no answer", "answers are texts as typed, or lists of codes")
    return written(_value(rule, raw, now))


def _value(rule: CompiledItem, raw: str | Sequence[str], now: dt.datetime) -> Value:
    value = rule.parse(raw)
    if rule.hard is not None and rule.range_fault(value) == "hard":
        raise WrongValue(
            f"{text(value)} {rule.item.unit or ''} is not possible here".replace("  ", " "), f"between {_bounds(rule)}"
        )
    if isinstance(value, _DATED) and not rule.item.future:
        _not_later(value, now)
    return value


def rule_at(standing: Standing, path: str) -> CompiledItem:
    """The rule of the item at `path`. WrongValue if the form has no such item or row, or if nobody may type it."""
    rule = standing.cform.items.get(path)
    if rule is not None and path in standing.cform.single:
        return rule  # an ordinary single item, as most are
    group, row, item = split(path)
    rule = standing.cform.items.get(item)
    if rule is None or (rule.group if rule.repeating else "") != group:
        raise _no_item(standing, path, group, item, rule)
    if group:
        grid = standing.cform.form.groups[group].timepoints
        head, _, number = row.partition(".")
        counted = row if grid is None else number
        known = grid is None or (head in grid and bool(number) == grid[head].repeats)
        if not known or (counted and _NUMBER.fullmatch(counted) is None):
            raise WrongValue(
                f"{group} has no row {row!r}", "rows are " + (", ".join(grid) if grid else "numbered from 1")
            )
    if group and row not in standing.rows.get(group, {}):
        _room_for(standing, group, row)
    if rule.item.compute is not None:
        raise WrongValue(f"{item} is computed", "correct what it is computed from")
    if rule.item.retired:
        raise WrongValue(f"{item} is retired in this study version", "it keeps its old values and takes no new ones")
    if rule.item.entered_by == SYSTEM:
        raise WrongValue(f"{item} is written by the system", "nobody types it: it comes with the act that causes it")
    return rule


def _no_item(standing: Standing, path: str, group: str, item: str, rule: CompiledItem | None) -> WrongValue:
    """What is wrong with a path: an item that is none here, or one that is written otherwise."""
    if rule is None:
        names = list(standing.cform.items)
        longer = [name for name in names if item and name.startswith(f"{item}_")]
        within = [name for name in names if len(item) > 2 and item in name]
        near = next(iter(longer), None) or nearest(item, names) or next(iter(within), None)
        return WrongValue(
            f"form {standing.place.form} has no item {path}", f"did you mean {near}?" if near else "see the form"
        )
    if not rule.repeating:
        return WrongValue(f"{item} stands once in the form, not in rows of {group}", f"write {item}")
    points = standing.cform.form.groups[rule.group].timepoints
    first = next(iter(points), "1") if points else "1"
    row = f"{first}.1" if points and points[first].repeats else first
    return WrongValue(f"{item} stands in rows of {rule.group}", f"write {rule.group}[{row}].{item}")


def _room_for(standing: Standing, group: str, row: str) -> None:
    most = standing.cform.form.groups[group].max_rows
    if most is not None and len(standing.rows.get(group, {})) >= most:
        raise WrongValue(
            f"{group} has room for {most} rows, {row} is one more", "use a further form or ask the monitor"
        )


def _not_later(value: Value, now: dt.datetime) -> None:
    # Where the clocks went back, a time that came twice is taken for the first: what happened is always recordable.
    late = False
    if isinstance(value, dt.datetime):
        late = value.replace(tzinfo=now.tzinfo).astimezone(dt.UTC) > now.astimezone(dt.UTC)
    elif isinstance(value, dt.date):
        late = value > now.date()
    elif isinstance(value, PartialDate):
        late = value.low > now.date()
    if late:
        said = f"{value:%d-%b-%Y}" if type(value) is dt.date else text(value)
        raise WrongValue(f"{said} lies in the future", f"at the site it is {now:%d-%b-%Y %H:%M}")


def _take_back_unasked(subject: Subject, standing: Standing, answers: Answers) -> bool:
    # Generic check G04: an answer given now to a question that is not asked is refused; that may unask another.
    conditional = standing.cform.conditional
    if not conditional:
        return False
    before = len(answers.refused)
    for path, (old, new) in list(answers.changed.items()):
        if new is None or split(path)[2] not in conditional:
            continue
        if asked(subject, standing, path) is False:
            del answers.changed[path]
            standing.put(path, old)
            subject.touched(standing)
            rule = standing.cform.items[split(path)[2]]
            condition = rule.item.when or standing.cform.form.groups[rule.group].when
            answers.refused[path] = WrongValue("this answer is not expected", f"it is asked only when {condition}")
    return len(answers.refused) > before


def asked(subject: Subject, standing: Standing, path: str) -> bool | None:
    """Whether the item at `path` is asked: its own and its section's condition; None when that cannot be told yet."""
    group, row, item = split(path)
    conditions = standing.cform.items[item].conditions
    if not conditions:
        return True
    here = (standing.row_at(group, row) if group else None) or standing.row()
    view = subject.at(standing.place)
    verdicts = [condition.evaluate(here, view) for condition in conditions]
    return False if False in verdicts else None if None in verdicts else True


def _bounds(rule: CompiledItem) -> str:
    hard = rule.item.hard
    return f"{hard.low or 'any'} and {hard.high or 'any'}" if hard else ""
