"""What must hold in a study beside its expressions: rules of code lists, forms and items. Each yields findings."""

from __future__ import annotations

from collections.abc import Iterator

from trialkit.errors import WrongValue
from trialkit.expressions.visits import FUNCTIONS as VISITS
from trialkit.study.building import bounds_of
from trialkit.study.check_rules import check_rules
from trialkit.study.complaint import Finding, Path
from trialkit.study.dosing_day_rules import dosing_day_rules
from trialkit.study.model import SYSTEM, Form, Item, ItemGroup, Study
from trialkit.study.schedule_rules import schedule_rules
from trialkit.study.table_rules import table_rules
from trialkit.values import CODES_SEPARATOR, nearest, parse

RESERVED = {"EVENT", "EVENT_REPEAT", "FORM_REPEAT", "ROW", "SITE", *(name.upper() for name in VISITS)}
NOT_SUBMITTED = "NOT SUBMITTED"
_MEASURED = ("integer", "decimal")
_RANGED = ("integer", "decimal", "date", "partialDate", "time", "datetime")
_DATED = ("date", "partialDate", "datetime")


def rules(study: Study) -> Iterator[Finding]:
    """Every finding of a study, file by file."""
    yield from _codelists(study)
    yield from table_rules(study)
    yield from schedule_rules(study)
    yield from dosing_day_rules(study)
    for form in study.forms.values():
        yield from _form(form, study)
        yield from check_rules(form, study)


def _codelists(study: Study) -> Iterator[Finding]:
    used = {item.codelist for form in study.forms.values() for item in form.items.values()}
    used |= {table.key for table in study.tables.values()}
    used |= {column.codelist for table in study.tables.values() for column in table.columns.values()}
    for name, listed in study.codelists.items():
        if not listed.codes:
            yield Finding(
                "codelists", (name, "codes"), f"{name} has no codes", "give it codes or remove it", at_key=True
            )
        if name not in used:
            yield Finding(
                "codelists", (name,), f"no item uses the code list {name}", "remove it or refer to it", at_key=True
            )
        for code in listed.codes:
            if code != code.strip() or not code or CODES_SEPARATOR in code or len(code) > 200:
                hint = "no blanks at its ends, no semicolon, at most 200 characters"
                yield Finding("codelists", (name, "codes", code), f"{code!r} cannot be a code", hint, at_key=True)


def _form(form: Form, study: Study) -> Iterator[Finding]:
    for n, role in enumerate(form.entered_by):
        if role != SYSTEM:
            yield from _role(study, form.oid, ("entered_by", n), role)
    for n, role in enumerate(form.hidden_from):
        yield from _role(study, form.oid, ("hidden_from", n), role)
    if form.signed_by is not None:
        yield from _role(study, form.oid, ("signed_by",), form.signed_by)
    if not form.groups:
        yield Finding(form.oid, ("groups",), f"{form.oid} has no groups", "give it a group with items", at_key=True)
    yield from _dated(form)
    seen: dict[str, str] = {}
    for oid, group in form.groups.items():
        yield from _group(form, oid, group)
        for name, item in group.items.items():
            path: Path = ("groups", oid, "items", name)
            if name in seen:
                hint = "items of one form need different ids; rename one"
                yield Finding(form.oid, path, f"{name} already stands in group {seen[name]}", hint, at_key=True)
            seen.setdefault(name, oid)
            if name in RESERVED or name in form.groups:
                hint = "choose another id for the item"
                what = "a word of the expression language" if name in RESERVED else "also the id of a group"
                yield Finding(form.oid, path, f"{name} is {what}", hint, at_key=True)
            yield from _item(form, path, name, item, study)


