"""Checks on save: which fire, what they say, and where. A check is asked again only when something it reads has moved.

Generic checks follow the reference study's G02 (soft range), G03 (required answer missing) and G04 (answer left over);
named ones are the study's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from trialkit.conduct.answers import asked
from trialkit.conduct.computing import rows_of
from trialkit.conduct.facts import Subject
from trialkit.conduct.queries import Queries
from trialkit.conduct.standing import Standing, split
from trialkit.conduct.touched import Due, Rows, Touched, due
from trialkit.conduct.view import View
from trialkit.expressions.environment import Row
from trialkit.ledger.entry import Place, Visibility
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledCheck, CompiledItem, Reading, path_of

_NONE = Queries()
MANUAL = "MANUAL"
"""What stands for a check where a person asks."""

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
    queries: Queries,
) -> list[Finding]:
    """What fires of all that this act may have changed, and what fires no longer though a query asks about it.

    `readings` are the expressions that read what was touched, in any study version of the subject's records.
    """
    found: list[Finding] = []
    for standing in worked:
        if standing.inactive:
            continue
        found += _ranges(standing, touched, queries)
        found += _cleared(standing, queries)
        if (finished and standing is worked[0]) or standing.written.get("@status") in FINISHED:
            found += _required(subject, standing, queries)
    unasked = _reasked(subject, readings, touched)
    found += _unexpected(subject, unasked, queries)
    for standing in {standing: None for records in unasked.values() for standing in records}:
        if standing not in worked and standing.written.get("@status") in FINISHED:
            found += _required(subject, standing, queries)
    checks = {(form, oid) for form, kind, oid in readings if kind == "check"}
    checks.update((standing.cform.oid, check.oid) for standing in touched.fresh for check in standing.cform.checks)
    for form, oid in sorted(checks):
        records = due(subject, form, subject.reach("check", form, oid), touched)
        touched.add_fresh(form, records)  # of new records and rows also what reads nothing of them
        for standing, rows in records.items():
            check = standing.cform.check(oid)
            if check is not None and not standing.inactive:
                # Whether other subjects are at fault too is not looked at now: that settles no query.
                unknown = "others" in check.asks and subject.others is None
                found += verdicts(subject, standing, check, _NONE if unknown else queries, rows)
    return found


def _reasked(subject: Subject, readings: Collection[Reading], touched: Touched) -> dict[tuple[str, str], Due]:
    """(form, item) -> the records and rows in which the item may be asked now, or no longer."""
    whens = sorted((form, oid) for form, kind, oid in readings if kind == "when")
    return {(form, oid): due(subject, form, subject.reach("when", form, oid), touched) for form, oid in whens}


def asked_elsewhere(
    subject: Subject, readings: Collection[Reading], worked: Standing, touched: Touched
) -> list[Standing]:
    """The records beside the one worked on of which something may be asked now, or no longer."""
    found = _reasked(subject, readings, touched).values()
    reasked = {standing: None for records in found for standing in records}
    return [standing for standing in reasked if standing is not worked]


def verdicts(
    subject: Subject, standing: Standing, check: CompiledCheck, queries: Queries, rows: Rows = None
) -> Iterator[Finding]:
    """The verdict of `check` on a record, or one on each row of its group (None: on all), where there is news in it."""
    view = subject.at(standing.place)
    record = subject.row(standing)
    in_rows = check.group is not None and standing.cform.form.groups[check.group].repeating
    for row in record.groups.get(check.group or "", ()) if in_rows else (record,):
        if in_rows and rows is not None and row.key not in rows:
            continue
        fires = check.fires(row, view)
        if not fires and not queries:
            continue
        item = path_of(check.group if in_rows else None, row.key, check.item) if check.item else "-"
        if not fires and not queries.open(standing.stream, check.oid, item):
            continue
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
    standing = subject.known(finding.place.record) if finding.deviation else None
    return standing is not None and f"@explanation[{finding.check}]" in standing.written


def _unexpected(subject: Subject, reasked: Mapping[tuple[str, str], Due], queries: Queries) -> Iterator[Finding]:
    # Generic check G04, the other way round: what a question depends on moved, and an answer is left over.
    for (_, oid), records in reasked.items():
        for standing, rows in records.items():
            rule = standing.cform.items.get(oid)
            if rule is None or rule.compute is not None or standing.inactive:
                continue
            for row in rows_of(standing, rule, rows):
                path = path_of(rule.group if rule.repeating else None, row.key, oid)
                left = standing.answered(path) and asked(subject, standing, path) is False
                if left or queries.open(standing.stream, "G04", path):
                    text = (
                        f"{rule.item.label} is not asked here: clear it or correct what it depends on." if left else ""
                    )
                    yield Finding("G04", "hard", standing.place, path, left, text, _label_class(rule))


def _cleared(standing: Standing, queries: Queries) -> Iterator[Finding]:
    # The answer that was left over is gone, or the whole row: with it what was asked about it.
    for query in queries.on(standing.stream):
        group, row, item = split(str(query.values.get("item")))
        if group and row not in standing.rows.get(group, {}) and not _asks(query, MANUAL):
            check, severity = str(query.values.get("check")), str(query.values.get("severity"))
            yield Finding(check, severity, standing.place, path_of(group, row, item), False, "", "open")
    for path in [str(query.values.get("item")) for query in queries.on(standing.stream) if _asks(query, "G04")]:
        rule = standing.cform.items.get(split(path)[2])
        if rule is not None and not standing.answered(path):
            yield Finding("G04", "hard", standing.place, path, False, "", _label_class(rule))


def _label_class(rule: CompiledItem) -> Visibility:
    # Only the label is told; that an identifier is missing or left over identifies nobody.
    return "unblinded" if rule.visibility == "unblinded" else "open"


def _ranges(standing: Standing, touched: Touched, queries: Queries) -> Iterator[Finding]:
    oid = standing.cform.oid
    for rule in standing.cform.soft_ranged:
        moved = touched.get((oid, rule.oid))
        if moved is None:
            continue
        for key in dict.fromkeys(row for of, row in moved if of is standing):
            value = standing.values_at(rule.group if key else "", key).get(rule.oid)
            unusual = value is not None and rule.range_fault(value) == "soft"
            path = path_of(rule.group if key else None, key, rule.oid)
            if not unusual and not queries.open(standing.stream, "G02", path):
                continue
            text = f"Unusual value: {rule.item.label} is usually {usual(rule)}. Confirm or correct." if unusual else ""
            yield Finding("G02", "query", standing.place, path, unusual, text, rule.visibility)


def usual(rule: CompiledItem) -> str:
    """The soft range in words, for example `between 90 and 140 mmHg`."""
    soft = rule.item.soft
    if soft is None:
        return "anything"
    unit = f" {rule.item.unit}" if rule.item.unit else ""
    if soft.low is not None and soft.low == soft.high:
        return f"{soft.low}{unit}"
    if soft.low is None:
        return f"at most {soft.high}{unit}"
    return f"at least {soft.low}{unit}" if soft.high is None else f"between {soft.low} and {soft.high}{unit}"


def _required(subject: Subject, standing: Standing, queries: Queries) -> Iterator[Finding]:
    missing = dict.fromkeys(_missing(subject, standing))
    settled = [str(query.values.get("item")) for query in queries.on(standing.stream) if _asks(query, "G03")]
    for path in (*missing, *(path for path in settled if path not in missing)):
        rule = standing.cform.items.get(split(path)[2])
        if rule is not None:
            text = f"Required answer missing: {rule.item.label}." if path in missing else ""
            yield Finding("G03", "query", standing.place, path, path in missing, text, _label_class(rule))


def _asks(query: Record, check: str) -> bool:
    return query.values.get("check") == check and query.status != "CLOSED"


def _missing(subject: Subject, standing: Standing) -> Iterator[str]:
    """The required answers that are asked for and not there: in rows, those of the rows that exist."""
    for rule in standing.cform.required:
        for key, values in standing.active_rows(rule.group) if rule.repeating else (("", standing.flat),):
            if values.get(rule.oid) is None:
                path = path_of(rule.group, key, rule.oid)
                if not standing.answered(path) and asked(subject, standing, path) is True:
                    yield path


def unanswered(subject: Subject, standing: Standing) -> bool:
    """Whether a required answer is still missing."""
    return next(_missing(subject, standing), None) is not None
