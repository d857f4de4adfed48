"""The signatures of a subject as they stand: who, when, what it means, and what became of it since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from apps import here, history
from apps.when import Zones
from trialkit.conduct.called import called
from trialkit.conduct.sign import Signed, last_signature, signatures
from trialkit.export.web.markup import rows, tag
from trialkit.ledger.entry import Place
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy, split

STATES = {"valid": "✓\u00a0valid", "superseded": "↺\u00a0superseded", "broken": "✕\u00a0BROKEN"}

FRESH = dt.timedelta(minutes=1)

BESIDE = {
    "valid": ("✓", ""), "superseded": ("↺", " The form was changed since: it has to be signed again."),
    "broken": ("✕", " BROKEN: what was signed is not on record."),
}  # fmt: skip


def state(signed: Signed) -> str:
    """A signature's state in words."""
    return STATES[signed.state]


def title(study: CompiledStudy, name: str) -> str:
    """A signed form in words, with its visit if it has one: MADRS, V5."""
    subject, visit, form = name.split("/")
    (event, repeat), (oid, number) = visit.split("."), form.split(".")
    return called(study.study, Place("", subject, event, int(repeat), oid, int(number)))


def moved(study: CompiledStudy, name: str, paths: tuple[str, ...]) -> str:
    """What changed in a signed form, as it was called when it was signed; a reason beside it is none of that."""
    oid = name.rpartition("/")[2].partition(".")[0]
    items = study.forms[oid].items
    named = [
        history.label(study, oid, path) if split(path)[2] in items else path for path in paths if path != "@reason"
    ]
    return f"{title(study, name)}: {', '.join(named)}"


def beside(record: Record) -> None:
    """By whom the form was signed last, when, what it means, and whether the signature still stands."""
    found = last_signature(here.reader(), record)
    if found is None:
        return
    act, words, how = found
    role = history.ROLE.get(act.actor.role, act.actor.role)
    mark, again = BESIDE[how]
    if how == "superseded" and record.values.get("@inactive") == "Y":
        again = ""  # what is struck is not signed again
    by = f"{act.actor.name}, {role}, {Zones().stamp(act.recorded_at, record.place.site)}"
    st.caption(here.literal(f"{mark} Signed by {by}: {words}{again}"))


def of(subject: str) -> list[Signed]:
    """The signatures of a subject that this person sees, oldest first."""
    return list(signatures(here.trial(), here.who(), subject))


def told(given: Sequence[Signed], site: str) -> None:
    """For a while after this person's signature: that it was given, on how many forms, and when."""
    own = [one for one in given if one.person == here.who().person]
    if own and here.trial().store.clock() - dt.datetime.fromisoformat(own[-1].at) < FRESH:
        forms, at = len(own[-1].covers), Zones().stamp(own[-1].at, site)
        st.success(f"You signed {forms} form{'s' if forms > 1 else ''} on {at}.", icon=":material/draw:")


def draw(given: Sequence[Signed], site: str) -> None:
    """The list, newest first; what changed since under a superseded one stands beside it."""
    if not given:
        st.caption("Nothing of this subject is signed yet.")
        return
    zones, studies = Zones(), here.trial().compiled
    lines = [
        (
            state(one),
            one.name,
            history.ROLE.get(one.role, one.role),
            zones.stamp(one.at, site),
            one.meaning,
            ", ".join(title(studies(one.studies[name]), name) for name in one.covers),
            "; ".join(moved(studies(one.studies[name]), name, paths) for name, paths in one.changed.items()),
        )
        for one in reversed(given)
    ]
    told = rows(("State", "Name", "Role", "When", "Meaning", "Forms", "Changed since"), lines)
    st.html(tag("div", told, class_="tk", role="region", aria_label="Signatures"))
    st.caption("A signature stands for what was signed. When a value changes after it, the signature is superseded.")
