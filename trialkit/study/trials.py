"""Trials of a study's own checks: every case that must fire fires, every case that must not does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trialkit.errors import WrongValue
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledCheck, CompiledStudy


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case tried: `good` says whether the check did what the case expects, `said` what happened otherwise."""

    form: str
    check: str
    expects: Literal["fires", "passes"]
    number: int
    good: bool
    said: str
    message: str

    def __str__(self) -> str:
        return f"{self.form} {self.check}, {self.expects} case {self.number}: {self.said}"


def try_cases(study: CompiledStudy) -> Iterator[CaseResult]:
    """Runs every case of every check, in order."""
    for form in study.forms.values():
        for check in form.checks:
            yield from try_check(study, check)


def try_check(study: CompiledStudy, check: CompiledCheck) -> Iterator[CaseResult]:
    """Runs the cases of one check, in order."""
    for number, case in enumerate(check.check.cases.fires, start=1):
        yield _tried(study, check, "fires", number, case)
    for number, case in enumerate(check.check.cases.passes, start=1):
        yield _tried(study, check, "passes", number, case)


def unproven(study: CompiledStudy) -> list[str]:
    """Ids of checks without a firing or without a passing case."""
    return [c.oid for f in study.forms.values() for c in f.checks if not (c.check.cases.fires and c.check.cases.passes)]


def _tried(
    study: CompiledStudy,
    check: CompiledCheck,
    expects: Literal["fires", "passes"],
    number: int,
    case: dict[str, object],
) -> CaseResult:
    try:
        facts = CaseFacts(study, check.form, check.check, case)
    except WrongValue as wrong:
        return CaseResult(check.form, check.oid, expects, number, False, f"the case cannot be read: {wrong}", "")
    record = facts.record
    found = check.found(record, facts)
    good = bool(found) == (expects == "fires")
    row = record
    if check.group is not None:
        rows = record.groups.get(check.group, ())
        row = next((r for r in rows if not found or r.key == found[0]), record)
    message = check.message.filled(row, facts)
    if good:
        return CaseResult(check.form, check.oid, expects, number, True, "as expected", message)
    said = "it should fire and does not" if expects == "fires" else "it should not fire and does"
    return CaseResult(check.form, check.oid, expects, number, False, f"{said} ({_why(check, row, facts)})", message)


def _why(check: CompiledCheck, row: object, facts: object) -> str:
    def shown(value: object) -> str:
        return "true" if value is True else "false" if value is False else "unknown"

    parts = []
    if check.when is not None:
        parts.append(f"when is {shown(check.when.evaluate(row, facts))}")
    parts.append(f"{'finding' if check.wanted else 'require'} is {shown(check.test.evaluate(row, facts))}")
    return ", ".join(parts)
