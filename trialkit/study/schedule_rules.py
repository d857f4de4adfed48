"""Rules of study.yaml: events and their windows, event sets, parameters, and what the study names among its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from trialkit.errors import WrongValue
from trialkit.study.complaint import Finding, Path
from trialkit.study.model import DeviationForm, Study
from trialkit.values import nearest, parse

LAST_DOSE = "LAST_DOSE"
"""Anchor of windows that count from the subject's last dose."""


def schedule_rules(study: Study) -> Iterator[Finding]:
    """Every finding of study.yaml."""
    yield from _events(study)
    yield from _windows(study)
    yield from _named(study)
    for name, parameter in study.file.parameters.items():
        path: Path = ("parameters", name)
        if not re.fullmatch("P_[A-Z0-9_]{1,40}", name):
            yield Finding(
                "study", path, f"{name} cannot be a parameter", "P_ and capital letters: P_MAX_DOSE", at_key=True
            )
        if parameter.type in ("code", "codes", "person", "file"):
            yield Finding(
                "study", (*path, "type"), f"{name} cannot be {parameter.type}", "use text, a number, a date or a time"
            )
            continue
        try:
            parse(parameter.type, parameter.value)
        except WrongValue as wrong:
            yield Finding("study", (*path, "value"), f"{name}: {wrong.sentence}", wrong.hint)
    try:
        re.compile(study.file.subject_pattern)
    except re.error as error:
        yield Finding(
            "study",
            ("subject_pattern",),
            f"the subject pattern is no pattern: {error.msg}",
            "for example [0-9]{2}-[0-9]{4}",
        )


def _events(study: Study) -> Iterator[Finding]:
    sets, used = study.file.event_sets, set()
    for name, forms in sets.items():
        if name in study.forms:
            yield Finding(
                "study", ("event_sets", name), f"{name} is a form and an event set", "rename the set", at_key=True
            )
        for n, form in enumerate(forms):
            if form not in study.forms:
                yield Finding("study", ("event_sets", name, n), f"there is no form {form}", meant(form, study.forms))
    for oid, event in study.file.events.items():
        seen: set[str] = set()
        for n, name in enumerate(event.forms):
            path: Path = ("events", oid, "forms", n)
            used.add(name)
            if name not in sets and name not in study.forms:
                yield Finding("study", path, f"there is no form {name}", meant(name, [*study.forms, *sets]))
            for form in sets.get(name, [name]):
                if form in seen:
                    yield Finding("study", path, f"{form} stands twice in {oid}", "name it once; event sets count too")
                seen.add(form)
    for name in sets.keys() - used:
        yield Finding(
            "study", ("event_sets", name), f"no event uses the set {name}", "remove it or use it", at_key=True
        )
    for form, events in study.form_events.items():
        others = [event for event in events if study.file.events[event].kind != "site"]
        if form in study.site_forms and others:
            what = f"{form} stands in {others[0]} and in the site's file"
            yield Finding(
                "study", ("events", others[0], "forms"), what, "a form belongs to subjects or to sites, not both"
            )
        if not events:
            yield Finding(form, ("oid",), f"no event has the form {form}", "add it to an event in study.yaml")


def _windows(study: Study) -> Iterator[Finding]:
    events = study.file.events
    anchors = {}
    for oid, event in events.items():
        if event.kind == "site" and event.dosing:
            yield Finding(
                "study", ("events", oid, "dosing"), f"{oid} is of the site and has dosing", "remove it", at_key=True
            )
        window = event.window
        if window is None:
            continue
        path: Path = ("events", oid, "window")
        if event.kind in ("common", "site"):
            what = f"{oid} is {'open all study' if event.kind == 'common' else 'of the site'} and has a window"
            yield Finding("study", path, what, "remove the window", at_key=True)
        if window.anchor == LAST_DOSE:
            if study.file.first_dose is None:
                hint = "state first_dose in study.yaml"
                yield Finding("study", (*path, "anchor"), "the study does not say when doses are", hint)
        elif window.anchor not in events:
            hint = meant(window.anchor, events)
            yield Finding("study", (*path, "anchor"), f"there is no study event {window.anchor}", hint)
        else:
            anchors[oid] = window.anchor
        for key, size in (("early", window.early), ("late", window.late)):
            if size < 0:
                yield Finding("study", (*path, key), f"{key} is negative", "write how many, without a sign")
    told: set[str] = set()
    for oid in anchors:
        ring, at = [oid], anchors.get(oid)
        while at is not None and at not in ring:
            ring.append(at)
            at = anchors.get(at)
        if at == oid and oid not in told and events[oid].window is not None:
            told.update(ring)
            if len(ring) == 1 and events[oid].window.day in (None, 0, 1):  # type: ignore[union-attr]
                continue  # the anchor of all others may name itself
            what = "the windows wait for each other: " + " → ".join([*ring, oid])
            yield Finding("study", ("events", oid, "window", "anchor"), what, "anchor one of them to an event outside")


