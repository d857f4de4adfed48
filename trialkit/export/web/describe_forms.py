"""The forms of a study on its page: their sections and items, with everything that is said about each."""

from __future__ import annotations

from collections.abc import Iterator

from trialkit.export.web.markup import Child, Markup, facts, joined, link, rows, tag
from trialkit.export.web.spoken import Spoken, listed, span
from trialkit.study.compiled import CompiledForm, CompiledGroup, CompiledItem
from trialkit.study.model import Timepoint

HEADS = ("Item", "Question", "Answer", "Limits", "Asked, calculated", "Who, missing", "SDTM", "Read by")


def forms(spoken: Spoken) -> Markup:
    """A contents table, then every form."""
    known = spoken.study.forms.values()
    heads = ("Form", "Title", "Domain", "Items", "Checks", "Events")
    told = [
        (
            spoken.form(form.oid),
            form.form.title,
            form.form.domain or "",
            str(len(form.items)),
            str(len(form.checks)),
            listed(link(event, f"event-{event}") for event in _events(spoken, form)),
        )
        for form in known
    ]
    return joined(rows(heads, told, class_="plain"), [form(spoken, one) for one in known])


def _events(spoken: Spoken, form: CompiledForm) -> list[str]:
    return [event for event, forms in spoken.study.events.items() if form.oid in forms]


def form(spoken: Spoken, form: CompiledForm) -> Markup:
    """One form: who enters and signs it, and every section with its items."""
    said = form.form
    kind = "a log: one record a row" if said.repeating else ""
    if form.oid in spoken.study.study.site_forms:
        kind = ", ".join(filter(None, (kind, "of the site's file, of no subject")))
    told = facts([
        ("Kind", kind),
        ("Domain", said.domain),
        ("Stands at", listed(link(event, f"event-{event}") for event in _events(spoken, form))),
        ("Entered by", ", ".join(said.entered_by)),
        ("Hidden from", ", ".join(said.hidden_from)),
        ("Visibility", "unblinded roles only" if said.visibility == "unblinded" else None),
        ("Signed by", said.signed_by),
        ("Dated by", ", ".join(filter(None, (said.dated_by, said.timed_by)))),
        ("Instructions", said.instructions),
        ("Checks", listed(link(check.oid, f"check-{check.oid}") for check in form.checks)),
    ])  # fmt: skip
    return tag(
        "section",
        tag("h3", f"{form.oid}: {said.title}", id=f"form-{form.oid}"),
        told,
        [_group(spoken, form, group) for group in form.groups.values()],
        class_="holds",
    )


def _group(spoken: Spoken, form: CompiledForm, group: CompiledGroup) -> Markup:
    said = group.group
    notes: list[Child] = []
    if said.rows:
        notes.append(f"Repeating{f', at most {said.max_rows} rows' if said.max_rows else ''}.")
    if said.visibility == "unblinded":
        notes.append("Unblinded roles only.")
    if group.when is not None:
        notes.append(joined("Asked when ", spoken.code(group.when.source, form.oid, group.when.reads), "."))
    points = said.timepoints or {}
    return tag(
        "div",
        tag("h4", said.title, " ", tag("span", group.oid, class_="soft"), id=f"group-{form.oid}-{group.oid}"),
        [tag("p", note) for note in notes],
        _timepoints(spoken, form, group) if points else None,
        rows(HEADS, (_item(spoken, form, item) for item in group.items), lines_class="find", class_="items"),
        class_="holds",
    )


def _timepoints(spoken: Spoken, form: CompiledForm, group: CompiledGroup) -> Markup:
    def told(code: str, point: Timepoint) -> Iterator[Child]:
        moment = group.references.get(code)
        yield code
        yield point.label + (" (as many as needed)" if point.repeats else "")
        yield "" if point.minute is None else str(point.minute)
        yield f"−{point.early}/+{point.late}" if point.early or point.late else ""
        yield spoken.code(moment.source, form.oid, moment.reads) if moment is not None else ""

    lines = [list(told(code, point)) for code, point in (group.group.timepoints or {}).items()]
    return rows(("Row", "Timepoint", "Minute", "Window", "Counted from"), lines, class_="plain")


def _item(spoken: Spoken, form: CompiledForm, item: CompiledItem) -> list[Child]:
    said = item.item
    question: list[Child] = [said.label]
    question += [tag("br"), said.question] if said.question and said.question != said.label else []
    question += [tag("br"), tag("span", said.help, class_="soft")] if said.help else []
    limits = [f"{name} {span(limit)}" for name, limit in (("possible", said.hard), ("usual", said.soft)) if limit]
    limits += ["may lie in the future"] if said.future else []
    rule: list[Child] = []
    if item.when is not None:
        rule += ["when ", spoken.code(item.when.source, form.oid, item.when.reads)]
    if item.compute is not None:
        rule += ["= ", spoken.code(item.compute.source, form.oid, item.compute.reads)]
    rule += [f"{' ' if rule else ''}preset {said.default}"] if said.default else []
    return [
        tag("span", item.oid, id=f"item-{form.oid}-{item.oid}"),
        joined(*question),
        joined(spoken.answer(said), *([tag("br"), f"({', '.join(_marks(item))})"] if _marks(item) else [])),
        tag("span", "\n".join(limits), class_="lines"),
        joined(*rule),
        tag("span", "\n".join(_who(spoken, item)), class_="lines"),
        tag("span", "\n".join(_targets(item)), class_="lines"),
        spoken.uses(spoken.trace.items.get((form.oid, item.oid), ()), form.oid),
    ]


def _marks(item: CompiledItem) -> list[str]:
    marks = {
        "optional": item.item.optional,
        "critical": item.item.critical,
        "identifier": item.item.identifier,
        "unblinded only": item.visibility == "unblinded",
        "retired": item.item.retired,
        "measured by a tablet": item.item.measured,
    }
    return [name for name, holds in marks.items() if holds]


def _who(spoken: Spoken, item: CompiledItem) -> Iterator[str]:
    if item.item.entered_by:
        yield f"entered by {item.item.entered_by}"
    if item.item.roles:
        yield f"one of: {', '.join(item.item.roles)}"
    if item.item.missing is not None:
        yield "may be missing: " + (", ".join(item.missing) or "never")


def _targets(item: CompiledItem) -> Iterator[str]:
    for target in item.item.sdtm:
        test = f" ({target.testcd})" if target.testcd else ""
        yield target.target + test + (f": {target.note}" if target.note else "")
