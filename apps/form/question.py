"""One question of a form: its control, its tools, and what is to be said about the answer right below it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import streamlit as st

from apps import here, widgets
from apps.form import item as item_panel
from apps.form.cells import in_place_of
from apps.form.sheet import Sheet
from apps.form.view import View
from trialkit.access.table import ROLES
from trialkit.conduct.checking import Finding
from trialkit.conduct.questionnaire import enters
from trialkit.study.compiled import CompiledItem

SIGNS = {"hard": "✕", "query": "?", "alert": "!"}
"""What stands before a finding, by its severity."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is drawn of a question, but for what is typed in its box: two that are equal look the same.

    `made` is what was calculated, in words; `below` what is said of the answer, as Markdown; `said` the same in small.
    """

    oid: str
    key: str
    label: str
    tools: str
    made: str = ""
    people: tuple[tuple[str, str], ...] = ()
    writable: bool = False
    shut: bool = False
    read: str = ""
    said: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


def question(view: View, rule: CompiledItem) -> Question:
    """What is to be drawn of it now."""
    sheet, look = view.sheet, view.look
    by, gone = enters(rule.item.entered_by or "", rule.oid in sheet.stood), rule.oid in sheet.missing
    writable, key = by in view.own, sheet.key(rule.oid)
    wrong = look.refused.get(rule.oid)
    below = [f":red[✕ {here.literal(wrong.sentence)} ({here.literal(wrong.hint)})]"] if wrong is not None else []
    below += [f":{colour(one)}[{SIGNS[one.severity]} {here.literal(one.message)}]"
              for one in view.found.get(rule.oid, ()) if view.told(one)]  # fmt: skip
    tools = _tools(view, rule)
    if rule.compute is not None:
        value = widgets.readable(rule, look.values.get(rule.oid)) or "—"
        lacks = "" if rule.oid in look.values else lacking(view, rule)
        made = f"**{here.literal(value)}** :small[calculated{lacks}]"
        return Question(rule.oid, key, label(rule), tools, made, writable=writable, below=tuple(below))
    said = [f"Filled in by: {ROLES[by].title}"] if view.own and by and not writable else []
    if gone:
        reason = sheet.study.study.file.missing_reasons.get(sheet.missing[rule.oid], sheet.missing[rule.oid])
        said.append(here.literal(f"missing: {reason}{in_place_of(sheet, rule.oid)}"))
    people = view.people.fit(sheet.cform.form, rule.item, [st.session_state.get(key)]) if rule.type == "person" else {}
    return Question(
        rule.oid, key, label(rule), tools, "", tuple(people.items()), writable, not writable or gone,
        "" if gone else understood(view, rule), tuple(said), tuple(below),
    )  # fmt: skip


def draw_question(sheet: Sheet, one: Question, changed: Callable[[], None] | None = None) -> None:
    """Draw it in one place; `changed` is called when it is answered or its tools are pressed, before anything else."""
    with st.container() if not one.made or one.below else nullcontext():
        if one.made:
            _calculated(sheet, one, changed)
        else:
            _asked(sheet, one, changed)
        for told in one.said:
            st.caption(told)
        for told in one.below:
            st.markdown(told)


def _asked(sheet: Sheet, one: Question, changed: Callable[[], None] | None) -> None:
    """Its box, and beside it the sign of its tools."""
    rule = sheet.rule(one.oid)
    # a row that bends, not columns: half as many boxes for the browser to make
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key=sheet.anchor(one.oid)
    ):
        sheet.on_screen.add(one.oid)
        widgets.widget(rule, one.key, one.label, help=rule.item.help, people=dict(one.people), disabled=one.shut,
                       changed=changed)  # fmt: skip
        if one.tools and st.button(one.tools, key=f"tools|{one.key}", type="tertiary", on_click=changed):
            item_panel.panel(sheet, one.oid, one.writable)
        if one.read:  # beside the box: below it would move what follows
            st.caption(here.literal(one.read), width="content")


def _calculated(sheet: Sheet, one: Question, changed: Callable[[], None] | None) -> None:
    """Its name, its value and its sign as one button: a quarter of what the browser would have to make otherwise."""
    if not one.tools:
        st.markdown(f":small[{one.label}]  \n{one.made}")
    elif st.button(f":small[{one.label}] {one.made} :gray[{one.tools}]", key=sheet.anchor(one.oid), type="tertiary",
                   on_click=changed, width="stretch"):  # fmt: skip
        item_panel.panel(sheet, one.oid, one.writable)


def _tools(view: View, rule: CompiledItem) -> str:
    """The sign of what there is to say about the answer, and the same in words; nothing where there is no record.

    It is read out whole; look.py shows the sign alone, screen.js all on hover.
    """
    if not view.sheet.place.subject:
        return ""
    asked, verified = view.asked.get(rule.oid, 0), view.sheet.stood.get(f"@verified[{rule.oid}]")
    sign = "?" if asked else "↺" if verified == "DROPPED" else "✓" if verified == "Y" else "⋯"
    words = f"{asked} open" if asked else "history, queries, missing"
    return f"{sign}\u2003{here.literal(f'{rule.item.label}: {words}')}"


def lacking(view: View, rule: CompiledItem) -> str:
    """What of this form a calculation reads and has not, as it is said behind it; nothing where it lacks nothing."""
    look, sheet, own = view.look, view.sheet, rule.compute.own if rule.compute else frozenset()
    open_ = own - look.values.keys() - look.hidden - look.unasked
    names = [one.item.label for one in sheet.cform.items.values()
             if one.oid in open_ and not one.repeating and not one.item.retired]  # fmt: skip
    few = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return here.literal(f"; not known yet: {few}") if names else ""


def understood(view: View, rule: CompiledItem) -> str:
    """How a date or time that was typed in other words was read, or nothing: 17-Feb-2025 for 17/2/25."""
    if rule.type not in ("date", "partialDate", "datetime", "time") or rule.compute is not None:
        return ""
    typed, read = st.session_state.get(view.sheet.key(rule.oid)), view.look.values.get(rule.oid)
    text = widgets.readable(rule, read) if typed and rule.oid not in view.look.refused else ""
    return text if text != typed else ""


def colour(finding: Finding) -> str:
    """Red is what stands against a save and what is an alarm."""
    return "orange" if finding.severity == "query" else "red"


def label(rule: CompiledItem) -> str:
    """The label as it stands over the control: question or label, unit, and whether it may stay empty."""
    text = rule.item.question or rule.item.label
    unit = f" ({rule.item.unit})" if rule.item.unit else ""
    return here.literal(f"{text}{unit}{'' if not rule.item.optional or rule.compute else ', optional'}")
