"""Computed items: worked out anew wherever what they read changes, in this form and in others, until nothing moves.

The result is an act of the system whose origin names the records and versions it was computed from (EMA 2023, A4.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from trialkit.conduct.facts import Subject
from trialkit.conduct.standing import Standing
from trialkit.expressions.environment import Row
from trialkit.ledger.entry import Written
from trialkit.study.compiled import CompiledItem, CompiledStudy, path_of
from trialkit.values import Value, written

Touched = set[tuple[str, str]]
"""(form, item) pairs whose values moved in this act; `*` for an item when records or rows came or went."""
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
    news: Touched = set(touched)
    for _ in range(_ROUNDS):
        due = {
            r[0::2] for study in studies for read in news for r in study.item_readers.get(read, ()) if r[1] != "check"
        }
        if (start.cform.oid, "*") in news:  # a new record or row: also what reads nothing of it, such as ROW or a visit
            due |= {(start.cform.oid, item.oid) for item in start.cform.computes}
        if not due:
            break
        news = set()
        for oid in sorted({form for form, _ in due}, key=lambda form: form != start.cform.oid):
            for item in _computes(studies, oid):
                if (oid, item.oid) in due or _reads(item) & news:
                    for standing in _records(subject, item, start, done):
                        _work_out(subject, standing, item.oid, news, done)
        touched |= news
    return [computed for computed in done.values() if computed.changed]


def _computes(studies: Sequence[CompiledStudy], form: str) -> Iterable[CompiledItem]:
    if len(studies) == 1:
        return studies[0].forms[form].computes if form in studies[0].forms else ()
    versions = (item for study in reversed(studies) if form in study.forms for item in study.forms[form].computes)
    return {item.oid: item for item in versions}.values()


def _reads(item: CompiledItem) -> frozenset[tuple[str, str]]:
    return item.compute.reads if item.compute is not None else frozenset()


def _records(
    subject: Subject, item: CompiledItem, start: Standing, done: Mapping[str, Computed]
) -> list[Standing]:  # fmt: skip
    # A computation of the form at hand that reads only its own record concerns that record, and those of the form in
    # which something was worked out just now.
    asked_by = start.cform.groups[item.group].when if item.group in start.cform.groups else None
    parts = (item.compute, item.when, asked_by)
    if item.form == start.cform.oid and not any(part.elsewhere for part in parts if part is not None):
        moved = (made.standing for made in done.values() if made.standing is not start)
        return [start, *(standing for standing in moved if standing.cform.oid == item.form)]
    return subject.standings(item.form)


def _work_out(subject: Subject, standing: Standing, oid: str, news: Touched, done: dict[str, Computed]) -> None:
    item = standing.cform.items.get(oid)
    if item is None or item.compute is None or standing.inactive:
        return
    of_group = standing.cform.groups[item.group].when
    conditions = [when for when in (of_group, item.when) if when is not None]
    view = subject.at(standing.place)
    record = subject.row(standing)
    moved = False
    for row in record.groups.get(item.group, ()) if item.repeating else (record,):
        path = path_of(item.group if item.repeating else None, row.key, item.oid)
        unasked = any(condition.evaluate(row, view) is False for condition in conditions)
        new = None if unasked else fitted(item, item.compute.evaluate(row, view))
        old = standing.written.get(path)
        if new == old:
            continue
        subject.work_on(standing)
        made = done.setdefault(standing.stream, Computed(standing))
        first = made.changed.get(path, (old, new))[0]
        made.changed[path] = (first, new)
        made.read.update(stream for form, _ in item.compute.reads for stream in subject.streams(form, standing))
        standing.put(path, new)
        news.add((item.form, item.oid))
        moved = True
    if moved:
        subject.touched(standing)


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