def _dated(form: Form) -> Iterator[Finding]:
    """`dated_by` and `timed_by` name single items of the form that hold a date and a time."""
    for key, name, types, kind in (
        ("dated_by", form.dated_by, _DATED, "date"), ("timed_by", form.timed_by, ("time",), "time"),
    ):  # fmt: skip
        if name is None:
            continue
        item = form.items.get(name)
        if item is None:
            meant = nearest(name, form.items)
            hint = f"did you mean {meant}?" if meant else "name an item of this form"
            yield Finding(form.oid, (key,), f"{form.oid} has no item {name}", hint)
        elif item.type not in types:
            yield Finding(form.oid, (key,), f"{name} is {item.type}, no {kind}", f"name an item of type {kind}")
        elif form.groups[form.group_of[name]].repeating:
            hint = "name an item that occurs once a record"
            yield Finding(form.oid, (key,), f"{name} stands in the repeating group {form.group_of[name]}", hint)
    dated = form.items.get(form.dated_by or "")
    if form.timed_by is not None and (form.dated_by is None or (dated is not None and dated.type == "datetime")):
        what = "without dated_by" if form.dated_by is None else f"beside {form.dated_by}, which has a time already"
        yield Finding(form.oid, ("timed_by",), f"timed_by stands {what}", "it goes with a date item", at_key=True)


def _group(form: Form, oid: str, group: ItemGroup) -> Iterator[Finding]:
    path: Path = ("groups", oid)
    if not group.items:
        yield Finding(
            form.oid, (*path, "items"), f"the group {oid} has no items", "give it items or remove it", at_key=True
        )
    if group.rows and group.timepoints is not None:
        hint = "timepoints make rows of their own; remove rows"
        yield Finding(form.oid, (*path, "rows"), f"the group {oid} has rows and timepoints", hint, at_key=True)
    if group.max_rows is not None and (not group.rows or group.max_rows < 1):
        hint = "only with rows: yes, and at least 1"
        yield Finding(form.oid, (*path, "max_rows"), f"max_rows of the group {oid} means nothing", hint, at_key=True)
    for code, point in (group.timepoints or {}).items():
        where = (*path, "timepoints", code)
        if not code.replace("_", "").isalnum() or not code.isascii():
            yield Finding(form.oid, where, f"{code!r} cannot be a timepoint", "letters, digits and _ only", at_key=True)
        if point.early < 0 or point.late < 0:
            key = "early" if point.early < 0 else "late"
            yield Finding(form.oid, (*where, key), f"{key} is negative", "write how many minutes, without a sign")
        if point.minute is not None and point.reference is None and (point.early or point.late):
            hint = "add reference: moment(FORM.DATE, FORM.TIME)"
            yield Finding(form.oid, where, f"the window of {code} has no reference moment", hint, at_key=True)


def _item(form: Form, path: Path, oid: str, item: Item, study: Study) -> Iterator[Finding]:
    def find(key: str, what: str, hint: str, at_key: bool = False) -> Finding:
        return Finding(form.oid, (*path, key), what, hint, at_key=at_key)

    coded = item.type in ("code", "codes")
    if coded and item.codelist is None:
        yield find("type", f"{oid} has no code list", "add codelist: NAME")
    if item.codelist is not None and not coded:
        yield find(
            "codelist", f"{oid} is {item.type} but has a code list", "write type: code, or remove the code list", True
        )
    if item.codelist is not None and item.codelist not in study.codelists:
        meant = nearest(item.codelist, study.codelists)
        hint = f"did you mean {meant}?" if meant else "add it to codelists.yaml"
        yield find("codelist", f"there is no code list {item.codelist}", hint)
    if item.length is not None and (item.type != "text" or not 1 <= item.length <= 10_000):
        yield find("length", f"length of {oid} means nothing", "only for type text, 1 to 10000", item.type != "text")
    if item.digits is not None and (item.type != "decimal" or not 0 <= item.digits <= 15):
        yield find("digits", f"digits of {oid} means nothing", "only for type decimal, 0 to 15", item.type != "decimal")
    if item.unit is not None and item.type not in _MEASURED:
        yield find("unit", f"{oid} is {item.type} but has a unit", "only integer and decimal items have one", True)
    if item.future and item.type not in _DATED:
        yield find("future", f"{oid} is {item.type} but has future", "only dates can lie in the future", True)
    if item.measured and (item.type != "integer" or item.unit != "s" or item.compute):
        hint = "a tablet measures whole seconds: type integer, unit s, not calculated"
        yield find("measured", f"measured of {oid} means nothing", hint)
    if item.retired and item.compute:
        yield find("retired", f"{oid} is retired and still calculated", "remove compute", True)
    if item.default is not None:
        yield from _default(form, path, oid, item, study)
    yield from _ranges(form, path, oid, item)
    for n, reason in enumerate(item.missing or []):
        if reason not in study.file.missing_reasons:
            meant = nearest(reason, study.file.missing_reasons)
            hint = f"did you mean {meant}?" if meant else "add it to missing_reasons in study.yaml"
            yield Finding(form.oid, (*path, "missing", n), f"there is no missing reason {reason}", hint)
    if item.entered_by not in (None, SYSTEM):
        assert item.entered_by is not None
        yield from _role(study, form.oid, (*path, "entered_by"), item.entered_by)
    if item.roles and item.type != "person":
        yield find("roles", f"{oid} is {item.type} but has roles", "only a person holds a role", True)
    for n, role in enumerate(item.roles):
        yield from _role(study, form.oid, (*path, "roles", n), role)
    for n, target in enumerate(item.sdtm):
        parts = target.target.split(".")
        if target.target != NOT_SUBMITTED and (
            len(parts) != 2 or not all(part.isidentifier() and part.isupper() for part in parts)
        ):
            where = (*path, "sdtm", n, "target")
            yield Finding(
                form.oid, where, f"{target.target!r} is no SDTM target", "DOMAIN.VARIABLE, for example VS.VSORRES"
            )


