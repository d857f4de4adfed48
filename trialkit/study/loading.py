"""Loads a study from its folder and tells everything that is wrong with it at once, each fault with its place.

`study.yaml`, `codelists.yaml`, `tables.yaml` if there is one, and one file a form named after its oid in small letters;
nothing else is looked at.
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, RootModel

from trialkit.errors import WrongStudy
from trialkit.study.building import build
from trialkit.study.canonical import study_of
from trialkit.study.complaint import Complaint, Finding
from trialkit.study.model import CodeList, Form, LookupTable, Oid, Study, StudyFile
from trialkit.study.rules import rules
from trialkit.study.survivors import SURVIVORS
from trialkit.study.text import Source, read
from trialkit.study.validation import validated


class LookupTables(RootModel[dict[Oid, LookupTable]]):
    """The file `tables.yaml`: name -> lookup table."""

    root: dict[Oid, LookupTable] = Field(default_factory=dict)


class CodeLists(RootModel[dict[str, CodeList]]):
    """The file `codelists.yaml`: name -> code list."""

    root: dict[str, CodeList] = Field(default_factory=dict)


STUDY, CODELISTS, TABLES = "study.yaml", "codelists.yaml", "tables.yaml"


def load_study(folder: str | Path) -> Study:
    """The study in a folder. Raises WrongStudy, whose complaints name every fault as file:line:column."""
    folder = Path(folder)
    if not folder.is_dir():
        raise WrongStudy(
            [Complaint(str(folder), 1, 1, "there is no such folder", "give the folder with study.yaml in it")]
        )
    sources: dict[str, Source] = {}
    study_file = _study_file(folder, sources)
    codelists, tables = _codelists(folder, sources), _tables(folder, sources)
    forms, broken = _forms(folder, sources)
    complaints = [c for source in sources.values() for c in source.complaints]
    if study_file is not None and codelists is not None and tables is not None:
        study = study_of(study_file, codelists, forms, tables)
        findings = [*rules(study), *build(study)[1]]
        complaints += _placed(findings, sources, broken)
        if not complaints:
            return study
    raise WrongStudy(sorted(set(complaints)))


def _study_file(folder: Path, sources: dict[str, Source]) -> StudyFile | None:
    sources["study"] = source = read(folder / STUDY, folder)
    return validated(source, StudyFile)


def _codelists(folder: Path, sources: dict[str, Source]) -> dict[str, CodeList] | None:
    if not (folder / CODELISTS).exists():
        return {}
    sources["codelists"] = source = read(folder / CODELISTS, folder)
    lists = validated(source, CodeLists)
    return lists.root if lists is not None else None


def _tables(folder: Path, sources: dict[str, Source]) -> dict[str, LookupTable] | None:
    if not (folder / TABLES).exists():
        return {}
    sources["tables"] = source = read(folder / TABLES, folder)
    tables = validated(source, LookupTables)
    return tables.root if tables is not None else None


def _forms(folder: Path, sources: dict[str, Source]) -> tuple[dict[str, Form], set[str]]:
    """The forms by oid, and the oids of files that could not be read as forms."""
    forms: dict[str, Form] = {}
    broken: set[str] = set()
    for file in sorted(folder.iterdir()):
        if file.name.startswith(".") or file.name in (STUDY, CODELISTS, TABLES, SURVIVORS):
            continue
        if file.suffix == ".yml":
            sources[file.name] = source = Source(file.name, "", None, [])
            source.complain((), "the file ends in .yml", f"rename it to {file.stem}.yaml")
        if file.suffix != ".yaml":
            continue
        source = read(file, folder)
        form = validated(source, Form)
        oid = file.stem.upper()
        if form is None:
            broken.add(oid)
            sources[file.name] = source
            continue
        if form.oid != oid:
            source.complain(
                ("oid",),
                f"the form {form.oid} stands in the file {file.name}",
                f"name the file {form.oid.lower()}.yaml",
            )
        if form.oid in forms:
            sources[file.name] = source
            continue
        forms[form.oid] = form
        sources[form.oid] = source
    return forms, broken


def _placed(findings: list[Finding], sources: dict[str, Source], broken: set[str]) -> list[Complaint]:
    """Findings as complaints; those that only follow from a form that could not be read are left out."""
    complaints = []
    follows = re.compile(rf"(form|rows|speaks of|speaks of \w+:) ?({'|'.join(map(re.escape, broken))})\b")
    for finding in findings:
        if broken and (follows.search(finding.what) or finding.what.startswith("no item uses the code list")):
            continue
        source = sources.get(finding.file)
        name = source.name if source else f"{finding.file}.yaml"
        line, column = source.place(finding.path, finding.offset, finding.at_key) if source else (1, 1)
        complaints.append(Complaint(name, line, column, finding.what, finding.hint))
    return complaints
