"""Compiles a study: every expression typed and turned into a closure; a faulty one does not stop the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from trialkit.errors import WrongExpression, WrongStudy, WrongValue
from trialkit.expressions import TRUTH, Compiled, Type, compile_expression
from trialkit.expressions.reach import NOWHERE, together
from trialkit.ledger.entry import Visibility
from trialkit.study.compiled import (
    Bounds,
    CompiledCheck,
    CompiledForm,
    CompiledGroup,
    CompiledItem,
    CompiledOpens,
    CompiledStudy,
    Reading,
)
from trialkit.study.complaint import Complaint, Finding, Path
from trialkit.study.message import Message, message_of
from trialkit.study.model import SYSTEM, Check, Form, Item, Range, Study
from trialkit.study.words import type_of, vocabulary_of
from trialkit.values import parse

YES_NO_LABELS = {"Y": "Yes", "N": "No"}
T = TypeVar("T")
_STRICTEST: tuple[Visibility, ...] = ("open", "identifier", "unblinded")


def compile_study(study: Study) -> CompiledStudy:
    """The study ready to run; raises WrongStudy with every expression that is not true to it."""
    compiled, findings = build(study)
    if compiled is None:
        raise WrongStudy([Complaint(f.file, 1, 1, f"{'.'.join(map(str, f.path))}: {f.what}", f.hint) for f in findings])
    return compiled


def build(study: Study) -> tuple[CompiledStudy | None, list[Finding]]:
    """The compiled study, or None and what is wrong with its expressions."""
    builder = _Builder(study)
    compiled = builder.build()
    return (None if builder.findings else compiled), builder.findings


class _Builder:
    def __init__(self, study: Study) -> None:
        self.study = study
        self.words = vocabulary_of(study)
        self.findings: list[Finding] = []

    def build(self) -> CompiledStudy:
        dose = self.study.file.first_dose
        first_dose = self.expression("study", ("first_dose",), dose, None, None, None) if dose else None
        if first_dose is not None and first_dose.type.kind not in ("date", "datetime"):
            hint = "for example lowest(EC, moment(ECSTDAT, ECSTTIM))"
            self.find("study", ("first_dose",), f"the first dose is {first_dose.type}, not a moment", hint)
        form_oid, _, item = (self.study.file.date_item or "").partition(".")
        known = form_oid in self.study.forms and item in self.study.forms[form_oid].items
        self.words = replace(
            self.words,
            dose_reads=first_dose.reads if first_dose else frozenset(),
            visit_date=frozenset([(form_oid, item)]) if known else frozenset(),
        )
        forms = {oid: self.form(form) for oid, form in self.study.forms.items()}
        self.cycles(forms)
        readers, item_readers = _indexed(forms.values())
        checks = {check.oid: check for form in forms.values() for check in form.checks}
        return CompiledStudy(
            self.study, self.words, forms, self.study.event_forms, checks, first_dose, readers, item_readers
        )

    def find(self, file: str, path: Path, what: str, hint: str, offset: int = 0) -> None:
        self.findings.append(Finding(file, path, what, hint, offset))

    def expression(
        self,
        file: str,
        path: Path,
        source: str,
        form: str | None,
        group: str | None,
        expecting: Type | None,
        at: int = 0,
    ) -> Compiled | None:
        try:
            return compile_expression(source, self.words, form=form, group=group, expecting=expecting)
        except WrongExpression as wrong:
            for offset, sentence, hint in wrong.faults:
                self.find(file, path, sentence, hint, offset + at)
            return None

    def form(self, form: Form) -> CompiledForm:
        groups: dict[str, CompiledGroup] = {}
        for oid, group in form.groups.items():
            path: Path = ("groups", oid)
            when = self.expression(form.oid, (*path, "when"), group.when, form.oid, None, TRUTH) if group.when else None
            items = tuple(self.item(form, oid, name, item, when) for name, item in group.items.items())
            references: dict[str, Compiled] = {}
            for code, point in (group.timepoints or {}).items():
                place = (*path, "timepoints", code, "reference")
                if point.reference:
                    moment = self.expression(form.oid, place, point.reference, form.oid, None, Type("datetime"))
                    if moment is not None:
                        references[code] = moment
            groups[oid] = CompiledGroup(oid, group, when, items, references)
        compiled_items = {item.oid: item for group in groups.values() for item in group.items}
        checks = [self.check(form, oid, check) for oid, check in form.checks.items()]
        ready = tuple(check for check in checks if check is not None)
        computes = self.ordered(form, [item for item in compiled_items.values() if item.compute is not None])
        reading: dict[str, list[CompiledCheck]] = defaultdict(list)
        for check in ready:
            for name in check.own:
                reading[name].append(check)
        checks_of = {name: tuple(found) for name, found in reading.items()}
        typed = [item for item in compiled_items.values() if not item.item.retired and item.compute is None]
        nobody = form.entered_by == [SYSTEM]  # what the system writes is asked of nobody
        entered = [
            item for item in typed if not (item.item.entered_by == SYSTEM or (nobody and not item.item.entered_by))
        ]
        required = tuple(item for item in entered if not item.item.optional)
        soft_ranged = tuple(item for item in compiled_items.values() if item.soft is not None)
        single = {item.oid: item for item in entered if not item.repeating}
        conditional = frozenset(
            item.oid for item in compiled_items.values() if item.when is not None or groups[item.group].when is not None
        )
        named = {item.oid: item.item.entered_by for item in entered if item.item.entered_by}
        classes = frozenset(item.visibility for item in compiled_items.values())
        return CompiledForm(
            form.oid, form, groups, compiled_items, computes, ready, checks_of, required, soft_ranged, single,
            conditional, named, classes, {check.oid: check for check in ready},
        )  # fmt: skip

    def item(self, form: Form, group: str, oid: str, item: Item, of_group: Compiled | None) -> CompiledItem:
        path: Path = ("groups", group, "items", oid)
        inside = group if form.groups[group].repeating else None
        when = compute = None
        if item.when:
            when = self.expression(form.oid, (*path, "when"), item.when, form.oid, inside, TRUTH)
        if item.compute:
            wanted = type_of(item, self.study)
            compute = self.expression(form.oid, (*path, "compute"), item.compute, form.oid, inside, wanted)
        own = visibility_of(form, group, item)
        for name, expression in (("compute", compute), ("when", when)):
            if expression is not None and own != "unblinded" and self.strictest(expression.reads) == "unblinded":
                what = f"{oid} is open but its {name} reads unblinded items"
                self.find(form.oid, (*path, name), what, "add visibility: unblinded to the item")
        listed = self.study.codelists.get(item.codelist or "")
        labels = YES_NO_LABELS if item.type == "yesno" else listed.codes if listed else None
        missing = item.missing if item.missing is not None else list(self.study.file.missing_reasons)
        conditions = tuple(condition for condition in (of_group, when) if condition is not None)
        asked = together(condition.reach for condition in conditions)
        return CompiledItem(
            oid, item, form.oid, group, inside is not None, item.type, labels, tuple(missing), own,
            bounds_of(item, item.hard), bounds_of(item, item.soft), when, compute, conditions, asked,
            together([asked, compute.reach]) if compute is not None else NOWHERE,
        )  # fmt: skip

    def check(self, form: Form, oid: str, check: Check) -> CompiledCheck | None:
        path: Path = ("checks", oid)
        group = check.group if check.group in form.groups else None
        when = self.expression(form.oid, (*path, "when"), check.when, form.oid, group, TRUTH) if check.when else None
        key = "require" if check.require else "finding"
        source = check.require or check.finding
        message = self.message(form, oid, check, group)
        if source is None or (check.require and check.finding):
            return None  # rules complain
        test = self.expression(form.oid, (*path, key), source, form.oid, group, TRUTH)
        if test is None or (check.when and when is None):
            return None
        parts = [test, *([when] if when else [])]
        own = frozenset[str]().union(*(part.own for part in parts))
        elsewhere = frozenset[tuple[str, str]]().union(*(part.elsewhere for part in parts))
        reads = frozenset[tuple[str, str]]().union(*(part.reads for part in parts))
        visibility = self.strictest(reads | message.reads)
        other = self.study.forms.get(check.opens.form) if check.opens is not None else None
        if other is not None and visibility == "unblinded" and other.visibility != "unblinded":
            what = f"{oid} reads unblinded items and opens {other.oid}, which is open"
            self.find(form.oid, (*path, "opens", "form"), what, "open a form that is masked")
        opens = self.opens(form, path, check, group)
        item = check.item or next((name for name in form.items if name in test.own), None)
        item = item or next((name for name in form.items if name in own), None)
        return CompiledCheck(
            oid, check, form.oid, check.group, item, check.severity, when, test, key == "finding", message,
            visibility, own, elsewhere, reads, any(part.uses_now for part in parts),
            together(part.reach for part in parts), opens, frozenset[str]().union(*(part.asks for part in parts)),
        )  # fmt: skip

    def opens(self, form: Form, path: Path, check: Check, group: str | None) -> CompiledOpens | None:
        """The record that the check opens, each value typed against its item."""
        other = self.study.forms.get(check.opens.form) if check.opens is not None else None
        if check.opens is None or other is None:
            return None  # rules complain
        values: dict[str, Compiled] = {}
        for name, source in check.opens.values.items():
            item = other.items.get(name)
            if item is None:
                continue
            place = (*path, "opens", "values", name)
            value = self.expression(form.oid, place, source, form.oid, group, type_of(item, self.study))
            if value is None:
                continue
            values[name] = value
            masked = visibility_of(other, other.group_of[name], item) == "unblinded"
            if not masked and self.strictest(value.reads) == "unblinded":
                what = f"{other.oid}.{name} is open but its value reads unblinded items"
                self.find(form.oid, place, what, "open a form that is masked, or leave the value out")
        return CompiledOpens(other.oid, values)

    def message(self, form: Form, oid: str, check: Check, group: str | None) -> Message:
        def value(source: str, offset: int) -> tuple[Compiled, Mapping[str, str] | None] | None:
            compiled = self.expression(form.oid, ("checks", oid, "message"), source, form.oid, group, None, offset)
            if compiled is None:
                return None
            read = next(iter(compiled.reads), None) if len(compiled.reads) == 1 else None
            return compiled, self.labels(*read) if read else None

        return message_of(check.message, value)

    def labels(self, form: str, oid: str) -> Mapping[str, str] | None:
        item = self.study.forms[form].items.get(oid)
        if item is None:
            return None
        listed = self.study.codelists.get(item.codelist or "")
        return YES_NO_LABELS if item.type == "yesno" else listed.codes if listed else None

    def strictest(self, reads: Iterable[tuple[str, str]]) -> Visibility:
        """The strictest class of what is read; which rows or records there are counts as group or form says."""
        found = {"open": 0}
        for oid, name in reads:
            form = self.study.forms[oid]
            if name == "*" or name[0] == "@" or name in form.groups:
                masked = form.visibility == "unblinded" or (
                    name in form.groups and form.groups[name].visibility == "unblinded"
                )
                found["unblinded" if masked else "open"] = 1
            else:
                found[visibility_of(form, form.group_of[name], form.items[name])] = 1
        return max((v for v in _STRICTEST if v in found), key=_STRICTEST.index)

    def ordered(self, form: Form, items: list[CompiledItem]) -> tuple[CompiledItem, ...]:
        """Computed items, each after those of its record that it reads."""
        by_name = {item.oid: item for item in items}
        graph: dict[str, list[str]] = {}
        for item in items:
            assert item.compute is not None
            graph[item.oid] = [name for oid, name in item.compute.waits if oid == form.oid and name in by_name]
        try:
            return tuple(by_name[name] for name in _sorted(graph))
        except CycleError:
            return tuple(items)  # cycles() complains

    def cycles(self, forms: Mapping[str, CompiledForm]) -> None:
        """Complains of computations that wait for each other, across forms too."""
        graph = {
            (form.oid, item.oid): sorted(read for read in item.compute.waits if self._computed(read))
            for form in forms.values()
            for item in form.items.values()
            if item.compute is not None
        }
        while True:
            try:
                list(_sorted(graph))
            except CycleError as error:
                cycle = error.args[1][:-1]
                form, item = min(cycle)
                ring = " → ".join(f"{f}.{i}" for f, i in [*cycle, cycle[0]])
                place: Path = ("groups", self.study.forms[form].group_of[item], "items", item, "compute")
                self.find(
                    form, place, f"the calculation waits for itself: {ring}", "one of them must not read the next"
                )
                graph[form, item] = []
            else:
                return

    def _computed(self, read: tuple[str, str]) -> bool:
        form = self.study.forms[read[0]]
        return read[1] in form.items and form.items[read[1]].compute is not None


def _sorted(graph: Mapping[T, Iterable[T]]) -> Iterable[T]:
    return TopologicalSorter(graph).static_order()


def visibility_of(form: Form, group: str, item: Item) -> Visibility:
    """The strictest of what form, group and item say."""
    if "unblinded" in (form.visibility, form.groups[group].visibility, item.visibility):
        return "unblinded"
    return "identifier" if item.identifier else "open"


def bounds_of(item: Item, range: Range | None) -> Bounds | None:
    """The range as typed values, or None; a range that is not of the item's type gives none (the rules complain)."""
    if range is None:
        return None
    kind = "date" if item.type == "partialDate" else item.type
    try:
        low = parse(kind, range.low) if range.low is not None else None
        high = parse(kind, range.high) if range.high is not None else None
    except WrongValue:
        return None
    return Bounds(low, high)


