"""Checks on save: which fire, what they say, and where. A check is asked again only when something it reads has moved.

Generic checks follow the reference study's G02 (soft range), G03 (required answer missing) and G04 (answer left over);
named ones are the study's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from trialkit.conduct.answers import asked
from trialkit.conduct.computing import Touched
from trialkit.conduct.facts import Subject, View
from trialkit.conduct.standing import Standing, split
from trialkit.expressions.environment import Row
from trialkit.ledger.entry import Place, Visibility
from trialkit.study.compiled import CompiledCheck, CompiledItem, Reading, path_of

FINISHED = ("COMPLETE", "TO COMPLETE")
"""Statuses of a form that somebody declared finished: all answered, or answers still to come."""

OVERDUE = "G06"
"""The generic check of forms that a visit should have: asked by the nightly run, settled when the form is started."""


class Opening(NamedTuple):
    """The record that a check opens: its form, and its values as they were worked out where the check stands."""

    form: str
    values: Mapping[str, Any]


class Finding(NamedTuple):
    """The verdict of one check on one record or row: it stands at `item` of the record at `place`."""

    check: str
    severity: str
    place: Place
    item: str
    fires: bool
    message: str
    visibility: Visibility
    deviation: bool = False
    opens: Opening | None = None


def findings(
    subject: Subject,
    readings: Collection[Reading],
    worked: list[Standing],
    touched: Touched,
    finished: bool,
    firing: bool = False,
) -> list[Finding]:
    """Every verdict that this act may have changed; with `firing`, only those that fire (no query is open to close).

    `readings` are the expressions that read what was touched, in any study version of the subject's records.
    """
    found: list[Finding] = []
    for standing in worked:
        if standing.inactive:
            continue
        found += _ranges(standing, touched, firing)
        found += _unexpected(subject, standing, touched)
        if (finished and standing is worked[0]) or standing.written.get("@status") in FINISHED:
            found += _required(subject, standing)
    for form in sorted({form for form, kind, _ in readings if kind == "when"}):
        for standing in asked_elsewhere(subject, worked, form):
            found += _unexpected(subject, standing, touched)
            if standing.written.get("@status") in FINISHED:
                found += _required(subject, standing)
    for form, oid in sorted((form, oid) for form, kind, oid in readings if kind == "check"):
        for standing in _records(subject, form, oid, worked):
            check = standing.cform.check(oid)
            if check is not None and not standing.inactive:
                # Whether other subjects are at fault too is not looked at now: that settles no query.
                unknown = "others" in check.asks and subject.others is None
                found += verdicts(subject, standing, check, firing or unknown)
    return [finding for finding in found if finding.fires] if firing else found


def asked_elsewhere(subject: Subject, worked: Sequence[Standing], form: str) -> list[Standing]:
    """The records of a form, beside those worked on, whose questions may be asked now or no longer."""
    return [standing for standing in subject.standings(form) if standing not in worked]


def _records(subject: Subject, form: str, oid: str, worked: list[Standing]) -> list[Standing]:
    # A check that reads nothing but its own record concerns only the records of this act.
    if not any(study.checks[oid].elsewhere for study in subject.studies if oid in study.checks):
        return [standing for standing in worked if standing.cform.oid == form]
    return subject.standings(form)


def verdicts(subject: Subject, standing: Standing, check: CompiledCheck, firing: bool = False) -> Iterator[Finding]:
    """The verdict of `check` on a record, or one on each row of its group."""
    view = subject.at(standing.place)
    record = subject.row(standing)
    in_rows = check.group is not None and standing.cform.form.groups[check.group].repeating
    for row in record.groups.get(check.group or "", ()) if in_rows else (record,):
        fires = check.fires(row, view)
        if firing and not fires:
            continue
        item = path_of(check.group if in_rows else None, row.key, check.item) if check.item else "-"
        message = check.message.filled(row, view) if fires else ""
        opens = _opening(check, row, view) if fires and check.opens is not None else None
        yield Finding(
            check.oid, check.severity, standing.place, item, fires, message, check.visibility, check.check.deviation,
            opens,
        )  # fmt: skip


def _opening(check: CompiledCheck, row: Row, view: View) -> Opening:
    assert check.opens is not None
    return Opening(check.opens.form, {item: what.evaluate(row, view) for item, what in check.opens.values.items()})


def explained_before(subject: Subject, finding: Finding) -> bool:
    """Whether a deviation was explained when it was saved: it is not asked about because another form moved."""
    return finding.deviation and any(
        standing.stream == finding.place.record and f"@explanation[{finding.check}]" in standing.written
        for standing in subject.every_standing(finding.place.form)
    )


def _unexpected(subject: Subject, standing: Standing, touched: Touched) -> Iterator[Finding]:
    # Generic check G04, the other way round: what a question depends on moved, and an answer is left over.
    for rule in standing.cform.items.values():
        of_group = standing.cform.groups[rule.group].when
        if rule.when is None and of_group is None:
            continue
        conditions = [when for when in (of_group, rule.when) if when is not None]
        if rule.compute is not None or not any(when.reads & touched for when in conditions):
            continue
        for key, _ in standing.active_rows(rule.group) if rule.repeating else [("", None)]:
            path = path_of(rule.group if rule.repeating else None, key, rule.oid)
            left = standing.answered(path) and asked(subject, standing, path) is False
            text = f"{rule.item.label} is not asked here: clear it or correct what it depends on." if left else ""
            yield Finding("G04", "hard", standing.place, path, left, text, _label_class(rule))


def _label_class(rule: CompiledItem) -> Visibility:
    # Only the label is told; that an identifier is missing or left over identifies nobody.
    return "unblinded" if rule.visibility == "unblinded" else "open"


def _ranges(standing: Standing, touched: Touched, firing: bool) -> Iterator[Finding]:
    oid = standing.cform.oid
    for rule in standing.cform.soft_ranged:
        if (oid, rule.oid) not in touched:
            continue
        for key, row in standing.active_rows(rule.group) if rule.repeating else [("", standing.flat)]:
            value = row.get(rule.oid)
            unusual = value is not None and rule.range_fault(value) == "soft"
            if firing and not unusual:
                continue
            path = path_of(rule.group if rule.repeating else None, key, rule.oid)
            text = f"Unusual value: {rule.item.label} is usually {usual(rule)}. Confirm or correct." if unusual else ""
            yield Finding("G02", "query", standing.place, path, unusual, text, rule.visibility)


def usual(rule: CompiledItem) -> str:
    """The soft range in words, for example `between 90 and 140 mmHg`."""
    soft = rule.item.soft
    if soft is None:
        return "anything"
    unit = f" {rule.item.unit}" if rule.item.unit else ""
    if soft.low is None:
        return f"at most {soft.high}{unit}"
    return f"at least {soft.low}{unit}" if soft.high is None else f"between {soft.low} and {soft.high}{unit}"


def _required(subject: Subject, standing: Standing) -> Iterator[Finding]:
    for path in expected_paths(standing):
        missing = not standing.answered(path) and asked(subject, standing, path) is True
        rule = standing.cform.items[split(path)[2]]
        text = f"Required answer missing: {rule.item.label}." if missing else ""
        yield Finding("G03", "query", standing.place, path, missing, text, _label_class(rule))


def expected_paths(standing: Standing) -> Iterator[str]:
    """The paths of all items that must be answered when they are asked: in rows, those of the rows that exist."""
    for rule in standing.cform.required:
        if not rule.repeating:
            yield rule.oid
        else:
            for key, _ in standing.active_rows(rule.group):
                yield path_of(rule.group, key, rule.oid)


def unanswered(subject: Subject, standing: Standing) -> bool:
    """Whether a required answer is still missing."""
    return any(finding.fires for finding in _required(subject, standing))
