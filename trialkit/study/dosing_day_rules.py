"""Rules of the part `session` of study.yaml: all that it names is there and fits its part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trialkit.study.complaint import Finding, Path
from trialkit.study.dosing_day import DosingDay
from trialkit.study.model import Form, Study
from trialkit.study.schedule_rules import form_with, meant

_TYPES = {
    "date": ("date",), "start_date": ("date",), "end_date": ("date",),
    "start_time": ("time",), "end_time": ("time",), "time": ("time",),
    "rate": ("code",), "action": ("code",), "reason": ("code",), "by": ("person",), "ordered_by": ("person",),
    "flow": ("integer", "decimal"), "planned": ("integer", "decimal"),
    "volume": ("integer", "decimal"),
}  # fmt: skip


def dosing_day_rules(study: Study) -> Iterator[Finding]:
    """Every finding of `session`."""
    day = study.file.session
    if day is None:
        return
    ready, dose, steps, grid, leave = day.readiness, day.record, day.steps, day.monitoring, day.discharge
    if day.visit is not None:
        yield from _part(study, "visit", day.visit.form, {"date": day.visit.date}, {})
        for item, code in day.visit.sets.items():
            if day.visit.form in study.forms:
                yield from _listed(study.forms[day.visit.form], ("session", "visit", "sets", item), item, "")
            yield from _code(study, ("session", "visit", "sets", item), day.visit.form, item, code)
    yield from _part(study, "readiness", ready.form, {"decision": ready.decision}, {"holds": ready.holds})
    yield from _code(study, ("session", "readiness", "go"), ready.form, ready.decision, ready.go)
    single = {"given": dose.given, "start_date": dose.start_date, "start_time": dose.start_time,
              "end_date": dose.end_date, "end_time": dose.end_time, "planned": dose.planned,
              "volume": dose.volume}  # fmt: skip
    yield from _part(study, "record", dose.form, single, {"shows": dose.shows})
    in_rows = {"time": steps.time, "action": steps.action, "rate": steps.rate, "flow": steps.flow,
               "reason": steps.reason, "by": steps.by, "ordered_by": steps.ordered_by}  # fmt: skip
    yield from _part(study, "steps", steps.form, in_rows, {}, steps.group)
    yield from _code(study, ("session", "steps", "rest"), steps.form, steps.rate, steps.rest)
    for kind, code in steps.actions.items():
        yield from _code(study, ("session", "steps", "actions", kind), steps.form, steps.action, code)
    for kind in ("start", "pause", "stop"):
        if kind not in steps.actions:
            path: Path = ("session", "steps", "actions")
            yield Finding("study", path, f"the steps have no {kind}", f"write {kind}: and its code", at_key=True)
    in_rows = {"time": grid.time, "not_done": grid.not_done, "by": grid.by}
    yield from _part(study, "monitoring", grid.form, in_rows, {}, grid.group)
    yield from _stopped(study, day)
    yield from _curves(study, day)
    yield from _part(study, "discharge", leave.form, {"time": leave.time}, {"criteria": leave.criteria})
    forms = [part.form for part in (ready, dose, steps, grid, leave)]
    if all(form in study.forms for form in forms) and not any(
        set(forms) <= set(at) for at in study.event_forms.values()
    ):
        hint = "put " + ", ".join(dict.fromkeys(forms)) + " into one event"
        yield Finding("study", ("session",), "no event has all forms of the session", hint, at_key=True)


def _part(
    study: Study, part: str, form: str, items: Mapping[str, str | None], lists: Mapping[str, Sequence[str]],
    group: str = "",
) -> Iterator[Finding]:  # fmt: skip
    """One part: its form, its items of their types, all single or all in rows of its group."""
    path: Path = ("session", part)
    yield from form_with(study, path, form, items)
    spec = study.forms.get(form)
    if spec is None:
        return
    if group and (group not in spec.groups or not spec.groups[group].repeating):
        what = f"{group} is no repeating group of {form}"
        yield Finding("study", (*path, "group"), what, meant(group, spec.groups))
        return
    for name, item in items.items():
        if item is None or item not in spec.items:
            continue
        types = _TYPES.get(name)
        if types is not None and spec.items[item].type not in types:
            hint = f"name an item of type {' or '.join(types)}"
            yield Finding("study", (*path, name), f"{item} is {spec.items[item].type}", hint)
        yield from _stands(spec, (*path, name), item, group)
    for name, listed in lists.items():
        for n, item in enumerate(listed):
            yield from _listed(spec, (*path, name, n), item, group)


def _listed(spec: Form, path: Path, item: str, group: str) -> Iterator[Finding]:
    if item not in spec.items:
        yield Finding("study", path, f"{spec.oid} has no item {item}", meant(item, spec.items))
    else:
        yield from _stands(spec, path, item, group)


def _stands(spec: Form, path: Path, item: str, group: str) -> Iterator[Finding]:
    home = spec.group_of[item]
    if group and home != group:
        yield Finding("study", path, f"{item} does not stand in rows of {group}", f"name an item of {group}")
    elif not group and spec.groups[home].repeating:
        yield Finding("study", path, f"{item} stands in rows of {home}", "name an item that stands once in the form")


def _code(study: Study, path: Path, form: str, item: str, code: str) -> Iterator[Finding]:
    spec = study.forms.get(form)
    codelist = spec.items[item].codelist if spec is not None and item in spec.items else None
    codes = study.codelists[codelist].codes if codelist in study.codelists else None
    if codes is not None and code not in codes:
        yield Finding("study", path, f"{code} is no code of {item}", meant(code, codes))


def _stopped(study: Study, day: DosingDay) -> Iterator[Finding]:
    grid = day.monitoring
    spec = study.forms.get(grid.form)
    if spec is None or grid.group not in spec.groups or grid.stopped is None:
        return
    path: Path = ("session", "monitoring", "stopped")
    if grid.not_done is None:
        hint = "write not_done: and the item that takes these words"
        yield Finding("study", path, "nothing says why a reading was not done", hint, at_key=True)
    points = spec.groups[grid.group].timepoints or {}
    for n, row in enumerate(grid.stopped.rows):
        if row not in points:
            yield Finding("study", (*path, "rows", n), f"{grid.group} has no timepoint {row}", meant(row, points))


def _curves(study: Study, day: DosingDay) -> Iterator[Finding]:
    spec = study.forms.get(day.monitoring.form)
    if spec is None or day.monitoring.group not in spec.groups:
        return
    for n, curve in enumerate(day.monitoring.curves):
        path: Path = ("session", "monitoring", "curves", n)
        for m, item in enumerate(curve.items):
            yield from _listed(spec, (*path, "items", m), item, day.monitoring.group)
        for m, item in enumerate(curve.baseline):
            yield from _listed(spec, (*path, "baseline", m), item, "")
        for m, name in enumerate(curve.limits):
            if name not in study.file.parameters:
                hint = meant(name, study.file.parameters)
                yield Finding("study", (*path, "limits", m), f"there is no parameter {name}", hint)
