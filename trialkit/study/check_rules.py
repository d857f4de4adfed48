"""Rules of checks beside their expressions: shape, place, message, and that their cases speak of what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialkit.study.complaint import Finding, Path
from trialkit.study.message import PLACEHOLDER
from trialkit.study.model import Check, Form, Study
from trialkit.values import nearest

CASE_WORDS = (
    "EVENT", "EVENT_REPEAT", "FORM_REPEAT", "NOW", "SITE", "ROW", "ROLES", "IN_WINDOW", "FIRST_DOSE",
)  # fmt: skip


def check_rules(form: Form, study: Study) -> Iterator[Finding]:
    """Every finding of a form's checks."""
    for oid, check in form.checks.items():
        path: Path = ("checks", oid)
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
        rest = PLACEHOLDER.sub(lambda found: " " * len(found.group()), check.message)
        if lone := re.search("[{}]", rest):
            hint = "a placeholder is {ITEM}"
            yield Finding(form.oid, (*path, "message"), "a brace has no partner", hint, offset=lone.start())
        yield from _cases(form, path, check, study)


def _cases(form: Form, path: Path, check: Check, study: Study) -> Iterator[Finding]:
    for verdict, cases in (("fires", check.cases.fires), ("passes", check.cases.passes)):
        for n, case in enumerate(cases):
            for key, value in case.items():
                where: Path = (*path, "cases", verdict, n, key)
                yield from _key(form, where, key, value, study)


def _key(form: Form, where: Path, key: str, value: object, study: Study) -> Iterator[Finding]:
    if key in CASE_WORDS:
        if key == "EVENT" and value not in study.file.events:
            meant = nearest(str(value), study.file.events)
            yield Finding(
                form.oid,
                where,
                f"there is no study event {value}",
                f"did you mean {meant}?" if meant else "see study.yaml",
            )
        return
    event, colon, rest = key.rpartition(":")
    if colon and event not in study.file.events:
        meant = nearest(event, study.file.events)
        hint = f"did you mean {meant}?" if meant else "one of " + ", ".join(list(study.file.events)[:12])
        yield Finding(form.oid, where, f"there is no study event {event}", hint, at_key=True)
    first, point, last = rest.partition(".")
    if not point and not colon and first in form.items:
        yield from _shape(form, where, key, value, many=False)
        return
    if not point and not colon and first in form.groups:
        yield from _rows(form, where, form, first, key, value)
        return
    if first not in study.forms:
        known = [*form.items, *form.groups, *study.forms, *CASE_WORDS]
        meant = nearest(first, known)
        hint = f"did you mean {meant}?" if meant else "an item, FORM.ITEM, EVENT:FORM.ITEM, GROUP or FORM"
        yield Finding(form.oid, where, f"a case speaks of {key}, which there is not", hint, at_key=True)
        return
    other = study.forms[first]
    if not point:
        yield from _shape(form, where, key, value, many=True)
    elif last in other.groups:
        yield from _rows(form, where, other, last, key, value)
    elif last not in other.items:
        meant = nearest(last, [*other.items, *other.groups])
        hint = f"did you mean {first}.{meant}?" if meant else "it has " + ", ".join(list(other.items)[:12])
        yield Finding(form.oid, where, f"{first} has no item {last}", hint, at_key=True)


def _rows(form: Form, where: Path, owner: Form, group: str, key: str, value: object) -> Iterator[Finding]:
    yield from _shape(form, where, key, value, many=True)
    for n, row in enumerate(value if isinstance(value, list) else []):
        for name in row if isinstance(row, dict) else []:
            if name != "ROW" and name not in owner.groups[group].items:
                meant = nearest(name, owner.groups[group].items)
                hint = (
                    f"did you mean {meant}?" if meant else "it has " + ", ".join(list(owner.groups[group].items)[:12])
                )
                yield Finding(form.oid, (*where, n, name), f"{group} has no item {name}", hint, at_key=True)


def _shape(form: Form, where: Path, key: str, value: object, *, many: bool) -> Iterator[Finding]:
    if many and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
        yield Finding(form.oid, where, f"{key} must be a list of rows", "write - ITEM: value for each row", at_key=True)
    if not many and isinstance(value, dict):
        yield Finding(form.oid, where, f"{key} must be a value", "write it on the same line", at_key=True)
