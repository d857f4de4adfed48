"""Readings over time, drawn as they are typed, with the study's limits and what stood before the dose."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from apps.infusion.room import Room
from trialkit.conduct.preview import Preview
from trialkit.conduct.reading import Reading
from trialkit.study.compiled import path_of
from trialkit.study.dosing_day import Curve

COLOURS = {"light": ("#1f6fb2", "#b4531f", "#2c7a4b", "#6b4fa0"), "dark": ("#6db3ee", "#f0a36f", "#7cc99b", "#b9a3ea")}
LIMIT = {"light": "#b42318", "dark": "#ff8f85"}
BEFORE = {"light": "#66727f", "dark": "#a3afbb"}


def draw(room: Room, look: Preview, found: list[Reading]) -> None:
    """One chart a curve of the study, side by side."""
    curves = room.day.monitoring.curves
    if not curves:
        return
    st.subheader("Curves", divider="gray")
    for column, curve in zip(st.columns(len(curves)), curves, strict=True):
        with column:
            _chart(room, look, curve, found)


def _chart(room: Room, look: Preview, curve: Curve, found: list[Reading]) -> None:
    grid = room.day.monitoring
    items = room.study.forms[grid.form].items
    points = []
    for one in found:
        for item in curve.items:
            value = look.values.get(path_of(grid.group, one.row, item))
            if one.at is not None and isinstance(value, str):
                points.append({"at": one.at, "what": items[item].item.label, "value": float(value), "row": one.row})
    if not points:
        st.markdown(f"**{curve.title}**")
        st.caption("The curve begins with the first reading.")
        return
    names = [items[item].item.label for item in curve.items]
    ground = "dark" if st.context.theme.type == "dark" else "light"
    frame = pd.DataFrame(points)
    unit = next((items[item].item.unit for item in curve.items if items[item].item.unit), "")
    first, last = min(frame["at"]), max(frame["at"])
    last = max(last, first + dt.timedelta(minutes=30))  # the first readings do not fill the whole width
    lines = alt.Chart(frame).mark_line(point=alt.OverlayMarkDef(size=55)).encode(
        x=alt.X("at:T", title=None, scale=alt.Scale(domain=[_plot(first), _plot(last)]),
                axis=alt.Axis(format="%H:%M", labelOverlap=True, tickCount=6)),
        y=alt.Y("value:Q", title=unit or None, scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("what:N", title=None, scale=alt.Scale(domain=names, range=list(COLOURS[ground][: len(names)])),
                        legend=alt.Legend(orient="bottom", columns=1, labelLimit=400) if len(names) > 1 else None),
        shape=alt.Shape("what:N", title=None, scale=alt.Scale(domain=names), legend=None),
        tooltip=[alt.Tooltip("row:N", title="Reading"), alt.Tooltip("at:T", title="At", format="%H:%M"),
                 alt.Tooltip("what:N", title="What"), alt.Tooltip("value:Q", title="Value")],
    )  # fmt: skip
    layers: list[Any] = [lines]
    said = []
    limits = []
    for name in curve.limits:
        parameter = room.study.study.file.parameters[name]
        limits.append({"value": float(Decimal(parameter.value)), "text": f"limit {parameter.value}"})
        said.append(f"{parameter.label}: {parameter.value}{f' {parameter.unit}' if parameter.unit else ''}")
    layers += _rules(limits, LIMIT[ground], [6, 4])
    before = []
    for item in curve.baseline:
        value = look.values.get(item)
        if isinstance(value, str):
            before.append({"value": float(value), "text": f"before {value}"})
    layers += _rules(before, BEFORE[ground], [2, 3], left=True)
    st.altair_chart(alt.layer(*layers).properties(height=300, title=curve.title), width="stretch")
    if said:
        st.caption("Dashed: " + "; ".join(said) + (". Dotted: before the dose." if before else "."))


def _plot(at: dt.datetime) -> alt.DateTime:
    return alt.DateTime(year=at.year, month=at.month, date=at.day, hours=at.hour, minutes=at.minute)


def _rules(lines: list[dict[str, Any]], colour: str, dash: list[int], left: bool = False) -> list[Any]:
    if not lines:
        return []
    base = alt.Chart(pd.DataFrame(lines))
    return [
        base.mark_rule(color=colour, strokeDash=dash).encode(y="value:Q"),
        base.mark_text(
            color=colour, fontSize=11, align="left" if left else "right", dx=8 if left else -4, dy=9 if left else -5
        ).encode(y="value:Q", x=alt.value(0 if left else "width"), text="text:N"),
    ]
