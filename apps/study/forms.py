"""Forms as people will see them, drawn as entry draws them, and every item with all that is said about it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from apps.form.drawing import draw_form
from apps.form.sheet import Sheet
from apps.form.view import View
from apps.study import text
from trialkit.conduct.preview import Preview
from trialkit.export.web.describe_forms import form as described
from trialkit.export.web.spoken import Spoken
from trialkit.ledger.entry import Place
from trialkit.study.compiled import CompiledForm, CompiledStudy

VIEWS = {"seen": "As people see it", "detail": "Every item in detail"}


def draw(study: CompiledStudy) -> None:
    """Choose a form, and how to look at it."""
    asked = st.query_params
    forms = list(study.forms)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        oid = st.selectbox(
            "Form", forms, index=forms.index(asked["form"]) if asked.get("form") in forms else 0, width=420,
            format_func=lambda one: f"{study.forms[one].form.title} ({one})",
        )  # fmt: skip
        view = st.segmented_control(
            "View", list(VIEWS), format_func=VIEWS.__getitem__, required=True,
            default=asked.get("as") if asked.get("as") in VIEWS else "seen", label_visibility="collapsed",
        )  # fmt: skip
    cform = study.forms[oid or forms[0]]
    if view == "detail":
        text.show(described(Spoken(study), cform), study.hash)
    else:
        blank(study, cform)


def blank(study: CompiledStudy, cform: CompiledForm) -> None:
    """The form with nothing in it, and nothing that can be typed."""
    visits = [event for event, forms in study.events.items() if cform.oid in forms]
    planned = [event for event in visits if study.study.file.events[event].kind != "common"]
    told = [f"At {', '.join(planned)}."] if planned else []
    told += ["In the logs of a subject."] if len(planned) < len(visits) else []
    st.caption(" ".join([*told, "Questions that are asked only under a condition are all shown here."]))
    place = Place(event=visits[0] if visits else "", form=cform.oid)
    # nothing of a subject is read: the sheet holds no record, and what is drawn cannot be typed into
    typed = {oid: replace(rule, missing=()) for oid, rule in cform.items.items()}
    sheet = Sheet(place, study, replace(cform, items=typed), 0, {}, "")
    sheet.ready()
    with st.container(key="blank-form", border=True):
        if cform.form.instructions:
            st.caption(cform.form.instructions)
        draw_form(View(sheet, Preview(0, {}, {}, frozenset(), (), {}, frozenset()), {}))
