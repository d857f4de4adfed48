"""One question of a form: its control, its tools, and what is to be said about the answer right below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from apps import here, widgets
from apps.form.sheet import Sheet
from apps.form.told import in_place_of
from apps.form.view import View
from trialkit.access.table import ROLES
from trialkit.conduct.checking import Finding
from trialkit.conduct.questionnaire import enters
from trialkit.export.web.markup import Child, Markup, joined, tag
from trialkit.study.compiled import CompiledItem

SIGNS = {"hard": "✕", "query": "?", "alert": "!"}
"""What stands before a finding, by its severity."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is drawn of a question, but for what is typed in its box: two that are equal look the same.

    `made` is what was calculated, in words; `below` what is said of the answer, each with its ink; `said` the same in
    small, as Markdown, and of what was calculated as plain text.
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
    below: tuple[tuple[str, str], ...] = ()


def question(view: View, rule: CompiledItem) -> Question:
    """What is to be drawn of it now."""
    sheet, look = view.sheet, view.look
    by, gone = enters(rule.item.entered_by or "", rule.oid in sheet.stood), rule.oid in sheet.missing
    writable, key = by in view.own, sheet.key(rule.oid)
    wrong = look.refused.get(rule.oid)
    below = [("red", f"✕ {wrong.sentence} ({wrong.hint})")] if wrong is not None else []
    below += [(colour(one), f"{SIGNS[one.severity]} {one.message}")
              for one in view.found.get(rule.oid, ()) if view.told(one)]  # fmt: skip
    tools = _tools(view, rule)
    if rule.compute is not None:
        value = widgets.readable(rule, look.values.get(rule.oid)) or "—"
        lacks = "" if rule.oid in look.values else lacking(view, rule)
        return Question(rule.oid, key, name(rule), tools, value, writable=writable, said=(f"calculated{lacks}",),
                        below=tuple(below))  # fmt: skip
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
    """Draw it in one place; `changed` is called when it is answered, before anything else."""
    if one.made:
        st.html(calculated(sheet, [one]))
        return
    with st.container():
        _asked(sheet, one, changed)
        for told in one.said:
            st.caption(told)
        for ink, told in one.below:
            st.markdown(f":{ink}[{here.literal(told)}]")


def sign(sheet: Sheet, one: Question, *inside: Child, class_: str = "tk-sign") -> Markup:
    """A button of `inside` and the sign: its tools are read out whole, the first letter is seen (look.py)."""
    shown = tag("span", one.tools, class_="tk-tools")
    return tag("button", *inside, shown, type="button", class_=class_, data_form=sheet.place.form, data_about=one.oid)


def calculated(sheet: Sheet, several: Iterable[Question]) -> Markup:
    """Those that follow one another, as one piece for the browser: name, value and sign of each are one button."""
    found = []
    for one in several:
        inside = tag("small", one.label), tag("b", one.made), tag("small", f" {one.said[0]}")
        shown = sign(sheet, one, *inside, class_="tk-made") if one.tools else joined(*inside)
        told = [tag("p", words, class_=f"tk-{ink}") for ink, words in one.below]
        found.append(tag("div", shown, *told, class_=f"tk-calculated st-key-{sheet.anchor(one.oid)}"))
    return tag("div", found, class_="tk")


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
        # beside the box: below it would move what follows
        read = tag("span", one.read, class_="tk-read") if one.read else None
        if beside := joined(read, sign(sheet, one) if one.tools else None):
            st.html(tag("div", beside, class_="tk-beside"), width="content")


def _tools(view: View, rule: CompiledItem) -> str:
    """The sign of what there is to say about the answer, and the same in words; nothing where there is no record.

    It is read out whole; look.py shows the sign alone, screen.js all on hover.
    """
    if not view.sheet.place.subject:
        return ""
    asked, verified = view.asked.get(rule.oid, 0), view.sheet.stood.get(f"@verified[{rule.oid}]")
    mark = "?" if asked else "↺" if verified == "DROPPED" else "✓" if verified == "Y" else "⋯"
    words = f"{asked} open" if asked else "history, queries, missing"
    return f"{mark}\u2003{rule.item.label}: {words}"


def lacking(view: View, rule: CompiledItem) -> str:
    """What of this form a calculation reads and has not, as it is said behind it; nothing where it lacks nothing."""
    look, sheet, own = view.look, view.sheet, rule.compute.own if rule.compute else frozenset()
    open_ = own - look.values.keys() - look.hidden - look.unasked
    names = [one.item.label for one in sheet.cform.items.values()
             if one.oid in open_ and not one.repeating and not one.item.retired]  # fmt: skip
    few = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"; not known yet: {few}" if names else ""


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
    """The label as it stands over the control, as Markdown."""
    return here.literal(name(rule))


def name(rule: CompiledItem) -> str:
    """Question or label, unit, and whether it may stay empty."""
    unit = f" ({rule.item.unit})" if rule.item.unit else ""
    optional = ", optional" if rule.item.optional and not rule.compute else ""
    return f"{rule.item.question or rule.item.label}{unit}{optional}"
