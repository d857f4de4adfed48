"""The checks of a study: find one, and see its rule, its message, what it reads, its cases and how they go now."""

from __future__ import annotations

import streamlit as st

from apps import here
from apps.study import text
from trialkit.conduct.definition import results
from trialkit.export.evidence import tried_cases
from trialkit.export.web.describe_checks import check as described
from trialkit.export.web.spoken import Spoken
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.generic import GENERIC

SEVERITY = {"hard": "✕ must be settled", "query": "? query", "alert": "! alert"}
ANY = "all"


def draw(study: CompiledStudy) -> None:
    """Filters, the list, and the one that is chosen."""
    wanted = st.query_params.get("check", "")
    with st.container(horizontal=True):
        words = st.text_input("Find", value=wanted, placeholder="an id, or a word of the message", width=260)
        form = st.selectbox("Form", [ANY, *dict.fromkeys(one.form for one in study.checks.values())], width=120)
        severity = st.selectbox("Kind", [ANY, *SEVERITY], format_func=lambda one: SEVERITY.get(one, one), width=190)
    named = study.checks.get(words.strip())
    found = [named] if named else [one for one in study.checks.values() if _fits(one, words.strip(), form, severity)]
    if not found:
        st.info("No check fits.  \nClear the search, or choose all forms.")
        return
    one = found[0] if len(found) == 1 else _listed(found)
    if one is None:
        st.caption(f"{len(found)} rules; a check that speaks of several forms has one for each.")
        st.caption("Tick a row to see the rule, its cases and how they go.")
        _generic()
        return
    told = tried_cases(one, results(here.trial(), here.who(), study.hash, one.oid))
    text.show(described(Spoken(study), one, told), study.hash)


def _fits(one: CompiledCheck, words: str, form: str, severity: str) -> bool:
    said = f"{one.oid} {one.check.title or ''} {one.check.message}".lower()
    return words.lower() in said and form in (ANY, one.form) and severity in (ANY, one.severity)


def _listed(found: list[CompiledCheck]) -> CompiledCheck | None:
    picked = st.dataframe(
        [{"Check": one.oid, "Form": one.form, "Kind": SEVERITY[one.severity],
          "What it looks for": one.check.title or "", "Message": one.check.message,
          "Cases": len(one.check.cases.fires) + len(one.check.cases.passes)}
         for one in found],
        hide_index=True, height=min(420, 38 + 35 * len(found)), on_select="rerun", selection_mode="single-row",
        key="checks", alt="Checks of the study",
        column_config={"Check": st.column_config.TextColumn(width=110), "Form": st.column_config.TextColumn(width=60),
                       "Kind": st.column_config.TextColumn(width=135),
                       "What it looks for": st.column_config.TextColumn(width=280),
                       "Message": st.column_config.TextColumn(width=420),
                       "Cases": st.column_config.NumberColumn(width=60)},
    )["selection"]["rows"]  # fmt: skip
    return found[picked[0]] if picked and picked[0] < len(found) else None


def _generic() -> None:
    with st.expander("Checks that every study has"):
        for one in GENERIC:
            st.markdown(f"**{one.oid}** · {SEVERITY[one.severity]} · {one.title}. “{one.message}”")
