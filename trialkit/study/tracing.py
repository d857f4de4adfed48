"""Who reads what in a study: from an item or parameter to the checks, calculations and conditions that read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trialkit.expressions.parse import parsed
from trialkit.study.compiled import CompiledStudy

Kind = Literal["check", "compute", "when", "group", "reference"]


@dataclass(frozen=True, slots=True)
class Use:
    """One expression of a study: where it stands and what it says.

    `name` is the id of its check, of its item (`compute`, `when`), or of its group: `group` is the group's condition,
    `reference` the moment from which one of its timepoints counts.
    """

    form: str
    kind: Kind
    name: str
    source: str
    reads: frozenset[tuple[str, str]]


def uses(study: CompiledStudy) -> Iterator[Use]:
    """Every expression of the forms, in order."""
    for form in study.forms.values():
        for group in form.groups.values():
            if group.when is not None:
                yield Use(form.oid, "group", group.oid, group.when.source, group.when.reads)
            for moment in group.references.values():
                yield Use(form.oid, "reference", group.oid, moment.source, moment.reads)
            for item in group.items:
                if item.when is not None:
                    yield Use(form.oid, "when", item.oid, item.when.source, item.when.reads)
                if item.compute is not None:
                    yield Use(form.oid, "compute", item.oid, item.compute.source, item.compute.reads)
        for check in form.checks:
            for part in (check.when, check.test, *(check.opens.values.values() if check.opens else ())):
                if part is not None:
                    yield Use(form.oid, "check", check.oid, part.source, part.reads)


@dataclass(frozen=True, slots=True)
class Trace:
    """The readers of every item, and the users of every parameter and lookup table, each told once, in order."""

    items: dict[tuple[str, str], list[tuple[str, Kind, str]]]
    names: dict[str, list[tuple[str, Kind, str]]]

    def of(self, form: str, item: str, *kinds: Kind) -> list[tuple[str, Kind, str]]:
        """The readers of an item that are of these kinds."""
        return [use for use in self.items.get((form, item), ()) if use[1] in kinds]


def trace(study: CompiledStudy) -> Trace:
    """Follows every expression of the study."""
    items: dict[tuple[str, str], list[tuple[str, Kind, str]]] = {}
    names: dict[str, list[tuple[str, Kind, str]]] = {}
    known = {*study.vocabulary.parameters, *study.vocabulary.tables}
    for use in uses(study):
        place = (use.form, use.kind, use.name)
        for read in sorted(use.reads):
            _noted(items.setdefault(read, []), place)
        for node in ast.walk(parsed(use.source)):
            if isinstance(node, ast.Name) and node.id in known:
                _noted(names.setdefault(node.id, []), place)
    return Trace(items, names)


def _noted(found: list[tuple[str, Kind, str]], place: tuple[str, Kind, str]) -> None:
    if place not in found:
        found.append(place)
