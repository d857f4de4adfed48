"""The pump: one tap a change, stamped with the site's clock; why and on whose order follow; a wrong tap is undone."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from apps import here
from apps.door import opened
from apps.form.said import point_at
from apps.infusion.meanwhile import since
from apps.infusion.room import Room
from apps.infusion.words import clock, rows
from trialkit.conduct import infusion
from trialkit.conduct.capture import Act, save_form
from trialkit.conduct.infusion import POSSIBLE, Step
from trialkit.conduct.reason import Reason
from trialkit.errors import Blocked, ReasonNeeded, StaleRecord, TrialkitError
from trialkit.study.compiled import path_of
from trialkit.study.dosing_day import StepKind

WORDS: dict[StepKind, tuple[str, str]] = {
    "start": ("Start", ":material/play_arrow:"), "change": ("Change to", ":material/speed:"),
    "pause": ("Pause", ":material/pause:"), "resume": ("Resume at", ":material/play_arrow:"),
    "stop": ("Stop for good", ":material/stop:"), "end": ("End, all given", ":material/check:"),
}  # fmt: skip

_TURN = threading.Lock()  # two windows of one person write one note
DOUBLE = 2
"""Seconds after a tap in which another, on whatever stands there by then, is taken for a double tap."""


def draw(room: Room) -> None:
    """Buttons for what the pump can do now, what is still to be said of the last step, and the steps."""
    st.subheader("Pump", divider="gray")
    if room.writes:
        fresh = _kept(room).get(st.session_state.pop(f"fresh|{_name(room)}", ""))
        if fresh is not None:
            _tap(room, fresh)
        _buttons(room)
        with st.container():  # always there, below the buttons: nothing moves under the hand
            if said := st.session_state.pop(f"double|{room.visit.record}", ""):
                st.warning(said)
        for asking in _kept(room).values():
            _asked(room, asking)
        _owed(room)
    _steps(room)
    if room.writes and room.course.steps and not _kept(room):  # the last tap is the one that waits
        _undo(room)


def _buttons(room: Room) -> None:
    course, spec = room.course, room.day.steps
    rates = [rate for rate in room.study.forms[spec.form].items[spec.rate].labels or {} if rate != spec.rest]
    now = course.steps[-1].rate if course.steps else ""
    taps: list[tuple[StepKind, str, bool]] = []
    for kind in POSSIBLE[course.state]:
        if kind not in spec.actions:
            continue
        if kind == "start":
            taps += [(kind, rate, n == 0) for n, rate in enumerate(rates)]
        elif kind == "change":
            taps += [(kind, rate, False) for rate in rates if rate != now]
        elif kind == "resume":
            taps += [(kind, rate, False) for rate in rates]
        else:
            taps.append((kind, "", False))
    with st.container(horizontal=True):
        for kind, rate, first in taps:
            icon = WORDS[kind][1]
            _button(
                room,
                _worded(room, kind, rate),
                kind,
                rate,
                icon,
                "stopping" if kind == "stop" else "tap",
                primary=first,
            )


def stop(room: Room) -> None:
    """The same stop beside an alert, which stays in sight wherever the page is scrolled to."""
    _button(room, "Stop now", "stop", "", ":material/stop:", "stop", primary=True)


def _button(room: Room, label: str, kind: StepKind, rate: str, icon: str, name: str, *, primary: bool) -> None:
    # The key holds the versions seen: a second click on a button that has done its work finds none. A callback takes
    # the tap down, for when others saved since the button was drawn, no button of this key is drawn any more.
    st.button(label, key=f"{name}|{room.visit.record}|{_seen(room)}|{kind}|{rate}", icon=icon,
              type="primary" if primary else "secondary", on_click=_tapped, args=(room, kind, rate))  # fmt: skip


def _tapped(room: Room, kind: StepKind, rate: str) -> None:
    """The moment of the tap is safe before anything else: on the desk, until it is recorded or did not happen."""
    now = here.trial().now(room.visit.site).replace(tzinfo=None, microsecond=0)
    same = (one for one in _kept(room).values() if (one["kind"], one["rate"]) == (kind, rate))
    if any(now - dt.datetime.fromisoformat(one["at"]) < infusion.HASTE for one in same):
        return  # a second click
    mark = f"tapped|{room.visit.record}"
    if kind != "stop" and time.monotonic() - st.session_state.get(mark, 0) < DOUBLE:
        # what comes so soon after another was meant for the button that stood there; a stop is always meant
        st.session_state[f"double|{room.visit.record}"] = (
            f"The second of two taps within {DOUBLE} seconds was not taken. If it was meant, tap again."
        )
    else:
        st.session_state[mark] = time.monotonic()
        asking = {"kind": kind, "rate": rate, "at": now.isoformat(), "seen": list(_seen(room))}
        _keep(room, asking)
        st.session_state[f"fresh|{_name(room)}"] = _which(asking)


def _tap(room: Room, asking: dict[str, Any], act: Act | None = None) -> None:
    """Record it; what stands against it is kept with the moment of the tap until it is answered or thrown away."""
    who, (dose, steps) = here.who(), asking["seen"]
    mark = f"{who.person}|{room.visit.record}|{asking['kind']}|{asking['rate']}|{dose}|{steps}"
    asking = {key: asking[key] for key in ("kind", "rate", "at", "seen")}
    try:
        infusion.tap(
            here.trial(), who, room.visit, asking["kind"], seen=(dose, steps), rate=asking["rate"],
            at=dt.datetime.fromisoformat(asking["at"]), act=act, request=str(uuid.uuid5(uuid.NAMESPACE_OID, mark)),
        )  # fmt: skip
    except Blocked as blocked:
        said = [[finding.check, finding.message] for finding in blocked.facts["findings"]]  # type: ignore[attr-defined]
        _keep(room, {**asking, "findings": said, "can": bool(blocked.facts["explainable"]),
                     "because": [act.reason.code, act.reason.text] if act and act.reason else None})  # fmt: skip
    except ReasonNeeded as needed:
        _keep(room, {**asking, "reason": here.refusal(needed) if act and act.reason else "",
                     "told": dict(act.explanations) if act else {}})  # fmt: skip
    except StaleRecord:
        _keep(room, {**asking, "stale": True, "told": dict(act.explanations) if act else {},
                     "because": [act.reason.code, act.reason.text] if act and act.reason else None})  # fmt: skip
    except TrialkitError as refused:
        st.error(here.refusal(refused), icon=":material/block:")
        return
    else:
        _drop(room, asking)
    st.session_state[f"tapped|{room.visit.record}"] = time.monotonic()  # from here on other buttons stand there
    st.rerun()


def _asked(room: Room, asking: dict[str, Any]) -> None:
    """What stands against a tap: it happened, so it can be explained, or it was a mistake."""
    kind: StepKind = asking["kind"]
    name = f"{_name(room)}|{_which(asking)}"
    at = dt.datetime.fromisoformat(asking["at"])
    texts: dict[str, str] = dict(asking.get("told") or {})
    stale, seen = bool(asking.get("stale")), asking["seen"]
    place = f"at-asked-{''.join(filter(str.isalnum, _which(asking)))}"
    with st.container(border=True, key=place):
        point_at(place)
        st.markdown(f"**{_worded(room, kind, asking['rate'])} at {clock(at)} is not recorded yet.**")
        if stale:
            st.markdown("Others saved before you. Your tap keeps its moment: record it, if it was done.")
            st.markdown("".join(f"- {here.literal(line)}\n" for line in since(room, *seen)))
            seen = list(_seen(room))
        if kind == "start" and (holds := room.held()):
            st.error(here.literal("On hold: " + "; ".join(holds)), icon=":material/front_hand:")
        for check, message in asking.get("findings", ()):
            st.error(here.literal(message), icon=":material/front_hand:")
            if asking["can"]:
                key = f"why|{name}|{check}"
                if key not in st.session_state and texts.get(check):
                    st.session_state[key] = texts[check]
                texts[check] = st.text_area("If the pump was really touched: what happened", key=key, height=68) or ""
        if any(texts.values()) and texts != (asking.get("told") or {}):  # it outlives the session as the tap does
            asking = {**asking, "told": texts}
            _keep(room, asking)
        because = asking.get("because")
        reason = Reason(*because) if because else None
        if "reason" in asking:
            if asking["reason"]:
                st.error(asking["reason"])
            st.markdown("This start or end was entered before and taken back. Why is it entered again?")
            reason = _reason(room, f"again {_which(asking)}")
        side = st.container(horizontal=True)
        words = "Record it with this" if "reason" in asking or "can" in asking else f"Record it at {clock(at)}"
        can = kind in POSSIBLE[room.course.state] if stale else asking.get("can", True)
        if can and side.button(words, type="primary", key=f"record|{name}|{seen}"):
            owed = [check for check, _ in asking.get("findings", ()) if asking["can"] and not texts[check].strip()]
            if owed:
                st.error("Say what happened first. Nothing is recorded yet.")
            else:
                _tap(room, {**asking, "seen": seen}, Act(reason, texts))
        if side.button("It did not happen", key=f"drop|{name}", type="secondary"):
            _drop(room, asking)
            st.rerun()


def _owed(room: Room) -> None:
    """Why and on whose order the last steps were done, where that is still missing: a tap does not wait for it."""
    spec, form = room.day.steps, room.study.forms[room.day.steps.form]
    asked = [item for item in (spec.reason, spec.ordered_by) if item]
    owing = [step for step in room.course.steps
             if step.kind not in ("start", "end") and any(item not in step.values for item in asked)]  # fmt: skip
    if not owing:
        return
    step = owing[-1]
    missing = [item for item in asked if item not in step.values]
    with st.container(border=True):
        st.markdown(f"**{_called(room, step)} at {clock(step.at)}**: say why and on whose order.")
        typed = {}
        columns = st.columns([2] * len(missing) + [1], vertical_alignment="bottom")
        for column, item in zip(columns, missing, strict=False):
            rule = form.items[item]
            names = rule.labels or room.staff.fit(form.form, rule.item)
            key = f"owed|{room.place(form.oid).record}|{step.row}|{item}"
            if key not in st.session_state and st.session_state.get(f"chosen|{key}"):
                st.session_state[key] = st.session_state[f"chosen|{key}"]  # the next tap came before it was added
            typed[item] = column.selectbox(rule.item.label, list(names), index=None, placeholder="choose",
                                           format_func=lambda code, names=names: names.get(code, code),  # type: ignore[misc]
                                           key=key)  # fmt: skip
            st.session_state[f"chosen|{key}"] = typed[item]
        if columns[-1].button("Add", key=f"add|{room.place(form.oid).record}|{step.row}|{room.version(form.oid)}"):
            answers = {path_of(spec.group, step.row, item): code for item, code in typed.items() if code}
            with here.told():
                save_form(here.trial(), here.who(), room.place(form.oid), answers, based_on=room.version(form.oid))
                st.rerun()


def _steps(room: Room) -> None:
    """The steps as they were recorded, with what runs in at each."""
    spec, form = room.day.steps, room.study.forms[room.day.steps.form]
    if not room.course.steps:
        st.caption("No step yet. Tap Start at the moment the pump starts." if room.writes else "No step yet.")
        return
    head = ["Step", "Time", "What", f"Rate ({form.items[spec.flow].item.unit or ''})", "Reason", "By", "Ordered by"]
    names, lines = room.staff, []
    for step in room.course.steps:
        reason = step.values.get(spec.reason or "")
        labels = form.items[spec.reason].labels or {} if spec.reason else {}
        owed = spec.reason is not None and reason is None and step.kind not in ("start", "end")
        people = [str(step.values.get(item or "") or "") for item in (spec.by, spec.ordered_by)]
        lines.append(("", [
            escape(step.row), clock(step.at), escape(_called(room, step)), escape(step.rate),
            "<span class=off>missing</span>" if owed else escape(labels.get(str(reason), "")),
            *(escape(names.get(person, person)) for person in people),
        ]))  # fmt: skip
    rows(head, lines, "Steps of the infusion")


def _undo(room: Room) -> None:
    last = room.course.steps[-1]
    # of this step: once it is taken back, what opens for the step before is another and shut
    with st.popover("Undo the last tap", icon=":material/undo:", key=f"take back|{room.visit.record}|{last.row}"):
        st.markdown(
            f"Take back **{_called(room, last)} at {clock(last.at)}**? It stays in the history with your reason."
        )
        if last.kind == "start":
            st.caption("A deviation that was explained at the start stays among the logs. Strike it there if it does "
                       "not hold.")  # fmt: skip
        reason = _reason(room, "undo")
        if st.button("Take it back", key=f"undo|{room.visit.record}|{_seen(room)}", type="primary"):
            mark = f"{here.who().person}|{room.visit.record}|undo|{_seen(room)}"
            with here.told():
                infusion.undo(here.trial(), here.who(), room.visit, seen=_seen(room), reason=reason,
                              request=str(uuid.uuid5(uuid.NAMESPACE_OID, mark)))  # fmt: skip
                st.rerun()


def _reason(room: Room, name: str) -> Reason:
    codes = room.study.study.file.change_reasons
    key = f"{name}|{room.visit.record}|{_seen(room)}"
    words = "Why it is taken back" if name == "undo" else "Why it is entered again"
    code = st.selectbox(words, list(codes), index=None, format_func=lambda one: codes[one], key=f"code|{key}",
                        placeholder="choose")  # fmt: skip
    return Reason(code or "", st.text_input("In your own words", key=f"text|{key}"))


def _worded(room: Room, kind: StepKind, rate: str) -> str:
    """Start 75 mL/h."""
    unit = room.study.forms[room.day.steps.form].items[room.day.steps.flow].item.unit or ""
    return f"{WORDS[kind][0]} {rate} {unit}".strip() if rate else WORDS[kind][0]


def _called(room: Room, step: Step) -> str:
    spec = room.day.steps
    code = str(step.values.get(spec.action) or "")
    return (room.study.forms[spec.form].items[spec.action].labels or {}).get(code, code)


def _seen(room: Room) -> tuple[int, int]:
    return room.version(room.day.record.form), room.version(room.day.steps.form)


def _name(room: Room) -> str:
    return f"tap|{here.who().person}|{room.visit.record}"


def _which(asking: Mapping[str, Any]) -> str:
    return f"{asking['at']}|{asking['kind']}|{asking['rate']}"


def _kept(room: Room) -> dict[str, dict[str, Any]]:
    """The taps that are not recorded yet, oldest first."""
    return opened.desk().kept("taps", _name(room)) or {}


def _keep(room: Room, asking: dict[str, Any]) -> None:
    with _TURN:
        _put(room, {**_kept(room), _which(asking): asking})


def _drop(room: Room, asking: Mapping[str, Any]) -> None:
    with _TURN:
        _put(room, {which: one for which, one in _kept(room).items() if which != _which(asking)})


def _put(room: Room, taps: dict[str, dict[str, Any]]) -> None:
    if taps:
        opened.desk().keep("taps", _name(room), taps)
    else:
        opened.desk().drop("taps", _name(room))
