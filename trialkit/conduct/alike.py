"""Whether another version of the study asks the same: an answer belongs to its question (decision 0030)."""

from __future__ import annotations

from collections.abc import Collection

from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import split
from trialkit.errors import OutOfOrder
from trialkit.study.compiled import CompiledForm


def alike(before: CompiledForm, now: CompiledForm, path: str) -> bool:
    """Whether the question is the same to who answers it: label, question, help, type, unit, choices, section, row."""
    _, row, item = split(path)
    old, new = before.items.get(item), now.items.get(item)
    return (
        old is not None
        and new is not None
        and all(
            getattr(old.item, part) == getattr(new.item, part) for part in ("label", "question", "help", "type", "unit")
        )
        and old.labels == new.labels
        and before.groups[old.group].group.title == now.groups[new.group].group.title
        and _row(before, old.group, row) == _row(now, new.group, row)
    )


def as_asked(desk: Desk, study: str, paths: Collection[str], *, whole: bool) -> None:
    """OutOfOrder where the version with the hash `study` asks otherwise, at these `paths` or in the `whole` form."""
    if not study or study == desk.study.hash:
        return
    before, now = desk.sitting.trial.compiled(study).forms[desk.place.form], desk.cform
    same = all(alike(before, now, path) for path in paths)
    if whole:
        every = before.items.keys() | now.items.keys()
        same = same and before.form.instructions == now.form.instructions
        same = same and all(alike(before, now, item) for item in every) and _rows(before) == _rows(now)
    if not same:
        version = desk.study.study.file.version
        raise OutOfOrder(f"version {version} of the study came into force here while this form was open",
                         "look at its questions again, then save", study=desk.study.hash)  # fmt: skip


def _row(form: CompiledForm, group: str, row: str) -> object:
    """When a row of a grid is read, as people are told it; None where rows are but numbered."""
    point = (form.groups[group].group.timepoints or {}).get(row.partition(".")[0])
    return (point.label, point.minute, point.reference) if point else None


def _rows(form: CompiledForm) -> dict[tuple[str, str], object]:
    """The same of all rows of its grids."""
    return {(oid, row): _row(form, oid, row) for oid, one in form.groups.items() for row in one.group.timepoints or {}}
