"""What a save or a strike asked about, told where it was pressed: the list of it is at the top, or on other forms."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import streamlit as st

from apps import here
from apps.form.sheet import Sheet
from apps.places import Places, visit_of
from trialkit.ledger.entry import Place, Receipt


def keep_asked(place: Place, receipts: Iterable[Receipt]) -> None:
    """Keep what an act wrote of queries, so that it can be told what it asked about."""
    streams = {receipt.stream for receipt in receipts if receipt.stream.startswith("query/")}
    st.session_state["asked"] = (place.record, streams, None) if streams else None


def tell_asked(sheet: Sheet, *, page: bool = True) -> None:
    """Say near the buttons what was asked about, of what this person sees, until they type on.

    `page`: whether the page is the form itself; on another, such as the session of an infusion, it is called by name.
    """
    if not (kept := st.session_state.get("asked")):
        return
    record, streams, before = kept
    if record != sheet.place.record or sheet.typed():
        st.session_state["asked"] = None
        return
    found = [place for stream, place, status in here.reader().open_queries([sheet.place.subject])
             if stream in streams and status == "OPEN"]  # fmt: skip
    others = [place for place in found if place.record != record or not page]
    now = len(found) - len(others), len(others)
    before = before or now
    st.session_state["asked"] = record, streams, before
    for count, first, where in zip(now, before, ("this form", _named(others, sheet)), strict=True):
        if count:
            opened = f"{first} queries were" if first > 1 else "A query was"
            left = f" {count} of them {'are' if count > 1 else 'is'} still open." if count < first else ""
            st.warning(f"{opened} opened on {where}.{left}", icon=":material/help:")


def _named(at: Collection[Place], sheet: Sheet) -> str:
    places = Places()
    names = [f"{visit_of(place, sheet.study)} {places.form(place, sheet.study)}".strip() for place in dict.fromkeys(at)]
    own = any(place.record == sheet.place.record for place in at)
    told = ("these forms" if own else "other forms") if len(names) > 1 else "this form" if own else "another form"
    return f"{told}: {here.literal(', '.join(names))}"
