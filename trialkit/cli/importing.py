"""`trialkit import csv` and its kin: try an outside file with its mapping, bring it in, compare what comes out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.conduct.importing import Imported, import_csv, sites_in
from trialkit.conduct.importing_comparison import Comparison, compare
from trialkit.conduct.importing_mapping import read_mapping
from trialkit.conduct.importing_record import Outcome
from trialkit.conduct.importing_rules import fit
from trialkit.conduct.reason import Reason
from trialkit.conduct.site import add_site
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.export.csv_cells import Sheet
from trialkit.study.loading import load_study

app = typer.Typer(
    help="Bring outside files into forms. Example: trialkit import csv forms/cdisc_pilot/import/dm.yaml dm.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)

REPORT = (
    "ROW", "LINE", "VERDICT", "SITE", "SUBJECT", "EVENT", "EVENT_REPEAT", "FORM", "FORM_REPEAT",
    "CHECK", "REASON", "HINT", "QUERIES", "CHANGES",
)  # fmt: skip
FIRST = 5  # refused rows told on the screen
TOLD_FROM = 1_000  # rows from which on it is told how far it is

Mapping = Annotated[Path, typer.Argument(help="The mapping (YAML), see docs/importing.md.")]
File = Annotated[Path, typer.Argument(help="The file (CSV, UTF-8).")]
Role = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]


@app.command("csv")
def csv_file(
    mapping: Mapping, file: File, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User,
    password: Password,
    commit: Annotated[bool, typer.Option("--commit/--dry-run", help="Write, or (the default) only try.")] = False,
    report: Annotated[Path | None, typer.Option(help="CSV file to write, with the verdict on every row.")] = None,
    reason: Annotated[str, typer.Option(help="Code of the reason where a value differs from what stands.")] = "",
    because: Annotated[str, typer.Option(help="And what is said with it.")] = "",
    role: Role = "",
) -> None:  # fmt: skip
    """Try a file, and with --commit bring it into its form; safe to repeat. Exit 1 if rows were refused.

    Example: trialkit import csv forms/cdisc_pilot/import/vs.yaml vs.csv --report vs-report.csv
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        given = Reason(reason, because) if reason or because else None
        done = import_csv(Trial(at), who, mapping, file, commit=commit, reason=given, progress=_tell)
    if report is not None:
        write_report(report, done.outcomes)
    for line in (*summary(done), *refused(done, report)):
        typer.echo(line)
    if done.count("refused"):
        raise typer.Exit(1)


@app.command()
def sites(
    mapping: Mapping, file: File, store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User,
    password: Password,
    zone: Annotated[str, typer.Option(help="Time zone of the new sites, for example America/New_York.")],
    country: Annotated[str, typer.Option(help="Country of the new sites, ISO 3166 alpha-3.")],
    role: Role = "",
) -> None:  # fmt: skip
    """Add the sites that a file names and the store does not have yet (an administrator does it).

    Example: trialkit import sites forms/cdisc_pilot/import/dm.yaml dm.csv --zone America/New_York --country USA
    """
    named = sites_in(mapping, file)
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        new = [site for site in named if trial.site(site) is None]
        for site in new:
            add_site(trial, who, site, f"Site {site}", zone, country)
    typer.echo(f"{len(named)} sites in {file.name}, {len(new)} added: {', '.join(new) or 'none'}")


@app.command()
def check(mapping: Mapping, study: Annotated[Path, typer.Argument(help="The folder of the study.")]) -> None:
    """Tell everything that is wrong between a mapping and a study, as `file:line:column: what (hint)`.

    Example: trialkit import check forms/cdisc_pilot/import/vs.yaml forms/cdisc_pilot
    """
    said, source = read_mapping(mapping)
    loaded = load_study(study)
    fit(said, source, loaded)
    columns = len(set(said.columns()))
    typer.echo(f"{mapping.name}: {said.title}: {columns} columns, {len(said.ignore)} ignored, into form {said.form}")


