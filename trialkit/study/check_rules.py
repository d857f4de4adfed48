"""Rules of checks beside their expressions: shape, place, message, what they open, and their cases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialkit.study.case_rules import case_rules
from trialkit.study.complaint import Finding, Path
from trialkit.study.generic import NUMBERS
from trialkit.study.message import PLACEHOLDER
from trialkit.study.model import Form, Opens, Study
from trialkit.values import nearest

CHECK_ID = re.compile("[A-Z][A-Z0-9_]{0,39}(-[A-Z0-9_-]{1,39})?", re.ASCII)


def check_rules(form: Form, study: Study) -> Iterator[Finding]:
    """Every finding of a form's checks."""
    for oid, check in form.checks.items():
        path: Path = ("checks", oid)
        if not CHECK_ID.fullmatch(oid):
            hint = "ID or ID-PART in capital letters, digits and _: M01, M01-CM"
            yield Finding(form.oid, path, f"{oid!r} is no check id", hint, at_key=True)
        elif oid in NUMBERS:
            hint = f"a rule that refines it is named {oid}-PART"
            yield Finding(form.oid, path, f"{oid} is a check of the engine itself", hint, at_key=True)
        earlier = next((o.oid for o in study.forms.values() if oid in o.checks), form.oid)
        if earlier != form.oid:
            hint = "checks of a study need different ids"
            yield Finding(form.oid, path, f"the check {oid} already stands in {earlier}", hint, at_key=True)
        if (check.require is None) == (check.finding is None):
            what = "has neither require nor finding" if check.require is None else "has require and finding"
            hint = "exactly one: require says what must be so, finding what must not"
            yield Finding(form.oid, path, f"{oid} {what}", hint, at_key=True)
        if check.item is not None and check.item not in form.items:
            meant = nearest(check.item, form.items)
            hint = f"did you mean {meant}?" if meant else "name an item of this form"
            yield Finding(form.oid, (*path, "item"), f"{form.oid} has no item {check.item}", hint)
        if check.group is not None and (check.group not in form.groups or not form.groups[check.group].repeating):
            repeating = [name for name, group in form.groups.items() if group.repeating]
            hint = "one of " + ", ".join(repeating) if repeating else "the form has none; remove group"
            yield Finding(form.oid, (*path, "group"), f"{check.group} is no repeating group of {form.oid}", hint)
        if check.deviation and check.severity == "alert":
            hint = "only hard checks and queries raise deviations"
            yield Finding(form.oid, (*path, "deviation"), f"{oid} has deviation but is an alert", hint, at_key=True)
        if check.deviation and form.oid in study.site_forms:
            what = f"{oid} has deviation but stands in a site form"
            yield Finding(form.oid, (*path, "deviation"), what, "deviations are of subjects; remove it", at_key=True)
        if check.opens is not None:
            yield from _opens(form, (*path, "opens"), oid, check.opens, study)
        rest = PLACEHOLDER.sub(lambda found: " " * len(found.group()), check.message)
        if lone := re.search("[{}]", rest):
            hint = "a placeholder is {ITEM}"
            yield Finding(form.oid, (*path, "message"), "a brace has no partner", hint, offset=lone.start())
        yield from case_rules(form, path, check, study)


def _opens(form: Form, path: Path, oid: str, opens: Opens, study: Study) -> Iterator[Finding]:
    """What a check opens must be one record at one place, of the same keeper, with items that nobody calculates."""
    where = (*path, "form")
    other = study.forms.get(opens.form)
    if other is None:
        meant = nearest(opens.form, study.forms)
        hint = f"did you mean {meant}?" if meant else "forms are " + ", ".join(list(study.forms)[:12])
        yield Finding(form.oid, where, f"there is no form {opens.form}", hint)
        return
    if other.oid == form.oid:
        yield Finding(form.oid, where, f"{oid} opens a record of its own form", "name another form")
    elif (other.oid in study.site_forms) != (form.oid in study.site_forms):
        whose, wanted = (
            ("a site form", "subjects") if other.oid in study.site_forms else ("a form of subjects", "sites")
        )
        yield Finding(form.oid, where, f"{other.oid} is {whose}, {form.oid} is not", f"name a form that {wanted} have")
    events = study.form_events[other.oid]
    if len(events) > 1 or (not other.repeating and any(study.file.events[e].kind == "unscheduled" for e in events)):
        hint = "open a log, or a form that stands in one event"
        yield Finding(form.oid, where, f"{other.oid} has no one place where its record would be", hint)
    for name in opens.values:
        item = other.items.get(name)
        place = (*path, "values", name)
        if item is None:
            meant = nearest(name, other.items)
            hint = f"did you mean {meant}?" if meant else "it has " + ", ".join(list(other.items)[:12])
            yield Finding(form.oid, place, f"{other.oid} has no item {name}", hint, at_key=True)
        elif other.groups[other.group_of[name]].repeating:
            what = f"{name} stands in the repeating group {other.group_of[name]}"
            yield Finding(form.oid, place, what, "only items that occur once a record can be written", at_key=True)
        elif item.compute is not None or item.retired:
            what = f"{name} is {'calculated' if item.compute is not None else 'retired'}"
            yield Finding(form.oid, place, what, "leave it out", at_key=True)
