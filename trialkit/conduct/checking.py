"""Checks on save: which fire, what they say, and where. A check is asked again only when something it reads has moved.

Generic checks follow the reference study's G02 (soft range) and G03 (required answer missing); named ones are the
study's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from trialkit.conduct.answers import asked
from trialkit.conduct.computing import Touched
from trialkit.conduct.facts import Subject
from trialkit.conduct.standing import Standing, split
from trialkit.ledger.entry import Place, Visibility
from trialkit.study.compiled import CompiledCheck, CompiledItem, CompiledStudy, path_of

FINISHED = ("COMPLETE", "TO COMPLETE")
"""Statuses of a form that somebody declared finished: all answered, or answers still to come."""


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


def findings(
    subject: Subject, study: CompiledStudy, worked: list[Standing], touched: Touched, finished: bool
) -> list[Finding]:
    """Every verdict that this act may have changed, firing or not."""
    found: list[Finding] = []
    for standing in worked:
        found += _ranges(standing, touched)
        if (finished and standing is worked[0]) or standing.written.get("@status") in FINISHED:
            found += _required(subject, standing)
    due = {reading[2] for read in touched for reading in study.item_readers.get(read, ()) if reading[1] == "check"}
    for oid in sorted(due):
        check = study.checks[oid]
        for standing in _records(subject, check, worked):
            found += verdicts(subject, standing, check)
    return found


def _records(subject: Subject, check: CompiledCheck, worked: list[Standing]) -> list[Standing]:
    # A check that reads nothing but its own record concerns only the records of this act.
    if not check.elsewhere:
        return [standing for standing in worked if standing.cform.oid == check.form and not standing.inactive]
    return subject.standings(check.form)


def verdicts(subject: Subject, standing: Standing, check: CompiledCheck) -> Iterator[Finding]:
    """The verdict of `check` on a record, or one on each row of its group."""
    view = subject.at(standing.place)
    record = subject.row(standing)
    in_rows = check.group is not None and standing.cform.form.groups[check.group].repeating
    for row in record.groups.get(check.group or "", ()) if in_rows else (record,):
        fires = check.fires(row, view)
        item = path_of(check.group if in_rows else None, row.key, check.item) if check.item else "-"
        message = check.message.filled(row, view) if fires else ""
        yield Finding(
            check.oid, check.severity, standing.place, item, fires, message, check.visibility, check.check.deviation
        )


def _ranges(standing: Standing, touched: Touched) -> Iterator[Finding]:
    oid = standing.cform.oid
    for rule in standing.cform.soft_ranged:
        if (oid, rule.oid) not in touched:
            continue
        for key, row in standing.active_rows(rule.group) if rule.repeating else [("", standing.flat)]:
            value = row.get(rule.oid)
            unusual = value is not None and rule.range_fault(value) == "soft"
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
        missing = path not in standing.written and asked(subject, standing, path) is True
        rule = standing.cform.items[split(path)[2]]
        text = f"Required answer missing: {rule.item.label}." if missing else ""
        yield Finding("G03", "query", standing.place, path, missing, text, rule.visibility)


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
