"""The history of one value, the same wherever it is shown: when, who, in which role, old, new, why."""

from __future__ import annotations

import streamlit as st

from apps import here, widgets
from apps.when import Zones
from trialkit.access.table import ROLES
from trialkit.conduct.acts import SAID, verb
from trialkit.conduct.standing import DROPPED
from trialkit.conduct.trail import Step, history
from trialkit.export.web.markup import rows, tag
from trialkit.ledger.entry import Place, Written
from trialkit.store.record import EntryView
from trialkit.study.compiled import CompiledStudy, split

ROLE = {name: kind.title for name, kind in ROLES.items()}
_TOLD = {
    "meaning": "Meaning", "words": "Text that was signed", "name": "Name", "shown": "What was shown, by its hash",
    "sees": "Values that the signer may see", "factors": "Signed with", "covers": "Signed:",
    "text": "Question", "thread": "Words", "item": "Item", "check": "Check", "severity": "Severity",
    "count": "Count", "attempt": "What was tried", "why": "Why",
}  # fmt: skip
"""What is said in a signature, a query, a refused attempt, in words."""
_ASKED = {"query.open": "asked", "query.answer": "answered", "query.close": "closed", "query.cancel": "cancelled"}
_MARKS = {"Y": "verified", DROPPED: "verification dropped", None: "not verified"}


def draw(place: Place, path: str, study: CompiledStudy) -> None:
    """The history of the value at `path` of the form at `place`, newest first."""
    steps = history(here.reader(), place.record, path)
    if not steps:
        st.caption("No history yet.")
        return
    zones = Zones()
    rule = study.forms[place.form].items.get(split(path)[2])
    lines = [
        (
            zones.stamp(step.entry.recorded_at, place.site),
            step.entry.actor.name,
            ROLE.get(step.entry.actor.role, step.entry.actor.role),
            _mark(step.old) if step.mark else read(study, place.form, path, step.old),
            _mark(step.new) if step.mark else read(study, place.form, path, step.new),
            why(step, study),
            str(step.entry.seq),
        )
        for step in reversed(steps)
    ]
    label = rule.item.label if rule else path
    # a table of the page, not a grid: it wraps, is read aloud, and is there at once
    told = rows(("When", "Who", "Role", "Old", "New", "Why", "Entry"), lines)
    st.html(tag("div", told, class_="tk", role="region", aria_label=f"History of {label}"))
    st.caption(f"Times are those of site {place.site} ({zones.of(place.site)}).")


def open_history(place: Place, path: str, study: CompiledStudy) -> None:
    """The same over the page: for lists that have no room below them."""
    name = label(study, place.form, path)
    st.dialog(f"History of {name}", width="large")(draw)(place, path, study)


def read(study: CompiledStudy, form: str, path: str, written: Written) -> str:
    """A value of a form in words; what is said of the form itself as it stands."""
    rule = study.forms[form].items.get(split(path)[2]) if form in study.forms else None
    if rule is not None:
        names = here.names() if rule.type == "person" else None
        return widgets.readable(rule, written, names, study.study.file.missing_reasons)
    if written is None:
        return ""
    return written if isinstance(written, str) else str(written)


def label(study: CompiledStudy | None, form: str, path: str) -> str:
    """What a path is called: the item's label, with its row; what is said of the form in words."""
    kind, bracket, about = path.partition("[")
    if path.startswith("@") and bracket:
        named = (
            label(study, form, about[:-1])
            if kind == "@verified"
            else ROLE.get(about[:-1].partition("/")[0], about[:-1])
        )
        return f"{SAID.get(kind, kind)} {named}"
    group, row, item = split(path)
    rule = study.forms[form].items.get(item) if study is not None and form in study.forms else None
    if rule is None or study is None:
        named = about[:-1] if path.endswith("]") and not row else ""  # a file of an export, a word of a thread
        if path == "@status" and not form:
            return "State"
        said = {**_TOLD, **SAID}
        return f"{said.get(kind, kind)} {named}" if named else said.get(item, item)
    points = study.forms[form].form.groups[group].timepoints if group else None
    code = row.partition(".")[0]
    where = points[code].label if points and code in points else f"row {row}"
    return f"{rule.item.label} ({where})" if group else rule.item.label


def why(step: Step, study: CompiledStudy) -> str:
    """The reason of a step: its code in words, what was said, the check or calculation behind it."""
    codes = study.study.file.change_reasons
    code = codes.get(step.entry.reason or "", step.entry.reason or "")
    kind = step.entry.origin.get("kind")
    origin = {"calculation": "calculated by the system", "import": f"import of {step.entry.origin.get('file', '')}"}
    parts = (code, step.why, f"check {step.check}" if step.check else "", origin.get(str(kind), ""))
    return " · ".join(part for part in parts if part)


def words_of(entry: EntryView) -> list[str]:
    """What was said in an entry of a query, as it was typed."""
    return [str(shown.change.new) for shown in entry.changes
            if shown.change.item == "text" or shown.change.item.startswith("thread[")]  # fmt: skip


def asked(entry: EntryView) -> str:
    """What was done in an entry of a query: asked, answered, asked again."""
    again = entry.act == "query.open" and entry.version > 1
    return "asked again" if again else _ASKED.get(entry.act, verb(entry.act))


def _mark(written: Written) -> str:
    return _MARKS.get(written if isinstance(written, str) else None, "")
