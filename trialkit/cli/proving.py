"""`trialkit study test | evidence | describe`: would the cases of a study's checks notice mistakes; what is filed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trialkit.cli.publish import moment
from trialkit.cli.study import Folder, loaded
from trialkit.errors import NotFound, WrongValue
from trialkit.export.evidence import evidence_of, write_evidence
from trialkit.export.web.describe import described
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.coverage import SCOPES, unread
from trialkit.study.coverage import coverage as covered
from trialkit.study.mutation import CheckMutants, mutate, noticed
from trialkit.study.survivors import Judgement
from trialkit.study.trials import try_cases, unproven
from trialkit.values import nearest


def run_cases(
    folder: Folder,
    mutants: Annotated[
        bool, typer.Option(help="Also vary each check by small mistakes, and list those that no case notices.")
    ] = True,
    check: Annotated[list[str] | None, typer.Option(help="Only this check; may be repeated.")] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Print what each check covers, and the items that no check reads.")
    ] = False,
    least: Annotated[
        float, typer.Option(min=0, max=100, help="Fail if fewer than this percentage of the mutants is noticed.")
    ] = 0,
) -> None:
    """Run the cases of every check: what must fire fires, what must not does not.

    Each failing case says what was expected and what the check made of it; the exit status is 1,
    also where a check has no firing or no passing case.
    Checks without a firing or without a passing case are listed.

    Then each check is varied as an author could have mistaken it: a comparison flipped, a constant or threshold moved,
    a clause or a not left out, an item or code taken for another, and taken for or. A mutant that no case notices is a
    line `file:line:column CHECK: what stood -> what stands`, with the reason that survivors.yaml gives for it.

    Example: trialkit study test forms/ket_trd_301 --least 97
    """
    study = compile_study(loaded(folder))
    checks = _chosen(study, check or [])
    chosen = {one.oid for one in checks}
    results = [result for result in try_cases(study) if result.check in chosen]
    wrong = [result for result in results if not result.good]
    for result in wrong:
        typer.echo(str(result))
    bare = [oid for oid in unproven(study) if oid in chosen]
    for oid in bare:
        typer.echo(f"{oid}: has no firing or no passing case")
    found = tried(study, checks) if mutants else []
    short = _survivors(folder, study, found, least) if mutants else False
    if coverage:
        _coverage(study, found, chosen)
    typer.echo(
        f"{len(checks)} checks, {len(results)} cases, {len(wrong)} failed, {len(bare)} checks without both kinds"
    )
    if wrong or short or bare:
        raise typer.Exit(1)


def evidence(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="The folder for evidence.html and evidence.pdf.")],
    by: Annotated[str, typer.Option("--by", help="Who runs it: the name that stands in the documents.")],
    on: Annotated[str, typer.Option("--on", help="The moment (UTC) as 2026-04-14T06:00. Default: now.")] = "",
) -> None:
    """Run all cases and mutants of a study, and write evidence that can be filed.

    Two documents: study version and hash, each check, each case with its values and what came of it, the mutants that
    no case notices with their reasons, who ran it and when. The exit status is 1 if a case fails, or
    if a check has no firing or no passing case.

    Example: trialkit study evidence forms/ket_trd_301 --out evidence --by "Dee Larsen"
    """
    if not by.strip():
        raise WrongValue("evidence needs the name of who runs it", 'for example --by "Dee Larsen"')
    loaded(folder)
    made = evidence_of(
        folder, by, moment(on) or datetime.now(UTC), lambda study: tried(study, [*study.checks.values()])
    )
    for path in write_evidence(made, out):
        typer.echo(str(path))
    typer.echo(f"{made.verdict} {made.noticed}.")
    if made.failed or made.one_sided:
        raise typer.Exit(1)


def describe(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")],
) -> None:
    """Write a study as one page to browse, search and print, that needs no network.

    Events and forms, items with everything said of them, checks with what they read and their cases, calculated items,
    parameters, code lists, roles, and the way from each item to the checks that read it.

    Example: trialkit study describe forms/ket_trd_301 --out ket_trd_301.html
    """
    page = described(compile_study(loaded(folder)))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(page)
    typer.echo(f"{out}: {len(page):,} bytes")


def _survivors(folder: Path, study: CompiledStudy, found: Sequence[CheckMutants], least: float) -> bool:
    """Prints what became of the mutants; whether that is a failure."""
    judgement = Judgement(folder, study.study)
    survivors = [survivor for one in found for survivor in one.survivors]
    judged = judgement.judged(survivors)
    for one in judged:
        typer.echo(str(one))
    stale = judgement.stale(survivors, [one.check for one in found if one.sound])
    for complaint in stale:
        typer.echo(str(complaint))
    good, total, percent = noticed(found)
    reasoned = sum(one.reason is not None for one in judged)
    typer.echo(
        f"{good} of {total} mutants noticed ({percent:.1f} %), {len(judged)} survive, {reasoned} of them for a reason"
    )
    if percent < least:
        typer.echo(f"that is less than {least:g} %")
    return bool(stale) or percent < least


def tried(study: CompiledStudy, checks: Sequence[CompiledCheck]) -> list[CheckMutants]:
    """The mutants of these checks tried, with a progress bar at a terminal."""
    with typer.progressbar(
        mutate(study, checks), length=len(checks), label="Mutants", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return list(bar)


def _coverage(study: CompiledStudy, found: Sequence[CheckMutants], chosen: set[str]) -> None:
    """Prints the table of checks, what its letters mean, and the items that no check reads."""
    heads = ("number", "check", "severity", "scope", "fires", "passes", "edges", "mutants", "forms")
    rows = [heads]
    for one in covered(study, {each.check: each for each in found}):
        if one.check in chosen:
            cells = (str(one.fires), str(one.passes), one.edges, one.noticed, " ".join(one.forms))
            rows.append((one.number, one.check, one.severity, one.scope, *cells))
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo("scope: " + ", ".join(f"{letter} {meaning}" for letter, meaning in SCOPES.items()))
    typer.echo("edges: ordering comparisons with cases on both sides, one step apart; mutants: noticed of all")
    for form, items in unread(study).items() if len(chosen) == len(study.checks) else ():
        typer.echo(f"no check reads {form}: {' '.join(items)}")


def _chosen(study: CompiledStudy, wanted: list[str]) -> list[CompiledCheck]:
    for oid in wanted:
        if oid not in study.checks:
            meant = nearest(oid, study.checks)
            raise NotFound(
                f"there is no check {oid}", f"did you mean {meant}?" if meant else "see trialkit study check"
            )
    return [check for oid, check in study.checks.items() if not wanted or oid in wanted]
