"""Rows and timepoint grids as tables to type in: target times, one tap for now, rows that are saved never vanish."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from apps import here, widgets
from apps.form import cells, own_day, striking
from apps.form.sheet import Sheet
from apps.request import MOVED, run_again
from trialkit.conduct.named import Named
from trialkit.conduct.preview import Preview
from trialkit.study.compiled import CompiledGroup, CompiledItem, path_of

Names = Mapping[str, str]
WIDEST = 210
"""No column of a table is set wider (px); its head alone may make it so."""


def table(sheet: Sheet, look: Preview, group: CompiledGroup, people: Named, own: Collection[str]) -> None:
    """One group of rows."""
    st.subheader(group.group.title, divider="gray", anchor=False)
    above = st.container()
    key = _laid(sheet, group)
    if key not in st.session_state:  # another page was looked at: the table forgot its edits, the sheet did not
        st.session_state.pop(f"frame|{key}", None)
    frame = _frame(sheet, look, group)
    typed, made = _shown(look, group)
    foreign = {rule.oid for rule in typed if (rule.item.entered_by or "") not in own}
    writable = len(foreign) < len(typed)
    held = sheet.rows.get(group.oid, {}).values()
    columns: dict[str, Any] = {
        rule.oid: _column(
            rule, people.fit(sheet.cform.form, rule.item, [row.get(rule.oid) for row in held]), rule.oid in foreign
        )
        for rule in typed
    }
    columns |= {rule.oid: st.column_config.TextColumn(rule.item.label, disabled=True) for rule in made}
    columns["Row"] = st.column_config.TextColumn("Row", pinned=True, disabled=True)
    columns["Target"] = st.column_config.TextColumn("Due", pinned=True, disabled=True)
    st.data_editor(
        frame, hide_index=True, column_config=columns, disabled=not writable,
        num_rows="fixed" if group.group.timepoints or not writable else "add",
        key=key, alt=group.group.title, placeholder="",
    )  # fmt: skip
    if group.group.timepoints and writable:
        with above:  # a tap lays the table out anew: what was typed in the cells is taken first
            stamp(sheet, look, group)
    keys = _keys(sheet, group)
    cells.told(sheet, look, group, keys)
    striking.listed(sheet, group)
    cells.way_in(sheet, group, keys, [*typed, *made], writable)


def read_back(sheet: Sheet) -> None:
    """Take what stands in the tables now, so that what is said of an answer comes with it and not with the next."""
    for group in sheet.cform.groups.values():
        key = _laid(sheet, group)
        frame, edits = st.session_state.get(f"frame|{key}"), st.session_state.get(key)
        if not group.group.repeating or frame is None or edits is None:
            continue
        typing = bool(edits["edited_rows"] or edits["added_rows"])
        if typing or group.oid in sheet.edited:  # or it was typed, and is as it was laid out again
            rows = frame.to_dict("records")
            for number, answers in edits["edited_rows"].items():
                if number < len(rows):
                    rows[number] |= answers | {"Row": rows[number]["Row"]}
            added = [] if group.group.timepoints else [one | {"Row": ""} for one in edits["added_rows"]]
            _take(sheet, group, [rule for rule in group.items if rule.oid in frame and rule.compute is None],
                  [*rows, *added])  # fmt: skip
            (sheet.edited.add if typing else sheet.edited.discard)(group.oid)


def _laid(sheet: Sheet, group: CompiledGroup) -> str:
    """What the table is called as it was laid out last."""
    return f"{sheet.key(group.oid)}|{sheet.turns.get(group.oid, 0)}"


def stamp(sheet: Sheet, look: Preview, group: CompiledGroup) -> None:
    """One tap puts the site's time into the row that is due, or into another one."""
    points = group.group.timepoints or {}
    clock = next((rule.oid for rule in group.items if rule.type == "time" and rule.compute is None), None)
    if clock is None:
        return
    empty = [row for row in points if not (sheet.rows.get(group.oid, {}).get(row, {}).get(clock) or "")]
    if not empty:
        return
    now, tapped = here.trial().now(sheet.place.site), f"{sheet.key(group.oid)}|tapped"
    times = {row: span for row in empty if (span := cells.window(look, group, row))}
    passed = {row for row in empty if path_of(group.oid, row, clock) in sheet.missing} | set(sheet.struck(group.oid))
    due = next_row(list(points), [row for row in empty if row not in passed] or empty, times, now.replace(tzinfo=None))
    dues = [span.due for span in times.values()]
    other = own_day.another_day(own_day.dated(sheet.study, sheet.place), dues, now.replace(tzinfo=None))
    with st.container(horizontal=True):
        # the row that is written into is the one that stood on the button, whatever is due by now
        st.button(f"Now: {due} {here.literal(points[due].label)}", key=f"now|{sheet.key(group.oid)}",
                  icon=":material/schedule:", on_click=_tapped, args=(tapped, due), disabled=bool(other))  # fmt: skip
        row = st.menu_button("Now for another row", empty, key=f"stamp|{sheet.key(group.oid)}", type="tertiary",
                             disabled=bool(other),
                             format_func=lambda code: f"{code} {here.literal(points[code].label)}")  # fmt: skip
    if other:
        st.caption(own_day.why(other))
    row = st.session_state.pop(tapped, None) or row
    if row in empty and not other:
        at = _next(sheet, group.oid, row) if points[row].repeats else row
        sheet.put(path_of(group.oid, at, clock), f"{now:%H:%M}")
        st.session_state[f"{tapped}|moved"] = time.monotonic()
        run_again()


