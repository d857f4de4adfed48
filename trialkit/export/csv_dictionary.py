"""The data dictionary CSV: every form, group and item of the study, with what a reader of the data needs."""

from __future__ import annotations

from pathlib import Path

from trialkit.export.csv_cells import Profile, Sheet
from trialkit.export.known import known
from trialkit.export.source import Source
from trialkit.export.wording import seen
from trialkit.study.model import Item, ItemGroup, Range

DICTIONARY_COLUMNS = (
    "STOREKIND",
    "STUDYID",
    "STUDY_VERSION",
    "FORM",
    "FORM_TITLE",
    "FORM_REPEATING",
    "EVENTS",
    "GROUP",
    "GROUP_TITLE",
    "GROUP_KIND",
    "ROWS",
    "ITEM",
    "LABEL",
    "QUESTION",
    "TYPE",
    "LENGTH",
    "DIGITS",
    "UNIT",
    "CODELIST",
    "CODES",
    "HARD_LOW",
    "HARD_HIGH",
    "SOFT_LOW",
    "SOFT_HIGH",
    "MANDATORY",
    "WHEN",
    "COMPUTE",
    "MISSING_REASONS",
    "VISIBILITY",
    "IDENTIFIER",
    "CRITICAL",
    "ENTERED_BY",
    "RETIRED",
    "SDTM",
    "CHECKS",
)


def write_dictionary(source: Source, path: Path, profile: Profile) -> Path:
    """One row per item in sight, in the order of the forms, of the study as the reader may know it."""
    study = known(source).study
    with Sheet(path, DICTIONARY_COLUMNS, profile) as sheet:
        for form_oid, form in study.forms.items():
            events = ";".join(
                oid for oid, event in study.file.events.items() if form_oid in event_forms(source, event.forms)
            )
            for group_oid, group in form.groups.items():
                for oid, item in group.items.items():
                    if not seen(source, form, oid):
                        continue
                    codes = study.codelists[item.codelist].codes if item.codelist in study.codelists else {}
                    checks = ";".join(name for name, check in form.checks.items() if check.item == oid)
                    missing = item.missing if item.missing is not None else list(study.file.missing_reasons)
                    sheet.row(
                        [
                            source.snapshot.kind,
                            study.file.oid,
                            study.file.version,
                            form_oid,
                            form.title,
                            _yes(form.repeating),
                            events,
                            group_oid,
                            group.title,
                            _kind(group),
                            _rows(group),
                            oid,
                            item.label,
                            item.question or "",
                            item.type,
                            _number(item.length),
                            _number(item.digits),
                            item.unit or "",
                            item.codelist or "",
                            ";".join(f"{code}={words}" for code, words in codes.items()),
                            *_range(item.hard),
                            *_range(item.soft),
                            _yes(_mandatory(item)),
                            item.when or group.when or "",
                            item.compute or "",
                            ";".join(missing),
                            _strictest(form.visibility, group.visibility, item.visibility),
                            _yes(item.identifier),
                            _yes(item.critical),
                            item.entered_by or ";".join(form.entered_by),
                            _yes(item.retired),
                            ";".join(s.target + (f"({s.testcd})" if s.testcd else "") for s in item.sdtm),
                            checks,
                        ]
                    )
    return path


def event_forms(source: Source, names: list[str]) -> list[str]:
    """The forms of an event in order, with its named sets written out."""
    sets = source.study.file.event_sets
    return [form for name in names for form in sets.get(name, [name])]


def _yes(value: bool) -> str:
    return "Y" if value else "N"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _range(found: Range | None) -> tuple[str, str]:
    return (found.low or "", found.high or "") if found else ("", "")


def _mandatory(item: Item) -> bool:
    return not item.optional and item.compute is None


def _kind(group: ItemGroup) -> str:
    return "grid" if group.timepoints is not None else "rows" if group.rows else "once"


def _rows(group: ItemGroup) -> str:
    return ";".join(f"{code}={point.label}" for code, point in (group.timepoints or {}).items())


def _strictest(*classes: str) -> str:
    return "unblinded" if "unblinded" in classes else "open"
