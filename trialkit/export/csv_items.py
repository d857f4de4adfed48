"""The item-level CSV (one row per value) and the queries CSV (one row per line of a query's thread)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from trialkit.export.csv_cells import Profile, Sheet
from trialkit.export.csv_forms import PLACE_KEYS, by_visit, place_cells
from trialkit.export.source import Scope, Source, keepers
from trialkit.export.wording import decode, local, missing_reason, plain, seen, split_path

ITEM_COLUMNS = (
    *PLACE_KEYS,
    "GROUP",
    "ROW",
    "ITEM",
    "LABEL",
    "VALUE",
    "VALUE_DECODE",
    "MISSING",
    "UNIT",
    "STATUS",
    "VERSION",
    "ENTERED_IN",
)
QUERY_COLUMNS = (
    *PLACE_KEYS,
    "QUERY",
    "GROUP",
    "ROW",
    "ITEM",
    "LABEL",
    "STATUS",
    "SEVERITY",
    "CHECK",
    "LINE",
    "UTC",
    "LOCAL",
    "USER",
    "NAME",
    "ROLE",
    "ORGANISATION",
    "ACT",
    "TEXT",
)


def write_items(
    source: Source,
    path: Path,
    profile: Profile,
    scope: Scope,
    forms: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """One row per value or typed missing value of every record in scope."""
    with Sheet(path, ITEM_COLUMNS, profile) as sheet:
        for subject in keepers(source):
            if not scope.takes(subject.id, subject.site):
                continue
            for record in sorted(source.records(subject.id), key=lambda found: by_visit(source, found.place)):
                if forms is not None and record.place.form not in forms:
                    continue
                study = source.version(record.study)
                form = study.forms.get(record.place.form)
                keys = place_cells(source, record.place)
                for stored, value in record.values.items():
                    group, row, oid = split_path(stored)
                    if oid.startswith("@") or (form is not None and not seen(source, form, oid)):
                        continue
                    item = form.items.get(oid) if form is not None else None
                    sheet.row(
                        [
                            *keys,
                            group,
                            row,
                            oid,
                            item.label if item else "",
                            plain(value),
                            decode(study, item, value),
                            missing_reason(value),
                            (item.unit or "") if item else "",
                            record.status,
                            str(record.version),
                            study.file.version,
                        ]
                    )
            if progress is not None:
                progress(1)
    return path


def write_queries(
    source: Source, path: Path, profile: Profile, scope: Scope, progress: Callable[[int], None] | None = None
) -> Path:
    """One row per line of every query's thread; the query's present state stands on each."""
    with Sheet(path, QUERY_COLUMNS, profile) as sheet:
        for subject in keepers(source):
            if not scope.takes(subject.id, subject.site):
                continue
            zone = source.zone(subject.site)
            for query in sorted(source.queries(subject.id), key=lambda found: by_visit(source, found.place)):
                form = source.study.forms.get(query.place.form)
                group, row, oid = split_path(query.item)
                if form is not None and not seen(source, form, oid):
                    continue
                item = form.items.get(oid) if form is not None else None
                keys = place_cells(source, query.place)
                for line, remark in enumerate(query.thread, 1):
                    actor = remark.actor
                    sheet.row(
                        [
                            *keys,
                            query.id,
                            group,
                            row,
                            oid,
                            item.label if item else "",
                            query.status,
                            query.severity,
                            query.check,
                            str(line),
                            remark.at,
                            local(remark.at, zone),
                            actor.id,
                            actor.name,
                            actor.role,
                            actor.organisation,
                            remark.act,
                            remark.text,
                        ]
                    )
            if progress is not None:
                progress(1)
    return path
