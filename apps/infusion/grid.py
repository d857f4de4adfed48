"""The readings: when each is due, what was read, and the row that is read now, typed and saved by itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from apps import here, widgets
from apps.form import discarded, own_day
from apps.form.asked import tell_asked
from apps.form.question import SIGNS, label
from apps.form.said import point_at
from apps.form.saving import attempt, clash, pending
from apps.form.sheet import Sheet
from apps.form.told import in_place_of, not_taken, tell_done, tell_gone, tell_others, unsaved
from apps.infusion.room import Room
from apps.infusion.words import clock, rows
from apps.request import run_again
from trialkit.conduct.answers import Typed
from trialkit.conduct.preview import Preview
from trialkit.conduct.reading import Reading, next_due, read_items
from trialkit.study.compiled import CompiledGroup, path_of, split
from trialkit.study.dosing_day import Monitoring

ACROSS = 4
"""So many short answers stand side by side."""
AHEAD = 3
"""So many rows that are still to come are shown below those that were read."""


def typed(room: Room, sheet: Sheet) -> dict[str, Any]:
    """What is typed into the readings, and for a row that has no time yet the time it is now."""
    grid = room.day.monitoring
    sheet.gather()  # an alert must not come an answer late
    found: dict[str, Any] = dict(sheet.typed())
    now = f"{here.trial().now(room.visit.site):%H:%M:%S}"
    for row in {path[len(grid.group) + 1 :].partition("]")[0] for path in found if path.startswith(f"{grid.group}[")}:
        time = path_of(grid.group, row, grid.time)
        gone = path_of(grid.group, row, grid.not_done) if grid.not_done else ""
        if not found.get(time) and time not in sheet.stood and not found.get(gone):
            found[time] = now
    return found


def draw(room: Room, sheet: Sheet, look: Preview, found: list[Reading], over: bool) -> None:
    """The row to be read, then all rows."""
    form = room.study.forms[room.day.monitoring.form]
    group = form.groups[room.day.monitoring.group]
    st.subheader("Readings", divider="gray")
    with st.container():  # always there, see shouting
        tell_done(sheet.place)
        tell_asked(sheet, page=False)
        if sheet.back:
            st.info(sheet.returned("Readings that you typed and did not save are back"))
        tell_others(sheet)
        tell_gone(sheet)
    if room.may(form.oid):
        left, right = st.columns([5, 1], vertical_alignment="bottom")
        with left:
            row = _chosen(room, sheet, found, over)
        if row:
            other = room.another_day()
            why = own_day.why(other)
            # no callback: a tap meant for a row that is no longer shown must not stamp it
            now = right.button("Now", key=f"now|{sheet.key(row)}", icon=":material/schedule:", width="stretch",
                               help=why or "The site's time goes into this reading", disabled=bool(other))  # fmt: skip
            if now and not other:
                _stamp(room, sheet, row)
            st.caption(why)
            with st.container(border=True):
                _heading(found, row)
                _editor(room, sheet, look, group, row)
        sheet.keep()
        _drop(room, sheet, found)
    _table(room, sheet, look, group, found, over)


def _chosen(room: Room, sheet: Sheet, found: list[Reading], over: bool) -> str:
    """The row that is read now; in the box stands what is shown below it, and a person may pick another."""
    grid = room.day.monitoring
    points = room.study.forms[grid.form].groups[grid.group].group.timepoints or {}
    names = {one.row: f"{one.row} · {one.label}{f' · {one.due:%H:%M}' if one.due else ''}" for one in found}
    for code, point in points.items():
        if point.repeats:
            number = 1 + max((int(row.rpartition(".")[2]) for row in names if row.startswith(f"{code}.")), default=0)
            names[f"{code}.{number}"] = f"{code}.{number} · {point.label}"
    row = _followed(sheet, grid.group, found, list(names), over)
    name = f"box|{sheet.place.record}"
    turn, as_named = st.session_state.get(name, (0, names))
    if as_named != names or st.session_state.get(f"{name}|{turn}", row) != row:
        turn += 1  # a box that offers other words, or shows another row than it was left at, is a new one
    st.session_state[name] = turn, names
    key = f"{name}|{turn}"

    def picked() -> None:
        chosen = st.session_state.get(key) or ""
        st.session_state[f"picked|{sheet.place.record}"] = chosen, _stands(sheet, grid.group, chosen)

    st.selectbox("Reading", list(names), format_func=names.__getitem__, key=key, on_change=picked,
                 index=list(names).index(row) if row else None,
                 placeholder="choose the reading to type in")  # fmt: skip
    return row


def _followed(sheet: Sheet, group: str, found: list[Reading], names: list[str], over: bool) -> str:
    """The row that something is typed in; else the one a person picked, until it is saved; else the one due."""
    typed = sheet.typed()
    begun = [row for row in names if any(_own(path, group, row) for path in typed)]
    shown = f"shown|{sheet.place.record}"
    picked, stood = st.session_state.get(f"picked|{sheet.place.record}", (None, None))
    due = None if over else next_due(found)
    if picked in names and stood == _stands(sheet, group, picked):
        row = picked
    elif begun:
        row = st.session_state.get(shown) if st.session_state.get(shown) in begun else begun[0]
    else:
        row = due.row if due else ""
    st.session_state[shown] = row
    return str(row)


def _stands(sheet: Sheet, group: str, row: str) -> dict[str, Any]:
    return {path: value for path, value in sheet.stood.items() if _own(path, group, row)}


def _heading(found: list[Reading], row: str) -> None:
    one = next((one for one in found if one.row == row), None)
    when = ""
    if one is not None and one.due and one.first and one.last:
        when = f" due {one.due:%H:%M}, window {one.first:%H:%M} to {one.last:%H:%M}"
    st.markdown(f"**Reading {row}**{when}")


def _editor(room: Room, sheet: Sheet, look: Preview, group: CompiledGroup, row: str) -> None:
    """One row: its time by a tap, its numbers typed, one button that saves it."""
    grid = room.day.monitoring
    people = room.staff
    items = [rule for rule in look.shown(group.items)
             if rule.compute is None and sheet.asked(look, path_of(group.oid, row, rule.oid))]  # fmt: skip
    items.sort(key=lambda rule: (rule.oid != grid.time, rule.oid == grid.not_done))
    held = sheet.rows.setdefault(group.oid, {}).setdefault(row, {})
    short = [rule for rule in items if not (rule.labels and rule.type != "code") and rule.oid != grid.not_done]
    columns: Any = ()
    drawn = {path_of(group.oid, row, rule.oid) for rule in items}
    sheet.on_screen -= {path for path in sheet.on_screen if split(path)[0] and path not in drawn}
    for n, rule in enumerate([*short, *(rule for rule in items if rule not in short)]):
        path = path_of(group.oid, row, rule.oid)
        sheet.drawn.setdefault(path, 0)
        key, gone = sheet.key(path), path in sheet.missing
        if rule in short and n % ACROSS == 0:
            columns = st.columns(ACROSS)
        if key not in st.session_state or path not in sheet.on_screen:
            st.session_state.pop(key, None)  # see `Sheet.ready`
            typed_before = widgets.typed_of(rule, None) if gone else held.get(
                rule.oid, widgets.typed_of(rule, sheet.stood.get(path)))  # fmt: skip
            st.session_state[key] = (typed_before or None) if rule.labels and rule.type != "codes" else typed_before
        at = columns[n % ACROSS] if rule in short else st.container()
        with at, st.container(key=_anchor(sheet, path)):
            fit = people.fit(room.study.forms[grid.form].form, rule.item, [st.session_state[key]])
            sheet.on_screen.add(path)
            widgets.widget(rule, key, label(rule), help=rule.item.help, disabled=False, people=fit)
            sheet.take(path, st.session_state[key])
            if why := sheet.missing.get(path):
                words = sheet.study.study.file.missing_reasons.get(why, why)
                st.caption(here.literal(f"missing: {words}{in_place_of(sheet, path)}"))
            wrong = look.refused.get(path)
            if wrong is not None:
                st.markdown(f":red[✕ {here.literal(wrong.sentence)} ({here.literal(wrong.hint)})]")
            for finding in look.findings:
                if finding.item == path and finding.check != "G03" and finding.severity != "alert":
                    st.markdown(f":orange[{SIGNS[finding.severity]} {here.literal(finding.message)}]")
    middle, right, said = st.columns([2, 1, 3], vertical_alignment="center")
    own = {path: raw for path, raw in sheet.typed().items() if _own(path, group.oid, row)}
    if middle.button("Save reading", key=f"save|{sheet.key(row)}", type="primary",
                     disabled=not own or clash(sheet), icon=":material/save:"):  # fmt: skip
        if _timed(sheet, look, grid, row, own):
            attempt(sheet, submit=False, only=own)
        else:
            st.session_state[f"untimed|{sheet.place.record}"] = row
            point_at(_anchor(sheet, path_of(group.oid, row, grid.time)), uuid.uuid4().hex)
            st.toast("When was it read? Tap Now or type the time.", icon=":material/schedule:")
    if _timed(sheet, look, grid, row, own):
        st.session_state.pop(f"untimed|{sheet.place.record}", None)
    elif own and st.session_state.get(f"untimed|{sheet.place.record}") == row:
        st.warning("Not saved yet: the time of this reading is missing. Tap **Now**, or type when it was read.")
        if st.button("Save it without a time", key=f"untimed|{sheet.key(row)}", disabled=clash(sheet)):
            attempt(sheet, submit=False, only=own)
    if own and right.button("Discard changes", key=f"throw|{sheet.key(row)}", type="tertiary"):
        discarded.remember(sheet, own, row)
        for path in own:
            st.session_state.pop(sheet.key(path), None)
            held.pop(path.rpartition(".")[2], None)
            sheet.anew(path)
        sheet.missing = {path: why for path, why in sheet.missing.items() if not _own(path, group.oid, row)}
        sheet.missing |= {path: stands["m"] for path, stands in _stands(sheet, group.oid, row).items()
                          if isinstance(stands, dict)}  # fmt: skip
        sheet.keep()
        run_again()
    with right:
        if not own and discarded.offer(sheet, row):
            for path in drawn:
                sheet.anew(path)
            run_again()
    with said:
        words = here.literal(not_taken(sheet, own))
        if words:
            st.markdown(f":red[✕ {words}]")
        st.caption(unsaved(len(own)) if own else "")
        first = st.session_state.pop(f"first|{sheet.place.record}", "")
        if first in drawn and words:
            point_at(_anchor(sheet, first), uuid.uuid4().hex)
            st.toast(words, icon=":material/error:")  # from that box the button may be out of sight
    pending(sheet)


def _timed(sheet: Sheet, look: Preview, grid: Monitoring, row: str, own: Mapping[str, Typed]) -> bool:
    """Whether it is said when this reading was taken, or why it was not, or why nobody can say when.

    What cannot be read says nothing, and where nothing was read nothing has to be said.
    """
    told: dict[str, Any] = _stands(sheet, grid.group, row) | dict(own)
    said = [path_of(grid.group, row, oid) for oid in (grid.time, grid.not_done) if oid]
    read = [path_of(grid.group, row, oid) for oid in read_items(grid, sheet.cform.groups[grid.group])]
    return any(told.get(path) for path in said if path not in look.refused) or not any(
        told.get(path) and isinstance(told[path], str | list) for path in read
    )


def _anchor(sheet: Sheet, path: str) -> str:
    """The place of one box: with its row, or what was typed in it could come back into the box of another row."""
    _, row, item = split(path)
    return f"{sheet.anchor(item)}-{row.replace('.', '-')}"


def _drop(room: Room, sheet: Sheet, found: list[Reading]) -> None:
    """One tap says of the readings that are not taken after an early stop that they were not done, and why."""
    grid, begun = room.day.monitoring, sheet.typed()
    rows = [one.row for one in found
            if one.state == "dropped" and not any(_own(path, grid.group, one.row) for path in begun)]  # fmt: skip
    if not rows or grid.stopped is None or grid.not_done is None:
        return
    why = {path_of(grid.group, row, grid.not_done): grid.stopped.because for row in rows}
    label = f"{', '.join(rows)}: not done, {here.literal(grid.stopped.because.lower())}"
    if st.button(
        label, key=f"drop|{sheet.key(rows[0])}|{len(rows)}", icon=":material/event_busy:", disabled=clash(sheet)
    ):
        for path, words in why.items():
            sheet.put(path, words)  # should the save have to ask first, it is kept as what is typed is
        attempt(sheet, submit=False, only=why)


def _stamp(room: Room, sheet: Sheet, row: str) -> None:
    """The site's time, and who is reading, if nobody is named yet."""
    grid = room.day.monitoring
    sheet.show(path_of(grid.group, row, grid.time), f"{here.trial().now(room.visit.site):%H:%M:%S}")
    by = path_of(grid.group, row, grid.by) if grid.by else ""
    if by and not st.session_state.get(sheet.key(by)):
        sheet.show(by, here.who().person)


