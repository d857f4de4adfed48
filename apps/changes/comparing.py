"""What differs between two moments: values of forms, with who moved them last."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from apps import here, history
from apps.changes import found
from apps.changes.newest import newest_day
from apps.dated import day, known
from apps.places import Places
from apps.when import Zones, utc
from trialkit.conduct.trail import differences


def draw() -> None:
    """Two moments and a scope; the net differences between."""
    reader = here.reader()
    sites = [row.stream.removeprefix("site/") for row in reader.sites()]
    with st.container(horizontal=True):
        subject = st.text_input(
            "Subject", value=st.query_params.get("subject", ""), width=130, placeholder="all"
        ).strip()
        site = st.selectbox("Site", ["all", *sites], width=110)
        last = newest_day("" if site == "all" else site)
        first = day("As of", "a day", "differs from", 150, last - dt.timedelta(days=30), inside=True)
        at = st.time_input("at", value=dt.time(0), width=120)
        second = day("and as of", "a day", "differs to", 150, last, inside=True)
        end = st.time_input("at", value=dt.time(23, 59), width=120, key="until at")
    since, until = known(first, second)
    if since is None or until is None:
        st.info("Name two days to compare.")
        return
    zone = Zones().of("" if site == "all" else site)
    a, b = utc(since, at, zone), utc(until, end.replace(second=59, microsecond=999_999), zone)
    if b < a:
        st.warning("The second moment lies before the first.  \nChange one of them.")
        return
    rows, whole = differences(reader, a, b, site="" if site == "all" else site, subject=subject)
    if not whole:
        st.warning("More was written in between than is compared at once: these are the newest changes.  \n"
                   "Choose a subject, a site or fewer days.")  # fmt: skip
    if not rows:
        st.success("Every value stood at the second moment as at the first.", icon=":material/check:")
        return
    st.caption(f"{len(rows):,} values differ. What was changed and changed back is not among them. Times: {zone}.")
    zones, places = Zones(), Places()
    shown = rows[:2_000]
    chosen = st.dataframe(
        [{"Where": found.where(one.last, places), "Item": _label(one.last.study, one.place.form, one.path),
          "First": _read(one.last.study, one.place.form, one.path, one.old),
          "Second": _read(one.last.study, one.place.form, one.path, one.new),
          "Last moved": zones.stamp(one.last.recorded_at, one.place.site), "By": one.last.actor.name,
          "Times": one.times} for one in shown],
        hide_index=True, height=min(632, 38 + found.WRAPS * len(shown)), row_height=found.WRAPS,
        on_select="rerun", selection_mode="single-row",
        key=f"differences|{a}|{b}|{site}|{subject}", alt="Values that differ between the two moments",
        column_config={"Where": st.column_config.TextColumn(width=170), "Item": st.column_config.TextColumn(width=170),
                       "First": st.column_config.TextColumn(width=125),
                       "Second": st.column_config.TextColumn(width=125),
                       "Last moved": st.column_config.TextColumn(width=100),
                       "By": st.column_config.TextColumn(width=100),
                       "Times": st.column_config.NumberColumn(width=60, help="How often it was moved in between")},
    )  # fmt: skip
    st.caption("Tick a row to see the whole history of the value.")
    picked = chosen["selection"]["rows"]
    one = shown[picked[0]] if picked and picked[0] < len(shown) else None
    if found.afresh("difference opened", one.last if one else None) and one:
        history.open_history(one.place, one.path, here.trial().compiled(one.last.study))


def _label(study: str, form: str, path: str) -> str:
    return history.label(here.trial().compiled(study), form, path)


def _read(study: str, form: str, path: str, written: object) -> str:
    return history.read(here.trial().compiled(study), form, path, written)  # type: ignore[arg-type]
