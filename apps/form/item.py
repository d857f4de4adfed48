"""What there is to say about one item: why it is missing, what is asked about it, and how it came to be."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from apps import here, history, widgets
from apps.form.sheet import Sheet
from apps.request import saying
from trialkit.access.table import permission
from trialkit.conduct import query
from trialkit.store.asked import state_of
from trialkit.store.record import Record


@st.dialog("About this answer", width="large")
def panel(sheet: Sheet, path: str, writable: bool) -> None:
    """Missing reason, queries, history."""
    rule = sheet.rule(path)
    st.markdown(f"**{rule.item.label}** · {rule.oid}")
    stands = sheet.stood.get(path)
    st.caption(f"Saved: {widgets.readable(rule, stands) or 'nothing yet'}")
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
        st.rerun()


def queries(sheet: Sheet, path: str) -> None:
    """The queries on this item, with what was said, and what may be done about each."""
    who = here.who()
    found = [
        one
        for one in here.reader().queries(subject=sheet.place.subject, form=sheet.place.form)
        if one.place == sheet.place and one.values.get("item") == path
    ]
    st.markdown("**Queries**" if found else ":gray[No queries]")
    for one in found:
        with st.container(border=True):
            thread(one)
            if one.status == "OPEN" and permission(who.role, "query.answer"):
                act(one, "Answer", query.answer)
            if one.status != "CLOSED" and permission(who.role, "query.close"):
                act(one, "Close", query.close)
    if permission(who.role, "query.open") and sheet.version:
        with st.form(f"ask|{sheet.key(path)}", border=False):
            text = st.text_input("Ask about this answer")
            if st.form_submit_button("Open a query"):
                with here.told():
                    closed = sum(one.status == "CLOSED" for one in found)
                    query.ask(here.trial(), who, sheet.place, path, text,
                              request=saying(sheet.place, path, text, closed))  # fmt: skip
                    st.rerun()


def thread(one: Record) -> None:
    """A query's text and what was said since."""
    check = str(one.values.get("check"))
    by = "asked by a person" if check == "MANUAL" else f"check {check}"
    st.markdown(f"**{state_of(one).lower()}** · {by}  \n{here.literal(str(one.values.get('text', '')))}")
    said = sorted((item, text) for item, text in one.values.items() if item.startswith("thread["))
    for _, text in said:
        st.caption(here.literal(f"↳ {text}"))


def act(one: Record, words: str, do: Callable[..., object]) -> None:
    """One thing to do about a query, with what is said."""
    with st.form(f"{words}|{one.stream}", border=False):
        text = st.text_input(words, label_visibility="collapsed", placeholder=f"{words} with these words")
        if st.form_submit_button(words):
            with here.told():
                do(here.trial(), here.who(), one.stream, text, request=saying(one.stream, one.version, words, text))
                st.rerun()
