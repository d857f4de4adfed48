"""Evidence that a study's checks do what they should: every case run, every mutant tried, by whom and when.

A sponsor files it as user acceptance testing of a study build (ICH E6(R3) 4.3.4: release of trial-specific systems).
The same study, person and moment give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from trialkit import __version__
from trialkit.errors import WrongFile
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.coverage import CheckCoverage, coverage, unread
from trialkit.study.generic import GENERIC, own_numbers
from trialkit.study.loading import load_study
from trialkit.study.mutation import CheckMutants, mutate, noticed
from trialkit.study.survivors import Judged, Judgement
from trialkit.study.trials import CaseResult, try_cases

TITLE = "Evidence of the study's checks"
SIGNED = ("Run", "Reviewed", "Approved")
UNREASONED = "no reason is recorded"


@dataclass(frozen=True, slots=True)
class TriedCase:
    """One case: what it sets, a line each, and what came of it."""

    lines: tuple[str, ...]
    result: CaseResult

    @property
    def number(self) -> str:
        return f"{self.result.expects} {self.result.number}"

    @property
    def expected(self) -> str:
        return "fires" if self.result.expects == "fires" else "does not fire"

    @property
    def shown(self) -> str:
        """The message that people see, where the check fired."""
        fired = self.result.good == (self.result.expects == "fires")
        return self.result.message if fired else ""


@dataclass(frozen=True, slots=True)
class TriedCheck:
    """One check with what it covers and its cases."""

    check: CompiledCheck
    covers: CheckCoverage
    cases: tuple[TriedCase, ...]

    @property
    def title(self) -> str:
        return self.check.check.title or self.check.check.message

    @property
    def good(self) -> bool:
        return all(case.result.good for case in self.cases) and not self.one_sided

    @property
    def one_sided(self) -> bool:
        """Whether no case makes it fire, or none lets it pass: nothing is shown of it then."""
        return not (self.covers.fires and self.covers.passes)

    @property
    def said(self) -> str:
        """The result in words."""
        if not all(case.result.good for case in self.cases):
            return "FAILED"
        return "NOT SHOWN: no firing or no passing case" if self.one_sided else "as expected"

    @property
    def rules(self) -> Iterator[tuple[str, str]]:
        """(key, expression) of what the check says."""
        said = self.check.check
        yield from ((key, text) for key in ("when", "require", "finding") if (text := getattr(said, key)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole run: the study, who ran it and when, and what came of it."""

    study: CompiledStudy
    by: str
    on: datetime
    software: str
    checks: tuple[TriedCheck, ...]
    mutants: tuple[CheckMutants, ...]
    survivors: tuple[Judged, ...]
    unread: dict[str, list[str]]

    @property
    def cases(self) -> int:
        return sum(len(check.cases) for check in self.checks)

    @property
    def failed(self) -> int:
        return sum(not case.result.good for check in self.checks for case in check.cases)

    @property
    def one_sided(self) -> int:
        """Checks of which nothing is shown."""
        return sum(check.one_sided for check in self.checks)

    @property
    def moment(self) -> str:
        return self.on.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

    @property
    def verdict(self) -> str:
        if self.failed:
            return f"{self.failed} of {self.cases} cases went otherwise than they should."
        if self.one_sided:
            return (
                f"{self.one_sided} of {len(self.checks)} checks have no firing or no passing case: they are not shown."
            )
        return f"All {self.cases} cases of {len(self.checks)} checks went as they should."

    @property
    def noticed(self) -> str:
        good, total, percent = noticed(self.mutants)
        return f"{good} of {total} mutants noticed ({percent:.1f} %)"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What this is evidence of."""
        file = self.study.study.file
        numbers = len(own_numbers(one.check.oid for one in self.checks))
        generic = ", ".join(one.oid for one in GENERIC)
        reasoned = sum(one.reason is not None for one in self.survivors)
        return [
            ("Study", file.oid),
            ("Title", file.title),
            ("Study version", file.version),
            ("SHA-256 of the study", self.study.hash),
            *([("Protocol", file.protocol)] if file.protocol else []),
            *([("Sponsor", file.sponsor)] if file.sponsor else []),
            ("Software", self.software),
            ("Run by", self.by),
            ("Run on", self.moment),
            ("Numbered checks", f"{numbers}; {generic} are of every study and tested with the software"),
            ("Checks and cases", self.verdict),
            ("Mutants", f"{self.noticed}, {len(self.survivors)} survive, {reasoned} of them for a recorded reason"),
        ]


def evidence_of(
    folder: Path, by: str, on: datetime, tried: Callable[[CompiledStudy], Sequence[CheckMutants]] | None = None
) -> Evidence:
    """Runs the cases and mutants of a study folder; `tried` may try the mutants with a progress bar.

    Raises WrongStudy for a study or a survivors.yaml with complaints.
    """
    study = compile_study(load_study(folder))
    judgement = Judgement(folder, study.study)
    results: dict[str, list[CaseResult]] = {}
    for result in try_cases(study):
        results.setdefault(result.check, []).append(result)
    mutants = tuple(tried(study) if tried else mutate(study, study.checks.values()))
    covered = coverage(study, {one.check: one for one in mutants})
    checks = tuple(
        TriedCheck(
            study.checks[one.check], one, tuple(tried_cases(study.checks[one.check], results.get(one.check, [])))
        )
        for one in covered
    )
    judged = tuple(judgement.judged(survivor for one in mutants for survivor in one.survivors))
    return Evidence(study, by, on, f"trialkit {__version__}", checks, mutants, judged, unread(study))


def write_evidence(evidence: Evidence, folder: Path) -> list[Path]:
    """Writes evidence.html and evidence.pdf; raises WrongFile if no PDF can be made here."""
    from trialkit.export.web.evidence import evidence_page

    try:
        from trialkit.export.pdf.evidence import write_evidence_pdf
    except ModuleNotFoundError as missing:
        raise WrongFile(f"PDF documents need the package {missing.name}", "install trialkit[pdf]") from None
    folder.mkdir(parents=True, exist_ok=True)
    page, printed = folder / "evidence.html", folder / "evidence.pdf"
    page.write_bytes(evidence_page(evidence))
    write_evidence_pdf(evidence, printed)
    return [page, printed]


def tried_cases(check: CompiledCheck, results: Sequence[CaseResult]) -> Iterator[TriedCase]:
    """The cases of a check with what came of each."""
    listed = {"fires": check.check.cases.fires, "passes": check.check.cases.passes}
    for result in results:
        yield TriedCase(tuple(case_lines(listed[result.expects][result.number - 1])), result)


def case_lines(case: dict[str, object]) -> Iterator[str]:
    """What a case sets: a line for each value, and for each row of a group or record of a form."""
    for key, value in case.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            for number, row in enumerate(value, start=1):
                yield f"{key} {number}: {_inline(row)}"
        else:
            yield f"{key} = {_inline(value)}"


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_inline(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "; ".join(f"({_inline(inner)})" if isinstance(inner, dict) else _inline(inner) for inner in value)
    return str(value)
