"""What a save or a strike asked about, told where it was pressed: the list of it is at the top, or on other forms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from typing import NamedTuple

import streamlit as st

from apps import here
from apps.form.sheet import Sheet
from apps.places import Places, visit_of
from trialkit.ledger.entry import Place, Receipt


class Asked(NamedTuple):
    """What an act on a form wrote of queries: their streams; where those that were open stood when it was told, and the
    words of the alerts among them."""

    record: str
    streams: Set[str]
    first: tuple[Place, ...] | None = None
    alerts: tuple[str, ...] = ()


def keep_asked(place: Place, receipts: Iterable[Receipt]) -> None:
    """Keep what an act wrote of queries, so that it can be told what it asked about."""
    streams = {receipt.stream for receipt in receipts if receipt.stream.startswith("query/")}
    st.session_state["asked"] = Asked(place.record, streams) if streams else None


def tell_asked(sheet: Sheet, *, page: bool = True) -> None:
    """Say near the buttons what was asked about, of what this person sees, until they type on.

    `page`: whether the page is the form itself; on another, such as the session of an infusion, it is called by name.
    """
    kept: Asked | None = st.session_state.get("asked")
    if kept is None:
        return
    if kept.record != sheet.place.record or sheet.typed():
        st.session_state["asked"] = None
        return
    found = [place for stream, place, status in here.reader().open_queries([sheet.place.subject])
             if stream in kept.streams and status == "OPEN"]  # fmt: skip
    if kept.first is None:
        alerts = [one.text for one in here.reader().asked(subject=sheet.place.subject)
                  if one.query.stream in kept.streams and one.severity == "alert" and one.state == "OPEN"]  # fmt: skip
        st.session_state["asked"] = kept = kept._replace(first=tuple(found), alerts=tuple(alerts))
    own = here.who().role == "investigator"
    now = "It waits on the page Safety." if own else "Tell the investigator now: it waits on their page Safety."
    for words in kept.alerts:
        st.error(f"**Safety alert: {here.literal(words)}**  \n{now}",
                 icon=":material/notification_important:")  # fmt: skip
    for own in (True, False):
        opened, left = ([place for place in some if (page and place.record == kept.record) is own]
                        for some in (kept.first or (), found))  # fmt: skip
        if not left:
            continue
        many = f"{len(opened)} queries were" if len(opened) > 1 else "A query was"
        still = (
            f" {len(left)} of them {'are' if len(left) > 1 else 'is'} still open." if len(left) < len(opened) else ""
        )
        where = "this form" if own else _named(opened, sheet)
        st.warning(f"{many} opened on {where}.{still}", icon=":material/help:")


def _named(at: Collection[Place], sheet: Sheet) -> str:
    places = Places()
    names = [f"{visit_of(place, sheet.study)} {places.form(place, sheet.study)}".strip() for place in dict.fromkeys(at)]
    own = any(place.record == sheet.place.record for place in at)
    told = ("these forms" if own else "other forms") if len(names) > 1 else "this form" if own else "another form"
    return f"{told}: {here.literal(', '.join(names))}"
