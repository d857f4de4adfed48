"""Code lists, limits and lookup tables of a study."""

from __future__ import annotations

import streamlit as st

from apps.study import text
from trialkit.export.web.describe_lists import codelists, parameters, tables
from trialkit.export.web.spoken import Spoken
from trialkit.study.compiled import CompiledStudy

AT_ONCE = 10


def draw(study: CompiledStudy) -> None:
    """Code lists, found by their name, their codes or what these mean."""
    words = st.text_input("Find a code list", value=st.query_params.get("list", ""), width=320,
                          placeholder="a name, a code, or what it means").strip().lower()  # fmt: skip
    found = [
        oid
        for oid, one in study.study.codelists.items()
        if words == oid.lower() or words in " ".join([oid, one.title, *one.codes, *one.codes.values()]).lower()
    ]
    exact = [oid for oid in found if oid.lower() == words]
    shown = exact or found[:AT_ONCE]
    if not found:
        st.info("No code list fits.  \nClear the search.")
        return
    more = f" The first {AT_ONCE} are shown; search for the others." if len(found) > len(shown) and not exact else ""
    st.caption(f"{len(shown) if exact else len(found)} of {len(study.study.codelists)} code lists.{more}")
    text.show(codelists(Spoken(study), shown), study.hash)


def limits(study: CompiledStudy) -> None:
    """Thresholds that stand once and are read by name, and tables of constants."""
    spoken = Spoken(study)
    st.subheader("Limits", anchor=False)
    text.show(parameters(spoken), study.hash)
    if study.study.tables:
        st.subheader("Lookup tables", anchor=False)
        text.show(tables(spoken), study.hash)