def _indexed(
    forms: Iterable[CompiledForm],
) -> tuple[dict[str, frozenset[Reading]], dict[tuple[str, str], frozenset[Reading]]]:
    """Which expressions read a form from elsewhere, and which read an item at all."""
    by_form: dict[str, set[Reading]] = defaultdict(set)
    by_item: dict[tuple[str, str], set[Reading]] = defaultdict(set)
    forms = list(forms)
    groups = {(form.oid, oid): group for form in forms for oid, group in form.groups.items()}

    def note(reading: Reading, elsewhere: Iterable[tuple[str, str]], reads: Iterable[tuple[str, str]]) -> None:
        for form, _ in elsewhere:
            by_form[form].add(reading)
        for oid, name in reads:
            by_item[oid, name].add(reading)
            group = groups.get((oid, name))
            for item in group.items if group is not None else ():
                by_item[oid, item.oid].add(reading)  # a row comes into being with its first value

    for form in forms:
        for item in form.items.values():
            if item.compute is not None:
                note((form.oid, "compute", item.oid), item.compute.elsewhere, item.compute.reads)
            for when in (item.when, form.groups[item.group].when):
                if when is not None:
                    note((form.oid, "when", item.oid), when.elsewhere, when.reads)
        for check in form.checks:
            note((form.oid, "check", check.oid), check.elsewhere, check.reads)
    return {k: frozenset(v) for k, v in by_form.items()}, {k: frozenset(v) for k, v in by_item.items()}
