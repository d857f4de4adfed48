"""What a save or a strike asked about on other forms: nobody would look there by themselves."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from apps import here
from apps.form.sheet import Sheet
from apps.places import Places, visit_of
from trialkit.ledger.entry import Place, Receipt


def keep_elsewhere(place: Place, receipts: Iterable[Receipt]) -> None:
    """Keep what an act wrote of queries, so that it can be told what it asked about on other forms."""
    streams = {receipt.stream for receipt in receipts if receipt.stream.startswith("query/")}
    st.session_state["elsewhere"] = (place.record, streams) if streams else None


def tell_elsewhere(sheet: Sheet) -> None:
    """Say near the buttons what was asked about on other forms, of what this person sees, until they type on."""
    record, streams = st.session_state.get("elsewhere") or ("", ())
    if record != sheet.place.record or sheet.typed():
        st.session_state["elsewhere"] = None
        return
    at = [place for stream, place, status in here.reader().open_queries([sheet.place.subject])
          if stream in streams and status == "OPEN" and place.record != record]  # fmt: skip
    names, places = [], Places()
    for place in dict.fromkeys(at):
        names.append(f"{visit_of(place, sheet.study)} {places.form(place, sheet.study)}".strip())
    if at:
        count = f"{len(at)} queries were" if len(at) > 1 else "A query was"
        where = "other forms" if len(names) > 1 else "another form"
        st.warning(f"{count} opened on {where}: {here.literal(', '.join(names))}.", icon=":material/help:")
