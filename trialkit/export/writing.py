"""One deliverable into files: which writer its kind has, and what the files are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trialkit.errors import Broken, WrongFile
from trialkit.export.csv_changes import write_changes
from trialkit.export.csv_dictionary import write_dictionary
from trialkit.export.csv_forms import write_forms
from trialkit.export.csv_items import write_items, write_queries
from trialkit.export.declared import Declaration
from trialkit.export.deliverable import BlankCrf, Casebook, CsvChanges, CsvDictionary, CsvForms, CsvItems
from trialkit.export.known import known
from trialkit.export.source import Scope, Source

Progress = Callable[[str, int], None]
"""Called with the name of a deliverable and how many subjects (or entries) of it are done."""


def write(
    source: Source, declared: Declaration, folder: Path, scope: Scope, progress: Progress | None = None
) -> list[Path]:
    """Write a deliverable into a folder; its files. Training data say so in every file's name."""
    what = declared.what
    prefix = f"training-{declared.name}" if source.snapshot.kind == "training" else declared.name
    path = folder / f"{prefix}.csv"
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress(declared.name, done)

    if isinstance(what, CsvForms):
        return write_forms(source, folder, prefix, what.profile, scope, what.forms, step)
    if isinstance(what, CsvItems):
        return [write_items(source, path, what.profile, scope, what.forms, step)]
    if isinstance(what, CsvChanges):
        return [write_changes(source, path, what.profile, scope, step)]
    if isinstance(what, CsvDictionary):
        return [write_dictionary(source, path, what.profile)]
    if isinstance(what, Casebook):
        return _casebooks(source, what, folder, prefix, scope, step)
    if isinstance(what, BlankCrf):
        return [_blank(source, what, folder / f"{prefix}.pdf")]
    return [write_queries(source, path, what.profile, scope, step)]


def _casebooks(
    source: Source, what: Casebook, folder: Path, prefix: str, scope: Scope, step: Callable[[int], None]
) -> list[Path]:
    try:
        from trialkit.export.pdf.casebook import write_casebook
        from trialkit.export.pdf.check import check_pdf
    except ModuleNotFoundError as missing:
        raise WrongFile(f"PDF documents need the package {missing.name}", "install trialkit[pdf]") from None
    paths = []
    for subject in source.subjects():
        if not scope.takes(subject.id, subject.site):
            continue
        path = folder / f"{prefix}-{subject.site}-{subject.id}.pdf".lower()
        write_casebook(source, path, subject, what)
        complaints = check_pdf(path, pages=False)
        if complaints:
            raise Broken(f"{path.name} breaks the rules of PDF files: {complaints[0]}", "", file=path.name)
        paths.append(path)
        step(1)
    return paths


def _blank(source: Source, what: BlankCrf, path: Path) -> Path:
    try:
        from trialkit.export.pdf.blank import write_blank
    except ModuleNotFoundError as missing:
        raise WrongFile(f"PDF documents need the package {missing.name}", "install trialkit[pdf]") from None
    blinded = "unblinded" not in source.visibility
    write_blank(known(source), path, source.snapshot.software, annotated=what.annotated, blinded=blinded)
    return path
