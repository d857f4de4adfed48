"""A study's definition without what a reader must not know: hidden forms, masked items, and all that speaks of them.

A check whose rule or message reads something hidden is hidden with it; so are code lists, tables and parameters that
only hidden parts use, and the titles of the arms. The hash stays that of the whole definition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from trialkit.study.building import visibility_of
from trialkit.study.compiled import CompiledCheck, CompiledForm, CompiledItem, CompiledStudy
from trialkit.study.model import Cases, Check, Study
from trialkit.study.node import Node
from trialkit.study.tracing import trace

N = TypeVar("N", bound=Node)
_NAMES = re.compile(r"[A-Z][A-Z0-9_]*")


def masked(study: CompiledStudy, forms: Collection[str] | None, unblinded: bool) -> CompiledStudy:
    """The definition as a reader of these forms (None: all) may see it, with or without what is masked."""
    kept = [form for form in study.study.forms.values() if forms is None or form.oid in forms]
    items = {
        (form.oid, oid) for form in kept for oid, item in form.items.items()
        if unblinded or visibility_of(form, form.group_of[oid], item) != "unblinded"
    }  # fmt: skip
    if unblinded and len(kept) == len(study.study.forms):
        return study
    seen = _Seen(study, {form.oid for form in kept if unblinded or form.visibility != "unblinded"}, items)
    built = {oid: seen.form(form) for oid, form in study.forms.items() if oid in seen.forms}
    return seen.whole({oid: form for oid, form in built.items() if form.items})


class _Seen:
    """What is left of one study."""

    def __init__(self, study: CompiledStudy, forms: set[str], items: set[tuple[str, str]]) -> None:
        self.study = study
        self.forms = forms
        self.items = items
        every = {name for form in study.forms.values() for name in (form.oid, *form.items)}
        self.hidden = every - forms - {item for _, item in items}

    def all(self, reads: Iterable[tuple[str, str]]) -> bool:
        """Whether everything that is read is left: items, and for rows and records their form or section."""
        return all(read in self.items or self._around(*read) for read in reads)

    def _around(self, form: str, name: str) -> bool:
        if form not in self.forms or name in self.study.study.forms[form].items:
            return False
        group = self.study.study.forms[form].groups.get(name)
        return group is None or any((form, item) in self.items for item in group.items)

    def form(self, form: CompiledForm) -> CompiledForm:
        rules = {oid: self.item(rule) for oid, rule in form.items.items() if (form.oid, oid) in self.items}
        groups = {}
        for oid, group in form.groups.items():
            left = tuple(rules[rule.oid] for rule in group.items if rule.oid in rules)
            if left:
                when = group.when if group.when is None or self.all(group.when.reads) else None
                points = {code: at for code, at in group.references.items() if self.all(at.reads)}
                said = _with(group.group, items={rule.oid: rule.item for rule in left},
                             when=group.group.when if when else None)  # fmt: skip
                groups[oid] = replace(group, group=said, when=when, items=left, references=points)
        checks = tuple(self.check(check) for check in form.checks if self.shows(check))
        whole = _with(
            form.form, groups={oid: group.group for oid, group in groups.items()},
            checks={check.oid: check.check for check in checks},
        )  # fmt: skip
        return replace(
            form, form=whole, groups=groups, items=rules, checks=checks,
            computes=tuple(rules[rule.oid] for rule in form.computes if rule.oid in rules),
            by_check={check.oid: check for check in checks},
        )  # fmt: skip

    def item(self, rule: CompiledItem) -> CompiledItem:
        """The item; a condition or calculation that reads what is hidden is not told."""
        hides = {
            name: None for name in ("when", "compute")
            if (expression := getattr(rule, name)) is not None and not self.all(expression.reads)
        }  # fmt: skip
        return replace(rule, item=_with(rule.item, **hides), **hides) if hides else rule  # type: ignore[arg-type]

    def shows(self, check: CompiledCheck) -> bool:
        """Whether a check may be told of: everything that its rule and its message read is left."""
        return self.all(check.reads | check.message.reads)

    def check(self, check: CompiledCheck) -> CompiledCheck:
        """The check; what it opens and what its cases set only as far as that is left."""
        opens = check.opens if check.opens is not None and check.opens.form in self.forms else None
        if opens is not None and not self.all(read for value in opens.values.values() for read in value.reads):
            opens = None
        said: Check = _with(check.check, opens=check.check.opens if opens else None,
                            cases=self._cases(check))  # fmt: skip
        return replace(check, check=said, opens=opens)

    def _cases(self, check: CompiledCheck) -> Cases:
        """The cases without what they set of hidden items and forms."""
        cases = check.check.cases
        return Cases(
            fires=[self._told(case) for case in cases.fires], passes=[self._told(case) for case in cases.passes]
        )

    def _told(self, said: Any) -> Any:
        if isinstance(said, dict):
            return {key: self._told(one) for key, one in said.items() if self.hidden.isdisjoint(_NAMES.findall(key))}
        return [self._told(one) for one in said] if isinstance(said, list) else said

    def _shows_all(self, said: Node) -> bool:
        """Whether nothing that this names is hidden."""
        return self.hidden.isdisjoint(_NAMES.findall(said.model_dump_json()))

    def whole(self, forms: Mapping[str, CompiledForm]) -> CompiledStudy:
        study, left = self.study.study, {oid: form.form for oid, form in forms.items()}
        events = {oid: tuple(f for f in listed if f in forms) for oid, listed in self.study.events.items()}
        found = replace(
            self.study, forms=forms, events=events,
            checks={check.oid: check for form in forms.values() for check in form.checks},
        )  # fmt: skip
        before, now = trace(self.study).names, trace(found).names
        parameters = {oid: one for oid, one in study.file.parameters.items() if oid not in before or oid in now}
        tables = {oid: one for oid, one in study.tables.items() if oid not in before or oid in now}
        lists = {item.codelist for form in left.values() for item in form.items.values()}
        lists |= {table.key for table in tables.values()}
        used = {item.codelist for form in study.forms.values() for item in form.items.values()}
        used |= {table.key for table in study.tables.values()}
        codelists = {oid: one for oid, one in study.codelists.items() if oid in lists or oid not in used}
        said = study.file
        dose = found.first_dose if found.first_dose is not None and self.all(found.first_dose.reads) else None
        date = said.date_item if said.date_item and tuple(said.date_item.split(".")) in self.items else None
        file = _with(
            said, arms={}, parameters=parameters, event_sets={}, date_item=date,
            session=said.session if said.session and self._shows_all(said.session) else None,
            first_dose=said.first_dose if dose is not None else None,
            consent=said.consent if said.consent and said.consent.form in forms else None,
            deviation=said.deviation if said.deviation and said.deviation.form in forms else None,
            events={oid: _with(event, forms=list(events[oid])) for oid, event in said.events.items()},
        )  # fmt: skip
        return replace(
            found,
            first_dose=dose,
            study=Study(file=file, codelists=codelists, forms=left, tables=tables, hash=study.hash, canonical=b""),
        )  # fmt: skip


def _with(node: N, **changes: object) -> N:
    """A node with other parts, and none of what was worked out of its old ones."""
    parts = {name: getattr(node, name) for name in type(node).model_fields}
    return type(node).model_construct(**(parts | changes))
