"""A subject's course as a picture over one axis of time, and as tables for who does not see the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from apps import here
from trialkit.conduct.timeline import Timeline, timeline

LANE, MARGIN = 24, 170
"""Height of a lane and the room for its name, in pixels."""
SCALES = alt.Legend(orient="bottom", columns=6, symbolType="stroke", symbolSize=900, symbolStrokeWidth=2)
"""A line as it is drawn, for each scale."""


def draw(subject: str, site: str) -> None:
    """The picture and its tables."""
    found = timeline(here.trial(), here.who(), subject, site)
    if found.empty:
        st.info("There is nothing to draw yet.  \nConsent, doses, adverse events and scale totals appear here.")
        return
    now = here.trial().now(site).date()
    for words, chart in _pictures(found, pd.Timestamp(now)):
        st.altair_chart(chart, width="stretch", alt=f"{words} of subject {subject}: {_words(found)}")
    with st.expander("The same as tables"):
        for title, rows in _tables(found).items():
            if rows:
                st.markdown(f"**{title}**")
                st.dataframe(rows, hide_index=True, alt=f"{title} of subject {subject}")


def _pictures(found: Timeline, now: pd.Timestamp) -> Iterator[tuple[str, Any]]:
    """What happened, lane by lane, and the totals below it, over the same axis."""
    marks = [*found.consents, *found.doses, *(point for scale in found.scales for point in scale.points)]
    first = pd.Timestamp(min([one.day for one in marks] + [one.start for one in found.events]))
    last = pd.Timestamp(max([one.day for one in marks] + [one.end or one.start for one in found.events]))
    edge = max(last, min(last + pd.Timedelta(days=3), now))
    span = [_iso(first - pd.Timedelta(days=2)), _iso(edge + pd.Timedelta(days=2))]
    x = alt.X("day:T", title=None, scale=alt.Scale(domain=span),
              axis=alt.Axis(format="%d-%b-%Y", labelOverlap=True, tickCount=8))  # fmt: skip
    lanes = _lanes(found, edge)
    if not lanes.empty:
        y = alt.Y("lane:N", title=None, sort=list(dict.fromkeys(lanes["lane"])),
                  axis=alt.Axis(labelLimit=MARGIN, minExtent=MARGIN, labelOverlap=False))  # fmt: skip
        tip = [alt.Tooltip("words:N", title="What"), alt.Tooltip("from:N", title="From"),
               alt.Tooltip("until:N", title="Until")]  # fmt: skip
        base = alt.Chart(lanes)
        spans = base.transform_filter("datum.kind == 'event'").mark_bar(height=11, cornerRadius=3).encode(
            x=x, x2="end:T", y=y, tooltip=tip,
            color=alt.Color("shade:N", title="Adverse events", scale=alt.Scale(
                domain=["not serious", "serious"], range=["#c98a1b", "#c0392b"]), legend=alt.Legend(orient="top")),
        )  # fmt: skip
        points = base.transform_filter("datum.kind != 'event'").mark_point(size=70, filled=True, opacity=1).encode(
            x=x, y=y, tooltip=tip, shape=alt.Shape("kind:N", legend=None), color=alt.value("#2f7fc1"),
        )  # fmt: skip
        layers = [part for part, kind in ((spans, "event"), (points, "")) if _holds(lanes, kind)]
        around = 95 if found.events else 45  # the axis, and the legend where there is one
        yield "What happened", alt.layer(*layers).properties(height=LANE * lanes["lane"].nunique() + around)
    scores = pd.DataFrame([
        {"day": pd.Timestamp(point.day), "total": point.value, "scale": scale.label, "words": point.words,
         "on": here.day(point.day)}
        for scale in found.scales for point in scale.points
    ])  # fmt: skip
    if not scores.empty:
        yield "Totals", alt.Chart(scores).mark_line(point=alt.OverlayMarkDef(size=45)).encode(
            x=x, y=alt.Y("total:Q", title="Total", axis=alt.Axis(minExtent=MARGIN)),
            color=alt.Color("scale:N", title="Scale", legend=SCALES),
            strokeDash=alt.StrokeDash("scale:N", title="Scale"),
            tooltip=[alt.Tooltip("words:N", title="What"), alt.Tooltip("on:N", title="On")],
        ).properties(height=330)  # fmt: skip


def _holds(lanes: pd.DataFrame, kind: str) -> bool:
    return bool(((lanes["kind"] == "event") == (kind == "event")).any())


def _lanes(found: Timeline, edge: pd.Timestamp) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for name, points in (("Consent", found.consents), ("Infusions", found.doses)):
        for point in points:
            day = pd.Timestamp(point.day)
            rows.append({"lane": name, "kind": name, "day": day, "end": day, "words": point.words,
                         "from": here.day(point.day), "until": "", "shade": ""})  # fmt: skip
    for one in sorted(found.events, key=lambda span: span.start):
        end = pd.Timestamp(one.end) if one.end else max(edge, pd.Timestamp(one.start))
        grade = f", grade {one.grade}" if one.grade else ""
        rows.append({
            "lane": one.words, "kind": "event", "day": pd.Timestamp(one.start), "end": end + pd.Timedelta(days=1),
            "words": f"{one.words}{grade}{', serious' if one.serious else ''}", "from": here.day(one.start),
            "until": here.day(one.end) if one.end else "goes on", "shade": "serious" if one.serious else "not serious",
        })  # fmt: skip
    return pd.DataFrame(rows)


def _iso(at: pd.Timestamp) -> alt.DateTime:
    return alt.DateTime(year=at.year, month=at.month, date=at.day)


def _words(found: Timeline) -> str:
    scales = ", ".join(f"{scale.label} from {scale.points[0].value:g} to {scale.points[-1].value:g}"
                       for scale in found.scales)  # fmt: skip
    return (f"{len(found.consents)} consents, {len(found.doses)} infusions, {len(found.events)} adverse events. "
            f"{scales}")  # fmt: skip


def _tables(found: Timeline) -> dict[str, list[dict[str, object]]]:
    return {
        "Consent and infusions": [
            {"Date": here.day(one.day), "What": one.words}
            for one in sorted((*found.consents, *found.doses), key=lambda one: one.day)
        ],
        "Adverse events": [
            {"From": here.day(one.start), "Until": here.day(one.end) if one.end else "goes on", "Event": one.words,
             "Grade": one.grade, "Serious": "! serious" if one.serious else "no"} for one in found.events
        ],
        "Totals": [
            {"Date": here.day(point.day), "Scale": scale.label, "Total": point.value}
            for scale in found.scales for point in scale.points
        ],
    }  # fmt: skip