def _default(form: Form, path: Path, oid: str, item: Item, study: Study) -> Iterator[Finding]:
    assert item.default is not None
    if item.compute is not None:
        yield Finding(form.oid, (*path, "default"), f"{oid} is calculated and has a default", "remove one", at_key=True)
        return
    listed = study.codelists.get(item.codelist or "")
    if item.type in ("code", "codes") and listed is None:
        return
    codes = listed.codes if listed else None
    try:
        parse(item.type, item.default, codes=codes, length=item.length, digits=item.digits)
    except WrongValue as wrong:
        yield Finding(form.oid, (*path, "default"), f"the default of {oid}: {wrong.sentence}", wrong.hint)


def _ranges(form: Form, path: Path, oid: str, item: Item) -> Iterator[Finding]:
    found = {}
    for name, range in (("hard", item.hard), ("soft", item.soft)):
        if range is None:
            continue
        if item.type not in _RANGED:
            hint = "numbers, dates and times have ranges; a code list or length limits the rest"
            yield Finding(form.oid, (*path, name), f"{oid} is {item.type} and has no range", hint, at_key=True)
            continue
        for end, text in (("low", range.low), ("high", range.high)):
            try:
                parse("date" if item.type == "partialDate" else item.type, text) if text is not None else None
            except WrongValue as wrong:
                yield Finding(form.oid, (*path, name, end), f"{name} {end} of {oid}: {wrong.sentence}", wrong.hint)
        bounds = bounds_of(item, range)
        if bounds is not None:
            found[name] = bounds
            if bounds.low is not None and bounds.high is not None and bounds.low > bounds.high:
                yield Finding(
                    form.oid, (*path, name, "low"), f"{name} range of {oid} is upside down", "low must not exceed high"
                )
    if "hard" in found and "soft" in found:
        hard, soft = found["hard"], found["soft"]
        for end, text in (("low", soft.low), ("high", soft.high)):
            if text is not None and hard.exclude(text):
                yield Finding(
                    form.oid,
                    (*path, "soft", end),
                    f"soft {end} of {oid} lies outside its hard range",
                    "it could never be asked",
                )


def _role(study: Study, file: str, path: Path, role: str) -> Iterator[Finding]:
    if role not in study.file.roles:
        meant = nearest(role, study.file.roles)
        hint = f"did you mean {meant}?" if meant else "add it to roles in study.yaml"
        yield Finding(file, path, f"there is no role {role}", hint)
