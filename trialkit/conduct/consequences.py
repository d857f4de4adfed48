"""What one act causes, as drafts for the same commit: the entry itself, computations, queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trialkit.access.identity import system
from trialkit.conduct.checking import FINISHED, OVERDUE, Finding, unanswered
from trialkit.conduct.computing import Computed
from trialkit.conduct.query import CONFORMS, STRUCK, class_of, moved, opening, queries_of
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import Standing, class_of_mark, closed, split
from trialkit.ledger.entry import Change, Draft, Visibility, Written
from trialkit.store.record import Record


def enter(
    desk: Desk, verb: str, changed: Mapping[str, tuple[Written, Written]], reason: Reason | None,
    explained: Sequence[tuple[Finding, str]], origin: Mapping[str, object], happened_at: str | None,
    about: Visibility = "open",
) -> None:  # fmt: skip
    """The act of the person: values, and beside them what they said about it.

    What is said of values inherits the strictest class of those it stands with (`about`: of those struck), and has a
    path of its own per class; an explanation inherits the class of what its check read.
    """
    standing = desk.standing
    changes = changes_of(standing, changed)
    strictest = _stricter(about, _strictest(changes))
    said = bool(explained) or bool(reason and reason.text)
    if reason and reason.text:
        path = "@reason" if strictest == "open" else f"@reason[{strictest}]"
        changes += changes_of(standing, {path: (standing.written.get(path), reason.text)}, strictest)
    for finding, text in explained:
        path = f"@explanation[{finding.check}]"
        changes += changes_of(standing, {path: (standing.written.get(path), text)}, finding.visibility)
    if said:
        for change in changes:
            if change.item.startswith(("@reason", "@explanation")):
                standing.put(change.item, change.new)
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
        changes = tuple(changes_of(standing, made.changed))
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
        known = queries.about(finding.place.record, finding.check, finding.item)
        standing = [q for q in known if q.status != "CLOSED"]
        origin: dict[str, object] = {"kind": "check", "check": finding.check}
        if finding.fires and not standing:
            earlier = _asked_before(desk, finding)
            number = 1 + max([earlier, *(int(q.stream.rsplit("/", 1)[1]) for q in known)])
            draft = opening(
                system(), finding.place, finding.item, finding.message, check=finding.check, severity=finding.severity,
                number=number, visibility=finding.visibility, study=desk.study.hash, origin=origin,
            )  # fmt: skip
            _raise(desk, draft, queries)
            news.append(finding)
        elif not finding.fires:
            for asked in standing:
                draft = moved(asked, system(), "query.close", "CLOSED", CONFORMS, origin, finding.visibility)
                desk.sitting.write(draft)
                queries[asked.stream] = replace(asked, status="CLOSED", version=asked.version + 1)
    return news


def _raise(desk: Desk, draft: Draft, queries: dict[str, Record]) -> None:
    desk.sitting.write(draft)
    values = {change.item: change.new for change in draft.changes}
    queries[draft.stream] = Record(draft.stream, draft.place, "OPEN", 1, -1, draft.study, values)


def _asked_before(desk: Desk, finding: Finding) -> int:
    """How many queries of the check on the item the store holds, closed ones too."""
    standing = desk.sitting.subject.known(finding.place.record)
    if standing is not None and not standing.stored:  # nobody can have asked about what did not stand
        return 0
    return desk.sitting.reader.count_queries(queries_of(finding.place, finding.check, finding.item))


def settle(desk: Desk, standings: Iterable[Standing], told: Iterable[Finding]) -> set[tuple[str, str]]:
    """Close the open automatic queries on what was struck, and those whose check was explained by this act.

    Gives (check, item) of the latter: their deviation was raised when the query was.
    """
    queries = desk.sitting.queries()
    explained = {(finding.check, finding.item) for finding in told}
    had: set[tuple[str, str]] = set()
    for standing, asked in [(worked, asked) for worked in standings for asked in queries.on(worked.stream)]:
        check, item = str(asked.values.get("check")), str(asked.values.get("item"))
        if asked.status == "CLOSED" or check == "MANUAL":
            continue
        if check == OVERDUE:
            _close(desk, asked, "The form was started.", check)
            continue
        if standing is desk.standing and (check, item) in explained:
            had.add((check, item))
            _close(desk, asked, "What happened was explained.", check)
        elif standing.struck(item):
            _close(desk, asked, STRUCK, check)
    _due_no_longer(desk)
    return had


def _due_no_longer(desk: Desk) -> None:
    """Where a visit has lost its date because it was missed, no form of it is overdue."""
    form, _, item = (desk.study.study.file.date_item or "").partition(".")
    if desk.place.form != form or (desk.standing.flat.get(item) is not None and not desk.standing.inactive):
        return
    visit = desk.place.event, desk.place.event_repeat
    for asked in list(desk.sitting.queries().values()):
        overdue = asked.values.get("check") == OVERDUE and asked.status != "CLOSED"
        if overdue and (asked.place.event, asked.place.event_repeat) == visit:
            _close(desk, asked, "The visit did not take place.", OVERDUE)


def _close(desk: Desk, asked: Record, text: str, check: str) -> None:
    origin: dict[str, object] = {"kind": "check", "check": check}
    visibility = class_of(desk.sitting.trial, asked)
    desk.sitting.write(moved(asked, system(), "query.close", "CLOSED", text, origin, visibility))
    desk.sitting.queries()[asked.stream] = replace(asked, status="CLOSED", version=asked.version + 1)


def restate(desk: Desk, standings: Iterable[Standing]) -> None:
    """Finished forms of which a question is asked now, or no longer: their status follows."""
    for standing in standings:
        was = standing.written.get("@status")
        if was not in FINISHED or standing.inactive or closed(standing.written):
            continue
        status = "TO COMPLETE" if unanswered(desk.sitting.subject, standing) else "COMPLETE"
        if status == was:
            continue
        desk.sitting.subject.work_on(standing)
        standing.put("@status", status)
        change = Change("@status", was, status)
        origin: dict[str, object] = {"kind": "calculation", "reads": {}}
        draft = Draft(
            "record.compute", system().actor, standing.stream, (change,), standing.place, origin=origin,
            study=standing.study,
        )  # fmt: skip
        desk.sitting.write(draft, standing)


def changes_of(
    standing: Standing, changed: Mapping[str, tuple[Written, Written]], least: Visibility = "open"
) -> list[Change]:
    """The changes with their classes: an item's own, `least` for texts, and never weaker than what stands there."""
    made, items, classes = [], standing.cform.items, standing.classes
    if least == "open" and not classes and standing.cform.classes == {"open"}:
        return [Change(path, old, new) for path, (old, new) in changed.items()]
    for path, (old, new) in changed.items():
        rule = items.get(path) or items.get(split(path)[2])
        visibility: Visibility = rule.visibility if rule else class_of_mark(path, classes)
        if least != "open" and path != "@status":
            visibility = _stricter(visibility, least)
        if classes and path in classes:
            visibility = _stricter(visibility, classes[path])
        if visibility != "open":
            classes[path] = visibility
        made.append(Change(path, old, new, visibility))
    return made


_ORDER: Mapping[str, int] = {"open": 0, "identifier": 1, "unblinded": 2}


def _stricter(a: Visibility, b: Visibility) -> Visibility:
    return a if _ORDER[a] >= _ORDER[b] else b


def _strictest(changes: Iterable[Change]) -> Visibility:
    return max({change.visibility for change in changes}, key=_ORDER.__getitem__, default="open")
