"""Patterns that a reviewer of audit trails looks for, in the entries of some days."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import streamlit as st

from apps import here
from apps.changes import found
from apps.changes.newest import newest_day
from apps.dated import day, known
from apps.places import Places
from apps.ticked import ticked
from apps.when import Zones, utc
from trialkit.conduct.patterns import KINDS, patterns
from trialkit.store.log import Wanted

MOST = 5_000


def draw() -> None:
    """The period, what was found in it, by kind."""
    reader = here.reader()
    sites = [row.stream.removeprefix("site/") for row in reader.sites()]
    with st.container(horizontal=True):
        site = st.selectbox("Site", ["all", *sites], width=110)
        newest = newest_day("" if site == "all" else site)
        first = day("From", "a day", "patterns from", 150, newest - dt.timedelta(days=90), inside=True)
        last = day("To", "a day", "patterns to", 150, newest, inside=True)
    since, until = known(first, last)
    if since is None or until is None:
        st.info("Name the first and the last day.")
        return
    zone = Zones().common(sites if site == "all" else [site])
    if zone is dt.UTC:
        st.caption(found.DAYS)
    look = reader.look(Wanted(
        site="" if site == "all" else site, acts=("record.", "query.open"), most=MOST,
        since=utc(since, zone=zone), until=utc(until, dt.time(23, 59, 59, 999_999), zone),
    ))  # fmt: skip
    every = patterns(here.trial(), look.entries)
    whole = (
        "" if look.next is None else f" These are the newest {len(look.entries):,}: choose fewer days for the others."
    )
    st.caption(
        f"{len(look.entries):,} acts on data and queries were looked at.{whole} A pattern accuses nobody: look at it."
    )
    if not every:
        st.success("Nothing stands out in these days.", icon=":material/check:")
        return
    counts = Counter(one.kind for one in every)
    kind = st.pills(
        "Pattern", [name for name in KINDS if counts[name]], required=True, default=every[0].kind,
        format_func=lambda name: f"{KINDS[name]} · {counts[name]}", label_visibility="collapsed",
    )  # fmt: skip
    shown = [one for one in every if one.kind == kind]
    zones, places = Zones(), Places()
    picked = ticked(
        [{"When": zones.stamp(one.entries[0].recorded_at, one.place.site), "Who": one.person,
          "Where": found.where(one.entries[0], places), "What": one.words, "Entries": len(one.entries),
          "Newest": one.entries[0].seq} for one in shown],
        [str([entry.seq for entry in one.entries]) for one in shown], f"patterns|{kind}",
        height=min(480, 38 + found.WRAPS * len(shown)), row_height=found.WRAPS,
        alt="Patterns of this kind: when, who, where, what",
        column_config={"What": st.column_config.TextColumn(width=330), "When": st.column_config.TextColumn(width=110),
                       "Where": st.column_config.TextColumn(width=190),
                       "Entries": st.column_config.NumberColumn(width=70),
                       "Newest": st.column_config.NumberColumn("Newest entry", width=100, format="%d")},
    )  # fmt: skip
    st.caption("Tick a row to open its entries.")
    entries = shown[picked[0]].entries if picked else ()
    if found.afresh("pattern opened", entries[0] if entries else None):
        found.opened(entries)
