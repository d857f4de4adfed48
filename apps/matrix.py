"""Subjects down, visits across, one sign a cell by the published priority: what is drawn is read aloud as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from trialkit.conduct.roll import Line
from trialkit.conduct.schedule import BY_NAME, STATES, State, winning
from trialkit.export.web.markup import Markup, joined, tag
from trialkit.study.model import Study

TONES = {
    "query": "ask", "dropped": "ask", "answered": "wait", "started": "wait", "to complete": "wait", "overdue": "ask",
    "complete": "good", "verified": "good", "frozen": "shut", "locked": "shut",
}  # fmt: skip


def draw(study: Study, lines: Sequence[Line], today: Mapping[str, dt.date]) -> None:
    """The table and its legend."""
    events = [oid for oid, event in study.file.events.items() if event.kind == "scheduled"]
    seen = {event for line in lines for event, _ in line.visits}
    events += [oid for oid in study.file.events if oid in seen and oid not in events]
    names = {oid: event.title for oid, event in study.file.events.items()}
    called = {oid: "Logs" if study.file.events[oid].kind == "common" else oid for oid in events}
    heads = [tag("th", tag("abbr", called[oid], title=names[oid]), scope="col") for oid in events]
    head = tag("tr", tag("th", "Subject", scope="col"), tag("th", "Queries", scope="col"), heads)
    body = [tag("tr", *_row(line, events, names, today)) for line in lines]
    caption = tag("caption", "Subjects by visits, a sign for the state of each visit", class_="unseen")
    st.html(tag("div", tag("div", tag("table", caption, tag("thead", head), tag("tbody", body), class_="board"),
                           class_="wide"), class_="tk"))  # fmt: skip
    legend()


def legend() -> None:
    """Every sign with its words, in the order in which they win."""
    signs = [tag("li", tag("span", state.sign, class_=f"sign {_tone(state)}"), f" {state.words}") for state in STATES]
    signs.append(tag("li", tag("span", "", class_="sign"), "empty: not begun, and after the visit that is next"))
    told = tag(
        "p",
        "Of the forms of a visit that were begun; where several signs hold, the first of this list is shown:",
        class_="soft",
    )
    st.html(tag("div", told, tag("ol", signs, class_="legend"), class_="tk"))


def _row(
    line: Line, events: Sequence[str], names: Mapping[str, str], today: Mapping[str, dt.date]
) -> list[Markup]:  # fmt: skip
    there = f"/subject?{urlencode({'subject': line.subject})}"
    asked = tag("td", str(line.queries) if line.queries else "", class_="number")
    return [tag("th", tag("a", line.subject, href=there), scope="row"), asked,
            *(_cell(line, event, names[event], today) for event in events)]  # fmt: skip


def _cell(line: Line, event: str, name: str, today: Mapping[str, dt.date]) -> Markup:
    states = [state for (oid, _), state in line.visits.items() if oid == event]
    awaited = next((one for one in line.awaited(today[line.site]) if one.event == event), None)
    note = ""
    if states:
        state = winning(states)
    elif awaited is not None:
        due = awaited.due
        state = BY_NAME["overdue" if awaited.overdue(today[line.site]) else "planned"]
        note = f", {due.first:%d-%b-%Y} to {due.last:%d-%b-%Y}" if due else ""
    else:
        return tag("td")
    words = f"{event} {name}: {state.words}{note}"
    there = f"/subject?{urlencode({'subject': line.subject, 'event': event})}"
    # what is shown on hover is its name (screen.js): of hundreds of cells the browser looks every attribute over
    inner = tag("a", state.sign, href=there, aria_label=words, tabindex="-1")
    return tag("td", inner, class_=_tone(state))


def bars(counts: Mapping[str, int]) -> None:
    """How many there are, site by site: a bar and the number."""
    most = max(counts.values(), default=1)
    rows = [
        tag("li", joined(f"Site {site} ", tag("strong", str(count))),
            tag("span", tag("span", style=f"width:{100 * count / most:.0f}%"), class_="bar", aria_hidden="true"))
        for site, count in sorted(counts.items())
    ]  # fmt: skip
    st.html(tag("div", tag("ul", rows, class_="bars"), class_="tk"))


def _tone(state: State) -> str:
    return TONES.get(state.name, "plain")
