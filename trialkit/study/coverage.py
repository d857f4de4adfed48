"""What the checks of a study cover: for each its scope and how it was tried, and which items no check ever reads."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from trialkit.expressions.parse import parsed
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.generic import check_number
from trialkit.study.model import Severity
from trialkit.study.mutation import CheckMutants

SCOPES = {
    "I": "within an item",
    "X": "across items",
    "F": "across forms",
    "V": "across visits",
    "T": "over rows",
    "L": "site file",
}
"""Letter -> what a check looks at. I and X stand alone, the others add up."""

_VISITS = {"at", "previous_visit", "baseline", "study_day", "in_window", "earliest_date", "latest_date"}
_FORMS = {"earliest_date", "latest_date", "others", "open_queries", "unsigned"}


@dataclass(frozen=True, slots=True)
class CheckCoverage:
    """One check: its number (the id before the first hyphen), the forms it reads, scope, cases and mutants.

    `mutants` is None where none were tried.
    """

    number: str
    check: str
    forms: tuple[str, ...]
    severity: Severity
    scope: str
    fires: int
    passes: int
    mutants: CheckMutants | None

    @property
    def edges(self) -> str:
        """How many of its ordering comparisons were tried on both sides; empty if it has none."""
        return f"{self.mutants.edges_tried} of {self.mutants.edges}" if self.mutants and self.mutants.edges else ""

    @property
    def noticed(self) -> str:
        """How many of its mutants were noticed; empty if none were tried."""
        return f"{self.mutants.noticed} of {self.mutants.total}" if self.mutants and self.mutants.total else ""


def coverage(study: CompiledStudy, mutants: Mapping[str, CheckMutants]) -> list[CheckCoverage]:
    """The coverage of every check in order; `mutants` by check id."""
    return [
        CheckCoverage(
            check_number(check.oid),
            check.oid,
            forms_of(check, study),
            check.severity,
            scope(check, study),
            len(check.check.cases.fires),
            len(check.check.cases.passes),
            mutants.get(check.oid),
        )
        for check in study.checks.values()
    ]


def forms_of(check: CompiledCheck, study: CompiledStudy) -> tuple[str, ...]:
    """The form in which the check stands, and those it reads, in the order of the study."""
    others = {form for form, _ in check.reads} - {check.form}
    return (check.form, *(form for form in study.forms if form in others))


def scope(check: CompiledCheck, study: CompiledStudy) -> str:
    """What the check looks at, as letters of SCOPES."""
    called = set(_called(check))
    forms = forms_of(check, study)
    found = {
        "F": len(forms) > 1 or bool(called & _FORMS),
        "V": bool(called & _VISITS) or any(_other_visit(check, study, form, name) for form, name in check.elsewhere),
        "T": check.group is not None or any(_rows(study, form, name) for form, name in check.reads),
        "L": any(form in study.study.site_forms for form in forms),
    }
    letters = "".join(letter for letter, holds in found.items() if holds)
    return letters or ("X" if len(check.reads) > 1 else "I")


def unread(study: CompiledStudy) -> dict[str, list[str]]:
    """Form -> its items that no check reads, neither directly nor through calculated items or conditions."""
    read = reached(study, (read for check in study.checks.values() for read in check.reads))
    found = {oid: [i for i in form.items if (oid, i) not in read] for oid, form in study.forms.items()}
    return {oid: items for oid, items in found.items() if items}


def reached(study: CompiledStudy, reads: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """These reads, and whatever the calculated ones among them are calculated from."""
    found: set[tuple[str, str]] = set()
    waiting = list(reads)
    while waiting:
        form, name = read = waiting.pop()
        if read not in found:
            found.add(read)
            item = study.forms[form].items.get(name)
            if item is not None and item.compute is not None:
                waiting += item.compute.reads
    return found


def _called(check: CompiledCheck) -> Iterator[str]:
    for source in (check.check.when, check.check.require, check.check.finding):
        for node in ast.walk(parsed(source)) if source is not None else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id


def _other_visit(check: CompiledCheck, study: CompiledStudy, form: str, name: str) -> bool:
    """Whether the read may lie in another visit: all records of a visit's form, or a form of other visits."""
    events = study.vocabulary.forms[form].events
    visits = {event for event in events if study.study.file.events[event].kind in ("scheduled", "unscheduled")}
    return bool(visits) and (name == "*" or not visits & study.vocabulary.forms[check.form].events)


def _rows(study: CompiledStudy, form: str, name: str) -> bool:
    """Whether the read is of the rows of a group, or of the records of a log."""
    return name in study.forms[form].groups or (name == "*" and study.forms[form].form.repeating)
