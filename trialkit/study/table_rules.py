"""Rules of lookup tables: keys are codes of a list, cells are values of their columns."""

from __future__ import annotations

from collections.abc import Iterator

from trialkit.errors import WrongValue
from trialkit.study.complaint import Finding, Path
from trialkit.study.model import Column, LookupTable, Study
from trialkit.values import nearest, parse

_SCALAR = ("text", "integer", "decimal", "date", "partialDate", "time", "datetime", "code", "yesno")


def table_rules(study: Study) -> Iterator[Finding]:
    """Every finding of tables.yaml."""
    for oid, table in study.tables.items():
        if table.key not in study.codelists:
            meant = nearest(table.key, study.codelists)
            hint = f"did you mean {meant}?" if meant else "its keys are the codes of a list in codelists.yaml"
            yield Finding("tables", (oid, "key"), f"there is no code list {table.key}", hint)
        if not table.columns:
            yield Finding("tables", (oid, "columns"), f"{oid} has no columns", "give it a column", at_key=True)
        for name, column in table.columns.items():
            yield from _column((oid, "columns", name), name, column, study)
        yield from _rows(oid, table, study)


def _column(path: Path, name: str, column: Column, study: Study) -> Iterator[Finding]:
    if column.type not in _SCALAR:
        yield Finding("tables", (*path, "type"), f"{name} cannot be {column.type}", "use " + ", ".join(_SCALAR))
    if column.unit is not None and column.type not in ("integer", "decimal"):
        hint = "only integer and decimal columns have one"
        yield Finding("tables", (*path, "unit"), f"{name} is {column.type} but has a unit", hint, at_key=True)
    if column.type == "code" and column.codelist is None:
        yield Finding("tables", (*path, "type"), f"{name} has no code list", "add codelist: NAME")
    if column.codelist is not None and column.type != "code":
        hint = "write type: code, or remove the code list"
        yield Finding("tables", (*path, "codelist"), f"{name} is {column.type} but has a code list", hint, at_key=True)
    elif column.codelist is not None and column.codelist not in study.codelists:
        meant = nearest(column.codelist, study.codelists)
        hint = f"did you mean {meant}?" if meant else "add it to codelists.yaml"
        yield Finding("tables", (*path, "codelist"), f"there is no code list {column.codelist}", hint)


def _rows(oid: str, table: LookupTable, study: Study) -> Iterator[Finding]:
    listed = study.codelists.get(table.key)
    for key, row in table.rows.items():
        path: Path = (oid, "rows", key)
        if listed is not None and key not in listed.codes:
            meant = nearest(key, listed.codes)
            hint = f"did you mean {meant!r}?" if meant else "one of " + ", ".join(list(listed.codes)[:8])
            yield Finding("tables", path, f"{key!r} is not in the code list {table.key}", hint, at_key=True)
        for name, text in row.items():
            column = table.columns.get(name)
            if column is None:
                meant = nearest(name, table.columns)
                hint = f"did you mean {meant}?" if meant else "it has " + ", ".join(list(table.columns)[:12])
                yield Finding("tables", (*path, name), f"{oid} has no column {name}", hint, at_key=True)
                continue
            codes = study.codelists[column.codelist].codes if column.codelist in study.codelists else None
            if column.type not in _SCALAR or (column.type == "code" and codes is None):
                continue
            try:
                parse(column.type, text, codes=codes)
            except WrongValue as wrong:
                yield Finding("tables", (*path, name), f"{name} of {key}: {wrong.sentence}", wrong.hint)