def _named(study: Study) -> Iterator[Finding]:
    consent, deviation = study.file.consent, study.file.deviation
    if consent is not None:
        yield from form_with(study, ("consent",), consent.form, {
            "version": consent.version, "signed_on": consent.signed_on, "signed_at": consent.signed_at,
        })  # fmt: skip
        if consent.withdrawal_form is not None:
            yield from form_with(study, ("consent",), consent.withdrawal_form, {}, "withdrawal_form")
    if deviation is not None:
        items = {"term": deviation.term, "rule": deviation.rule, "start": deviation.start}
        yield from form_with(study, ("deviation",), deviation.form, items)
        yield from _preset(study, deviation)
    if study.file.date_item is not None:
        form, _, item = study.file.date_item.partition(".")
        if form not in study.forms:
            yield Finding("study", ("date_item",), f"there is no form {form}", "write FORM.ITEM, for example SV.SVDAT")
        elif item not in study.forms[form].items:
            hint = meant(item, study.forms[form].items)
            yield Finding("study", ("date_item",), f"{form} has no item {item}", hint, offset=len(form) + 1)
        elif study.forms[form].items[item].type not in ("date", "datetime"):
            yield Finding("study", ("date_item",), f"{study.file.date_item} is no date", "name an item of type date")
        elif form in study.site_forms:
            hint = "name a form that subjects have"
            yield Finding("study", ("date_item",), f"{form} is a site form, of no subject", hint)
    if study.file.overdue_days is not None:
        place: Path = ("overdue_days",)
        if study.file.overdue_days < 1:
            yield Finding("study", place, "overdue_days is less than 1", "write how many days after the visit")
        elif study.file.date_item is None:
            hint = "state date_item: FORM.ITEM"
            yield Finding(
                "study", place, "overdue_days counts from the visit's date, which has no item", hint, at_key=True
            )


def form_with(
    study: Study, path: Path, form: str, items: Mapping[str, str | None], key: str = "form"
) -> Iterator[Finding]:
    """A form that study.yaml names together with some of its items."""
    if form not in study.forms:
        yield Finding("study", (*path, key), f"there is no form {form}", meant(form, study.forms))
        return
    if form in study.site_forms:
        yield Finding("study", (*path, key), f"{form} is a site form, of no subject", "name a form that subjects have")
    for name, item in items.items():
        if item is not None and item not in study.forms[form].items:
            hint = meant(item, study.forms[form].items)
            yield Finding("study", (*path, name), f"{form} has no item {item}", hint)


def _preset(study: Study, deviation: DeviationForm) -> Iterator[Finding]:
    """What is written into every deviation must be values of its items."""
    form = study.forms.get(deviation.form)
    for name, text in deviation.preset.items() if form is not None else ():
        path: Path = ("deviation", "preset", name)
        item = form.items.get(name)  # type: ignore[union-attr]
        if item is None:
            hint = meant(name, form.items)  # type: ignore[union-attr]
            yield Finding("study", path, f"{deviation.form} has no item {name}", hint, at_key=True)
            continue
        listed = study.codelists.get(item.codelist or "")
        if item.type in ("code", "codes") and listed is None:
            continue
        try:
            parse(item.type, text, codes=listed.codes if listed else None, length=item.length, digits=item.digits)
        except WrongValue as wrong:
            yield Finding("study", path, f"{name}: {wrong.sentence}", wrong.hint)


def meant(word: str, words: object) -> str:
    """The hint at a word that is none of these: the nearest, or the first of them."""
    known = list(words)  # type: ignore[call-overload]
    near = nearest(word, known)
    return f"did you mean {near}?" if near else "one of " + ", ".join(known[:12])
