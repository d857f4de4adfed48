"""The form drawn from the study: sections, items with what is said of them, and what is asked as answers are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from apps import here, widgets
from apps.form import item as item_panel
from apps.form.grid import table
from apps.form.sheet import Sheet
from trialkit.conduct.checking import Finding
from trialkit.conduct.preview import Preview
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledGroup, CompiledItem

SIGNS = {"hard": "✕", "query": "?", "alert": "!"}
"""What stands before a finding, by its severity."""


def draw_form(sheet: Sheet, look: Preview, queries: Sequence[Record], writable: bool) -> None:
    """Every section in the order of the paper; what is not asked is not there."""
    found: dict[str, list[Finding]] = {}
    for finding in look.findings:
        found.setdefault(finding.item, []).append(finding)
    asked: dict[str, int] = {}
    for query in queries:
        path = str(query.values.get("item"))
        asked[path] = asked.get(path, 0) + 1
    people = _staff(sheet)
    # Each section and each item has a place of its own, drawn or not: what appears and goes away moves no other box
    # to another place, where it would be made anew and lose what is being typed in it.
    for group in sheet.cform.groups.values():
        with st.container():
            shown = [rule for rule in group.items if rule.oid not in look.hidden and not rule.item.retired]
            if group.group.repeating and shown:
                table(sheet, look, group, people, writable)
                continue
            if all(rule.oid in look.unasked for rule in shown):
                continue
            st.subheader(group.group.title, divider="gray")
            for rule in shown:
                with st.container():
                    if rule.oid not in look.unasked:
                        said = found.get(rule.oid, ()), asked.get(rule.oid, 0)
                        draw_item(sheet, look, rule, *said, people, writable)


def draw_item(
    sheet: Sheet, look: Preview, rule: CompiledItem, findings: Sequence[Finding], asked: int,
    people: Mapping[str, str], writable: bool,
) -> None:  # fmt: skip
    """One question: control, its tools, and what is to be said about the answer, right below it."""
    stands = sheet.stood.get(rule.oid)
    gone = rule.oid in sheet.missing
    # a row that bends, not columns: half as many boxes for the browser to make
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        if rule.compute is not None:
            text = widgets.readable(rule, look.values.get(rule.oid)) or "—"
            st.markdown(f"{label(rule)}  \n**{here.literal(text)}** :gray[calculated]")
        else:
            widgets.widget(
                rule, sheet.key(rule.oid), label(rule), help=rule.item.help, people=people,
                disabled=not writable or gone,
            )  # fmt: skip
        verified = sheet.stood.get(f"@verified[{rule.oid}]")
        sign = "?" if asked else "↺" if verified == "DROPPED" else "✓" if verified == "Y" else "⋯"
        told = f"{asked} open" if asked else "history, queries, missing"
        if st.button(sign, key=f"tools|{sheet.key(rule.oid)}", help=f"{rule.item.label}: {told}", type="tertiary"):
            item_panel.panel(sheet, rule.oid, writable)
    if gone and rule.compute is None:
        reason = sheet.study.study.file.missing_reasons.get(sheet.missing[rule.oid], sheet.missing[rule.oid])
        st.caption(f"missing: {reason}")
    wrong = look.refused.get(rule.oid)
    if wrong is not None:
        st.markdown(f":red[✕ {here.literal(wrong.sentence)} ({here.literal(wrong.hint)})]")
    for finding in findings:
        # G03 speaks of what is not answered yet: that is told when the form is finished, not while it is filled in
        if finding.check != "G03" and (stands is not None or rule.oid in look.values):
            st.markdown(f":orange[{SIGNS[finding.severity]} {here.literal(finding.message)}]")


def label(rule: CompiledItem) -> str:
    """The label as it stands over the control: question or label, unit, and whether it may stay empty."""
    text = rule.item.question or rule.item.label
    unit = f" ({rule.item.unit})" if rule.item.unit else ""
    return here.literal(f"{text}{unit}{'' if not rule.item.optional or rule.compute else ', optional'}")


def section_of(sheet: Sheet, path: str) -> CompiledGroup:
    """The section in which an item stands."""
    return sheet.cform.groups[sheet.rule(path).group]


def _staff(sheet: Sheet) -> dict[str, str]:
    """The people who may be named at this site: id -> printed name."""
    if not any(rule.type == "person" for rule in sheet.cform.items.values()):
        return {}
    name = f"staff|{sheet.place.site}"
    if name not in st.session_state:
        st.session_state[name] = here.staff(sheet.place.site)
    known: dict[str, str] = dict(st.session_state[name])
    for path, value in sheet.stood.items():
        rule = sheet.cform.items.get(path)
        if rule is not None and rule.type == "person" and isinstance(value, str):
            known.setdefault(value, value)
    return known