@app.command("compare")
def compare_files(
    mapping: Mapping, file: File,
    export: Annotated[Path, typer.Argument(help="The item-level CSV of an export, or the export's folder.")],
) -> None:  # fmt: skip
    """Compare a file with what was exported after its import: values in, values out. Exit 1 if they differ.

    Example: trialkit import compare forms/cdisc_pilot/import/vs.yaml vs.csv out/items
    """
    items = item_files(export) if export.is_dir() else [export]
    made = compare(mapping, file, items)
    for difference in made.differences:
        typer.echo(str(difference))
    typer.echo(f"{made.rows:,} rows: {told(made)}")
    if made.differences:
        raise typer.Exit(1)


def told(made: Comparison) -> str:
    """The outcome of a comparison in a line."""
    zeros = f" ({made.zeros:,} numbers lost nothing but leading zeros)" if made.zeros else ""
    return f"{made.values:,} values compared, {len(made.differences):,} differ{zeros}"


def summary(done: Imported) -> Iterable[str]:
    """What became of a file, in lines for people: counts, reasons of refusals, queries raised."""
    verb = "written" if done.committed else "tried, nothing written"
    counts = ", ".join(f"{done.count(verdict):,} {verdict}" for verdict in ("accepted", "unchanged", "refused"))
    yield f"{done.file}: {len(done.outcomes):,} rows: {counts} ({verb})"
    yield f"  SHA-256 {done.sha256}"
    if done.enrolled:
        yield f"  {len(done.enrolled):,} subjects {'enrolled' if done.committed else 'to enrol'}"
    yield f"  {done.entries:,} entries {'written' if done.committed else 'to write'}"
    for kind, count in done.reasons().most_common():
        yield f"  refused {count:,}: {kind}"
    for check, count in done.queries().most_common():
        yield f"  queries {count:,}: {check}"


def refused(done: Imported, report: Path | None = None) -> Iterable[str]:
    """The first rows that were refused, in lines for people, and where all of them are to be found."""
    against = [outcome for outcome in done.outcomes if outcome.verdict == "refused"]
    for one in against[:FIRST]:
        check = f"{one.check}: " if one.check else ""
        hint = f" ({one.hint})" if one.hint else ""
        yield f"  line {one.line:,}: {check}{one.sentence}{hint}"
    where = f"see {report}" if report is not None else "see --report FILE"
    if len(against) > FIRST:
        yield f"  ... and {len(against) - FIRST:,} more, {where}"
    elif against:
        yield f"  for the verdict on every row {where}"


def write_report(path: Path, outcomes: Iterable[Outcome]) -> None:
    """The verdict on every row as CSV, guarded against formulas."""
    with Sheet(path, REPORT, "spreadsheet") as sheet:
        for one in outcomes:
            place = one.place
            where = ["", "", "", "", "", ""]
            if place is not None:
                where = [
                    place.site, place.subject, place.event, str(place.event_repeat), place.form, str(place.form_repeat),
                ]  # fmt: skip
            queries = " | ".join(f"{check}: {message}" for check, message in one.queries)
            changes = " | ".join(f"{item}: {old} -> {new}" for item, old, new in one.changes)
            said = [one.check, one.sentence, one.hint, queries, changes]
            sheet.row([str(one.row), str(one.line), one.verdict, *where, *said])


def _tell(done: int) -> None:
    if done >= TOLD_FROM:
        typer.echo(f"{done:,} rows done", err=True)


def item_files(folder: Path) -> list[Path]:
    """The item-level CSV files in a folder, told by their header."""
    found = [path for path in sorted(folder.rglob("*.csv")) if _isitem_files(path)]
    if not found:
        raise NotFound(f"there is no item-level CSV in {folder}", "export with a deliverable of kind csv-items")
    return found


def _isitem_files(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.readline(2_000).strip().split(",")
    return {"SUBJID", "EVENT", "FORM", "GROUP", "ROW", "ITEM", "VALUE", "MISSING"} <= set(head)
