"""What one act causes, as drafts for the same commit: the entry itself, computations, queries, deviations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from trialkit.access.identity import system
from trialkit.conduct.checking import Finding
from trialkit.conduct.computing import Computed
from trialkit.conduct.query import moved, opening
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import Standing, split
from trialkit.ledger.entry import Change, Draft, Place, Visibility, Written
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledForm


def enter(
    desk: Desk, verb: str, changed: Mapping[str, tuple[Written, Written]], reason: Reason | None,
    explained: Mapping[str, str], origin: Mapping[str, object], happened_at: str | None,
) -> None:  # fmt: skip
    """The act of the person: values, and beside them what they said about it."""
    standing = desk.standing
    changes = _changes(standing.cform, changed)
    # What is said about values inherits the strictest class of those it stands with.
    strictest = _strictest(changes)
    said = {"@reason": reason.text} if reason and reason.text else {}
    said |= {f"@explanation[{check}]": text for check, text in explained.items()}
    for path, text in said.items():
        changes.append(Change(path, standing.written.get(path), text, strictest))
        standing.put(path, text)
    code = reason.code if reason else None
    actor = desk.sitting.who.actor
    draft = Draft(
        verb, actor, standing.stream, tuple(changes), standing.place, happened_at, code, origin, standing.study,
        expected=standing.version,
    )  # fmt: skip
    desk.sitting.write(draft, standing)


def compute(desk: Desk, computed: Iterable[Computed]) -> None:
    """What the system worked out, naming the records and versions it read."""
    for made in computed:
        standing = made.standing
        reads = {stream.removeprefix("record/"): desk.sitting.subject.version(stream) for stream in sorted(made.read)}
        origin: dict[str, object] = {"kind": "calculation", "reads": reads}
        changes = tuple(_changes(standing.cform, made.changed))
        draft = Draft(
            "record.compute",
            system().actor,
            standing.stream,
            changes,
            standing.place,
            origin=origin,
            study=standing.study,
        )
        desk.sitting.write(draft, standing)


def query(desk: Desk, found: Iterable[Finding]) -> list[Finding]:
    """Open what fires and has no open query; close what no longer fires. Gives the findings that are news."""
    queries = desk.sitting.queries()
    news = []
    for finding in found:
        if not finding.fires and not queries:
            continue
        known = [q for q in queries.values() if _about(q, finding)]
        standing = [q for q in known if q.status != "CLOSED"]
        origin: dict[str, object] = {"kind": "check", "check": finding.check}
        if finding.fires and not standing:
            draft = opening(
                system(), finding.place, finding.item, finding.message, check=finding.check, severity=finding.severity,
                number=len(known) + 1, visibility=finding.visibility, study=desk.study.hash, origin=origin,
            )  # fmt: skip
            _raise(desk, draft, queries)
            news.append(finding)
        elif not finding.fires:
            for asked in standing:
                draft = moved(asked, system(), "query.close", "CLOSED", "The data conform now.", origin)
                desk.sitting.write(draft)
                queries[asked.stream] = replace(asked, status="CLOSED", version=asked.version + 1)
    return news


def _raise(desk: Desk, draft: Draft, queries: dict[str, Record]) -> None:
    desk.sitting.write(draft)
    values = {change.item: change.new for change in draft.changes}
    queries[draft.stream] = Record(draft.stream, draft.place, "OPEN", 1, -1, draft.study, values)


def _about(stands: Record, finding: Finding) -> bool:
    values = stands.values
    same = values.get("check") == finding.check and values.get("item") == finding.item
    return same and stands.place.record == finding.place.record


def deviate(desk: Desk, told: Iterable[Finding], explanations: Mapping[str, str]) -> None:
    """A check on a past event that is a deviation: the deviation form gets its line (ICH E6(R3) 4.5)."""
    form = desk.study.study.file.deviation
    if form is None:
        return
    home = next(oid for oid, forms in desk.study.events.items() if form.form in forms)
    cform = desk.study.forms[form.form]
    subject = desk.sitting.subject
    for finding in told:
        taken = max((s.place.form_repeat for s in subject.every_standing(form.form)), default=0)
        place = Place(desk.place.site, desk.place.subject, home, 1, form.form, taken + 1)
        term = f"{finding.message} {explanations.get(finding.check, '')}".strip()
        length = cform.items[form.term].item.length or 200
        values: dict[str, Written] = {form.term: term[:length], form.rule: finding.check, **form.preset}
        if form.start:
            values[form.start] = subject.now.date().isoformat()
        line = Standing(cform, place, None, desk.study.hash)
        subject.work_on(line)
        changed: dict[str, tuple[Written, Written]] = {item: (None, value) for item, value in values.items()}
        changed["@status"] = (None, "INCOMPLETE")
        for path, (_, new) in changed.items():
            line.put(path, new)
        subject.touched(line)
        changes = tuple(_changes(cform, changed, finding.visibility))
        origin: dict[str, object] = {"kind": "check", "check": finding.check}
        draft = Draft("record.save", system().actor, place.record, changes, place, origin=origin, study=desk.study.hash)
        desk.sitting.write(draft, line)


def _changes(
    cform: CompiledForm, changed: Mapping[str, tuple[Written, Written]], least: Visibility = "open"
) -> list[Change]:
    made, items = [], cform.items
    for path, (old, new) in changed.items():
        rule = items.get(path) or items.get(split(path)[2])
        own: Visibility = rule.visibility if rule else "open"
        made.append(Change(path, old, new, _stricter(own, least) if rule and least != "open" else own))
    return made


_ORDER: Mapping[str, int] = {"open": 0, "identifier": 1, "unblinded": 2}


def _stricter(a: Visibility, b: Visibility) -> Visibility:
    return a if _ORDER[a] >= _ORDER[b] else b


def _strictest(changes: Iterable[Change]) -> Visibility:
    return max((change.visibility for change in changes), key=_ORDER.__getitem__, default="open")
