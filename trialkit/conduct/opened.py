"""Records that checks open: the line of a protocol deviation (ICH E6(R3) 4.5), and what `opens` of a check names.

Each comes once for every time the query of its check opens, by the system, in the same commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trialkit.access.identity import system
from trialkit.conduct.checking import Finding, findings
from trialkit.conduct.computing import fitted, recompute
from trialkit.conduct.consequences import changes_of, compute, query
from trialkit.conduct.newrows import next_line
from trialkit.conduct.sitefile import is_file
from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import Standing
from trialkit.conduct.touched import Touched
from trialkit.ledger.entry import Draft, Place, Visibility, Written
from trialkit.study.compiled import CompiledForm

_ROUNDS = 4  # an opened record may make a check open another; a circle of them ends here


def follow(desk: Desk, news: Iterable[Finding], explanations: Mapping[str, str]) -> None:
    """Open what the checks that newly fire open, work it out and ask about it; so on for what that makes fire."""
    subject, studies = desk.sitting.subject, desk.sitting.studies
    for _ in range(_ROUNDS):
        lines = [line for finding in news for line in _opened(desk, finding, explanations)]
        news = []
        for line, moved in lines:
            compute(desk, recompute(subject, studies, line, moved))
            news += query(
                desk, findings(subject, subject.readings(moved), [line], moved, False, desk.sitting.queries())
            )
        if not news:
            return


def _opened(desk: Desk, finding: Finding, explanations: Mapping[str, str]) -> Iterator[tuple[Standing, Touched]]:
    """The records that one finding opens, each with what it moved, so that what reads it can follow."""
    study = desk.sitting.current
    deviation = study.study.file.deviation
    if finding.deviation and deviation is not None:
        cform = study.forms[deviation.form]
        term = f"{finding.message} {explanations.get(finding.check, '')}".strip()
        values: dict[str, Written] = {
            deviation.term: term[: cform.items[deviation.term].item.length or 200],
            deviation.rule: finding.check,
            **deviation.preset,
        }
        if deviation.start:
            values[deviation.start] = desk.sitting.subject.now.date().isoformat()
        yield from _written(desk, finding, cform, values)
    if finding.opens is not None and finding.opens.form in study.forms:
        cform = study.forms[finding.opens.form]
        worked_out = ((item, _short(cform, item, value)) for item, value in finding.opens.values.items())
        yield from _written(desk, finding, cform, {item: value for item, value in worked_out if value is not None})


def _short(cform: CompiledForm, item: str, value: object) -> Written:
    rule = cform.items.get(item)
    written = fitted(rule, value) if rule is not None else None  # type: ignore[arg-type]
    return written[: rule.item.length] if rule and rule.type == "text" and isinstance(written, str) else written


def _written(
    desk: Desk, finding: Finding, cform: CompiledForm, values: Mapping[str, Written]
) -> Iterator[tuple[Standing, Touched]]:
    place = _place(desk, cform)
    if place is None:
        return
    subject, study = desk.sitting.subject, desk.sitting.current
    line = Standing(cform, place, None, study.hash)
    subject.work_on(line)
    changed: dict[str, tuple[Written, Written]] = {item: (None, value) for item, value in values.items()}
    changed["@status"] = (None, "INCOMPLETE")
    for path, (_, new) in changed.items():
        line.put(path, new)
    subject.touched(line)
    visibility: Visibility = finding.visibility
    draft = Draft(
        "record.save", system().actor, place.record, tuple(changes_of(line, changed, visibility)), place,
        origin={"kind": "check", "check": finding.check}, study=study.hash,
    )  # fmt: skip
    desk.sitting.write(draft, line)
    moved = Touched()
    moved.typed(line, changed)
    moved.came(line)
    yield line, moved


def _place(desk: Desk, cform: CompiledForm) -> Place | None:
    """Where the record is opened: the next line of a log, or the form's place in the event it stands in.

    None where the form stands already, and where it is of the site and the finding is of a subject, or the other way.
    """
    study, keeper = desk.sitting.current, desk.place.subject
    if (cform.oid in study.study.site_forms) is not is_file(keeper):
        return None
    home = next(event for event, forms in study.events.items() if cform.oid in forms)
    taken = {standing.place.form_repeat for standing in desk.sitting.subject.every_standing(cform.oid)}
    if taken and not cform.form.repeating:
        return None
    return Place(desk.sitting.site, keeper, home, 1, cform.oid, next_line(taken))
