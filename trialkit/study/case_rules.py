"""Rules of cases: they speak of what there is, and what stands under each word has its shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from trialkit.study.complaint import Finding, Path
from trialkit.study.model import Check, Form, Severity, Study
from trialkit.values import nearest

CASE_WORDS = (
    "EVENT", "EVENT_REPEAT", "FORM_REPEAT", "NOW", "SITE", "ROW", "ROLES", "IN_WINDOW", "FIRST_DOSE", "SIGNED",
    "DELEGATED", "CONSENT_VERSIONS", "OTHERS", "OPEN_QUERIES", "UNSIGNED",
)  # fmt: skip
"""Keys of a case that are no items, forms or groups; docs/language.md tells what each sets."""

_SHAPES = {
    "DELEGATED": "person: [TASK] a line under it",
    "CONSENT_VERSIONS": "version: valid from a line under it",
    "OTHERS": "FORM: and its records a line under it",
}


def case_rules(form: Form, path: Path, check: Check, study: Study) -> Iterator[Finding]:
    """Every finding of the cases of one check."""
    for verdict, cases in (("fires", check.cases.fires), ("passes", check.cases.passes)):
        for n, case in enumerate(cases):
            for key, value in case.items():
                where: Path = (*path, "cases", verdict, n, key)
                yield from _key(form, where, key, value, study)


def _key(form: Form, where: Path, key: str, value: object, study: Study) -> Iterator[Finding]:
    if key in CASE_WORDS:
        yield from _word(form, where, key, value, study)
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


def _word(form: Form, where: Path, key: str, value: object, study: Study) -> Iterator[Finding]:
    """The words that answer functions."""
    if key in _SHAPES and not isinstance(value, dict):
        yield Finding(form.oid, where, f"{key} must have entries of its own", f"write {_SHAPES[key]}", at_key=True)
    elif key == "SIGNED":
        for n, name in enumerate(value if isinstance(value, list) else [value]):
            if name not in study.forms:
                place = (*where, n) if isinstance(value, list) else where
                yield Finding(form.oid, place, f"there is no form {name}", _meant(str(name), study.forms))
    elif key == "OTHERS" and isinstance(value, dict):
        for name, records in value.items():
            if name not in study.forms:
                hint = _meant(name, study.forms)
                yield Finding(form.oid, (*where, name), f"there is no form {name}", hint, at_key=True)
                continue
            yield from _shape(form, (*where, name), name, records, many=True)
            other = study.forms[name]
            for n, record in enumerate(records if isinstance(records, list) else []):
                for item in record if isinstance(record, dict) else []:
                    if item not in (*other.items, *other.groups, "SITE", "EVENT"):
                        what, hint = f"{name} has no item {item}", _meant(item, other.items)
                        yield Finding(form.oid, (*where, name, n, item), what, hint, at_key=True)
    elif key == "OPEN_QUERIES" and isinstance(value, dict):
        for name in value:
            if name not in get_args(Severity):
                what, hint = f"there is no severity {name}", _meant(name, get_args(Severity))
                yield Finding(form.oid, (*where, name), what, hint, at_key=True)
    numbers = value.values() if key == "OPEN_QUERIES" and isinstance(value, dict) else [value]
    if key in ("OPEN_QUERIES", "UNSIGNED") and not all(str(number).isdecimal() for number in numbers):
        yield Finding(form.oid, where, f"{key} is not a whole number", "write how many")


def _meant(word: str, words: Iterable[str]) -> str:
    known = list(words)
    meant = nearest(word, known)
    return f"did you mean {meant}?" if meant else "one of " + ", ".join(known[:12])