def _tapped(tapped: str, row: str) -> None:
    # where another row stood a moment ago, a second click is not meant for this one
    if time.monotonic() - st.session_state.get(f"{tapped}|moved", 0.0) >= MOVED:
        st.session_state[tapped] = row


def next_row(
    rows: Sequence[str], empty: Sequence[str], times: Mapping[str, cells.Window], now: dt.datetime
) -> str:  # fmt: skip
    """Of the `empty` rows the one in whose time it is `now` (site time); else the first behind the last that is not."""
    for row in empty:
        if row in times and times[row].first <= now <= times[row].last:
            return row
    read = [rows.index(row) for row in rows if row not in empty]
    return next((row for row in empty if rows.index(row) > max(read, default=-1)), empty[0])


def _frame(sheet: Sheet, look: Preview, group: CompiledGroup) -> pd.DataFrame:
    """The table as it was laid out last: edits lie over it until it is laid out anew."""
    name = f"frame|{_laid(sheet, group)}"
    if name not in st.session_state:
        rows = []
        for key in _keys(sheet, group):
            due = cells.window(look, group, key)
            row: dict[str, Any] = {"Row": key, "Target": due.text if due else ""}
            held = sheet.rows.get(group.oid, {}).get(key, {})
            for rule in group.items:
                if rule.compute is None:
                    gone = path_of(group.oid, key, rule.oid) in sheet.missing
                    row[rule.oid] = _cell(rule, None if gone else held.get(rule.oid))
                else:
                    row[rule.oid] = widgets.readable(rule, look.values.get(path_of(group.oid, key, rule.oid)))
            rows.append(row)
        typed, made = _shown(look, group)
        order = ["Row", "Target", *(rule.oid for rule in [*typed, *made])]
        if not any(row["Target"] for row in rows):
            order.remove("Target")
        # pandas' own texts are quick where there are thousands: for a few cells and names they take 10 ms a drawing
        st.session_state[name] = pd.DataFrame(rows, columns=pd.Index(order, dtype=object), dtype=object)
    frame: pd.DataFrame = st.session_state[name]
    return frame


def _shown(look: Preview, group: CompiledGroup) -> tuple[list[CompiledItem], list[CompiledItem]]:
    """The columns, as far as they may be seen: those that are typed, those that are worked out."""
    seen = look.shown(group.items)
    return [rule for rule in seen if rule.compute is None], [rule for rule in seen if rule.compute is not None]


def _keys(sheet: Sheet, group: CompiledGroup) -> list[str]:
    held = list(sheet.rows.get(group.oid, {}))
    if group.group.timepoints:
        plain = [code for code, point in group.group.timepoints.items() if not point.repeats]
        return plain + [key for key in held if key not in plain]
    return sorted(held, key=lambda key: int(key) if key.isdigit() else 0) or [_free(sheet, group.oid, ())]


def _free(sheet: Sheet, group: str, used: Collection[str]) -> str:
    """The number of a new row: that of a row that was struck is not given again."""
    return str(1 + max([int(one) for one in [*used, *sheet.struck(group)] if one.isdigit()], default=0))


def _next(sheet: Sheet, group: str, code: str) -> str:
    every = [*sheet.rows.get(group, {}), *sheet.struck(group)]
    taken = [int(key.rpartition(".")[2]) for key in every if key.startswith(f"{code}.")]
    return f"{code}.{max(taken, default=0) + 1}"


def _labels(rule: CompiledItem, people: Names) -> Names | None:
    return people if rule.type == "person" else rule.labels


def width(letters: int) -> int:
    """A column (px) in which a text of so many letters stands whole, up to WIDEST."""
    return min(WIDEST, 7 * letters + 24)


def _cell(rule: CompiledItem, typed: Any) -> Any:
    if rule.type == "codes":
        return list(typed or [])
    return (typed or None) if rule.labels or rule.type == "person" else typed or ""


def _column(rule: CompiledItem, people: Names, disabled: bool) -> Any:
    name = f"{rule.item.label} ({rule.item.unit})" if rule.item.unit else rule.item.label
    labels = _labels(rule, people)
    if labels:  # a cell holds the code or the id: two of them may be called the same
        longest = max(map(len, labels.values()))
        shown: Any = {"options": list(labels), "format_func": lambda one: labels.get(one, one), "help": rule.item.help,
                      "disabled": disabled, "width": width(longest) if longest > len(name) else None}  # fmt: skip
        chosen = st.column_config.MultiselectColumn if rule.type == "codes" else st.column_config.SelectboxColumn
        return chosen(name, **shown)
    return st.column_config.TextColumn(name, help=rule.item.help or widgets.HINTS.get(rule.type), disabled=disabled)


def _take(
    sheet: Sheet, group: CompiledGroup, typed: Sequence[CompiledItem], rows: Sequence[Mapping[str, Any]]
) -> None:  # fmt: skip
    """What stands in the table now, back into the sheet."""
    used: list[str] = []
    for record in rows:
        key = record["Row"] or _free(sheet, group.oid, used)
        used.append(key)
        answers = {rule.oid: _typed(rule, record.get(rule.oid)) for rule in typed}
        known = key in sheet.rows.get(group.oid, {})
        if known or any(answers.values()):
            for oid, answer in answers.items():
                sheet.take(path_of(group.oid, key, oid), answer)


def _typed(rule: CompiledItem, cell: Any) -> Any:
    if rule.type == "codes":
        return [str(one) for one in cell] if isinstance(cell, list) else []
    return "" if cell is None else str(cell)
