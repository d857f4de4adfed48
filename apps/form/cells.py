"""The answers of a table one by one: what is to be said of them below it, and the way to what there is about one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from apps import here
from apps.form.item import panel
from apps.form.sheet import Sheet
from apps.form.striking import offer_row
from apps.form.told import in_place_of
from trialkit.conduct.preview import Preview
from trialkit.conduct.reading import Reading, near
from trialkit.study.compiled import CompiledGroup, CompiledItem, path_of


class Window(NamedTuple):
    """When a row is due, and from when to when it counts as in time. Site time."""

    first: dt.datetime
    due: dt.datetime
    last: dt.datetime

    @property
    def text(self) -> str:
        """As it stands in the table: 10:40, or 10:40 (10:35 to 10:45)."""
        span = f" ({self.first:%H:%M} to {self.last:%H:%M})" if self.first != self.last else ""
        return f"{self.due:%H:%M}{span}"


def window(look: Preview, group: CompiledGroup, row: str) -> Window | None:
    """When this row is due, as far as anybody can tell."""
    point = (group.group.timepoints or {}).get(row.partition(".")[0])
    due = look.targets.get((group.oid, row))
    if point is None or due is None:
        return None
    return Window(due - dt.timedelta(minutes=point.early), due, due + dt.timedelta(minutes=point.late))


def told(sheet: Sheet, look: Preview, group: CompiledGroup, rows: Sequence[str]) -> None:
    """What is to be said of the answers in the table: out of time, wrong, missing."""
    inside = f"{group.oid}["
    clock = next((rule.oid for rule in group.items if rule.type == "time" and rule.compute is None), "")
    for row in rows:
        due, time = window(look, group, row), look.values.get(path_of(group.oid, row, clock))
        if due and isinstance(time, str):
            at = near(dt.time.fromisoformat(time), due.due)
            if off := Reading(row, "", "done", due.due, due.first, due.last, at).off:
                st.markdown(f":orange[row {row}: {abs(off)} min too {'late' if off > 0 else 'early'}, due {due.text}]")
    for path, wrong in look.refused.items():
        if path.startswith(inside):
            words = here.literal(f"{sheet.called(path)}: {wrong.sentence} ({wrong.hint})")
            st.markdown(f":red[✕ {words}]")
    for finding in look.findings:
        if finding.item.startswith(inside):
            ink = "orange" if finding.severity == "query" else "red"
            st.markdown(f":{ink}[{here.literal(f'{sheet.called(finding.item)}: {finding.message}')}]")
    for path, reason in sheet.missing.items():
        if path.startswith(inside):
            words = sheet.study.study.file.missing_reasons.get(reason, reason)
            st.caption(here.literal(f"{sheet.called(path)}: missing: {words}{in_place_of(sheet, path)}"))


def way_in(
    sheet: Sheet, group: CompiledGroup, rows: Sequence[str], items: Sequence[CompiledItem], writable: bool
) -> None:  # fmt: skip
    """Choose one answer of the table, and open what there is to say about it."""
    labels = {rule.oid: rule.item.label for rule in items}
    mark, struck = sheet.key(group.oid), sheet.struck(group.oid)
    points = group.group.timepoints or {}
    called = {row: f"{row} {points[code].label}" if (code := row.partition(".")[0]) in points else row
              for row in (*rows, *struck)}  # fmt: skip
    every = called | {row: f"{called[row]}, struck" for row in struck}
    kept = f"{sheet.place.record}|row|{group.oid}"  # forgotten with all else of the form
    menu = f"about row|{mark}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = chosen if (chosen := st.session_state.get(kept)) in every else None
        st.menu_button(
            here.literal(f"Answer in row {every[row]}") if row else "Answer in row", list(every), key=menu,
            format_func=lambda one: here.literal(every[one]), on_click=_chosen, args=(kept, menu),
        )  # fmt: skip
        if row:  # a list to choose from is slow to make for the browser: it is drawn when it is wanted
            item = st.selectbox("and column", list(labels), format_func=labels.__getitem__, index=None,
                                key=f"about column|{mark}", width=260, placeholder="column")  # fmt: skip
            if st.button("History, queries, missing", key=f"about|{mark}", disabled=not item):
                panel(sheet, path_of(group.oid, row, str(item)), writable and row not in struck)
        if writable:
            offer_row(sheet, group, row)


def _chosen(kept: str, menu: str) -> None:
    st.session_state[kept] = st.session_state[menu]