def _table(room: Room, sheet: Sheet, look: Preview, group: CompiledGroup, found: list[Reading], over: bool) -> None:
    """All rows that were read, and the next that are due."""
    grid = room.day.monitoring
    drawn = [item for curve in grid.curves for item in curve.items]
    shown = [rule for rule in look.shown(group.items) if (rule.compute is None and rule.type in ("integer", "decimal"))
             or rule.oid in drawn]  # fmt: skip
    due = None if over else next_due(found)
    lines, ahead = [], 0
    typed = sheet.typed()
    begun = {one.row: n for one in found if (n := sum(_own(path, group.oid, one.row) for path in typed))}
    taken = max(
        (n for n, one in enumerate(found) if one.due and (one.at or one.state in ("not done", "untimed"))), default=-1
    )
    for n, one in enumerate(found):
        if over and n > taken and one.at is None and one.state != "untimed":  # who was let go needs no further reading
            continue
        if one.state in ("ahead", "open") and not _skipped(room, one):
            if ahead >= AHEAD or (one.state == "open" and room.course.state != "waiting"):
                continue
            ahead += 1
        kind = "next" if one is due else "bad" if one.state in ("overdue", "off", "untimed") else ""
        window = f"<br><small>{one.first:%H:%M} to&nbsp;{one.last:%H:%M}</small>" if one.first and one.last else ""
        lines.append((kind, [
            escape(one.row), f"{one.due:%H:%M}{window}" if one.due else "",
            _begun(sheet, group.oid, one.row, begun[one.row]) if one.row in begun
            else _state(one, look, grid) if not _skipped(room, one) or _stands(sheet, group.oid, one.row)
            else "<span class=why>not read before the dose</span>",
            *(escape(_number(look, path_of(group.oid, one.row, rule.oid))) for rule in shown),
        ]))  # fmt: skip
    names = [f"{rule.item.label}{f' ({rule.item.unit})' if rule.item.unit else ''}" for rule in shown]
    if lines:
        rows(["Reading", "Due", "Read at", *names], lines, "Readings of this session")


