"""What raised a query: its check in words, and the values that the check reads, as they stand and as somebody may see.

Each automatic query shows the values and the rule behind it, so that a site can answer without asking back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.definition import definition
from trialkit.conduct.standing import split
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place, Written
from trialkit.store.readers import Reader
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledItem, CompiledStudy
from trialkit.study.generic import GENERIC

_MOST = 12  # records of another form whose values are told


@dataclass(frozen=True, slots=True)
class Read:
    """One value that a check reads: where it stands, its rule, and what was written (None: nothing yet)."""

    place: Place
    path: str
    rule: CompiledItem
    written: Written


@dataclass(frozen=True, slots=True)
class Cause:
    """A check in words: `rule` is its condition as the study states it, `when` the condition under which it is asked.

    A query by a person has no `rule`, nor has a check that reads what the person must not know of; `reads` then holds
    the value asked about alone.
    """

    check: str
    title: str
    rule: str
    when: str
    severity: str
    reads: tuple[Read, ...]


def cause(trial: Trial, who: Identity, query: Record) -> Cause:
    """What raised this query, which `who` was given by a reader of their own."""
    study = trial.compiled(query.study)
    reader = trial.reader(who)
    form = study.forms[query.place.form]
    oid, item = str(query.values.get("check", "")), str(query.values.get("item", "-"))
    severity = str(query.values.get("severity", ""))
    own = reader.record(query.place)
    about = _reads(reader, study, own, item) if own is not None and item != "-" else ()
    check = form.check(oid)
    if check is None:
        generic = next((one.title for one in GENERIC if one.oid == oid), "Asked by a person")
        return Cause(oid, generic, "", "", severity, tuple(about))
    title = check.check.title or form.form.title
    shown = definition(trial, who, query.study).checks.get(oid)
    if shown is None:
        return Cause(oid, title, "", "", severity, tuple(about))
    reads = [*about]
    _, row, _ = split(item)
    for form_oid, item_oid in sorted(check.reads):
        for record in _records(reader, query.place, own, form_oid):
            reads += [read for read in _values(reader, study, record, item_oid, row) if read not in reads]
    rule = check.check.require or check.check.finding or ""
    words = f"must hold: {rule}" if check.check.require else f"finding: {rule}"
    return Cause(oid, title, words, check.check.when or "", severity, tuple(reads))


def _records(reader: Reader, place: Place, own: Record | None, form: str) -> list[Record]:
    """The records of a form that the check had before it: its own, those of the visit, else the subject's last ones."""
    if form == place.form:
        return [own] if own is not None else []
    found = [one for one in reader.records(subject=place.subject, form=form) if one.values.get("@inactive") != "Y"]
    visit = [one for one in found if (one.place.event, one.place.event_repeat) == (place.event, place.event_repeat)]
    return visit or found[-_MOST:]


def _values(reader: Reader, study: CompiledStudy, record: Record, item: str, row: str) -> Iterator[Read]:
    rule = study.forms[record.place.form].items.get(item) if record.place.form in study.forms else None
    if rule is None:
        return
    if not rule.repeating:
        yield from _reads(reader, study, record, item)
        return
    paths = [path for path in record.values if split(path)[2] == item]
    same = [path for path in paths if row and split(path)[1] == row]
    for path in same or paths[-_MOST:]:
        yield from _reads(reader, study, record, path)


def _reads(reader: Reader, study: CompiledStudy, record: Record, path: str) -> Iterator[Read]:
    rule = study.forms[record.place.form].items.get(split(path)[2])
    if rule is not None and rule.visibility in reader.sight.visibility:
        yield Read(record.place, path, rule, record.values.get(path))
