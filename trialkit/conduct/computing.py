"""Computed items: worked out anew wherever what they read changes, in this form and in others, until nothing moves.

The result is an act of the system whose origin names the records and versions it was computed from (EMA 2023, A4.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from trialkit.conduct.facts import Subject
from trialkit.conduct.standing import Standing, closed
from trialkit.conduct.touched import Pair, Rows, Touched, due, sources
from trialkit.expressions.environment import Row
from trialkit.ledger.entry import Written
from trialkit.study.compiled import CompiledItem, CompiledStudy, path_of
from trialkit.values import Value, written

_ROUNDS = 20  # forms that wait for each other settle in a few; the loader refuses circles


@dataclass(slots=True)
class Computed:
    """What was worked out for one record: path -> (old, new), and the streams it was worked out from."""

    standing: Standing
    changed: dict[str, tuple[Written, Written]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)


def recompute(subject: Subject, studies: Sequence[CompiledStudy], start: Standing, touched: Touched) -> list[Computed]:
    """Work out every computed item that reads what was `touched`; `touched` grows by what moved.

    `studies` are the versions that the subject's records may stand in: each record follows its own.
    """
    done: dict[str, Computed] = {}
    wanted: dict[str, set[str]] = {}  # form -> computed items that may have to be worked out
    seen: dict[Pair, dict[Pair, int]] = {}  # computed item -> how much of what moved it has been worked out for
    for standing in touched.fresh:  # in new records and rows also what reads nothing of them, such as ROW or a visit
        wanted.setdefault(standing.cform.oid, set()).update(item.oid for item in standing.cform.computes)
    _want(studies, touched, wanted)
    for turn in range(_ROUNDS):
        before = sum(map(len, touched.values()))
        for form in sorted(wanted, key=lambda oid: (oid != start.cform.oid, oid)):
            for item in _computes(studies, form):
                if item.oid not in wanted[form]:
                    continue
                concerned = due(
                    subject,
                    form,
                    subject.reach("compute", form, item.oid),
                    touched,
                    seen.setdefault((form, item.oid), {}),
                )
                if turn == 0:
                    touched.add_fresh(form, concerned)
                moved = sum(_work_out(subject, *one, item.oid, touched, done) for one in concerned.items())
                if moved:
                    _want(studies, [(form, item.oid)], wanted)
        if before == sum(map(len, touched.values())):
            break
    return [computed for computed in done.values() if computed.changed]


def _want(studies: Sequence[CompiledStudy], moved: Iterable[Pair], wanted: dict[str, set[str]]) -> None:
    for study in studies:
        for pair in moved:
            for form, kind, oid in study.item_readers.get(pair, ()):
                if kind != "check":
                    wanted.setdefault(form, set()).add(oid)


def _computes(studies: Sequence[CompiledStudy], form: str) -> Iterable[CompiledItem]:
    if len(studies) == 1:
        return studies[0].forms[form].computes if form in studies[0].forms else ()
    versions = (item for study in reversed(studies) if form in study.forms for item in study.forms[form].computes)
    return {item.oid: item for item in versions}.values()


def _work_out(
    subject: Subject, standing: Standing, rows: Rows, oid: str, touched: Touched, done: dict[str, Computed]
) -> bool:
    """Work one item out, in some rows or (None) all of them; whether it moved, or counts as moved."""
    item = standing.cform.items.get(oid)
    if item is None or item.compute is None or standing.inactive:
        return False
    evaluate, conditions, held = item.compute.evaluate, item.conditions, standing.written
    view = subject.at(standing.place)
    unseen = _written_always(subject, standing, item)
    known: Mapping[str, object] = done[standing.stream].changed if standing.stream in done else {}
    moved = False
    for row in rows_of(standing, item, rows):
        path = path_of(item.group if item.repeating else None, row.key, oid)
        unasked = conditions and any(condition.evaluate(row, view) is False for condition in conditions)
        new = None if unasked else fitted(item, evaluate(row, view))
        old = held.get(path)
        if new == old and not (unseen and path not in known):
            continue
        if not moved:
            moved = True
            subject.work_on(standing)
            made = done.setdefault(standing.stream, Computed(standing))
            made.read |= sources(subject, item.compute.reach, standing)
            known = made.changed
        made.changed[path] = (made.changed.get(path, (old, new))[0], new)
        standing.put(path, new)
        touched.note(standing, item.group, row.key if item.repeating else "", oid)
        if new is None and item.repeating and row.key not in standing.rows.get(item.group, ()):
            touched.note(standing, "", "", item.group)  # with its last value the row goes
    if moved:
        subject.touched(standing)
    return moved


def _written_always(subject: Subject, standing: Standing, item: CompiledItem) -> bool:
    """Whether what was worked out is written though it is what stood: of masked items.

    How many changes and entries there are would tell blinded people whether it moved (docs/decisions/0021). A closed
    form takes no changes, and so not this one; what a process has no key for it does not write.
    """
    masked = item.visibility == "unblinded" and subject.trial.store.keys.unblinding is not None
    return masked and not closed(standing.written)


def rows_of(standing: Standing, item: CompiledItem, rows: Rows) -> Iterator[Row]:
    """The record's own row, or those of the item's repeating group that are meant (None: all)."""
    record = standing.row()
    if not item.repeating:
        yield record
        return
    for row in record.groups.get(item.group, ()):
        if rows is None or row.key in rows:
            yield row


def fitted(item: CompiledItem, value: Value | bool | Row | None) -> Written:
    """What an expression gave, as it is written into an item."""
    # Decimals end at the item's digits (half away from zero, as people round), so that texts stay short and stable.
    if value is None:
        return None
    if value is True or value is False:
        return "Y" if value else "N"
    if isinstance(value, Decimal):
        if item.type == "integer":
            value = int(value.quantize(Decimal(1), ROUND_HALF_UP))
        elif item.item.digits is not None:
            value = value.quantize(Decimal(1).scaleb(-item.item.digits), ROUND_HALF_UP)
    return written(value)  # type: ignore[arg-type]
