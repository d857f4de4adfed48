"""Safety: adverse events, serious ones with their clocks, and alerts to acknowledge."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from apps import here, history, widgets
from apps.places import LOGS, Places, visit_of
from apps.request import saying
from apps.ticked import ticked
from apps.when import Zones
from trialkit.access.table import permission
from trialkit.conduct import alert_told, query
from trialkit.conduct.next_step import enters_form
from trialkit.conduct.safety import AdverseEvent, Alert, Clock, alerts, events
from trialkit.expressions.elapsed import read
from trialkit.ledger.entry import Written
from trialkit.study.compiled import CompiledItem

DONE = {"Acknowledge": "Acknowledged; your words are on record", "Settle": "Settled"}
MOST = 50
"""Settled alerts that are listed, at most."""
CLOCKS = {"met": "✓ met", "met late": "! met late", "running": "○ runs", "overdue": "! OVERDUE"}


def clock(one: Clock, now: dt.datetime) -> str:
    """A clock in words: what it is for, how it stands, how long is left."""
    state = one.state(now)
    due = read(one.due, one.zone)
    if one.met is not None:
        return f"{CLOCKS[state]}: {read(one.met, one.zone)}, due {due}"
    hours = int(abs(one.left(now)).total_seconds() // 3600)
    told = f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h"
    return f"{CLOCKS[state]}: due {due}, {told} {'left' if state == 'running' else 'late'}"


def said(one: AdverseEvent, name: str) -> str:
    """What the event answered, in words."""
    return widgets.readable(*one.said[name]) if name in one.said else ""


def serious(found: list[AdverseEvent]) -> None:
    """Each serious event with its reports and clocks."""
    if not found:
        st.success("No serious adverse event is recorded.", icon=":material/check:")
        return
    for one in found:
        with st.container(border=True):
            left, right = st.columns([2, 3], gap="large")
            with left:
                st.markdown(f"#### {here.literal(one.term)}")
                st.caption(f"{one.place.subject} · site {one.place.site} · line {one.place.form_repeat}")
                facts = [("Start", "AESTDTC"), ("End", "AEENDTC"), ("Grade", "AETOXGR"), ("Related", "AEREL"),
                         ("Outcome", "AEOUT")]  # fmt: skip
                st.markdown(
                    "  \n".join(f"{word}: {here.literal(said(one, name)) or 'not stated'}" for word, name in facts)
                )
                st.page_link("pages/entry.py", label="Open the event", icon=":material/edit_note:",
                             query_params=here.address(one.place))  # fmt: skip
            with right:
                if one.owed:
                    st.error("No supplement says yet when the site became aware; the event was recorded as serious on "
                             f"{read(one.owed.began, one.owed.zone)}.  \n{one.owed.what}: {clock(one.owed, one.now)}",
                             icon=":material/timer:")  # fmt: skip
                for report in one.reports:
                    kind = widgets.readable(*report.said["SAERPT"]) if "SAERPT" in report.said else "Report"
                    aware = widgets.readable(*report.said["SAEAWDTM"]) if "SAEAWDTM" in report.said else "not stated"
                    st.markdown(f"**{kind}** · site aware {aware.replace('T', ' ')}")
                    for run in report.clocks:
                        late = run.state(one.now) in ("overdue", "met late")
                        words = f"{run.what}: {clock(run, one.now)}"
                        (st.error if late and run.met is None else st.markdown)(words)
                    st.page_link("pages/entry.py", label="Open the supplement", icon=":material/edit_note:",
                                 query_params=here.address(report.record.place))  # fmt: skip


def every(found: list[AdverseEvent]) -> None:
    """All adverse events as a table."""
    if not found:
        st.info("No adverse event is recorded.  \nThey are entered in the logs of a subject.")
        return
    picked = ticked(
        [{"Site": one.place.site, "Subject": one.place.subject, "Event": one.term,
          "Start": said(one, "AESTDTC"), "End": said(one, "AEENDTC"), "Grade": said(one, "AETOXGR"),
          "Serious": "! serious" if one.serious else said(one, "AESER"), "Related": said(one, "AEREL"),
          "Outcome": said(one, "AEOUT")} for one in found],
        [one.record.stream for one in found], "events", height=min(480, 38 + 35 * len(found)),
        alt="Adverse events", column_config={"Event": st.column_config.TextColumn(width=260)},
    )  # fmt: skip
    if picked:
        one = found[picked[0]]
        st.page_link("pages/entry.py", label=f"Open {here.literal(one.term)}", icon=":material/edit_note:",
                     query_params=here.address(one.place))  # fmt: skip
    else:
        st.caption("Tick a row to open its form.")


def raised(found: list[Alert]) -> None:
    """Alerts, open ones first, with what may be done."""
    waiting = [one for one in found if one.open]
    settled = [one for one in found if not one.open]
    if told := st.session_state.pop("alert told", ""):
        st.success(here.literal(told), icon=":material/check:")
    if not waiting:
        st.success("No alert is open.", icon=":material/check:")
    for one in waiting:
        alert(one)
    if settled:
        box = st.expander(f"{len(settled)} settled", key="settled", on_change="rerun")
        if box.open:
            with box:
                past(settled[:MOST])
                if len(settled) > MOST:
                    st.caption(f"The newest {MOST} of {len(settled)}.")


def past(settled: list[Alert]) -> None:
    """Settled alerts: what raised each, who settled it, when and how."""
    zones, rows = Zones(), []
    for one in settled:
        end, why = alert_told.settled(here.trial(), here.who(), one), alert_told.raised(here.trial(), here.who(), one)
        done = [end.words, *(answered(*pair) for pair in end.done)]
        rows.append({
            "Since": zones.stamp(one.at, one.place.site), "Subject": one.place.subject,
            "Visit": visit_of(one.place, here.study(one.place.site)) or LOGS, "Alert": why.words or one.words,
            "Settled by": end.who, "On": zones.stamp(end.at, one.place.site),
            "What was done": " · ".join(filter(None, done)),
        })  # fmt: skip
    text = st.column_config.TextColumn
    st.dataframe(
        rows, hide_index=True, alt="Settled alerts", row_height=70,
        column_config={"Since": text(width=130), "Subject": text(width=75), "Visit": text(width=50),
                       "Alert": text(width=260), "Settled by": text(width=110), "On": text(width=130),
                       "What was done": text(width=260)},
    )  # fmt: skip


def answered(rule: CompiledItem, written: Written) -> str:
    """An answer with its question, in words."""
    return f"{rule.item.label}: {widgets.readable(rule, written)}"


def alert(one: Alert) -> None:
    """One open alert: since when, where, and its acknowledgement."""
    places = Places()
    with st.container(border=True):
        st.markdown(f"**! {here.literal(one.words)}**")
        why = alert_told.raised(here.trial(), here.who(), one)
        if why.place is not None:
            st.markdown(here.literal(f"{why.words} ({places.text(why.place, here.study(why.place.site))})"))
            if why.over:
                over = Zones().moment(why.over, why.place.site)
                st.markdown(f"So it was when it was raised; since {over} the check finds it no more.")
        elif why.noted:
            st.markdown(here.literal(" · ".join(answered(*pair) for pair in why.noted)))
        where = here.literal(places.text(one.place, here.study(one.place.site)))
        state = f" · {one.asked.query.status.lower()}" if one.asked else " · not complete yet"
        st.caption(f"Since {Zones().moment(one.at, one.place.site)} · {where}{state}")
        enters = enters_form(here.study(one.place.site).forms[one.place.form], here.who())
        label = "Acknowledge on the form" if enters and not one.asked else "Open the form"
        st.page_link("pages/entry.py", label=label, icon=":material/edit_note:", query_params=here.address(one.place))
        if one.asked is None:
            return
        for entry in here.reader().history(stream=one.asked.query.stream):
            for text in history.words_of(entry) if entry.actor.role != "system" else ():
                by = f"{here.literal(entry.actor.name)}, {Zones().stamp(entry.recorded_at, one.place.site)}"
                st.markdown(f"{here.literal(text)} :gray[({by})]")
        stream, role = one.asked.query.stream, here.who().role
        if one.asked.query.status == "OPEN" and permission(role, "query.answer"):
            words, act = "Acknowledge", query.answer
        elif permission(role, "query.close"):
            words, act = "Settle", query.close
        else:
            return
        once = stream, one.asked.query.version
        with st.form(f"alert|{stream}|{one.asked.query.version}", border=False):
            text = st.text_input("What was done", placeholder="What was done, and by whom", key=f"done|{once}")
            if st.form_submit_button(words, type="primary"):
                with here.told():
                    act(here.trial(), here.who(), stream, text, request=saying(*once, words, text))
                    st.session_state["alert told"] = f"{DONE[words]}: {one.words}"
                    st.rerun()


def draw() -> None:
    """The page."""
    st.header("Safety", anchor=False)
    asked = st.query_params.get("view", "")
    sites = sorted({row.place.site for row in here.reader().subjects()})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        site = st.selectbox("Site", ["all", *sites], width=110) if len(sites) > 1 else "all"
        at = "" if site == "all" else site or ""
        found = events(here.trial(), here.who(), at)
        grave = [one for one in found if one.serious or one.runs]
        told = alerts(here.trial(), here.who(), at)
        counts = {"Alerts": sum(one.open for one in told), "Serious events": len(grave),
                  "All adverse events": sum(not one.adrift for one in found)}  # fmt: skip
        view = st.segmented_control("View", list(counts), default=asked if asked in counts else "Alerts", required=True,
                                    format_func=lambda name: f"{name} · {counts[name]}")  # fmt: skip
    if view == "Alerts":
        raised(told)
    elif view == "Serious events":
        serious(grave)
    else:
        every([one for one in found if not one.adrift])


draw()
