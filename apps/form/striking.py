"""Striking: a line of a log or a row of a table that should not be there stays to be seen, and counts nowhere."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import streamlit as st

from apps import here, history
from apps.form.asked import keep_asked
from apps.form.opening import reopened
from apps.form.sheet import Sheet
from apps.form.told import keep_done
from apps.request import saying
from trialkit.access import gate
from trialkit.conduct.capture import inactivate
from trialkit.conduct.newrows import many
from trialkit.conduct.reason import Reason
from trialkit.conduct.standing import split
from trialkit.errors import Refused
from trialkit.study.compiled import CompiledGroup


def may_strike(sheet: Sheet) -> bool:
    """Whether this person may strike anything of this form; asked of the gate, and never written down."""
    with suppress(Refused):
        study = sheet.study.study
        gate.authorise(here.who(), "record.inactivate", sheet.place, form=sheet.cform.form, study=study)
        return True
    return False


def offer_line(sheet: Sheet) -> None:
    """The way to strike the line of a log that is open."""
    if not sheet.cform.form.repeating or not sheet.version or not may_strike(sheet):
        return
    typed = bool(sheet.typed())
    if st.button(
        "Strike this line", key=f"strike|{sheet.name}", type="tertiary", icon=":material/format_strikethrough:",
        disabled=typed, help="Save or discard what you typed first." if typed else "For a line that should not be here",
    ):  # fmt: skip
        ask(sheet, "")


def offer_row(sheet: Sheet, group: CompiledGroup, row: str | None) -> None:
    """The way to strike the row of a table that is chosen; a row of a time point stays, whatever was read."""
    saved = any(split(path)[:2] == (group.oid, row) for path in sheet.stood)
    rows = [path for path in sheet.stood if split(path)[0] == group.oid and many(sheet.cform, *split(path)[:2])]
    session = sheet.study.study.file.session
    if not rows or not may_strike(sheet) or (session and session.steps.form == sheet.place.form):
        return  # a step is taken back on the page of the session: with it goes what it wrote beside
    can = bool(row) and saved and many(sheet.cform, group.oid, str(row)) and row not in sheet.struck(group.oid)
    if st.button("Strike the row", key=f"strike|{sheet.key(group.oid)}", icon=":material/format_strikethrough:",
                 disabled=not can, help="For a saved row that should not be here"):  # fmt: skip
        ask(sheet, f"{group.oid}[{row}]")


@st.dialog("Strike it?")
def ask(sheet: Sheet, row: str) -> None:
    """What is struck, what that means, and why it is done."""
    title, number = sheet.cform.form.title, sheet.place.form_repeat
    group, _, key = row.rstrip("]").partition("[")
    what = f"row {key} of {sheet.cform.groups[group].group.title}" if row else f"line {number} of {title}"
    st.markdown(f"**{here.literal(what[:1].upper() + what[1:])}**")
    for line in contents(sheet, group, key)[:4]:
        st.markdown(f":gray[{here.literal(line)}]")
    st.markdown("It stays to be seen, with your reason, and counts nowhere any more. This cannot be undone: what is "
                f"right is entered as a new {'row' if row else 'line'}.")  # fmt: skip
    codes = sheet.study.study.file.change_reasons
    code = st.selectbox("Reason", list(codes), index=None, format_func=codes.__getitem__, key=f"struck|{sheet.name}")
    box = partial(st.text_input, "In your own words", placeholder="for example: the same as line 1", max_chars=1_000)
    text = sheet.asks(f"struck {row}", box)
    sheet.keep()
    if st.button(f"Strike {'the row' if row else 'the line'}", type="primary", key=f"struck now|{sheet.name}"):
        with here.told():
            reason = Reason(code or "", text)
            struck = inactivate(here.trial(), here.who(), sheet.place, reason=reason, based_on=sheet.version, row=row,
                       request=saying(sheet.place, row, sheet.version, reason))  # fmt: skip
            left = {path: raw for path, raw in sheet.typed().items() if not row or split(path)[:2] != (group, key)}
            reopened(sheet, left)
            keep_asked(sheet.place, struck.receipts)
            keep_done(sheet.place, f"Struck: {what}.")
            st.rerun()


def contents(sheet: Sheet, group: str = "", row: str = "") -> list[str]:
    """What was answered in a line or in a row, an answer each."""
    there = {split(path)[2]: written for path, written in sheet.stood.items() if split(path)[:2] == (group, row)}
    return [f"{rule.item.label}: {history.read(sheet.study, sheet.place.form, oid, there[oid])}"
            for oid, rule in sheet.cform.items.items() if oid in there and rule.compute is None]  # fmt: skip


def listed(sheet: Sheet, group: CompiledGroup) -> None:
    """The rows that were struck, below their table."""
    for row in sheet.struck(group.oid):
        text = here.literal(f"Row {row}: {'; '.join(contents(sheet, group.oid, row))}")
        st.markdown(f":gray[~~{text}~~ struck]")
