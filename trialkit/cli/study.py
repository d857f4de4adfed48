"""`trialkit study`: check a study folder, write schemas for editors, tell what changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import orjson
import typer

from trialkit.errors import NotFound, WrongStudy
from trialkit.study.difference import difference
from trialkit.study.generic import GENERIC, NUMBERS, check_number, own_numbers
from trialkit.study.loading import load_study
from trialkit.study.model import Study
from trialkit.study.schema import schemas
from trialkit.study.starter import new_study

app = typer.Typer(
    help="What may be captured: check it, try it, compare it. Example: trialkit study check forms/ket_trd_301",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Argument(help="The folder with study.yaml, codelists.yaml and one file a form.")]


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; nothing may stand in it yet.")],
    oid: Annotated[str, typer.Option("--oid", help="The id of the study, for example FIRST-1.")],
    title: Annotated[str, typer.Option("--title", help="What the study is called.")],
) -> None:
    """Make a small working study to start from, each part explained in remarks.

    Two visits and four forms (consent, demographics, a grid of vital signs, a log of adverse events), code lists,
    roles, four checks with cases, and an exports folder. docs/authoring.md goes on from there.

    Example: trialkit study new first --oid FIRST-1 --title "My first study"
    """
    try:
        study, files = new_study(folder, oid, title)
    except WrongStudy as wrong:
        raise _complained(wrong) from None
    for path in files:
        typer.echo(str(path))
    typer.echo(f"{study.file.oid}: a study with {len(study.forms)} forms. Go on with: trialkit study check {folder}")


@app.command()
def check(folder: Folder) -> None:
    """Tell everything that is wrong with a study, or what is in it.

    Each fault is a line `file:line:column: what (hint)`, and the exit status is 1. Checks are counted by number: the
    engine's generic ones and the study's own, of which M01-CM and M01-AE are two rules of one.

    Example: trialkit study check forms/ket_trd_301
    """
    study = loaded(folder)
    forms = study.forms.values()
    checks = {oid: check for form in forms for oid, check in form.checks.items()}
    severities = Counter(check.severity for check in checks.values())
    own = own_numbers(checks)
    rules = sum(check_number(oid) not in NUMBERS for oid in checks)
    rows = {
        "study": f"{study.file.oid} {study.file.version}",
        "version": study.hash,
        "events": len(study.file.events),
        "forms": len(study.forms),
        "items": sum(len(form.items) for form in forms),
        "code lists": len(study.codelists),
        **({"tables": len(study.tables)} if study.tables else {}),
        "checks": f"{len(GENERIC) + len(own)} ({len(GENERIC)} generic, {len(own)} of the study in {rules} rules)",
        "rules": f"{len(checks)} ({', '.join(f'{n} {name}' for name, n in sorted(severities.items()))})",
        "cases": sum(len(check.cases.fires) + len(check.cases.passes) for check in checks.values()),
    }
    for name, value in rows.items():
        typer.echo(f"{name:<11} {value}")
    typer.echo("")
    width = max([len(form.title) for form in forms], default=0)
    for form in forms:
        typer.echo(f"{form.oid:<8} {form.title:<{width}}  {len(form.items):>4} items  {len(form.checks):>4} rules")


@app.command()
def schema(
    out: Annotated[
        Path | None, typer.Option(help="Folder to write the schema files to; without it, they are printed.")
    ] = None,
) -> None:
    """Write JSON Schemas, so that an editor completes the keys of study.yaml, codelists.yaml, tables.yaml and forms.

    Example: trialkit study schema --out .schemas
    """
    for name, body in schemas().items():
        text = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text, encoding="utf-8")
            typer.echo(str(out / name))


@app.command()
def items(
    folder: Folder,
    form: Annotated[str, typer.Argument(help="The id of the form, for example VS.")],
) -> None:
    """List the items of a form as they are typed: name, type, codes or unit, and label.

    Example: trialkit study items forms/ket_trd_301 VS
    """
    study = loaded(folder)
    if form not in study.forms:
        raise NotFound(f"there is no form {form}", "forms are " + ", ".join(study.forms))
    for oid, group in study.forms[form].groups.items():
        rows = "|".join(group.timepoints or ()) or "1, 2, ..."
        typer.echo(group.title + (f": write {oid}[row].ITEM, rows {rows}" if group.repeating else ""))
        for name, item in group.items.items():
            codes = "|".join(study.codelists[item.codelist].codes) if item.codelist else ""
            kind = "computed" if item.compute is not None else " ".join(filter(None, (item.type, item.unit, codes)))
            typer.echo(f"  {name:<16} {item.label}: {kind}{', optional' if item.optional else ''}")


@app.command()
def diff(
    a: Annotated[Path, typer.Argument(help="The folder of the earlier version.")],
    b: Annotated[Path, typer.Argument(help="The folder of the later version.")],
) -> None:
    """List what changed from one version of a study to another, by kind.

    What may not happen to a published study (an item's type changes, an item disappears) is marked.

    Example: trialkit study diff released/ket_trd_301 forms/ket_trd_301
    """
    found = difference(loaded(a), loaded(b))
    for change in found:
        typer.echo(str(change))
    typer.echo(f"{len(found)} differences" if found else "no differences")


def loaded(folder: Path) -> Study:
    """The study of a folder; complaints are printed, and the exit status is 1."""
    try:
        return load_study(folder)
    except WrongStudy as wrong:
        raise _complained(wrong) from None


def _complained(wrong: WrongStudy) -> typer.Exit:
    for complaint in wrong.complaints:
        typer.echo(str(complaint))
    count = len(wrong.complaints)
    typer.echo(f"{count} complaint{'s' if count != 1 else ''}", err=True)
    return typer.Exit(1)
