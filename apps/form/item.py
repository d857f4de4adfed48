"""What there is to say about one item: why it is missing, what is asked about it, and how it came to be."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from apps import here, history, unsent
from apps.form.sheet import Sheet
from apps.form.told import in_words
from apps.request import saying
from apps.when import Zones
from trialkit.access.table import permission
from trialkit.conduct import query
from trialkit.conduct.standing import closed, split
from trialkit.store.asked import state_of
from trialkit.store.record import Record

ACTS = "Answer", "Close", "Ask again"


@st.dialog("About this answer", width="large")
def panel(sheet: Sheet, path: str, writable: bool) -> None:
    """Missing reason, queries, history."""
    rule = sheet.rule(path)
    st.markdown(f"**{here.literal(rule.item.label)}** · {rule.oid}")
    st.caption(here.literal(f"Saved: {in_words(sheet, path, sheet.stood.get(path), 'nothing yet')}"))
    if path in (typed := sheet.typed()):
        st.caption(here.literal(f"Typed and not saved yet: {in_words(sheet, path, typed[path])}"))
    verified = sheet.stood.get(f"@verified[{path}]")
    if verified:
        st.caption("✓ Verified against the source" if verified == "Y" else "↺ Changed since it was verified")
    if writable and rule.missing and rule.compute is None:
        missing(sheet, path)
    queries(sheet, path)
    st.markdown("**History**")
    history.draw(sheet.place, path, sheet.study)


def missing(sheet: Sheet, path: str) -> None:
    """Say why there is no answer, instead of one."""
    words = sheet.study.study.file.missing_reasons
    reasons = list(sheet.rule(path).missing)
    now = sheet.missing.get(path)
    chosen = st.pills(
        "No answer because", reasons, format_func=lambda code: words.get(code, code), default=now,
        key=f"missing|{sheet.version}|{sheet.key(path)}",
    )  # fmt: skip
    if chosen != now:
        if chosen is None:
            sheet.missing.pop(path, None)
        else:
            sheet.missing[path] = chosen
        if group := split(path)[0]:  # its cell shows the answer only while there is no reason
            sheet.turns[group] = sheet.turns.get(group, 0) + 1
        st.rerun()


def queries(sheet: Sheet, path: str) -> None:
    """The queries on this item, with what was said, and what may be done about each."""
    who = here.who()
    found = [
        one
        for one in here.reader().queries(subject=sheet.place.subject, form=sheet.place.form)
        if one.place == sheet.place and one.values.get("item") == path
    ]
    asks = permission(who.role, "query.open") and closed(sheet.stood) != "locked"
    st.markdown("**Queries**" if found else ":gray[No queries]")
    for one in found:
        with st.container(border=True):
            thread(sheet, one)
            offered: dict[str, Callable[..., object]] = {}
            if one.status == "OPEN" and permission(who.role, "query.answer"):
                offered["Answer"] = query.answer
            if one.status != "CLOSED" and permission(who.role, "query.close"):
                offered["Close"] = query.close
            if one.status == "ANSWERED" and asks:
                offered["Ask again"] = query.reask
            unsent.note(one.stream, [_box(words, one) for words in ACTS if words not in offered])
            unsent.tell(one.stream)
            for words, do in offered.items():
                act(one, words, do)
            unsent.shown(one)
    if asks and sheet.version:
        # after a question that was asked the next is another form: that one does not stand in its box
        turn = f"asked|{sheet.key(path)}"
        with st.form(f"ask|{sheet.key(path)}|{st.session_state.get(turn, 0)}", border=False):
            name = f"asking|{sheet.place.record}|{path}|{st.session_state.get(turn, 0)}"
            text = st.text_input("Ask about this answer", key=name)
            if st.form_submit_button("Open a query"):
                with here.told():
                    ended = sum(one.status == "CLOSED" for one in found)
                    query.ask(here.trial(), who, sheet.place, path, text,
                              request=saying(sheet.place, path, text, ended))  # fmt: skip
                    st.session_state[turn] = st.session_state.get(turn, 0) + 1
                    st.rerun()


def thread(sheet: Sheet, one: Record) -> None:
    """A query's text and what was said since: by whom, in which role, when."""
    check = str(one.values.get("check"))
    zones = Zones()
    for number, entry in enumerate(here.reader().history(stream=one.stream)):
        machine = entry.actor.role == "system"
        by = f"check {check}" if machine else f"{entry.actor.name}, {history.ROLE.get(entry.actor.role, '')}"
        told = f"{history.asked(entry)} · {by} · {zones.stamp(entry.recorded_at, sheet.place.site)}"
        state = f"**{state_of(one).lower()}** · " if number == 0 else ""
        st.markdown("  \n".join([f"{state}:gray[{here.literal(told)}]", *map(here.literal, history.words_of(entry))]))


def _box(words: str, one: Record) -> str:
    return f"words|{words}|{one.stream}"


def act(one: Record, words: str, do: Callable[..., object]) -> None:
    """One thing to do about a query, with what is said."""
    with st.form(f"{words}|{one.stream}", border=False):
        text = st.text_input(words, label_visibility="collapsed", placeholder=f"{words} with these words",
                             key=_box(words, one))  # fmt: skip
        if st.form_submit_button(words) and unsent.act(one, words, text, do):
            st.rerun()
