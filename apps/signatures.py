"""The signatures of a subject as they stand: who, when, what it means, and what became of it since."""

from __future__ import annotations

import streamlit as st

from apps import here, history
from apps.when import Zones
from trialkit.conduct.sign import Signed, signatures

STATES = {"valid": "✓ valid", "superseded": "↺ superseded", "broken": "✕ BROKEN"}


def state(signed: Signed) -> str:
    """A signature's state in words."""
    return STATES[signed.state]


def title(site: str, stream: str) -> str:
    """A signed form in words, with its visit: Informed consent 1, LOG."""
    event, _, form = stream.split("/", 1)[1].rpartition("/")
    oid, _, number = form.partition(".")
    rule = here.study(site).forms.get(oid)
    if rule is None:
        return f"{form}, {event}"
    visit, _, repeat = event.rpartition("/")[2].partition(".")
    return f"{rule.form.title}{f' {number}' if rule.form.repeating else ''}, {here.visit_name(visit, int(repeat))}"


def said(site: str, stream: str, paths: tuple[str, ...]) -> list[str]:
    """What changed, as it is called; a reason beside it is not a change of its own."""
    oid = stream.rpartition("/")[2].partition(".")[0]
    return [history.label(here.study(site), oid, path) for path in paths if path != "@reason"]


def draw(subject: str, site: str) -> None:
    """The list, newest first; what changed since under a superseded one stands beside it."""
    given = signatures(here.trial(), here.who(), subject)
    if not given:
        st.caption("Nothing of this subject is signed yet.")
        return
    zones = Zones()
    st.dataframe(
        [
            {
                "State": state(one),
                "Name": one.name,
                "Role": history.ROLE.get(one.role, one.role),
                "When": zones.moment(one.at, site),
                "Meaning": one.meaning,
                "Forms": ", ".join(title(site, stream) for stream in one.covers),
                "Changed since": "; ".join(
                    f"{title(site, stream)}: {', '.join(said(site, stream, paths))}"
                    for stream, paths in one.changed.items()
                ),
            }
            for one in reversed(given)
        ],
        hide_index=True,
        alt="Signatures: state, name, role, when, meaning, forms, what changed since",
        column_config={"Meaning": st.column_config.TextColumn(width=300)},
    )
    st.caption("A signature stands for what was signed. When a value changes after it, the signature is superseded.")
