"""The change log CSV: a row per changed field, or for an act that changed none (21 CFR 11.10(e), E6(R3) 4.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trialkit.export.csv_cells import Profile, Sheet
from trialkit.export.csv_forms import PLACE_KEYS, place_cells
from trialkit.export.source import Act, Scope, Source
from trialkit.export.wording import decode, local, missing_reason, plain, seen, split_path
from trialkit.ledger.entry import Change, Written
from trialkit.study.model import Item, Study

CHANGE_COLUMNS = (
    "SEQ",
    "UTC",
    "LOCAL",
    "ZONE",
    "USER",
    "NAME",
    "ROLE",
    "ORGANISATION",
    *PLACE_KEYS,
    "GROUP",
    "ROW",
    "ITEM",
    "LABEL",
    "OLD",
    "NEW",
    "OLD_DECODE",
    "NEW_DECODE",
    "OLD_MISSING",
    "NEW_MISSING",
    "REASON",
    "REASON_TEXT",
    "ORIGIN",
    "CHECK",
    "ACT",
    "HAPPENED_AT",
    "STREAM",
    "VERSION",
    "STUDY_VERSION",
    "ENTRY",
)
REASON_TEXT = "@reason"  # of protected values with their class, as @reason[identifier]


def reason_text(act: Act) -> str:
    """The free text of an act's reason: a change like any other, so that it can be redacted."""
    return next((plain(change.new) for change in act.changes if change.item.startswith(REASON_TEXT)), "")


def origin_text(act: Act) -> str:
    """Where an act came from: `screen`, `import file.csv`, `calculation`, `check AE-001`."""
    kind = str(act.origin.get("kind", ""))
    more = [
        str(act.origin[key])
        for key in ("file", "name", "check", "item", "row")
        if act.origin.get(key) not in (None, "")
    ]
    return " ".join([kind, *more])


def write_changes(
    source: Source, path: Path, profile: Profile, scope: Scope, progress: Callable[[int], None] | None = None
) -> Path:
    """One row per visible change in ledger order. A value this reader may not see leaves no row."""
    with Sheet(path, CHANGE_COLUMNS, profile) as sheet:
        for act in source.acts(scope.subject):
            if not scope.takes(act.place.subject, act.place.site) and (scope.subject or scope.site):
                continue
            for row in change_rows(source, act):
                sheet.row(row)
            if progress is not None:
                progress(1)
    return path


def change_rows(source: Source, act: Act) -> list[list[str]]:
    """The rows of one act."""
    study = source.version(act.study)
    form = study.forms.get(act.place.form)
    zone = source.zone(act.place.site)
    head = [
        str(act.seq),
        act.at,
        local(act.at, zone),
        zone,
        act.actor.id,
        act.actor.name,
        act.actor.role,
        act.actor.organisation,
        *place_cells(source, act.place),
    ]
    tail = [
        act.reason or "",
        reason_text(act),
        origin_text(act),
        str(act.origin.get("check", "")),
        act.act,
        act.happened_at or "",
        act.stream,
        str(act.version),
        study.file.version if act.study else "",
        act.leaf,
    ]
    rows = []
    for change in act.changes:
        group, row, oid = split_path(change.item)
        if change.item.startswith(REASON_TEXT) or (form is not None and not seen(source, form, oid)):
            continue
        item = form.items.get(oid) if form is not None else None
        rows.append([*head, group, row, oid, item.label if item else "", *_values(study, item, change), *tail])
    if not rows and not act.withheld and (form is None or seen(source, form, "")):
        rows.append([*head, "", "", "", "", "", "", "", "", "", "", *tail])
    return rows


def _values(study: Study, item: Item | None, change: Change) -> list[str]:
    old: Written = change.old
    new: Written = change.new
    return [
        plain(old),
        plain(new),
        decode(study, item, old),
        decode(study, item, new),
        missing_reason(old),
        missing_reason(new),
    ]
