"""Mutation testing of a study's checks: would the cases notice if an author had made a small mistake?

The facts of a check's cases are made once; each mutant is compiled against the study and tried on them, until one case
goes otherwise. A mutant that does not compile is no mistake an author could publish, and does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from trialkit.errors import WrongExpression, WrongValue
from trialkit.expressions import TRUTH, Vocabulary, compile_expression
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.mutant import Mutant, mutants_of


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case noticed, with what stood (`was`) and what stands instead (`now`), unmistakably."""

    form: str
    check: str
    mutant: Mutant
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.check}: {self.was}  ->  {self.now}"


@dataclass(frozen=True, slots=True)
class CheckMutants:
    """What became of the mutants of one check.

    `edges` counts the ordering comparisons, `edges_tried` those whose mutants were all noticed: cases stand on both
    sides of the edge. `sound` is false if the check's own cases fail; it has no mutants then.
    """

    form: str
    check: str
    total: int
    survivors: tuple[Survivor, ...]
    edges: int
    edges_tried: int
    sound: bool = True

    @property
    def noticed(self) -> int:
        return self.total - len(self.survivors)


def mutate(study: CompiledStudy, checks: Iterable[CompiledCheck]) -> Iterator[CheckMutants]:
    """Tries the mutants of these checks, check by check."""
    for check in checks:
        yield _mutated(study, check)


def noticed(found: Iterable[CheckMutants]) -> tuple[int, int, float]:
    """Mutants noticed, mutants in all, and the percentage (100 where there are none)."""
    found = list(found)
    good, total = sum(c.noticed for c in found), sum(c.total for c in found)
    return good, total, 100 * good / total if total else 100.0


def _mutated(study: CompiledStudy, check: CompiledCheck) -> CheckMutants:
    try:
        cases = [
            (verdict, CaseFacts(study, check.form, check.check, case))
            for verdict, listed in ((True, check.check.cases.fires), (False, check.check.cases.passes))
            for case in listed
        ]
    except WrongValue:
        return CheckMutants(check.form, check.oid, 0, (), 0, 0, False)
    if _otherwise(check, cases):
        return CheckMutants(check.form, check.oid, 0, (), 0, 0, False)
    every: list[Mutant] = []
    alive: list[Mutant] = []
    for mutant in mutants_of(check, study.vocabulary):
        other = _with(check, mutant, study.vocabulary)
        if other is not None:
            every.append(mutant)
            if not _otherwise(other, cases):
                alive.append(mutant)
    edges = {(m.where, m.edge) for m in every if m.edge is not None}
    open_edges = {(m.where, m.edge) for m in alive if m.edge is not None}
    return CheckMutants(
        check.form, check.oid, len(every), _told(check, every, alive), len(edges), len(edges - open_edges)
    )


def _with(check: CompiledCheck, mutant: Mutant, vocabulary: Vocabulary) -> CompiledCheck | None:
    """The check with the mutant in its place; None if the study's language refuses it."""
    if mutant.text is None:
        return replace(check, when=None)
    try:
        compiled = compile_expression(mutant.text, vocabulary, form=check.form, group=check.group, expecting=TRUTH)
    except WrongExpression:
        return None
    return replace(check, when=compiled) if mutant.where == "when" else replace(check, test=compiled)


def _otherwise(check: CompiledCheck, cases: Iterable[tuple[bool, CaseFacts]]) -> bool:
    """Whether any case goes otherwise than it should."""
    return any(bool(check.found(facts.record, facts)) is not verdict for verdict, facts in cases)


def _told(check: CompiledCheck, every: list[Mutant], alive: list[Mutant]) -> tuple[Survivor, ...]:
    """The survivors, each with as little text around it as tells it from every other mutant of the check."""
    if not alive:
        return ()
    levels = range(max(mutant.levels for mutant in every))
    texts = {id(mutant): [mutant.shown(level) for level in levels] for mutant in every}
    counts = [Counter(texts[id(mutant)][level] for mutant in every) for level in levels]
    found = []
    for mutant in alive:
        level = next((n for n in levels if counts[n][texts[id(mutant)][n]] == 1), levels[-1])
        found.append(Survivor(check.form, check.oid, mutant, *texts[id(mutant)][level]))
    return tuple(found)
