"""Whether another version of the study asks the same: an answer belongs to its question (decision 0030)."""

from __future__ import annotations

from collections.abc import Collection

from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import split
from trialkit.errors import OutOfOrder
from trialkit.study.compiled import CompiledForm


def alike(before: CompiledForm, now: CompiledForm, item: str) -> bool:
    """Whether the question is the same to who answers it: label, question, type, unit and choices."""
    old, new = before.items.get(item), now.items.get(item)
    return old is not None and new is not None and all(
        getattr(old.item, part) == getattr(new.item, part) for part in ("label", "question", "type", "unit")
    ) and old.labels == new.labels  # fmt: skip


def as_asked(desk: Desk, study: str, paths: Collection[str], *, whole: bool) -> None:
    """OutOfOrder where the version with the hash `study` asks otherwise, at these `paths` or in the `whole` form."""
    if not study or study == desk.study.hash:
        return
    before, now = desk.sitting.trial.compiled(study).forms[desk.place.form], desk.cform
    seen = before.items.keys() | now.items.keys() if whole else {split(path)[2] for path in paths}
    if not all(alike(before, now, item) for item in seen):
        version = desk.study.study.file.version
        raise OutOfOrder(f"version {version} of the study came into force here while this form was open",
                         "look at its questions again, then save", study=desk.study.hash)  # fmt: skip