def _begun(sheet: Sheet, group: str, row: str, count: int) -> str:
    """Of a reading that is saved in part: how much of it is not."""
    return f"{count} of it not saved" if _stands(sheet, group, row) else "typed, not saved"


def _skipped(room: Room, one: Reading) -> bool:
    """Whether it was to be taken before the dose, which has begun."""
    return one.state == "open" and one.due is not None and room.course.state != "waiting"


def _state(one: Reading, look: Preview, grid: Any) -> str:
    if one.state == "not done":
        why = look.values.get(path_of(grid.group, one.row, grid.not_done))
        return f"<span class=why>not done: {escape(str(why))}</span>"
    if one.state == "off":
        side = "after" if one.off > 0 else "before"
        return f"{clock(one.at)} <span class=off>{abs(one.off)} min {side} its window</span>"
    if one.at is not None:
        return clock(one.at)
    if one.state == "untimed":
        return "<span class=off>time missing</span>"
    told = {
        "overdue": "<span class=off>late</span>",
        "due": "due now",
        "dropped": "<span class=why>not read after the stop</span>",
    }
    return told.get(one.state, "")


def _number(look: Preview, path: str) -> str:
    value = look.values.get(path)
    return str(value) if isinstance(value, str) else ""


def _own(path: str, group: str, row: str) -> bool:
    return path.startswith(f"{group}[{row}].")
