"""Acts of the ledger in words, and an entry on one line."""

from __future__ import annotations

from collections.abc import Mapping

from apps import here, history
from trialkit.conduct.standing import DROPPED, is_mark
from trialkit.conduct.trail_review import REVIEW
from trialkit.ledger.entry import Written
from trialkit.store.record import EntryView
from trialkit.study.compiled import CompiledStudy, split

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Data entered": ("record.save", "import."),
    "Data changed": ("record.correct", "record.inactivate"),
    "Calculated": ("record.compute",),
    "Verified, reviewed": ("record.verify", "record.review", "ledger.review"),
    "Frozen, locked": ("record.freeze", "record.lock", "record.unlock"),
    "Queries": ("query.",),
    "Signatures": ("record.sign",),
    "Subjects, consent": ("subject.", "consent."),
    "Exports": ("export.",),
    "Study, sites": ("study.", "site.", "definition."),
    "People, access": ("person.",),
    "Sign-ins": ("signin.",),
    "Refused attempts": ("attempt.",),
    "Store, keys": ("store.", "key.", "log.", "disclosure."),
}
EXPORTED = {"subject": "one subject", "study": "the study"}
ACCOUNTS = ("person.", "signin.")
"""What is done to accounts: shown when it is asked for."""


def acts_of(group: str | None) -> tuple[str, ...]:
    """The acts of a group; none named for all."""
    return GROUPS.get(group or "", ())


def summary(entry: EntryView, study: CompiledStudy | None) -> tuple[str, str, str]:
    """(what, old, new): of a single change itself, of several how many and which first."""
    form = entry.place.form if study is not None and entry.stream.startswith("record/") else ""
    changes = [part.change for part in entry.changes if not part.change.item.startswith(("@reason", "@status"))]
    said = {part.change.item: part.change.new for part in entry.changes}
    if entry.stream.startswith("query/"):
        words = next((str(said[k]) for k in said if k == "text" or k.startswith("thread[")), "")
        return words, "", "cancelled" if entry.act == "query.cancel" else _query(said.get("@status"))
    if entry.act == REVIEW:
        return str(said.get("comment", "")), "", ""
    if entry.act == "attempt.refused":
        return str(said.get("why", "")), "", ""
    if entry.act == "export.create" and changes:
        files = sum(item.startswith("file[") for item in said)
        of = EXPORTED.get(str(said.get("kind")), "")
        return f"{files} file{'' if files == 1 else 's'} of {of}" if files and of else of, "", ""
    if entry.act == "record.sign":
        return str(said.get("words", "")), "", ""
    if entry.act.startswith("signin.") or not changes:
        status = said.get("@status")
        return "", "", str(status).lower() if isinstance(status, str) else ""
    marks = [change for change in changes if is_mark(change.item) and seen(study, form, change.item)]
    values = [change for change in changes if not is_mark(change.item)]
    if marks and not values:
        fell = sum(change.new == DROPPED for change in marks)
        many = sum(change.item.startswith("@verified[") for change in marks)
        return f"{many} item{'s' if many > 1 else ''}" if many else "the form", "", "dropped" if fell else ""
    if not values:
        return "", "", ""
    first, more = values[0], len(values) - 1
    name = history.label(study, form, first.item)
    old = history.read(study, form, first.item, first.old) if study is not None else plain(first.item, first.old)
    new = history.read(study, form, first.item, first.new) if study is not None else plain(first.item, first.new)
    return f"{name} and {more} more" if more else name, old, new


def seen(study: CompiledStudy | None, form: str, path: str) -> bool:
    """Whether a change may be told: a mark on a masked item tells of the item."""
    if study is None or form not in study.forms or not path.startswith("@verified["):
        return True
    rule = study.forms[form].items.get(split(path[10:-1])[2])
    return rule is None or rule.visibility in here.reader().sight.visibility


def plain(path: str, written: object) -> str:
    """What was written of a person, a query, an export; a password's hash tells nobody anything."""
    if written is None or path == "@credential":
        return ""
    return "; ".join(written) if isinstance(written, list) else str(written)


def _query(status: Written | None) -> str:
    return status.lower() if isinstance(status, str) else ""
