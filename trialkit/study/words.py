"""What a study's expressions may speak of: its forms, items, parameters, events and roles as a vocabulary."""

from __future__ import annotations

from trialkit.errors import WrongValue
from trialkit.expressions import Dated, FormWords, TableWords, Type, Vocabulary
from trialkit.study.model import Column, Form, Item, LookupTable, Study
from trialkit.values import Value, parse

YES_NO = ("Y", "N")


def type_of(item: Item | Column, study: Study) -> Type:
    """The static type of an item, or of the cells of a column."""
    if item.type == "yesno":
        return Type("code", None, YES_NO)
    if item.type in ("code", "codes"):
        listed = study.codelists.get(item.codelist or "")
        return Type(item.type, None, tuple(listed.codes) if listed else None)
    return Type(item.type, item.unit)


def vocabulary_of(study: Study) -> Vocabulary:
    """The words of a study. A parameter whose value is not of its type is left out; the rules complain of it."""
    parameters: dict[str, tuple[Type, Value]] = {}
    for name, parameter in study.file.parameters.items():
        try:
            parameters[name] = (Type(parameter.type, parameter.unit), parse(parameter.type, parameter.value))
        except WrongValue:
            continue
    return Vocabulary(
        forms={oid: _words(form, study) for oid, form in study.forms.items()},
        parameters=parameters,
        events=tuple(study.file.events),
        tables={oid: _table(oid, table, study) for oid, table in study.tables.items()},
        roles=tuple(study.file.roles),
        has_first_dose=study.file.first_dose is not None,
    )


def _words(form: Form, study: Study) -> FormWords:
    return FormWords(
        oid=form.oid,
        items={oid: type_of(item, study) for oid, item in form.items.items()},
        group_of=form.group_of,
        repeating_groups=frozenset(oid for oid, group in form.groups.items() if group.repeating),
        repeating=form.repeating,
        events=study.form_events[form.oid],
        site=form.oid in study.site_forms,
        dated=Dated(form.oid, form.dated_by, form.timed_by) if form.dated_by and form.dated_by in form.items else None,
        entered_by=frozenset(form.entered_by),
        masked=frozenset(oid for oid, item in form.items.items() if _masked(form, oid, item)),
    )


def _masked(form: Form, oid: str, item: Item) -> bool:
    return "unblinded" in (form.visibility, form.groups[form.group_of[oid]].visibility, item.visibility)


def _table(oid: str, table: LookupTable, study: Study) -> TableWords:
    """A lookup table. A cell that is not of its column's type is left out; the rules complain of it."""
    listed = study.codelists.get(table.key)
    columns = {name: type_of(column, study) for name, column in table.columns.items()}
    cells: dict[str, dict[str, Value]] = {}
    for key, row in table.rows.items():
        cells[key] = {}
        for name, text in row.items():
            column = table.columns.get(name)
            if column is None:
                continue
            codes = study.codelists[column.codelist].codes if column.codelist in study.codelists else None
            try:
                cells[key][name] = parse(column.type, text, codes=codes)
            except WrongValue:
                continue
    return TableWords(oid, tuple(listed.codes) if listed else (), columns, cells)
