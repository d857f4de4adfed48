"""A form drawn whole from the study: sections, questions, tables. One without tables is drawn in parts (parts.py)."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from apps.form.about import listen
from apps.form.grid import table
from apps.form.question import Question, calculated, draw_question, question
from apps.form.view import View


def draw_form(view: View) -> None:
    """Every section in the order of the paper; what is not asked is not there."""
    sheet, look = view.sheet, view.look
    drawn: list[Question] = []
    # Each section, each question and each run of calculated values has a place of its own, drawn or not: what appears
    # and goes away moves no other box to another place, where it would be made anew and lose what is being typed in it.
    for group in sheet.cform.groups.values():
        with st.container():
            shown = look.shown(group.items)
            if group.group.repeating and shown:
                with st.container(key=sheet.anchor(f"{group.oid}[].")):
                    table(sheet, look, group, view.people, view.own)
                continue
            if not any(view.asks(rule.oid) for rule in shown):
                sheet.on_screen.difference_update(rule.oid for rule in shown)
                continue
            st.subheader(group.group.title, divider="gray", anchor=False)
            for made, rules in groupby(shown, lambda rule: rule.compute is not None):
                asked = [(rule.oid, question(view, rule) if view.asks(rule.oid) else None) for rule in rules]
                found = [one for _, one in asked if one is not None]
                drawn += found
                if made:
                    st.html(calculated(sheet, found)) if found else st.empty()
                    continue
                for oid, one in asked:
                    if one is None:
                        sheet.on_screen.discard(oid)
                        st.empty()
                    else:
                        draw_question(sheet, one)
    listen(sheet, drawn)
