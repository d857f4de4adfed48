"""Reads the deliverables of a folder with the loader of studies: every fault with file, line, column and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from re import fullmatch

from trialkit.errors import WrongStudy
from trialkit.export.deliverable import (
    NAME,
    BlankCrf,
    Casebook,
    CsvChanges,
    CsvDictionary,
    CsvForms,
    CsvItems,
    CsvQueries,
    Deliverable,
)
from trialkit.study.complaint import Complaint
from trialkit.study.complaint import Path as Place
from trialkit.study.model import Study
from trialkit.study.text import Source, read
from trialkit.study.validation import validated

KINDS: dict[str, type[CsvForms | CsvItems | CsvChanges | CsvDictionary | CsvQueries | Casebook | BlankCrf]] = {
    "csv-forms": CsvForms,
    "csv-items": CsvItems,
    "csv-changes": CsvChanges,
    "csv-dictionary": CsvDictionary,
    "csv-queries": CsvQueries,
    "casebook": Casebook,
    "blank-crf": BlankCrf,
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """A deliverable with its name (its file's) and the SHA-256 of the text that declares it."""

    name: str
    what: Deliverable
    sha256: str


def load_deliverables(folder: str | Path, study: Study) -> list[Declaration]:
    """The deliverables in a folder, by name. Raises WrongStudy with every fault as file:line:column.

    Forms, groups and items that they name must exist in `study`.
    """
    folder = Path(folder)
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        raise WrongStudy([Complaint(str(folder), 1, 1, "no deliverable is declared here", "one YAML file each")])
    found: list[Declaration] = []
    complaints: list[object] = []
    for file in files:
        source = read(file, folder)
        what = _declared(source, file.stem)
        if what is not None:
            for path, words, hint in _unknown(what, study):
                source.complain(path, words, hint)
            found.append(Declaration(file.stem, what, sha256(source.text.encode()).hexdigest()))
        complaints += source.complaints
    if complaints:
        raise WrongStudy(complaints)
    return found


def _declared(source: Source, name: str) -> Deliverable | None:
    if source.root is None:
        return None
    if not fullmatch(NAME, name):
        source.complain((), f"{name!r} is no name of a deliverable", "small letters, digits, hyphens, 30 at most")
    plain = source.root.plain()
    kind = plain.get("kind") if isinstance(plain, dict) else None
    if kind not in KINDS:
        at: Place = ("kind",) if kind is not None else ()
        source.complain(at, f"{kind!r} is no kind of deliverable", f"one of {', '.join(KINDS)}")
        return None
    return validated(source, KINDS[kind])


Unknown = tuple[Place, str, str]


def _unknown(what: Deliverable, study: Study) -> Iterator[Unknown]:
    """What a declaration names and the study does not have."""
    if isinstance(what, (CsvForms, CsvItems)):
        for number, form in enumerate(what.forms or []):
            if form not in study.forms:
                yield ("forms", number), f"there is no form {form}", "name a form of the study"
    if not isinstance(what, Casebook):
        return
    for number, moment in enumerate(what.moments):
        for key, item in (("date", moment.date), ("time", moment.time)):
            if item is not None:
                yield from _item(study, ("moments", number, key), f"{moment.form}.{item}")
    for number, timeline in enumerate(what.timelines):
        for place, path in enumerate(timeline.facts):
            yield from _item(study, ("timelines", number, "facts", place), path)
        if timeline.start is not None:
            yield from _item(study, ("timelines", number, "start"), timeline.start)
        if timeline.absent is not None:
            yield from _item(study, ("timelines", number, "absent", "item"), timeline.absent.item)
        for place, row in enumerate(timeline.rows):
            yield from _items(study, ("timelines", number, "rows", place), row.group, [row.time, *row.bold])
        for place, column in enumerate(timeline.columns):
            yield from _items(study, ("timelines", number, "columns", place), column.group, column.items)


def _item(study: Study, at: Place, path: str) -> Iterator[Unknown]:
    form, _, item = path.partition(".")
    if form not in study.forms or item not in study.forms[form].items:
        yield at, f"there is no item {path}", "write FORM.ITEM of the study"


def _items(study: Study, at: Place, path: str, items: list[str]) -> Iterator[Unknown]:
    form, _, group = path.partition(".")
    groups = study.forms[form].groups if form in study.forms else {}
    if group not in groups:
        yield (*at, "group"), f"there is no group {path}", "write FORM.GROUP of the study"
        return
    for item in items:
        if item not in groups[group].items:
            yield at, f"there is no item {item} in {path}", f"it has {', '.join(groups[group].items)}"
