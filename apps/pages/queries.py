"""Queries: a board by state, age, place and whose turn it is; one opened shows what raised it; answer, ask
again, close, cancel."""

from __future__ import annotations

from collections import Counter
from typing import Any

import streamlit as st

from apps import here, history, job, unsent
from apps.fitting import fitted
from apps.places import LOGS, Places, visit_of
from apps.request import saying
from apps.ticked import ticked
from apps.when import Zones, age
from trialkit.access.table import permission
from trialkit.conduct import query
from trialkit.conduct.cause import cause
from trialkit.conduct.quality import Figures, figures
from trialkit.conduct.standing import closed
from trialkit.store.asked import MOST, Asked
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy
from trialkit.study.generic import GENERIC

STATES = {"OPEN": "? Open", "ANSWERED": "↩ Answered", "CLOSED": "✓ Closed", "CANCELLED": "⊘ Cancelled"}
SIGNS = {"OPEN": "? open", "ANSWERED": "↩ answered", "CLOSED": "✓ closed", "CANCELLED": "⊘ cancelled"}
KINDS = {"alert": "alert", "hard": "must be settled", "query": "query"}
AGES = {0: "any age", 7: "older than 7 days", 14: "older than 14 days", 30: "older than 30 days"}
TURNS = {"site": "site", "monitor": "monitor", "datamanager": "data management", "medicalmonitor": "medical monitor"}
ANY, OPEN = "all", "query open"
BY_HAND = {"MANUAL": "by hand"}
DONE = {"Answer": "answered", "Ask again": "asked again", "Close": "closed", "Cancel the query": "cancelled"}
WRAPS, LINES = 84, 4
"""The height of a row (px), and how many lines of a cell stand in it."""
VALUES = 200
"""Queries of a list whose values are looked up."""


def narrowed(every: list[Asked], studies: dict[str, CompiledStudy]) -> list[Asked]:
    """The filters, and what they leave."""
    asked, above = st.query_params, st.container()
    with st.container(horizontal=True):
        site = _choice("Site", sorted({one.place.site for one in every}), 90)
        subject = st.text_input("Subject", value=asked.get("subject", ""), placeholder="part of a number", width=140)
        forms = {one.place.form: studies[one.query.study].study.forms[one.place.form].title for one in every}
        form = _choice("Form", sorted(forms), 230, {oid: f"{title} ({oid})" for oid, title in forms.items()})
        check = _choice("Check", sorted({one.check for one in every}), 110, BY_HAND)
        older = st.selectbox("Age", list(AGES), format_func=AGES.__getitem__, width=170)
        turns = [role for role in TURNS if any(query.next_to_act(one) == role for one in every)]
        turn = st.selectbox("Next to act", [ANY, *turns], format_func=lambda role: TURNS.get(role, role), width=150)
    fit = [
        one
        for one in every
        if site in (ANY, one.place.site)
        and subject.strip() in one.place.subject
        and form in (ANY, one.place.form)
        and check in (ANY, one.check)
        and age(one.opened_at) >= older
        and turn in (ANY, query.next_to_act(one))
    ]
    counts = Counter(one.state for one in fit)
    state = above.segmented_control(
        "State", list(STATES), format_func=lambda name: f"{STATES[name]} · {counts[name]}", key="state",
        default=asked.get("state") if asked.get("state") in STATES else "OPEN", label_visibility="collapsed",
    )  # fmt: skip
    return [one for one in fit if state in (None, one.state)]


def _choice(label: str, options: list[str], width: int, words: dict[str, str] | None = None) -> str:
    named = st.query_params.get(label.lower(), ANY)
    found: str = st.selectbox(
        label, [ANY, *options], index=options.index(named) + 1 if named in options else 0, width=width,
        format_func=lambda one: words.get(one, one) if words else one, key=f"queries|{label}",
    )  # fmt: skip
    return found


def board(found: list[Asked], studies: dict[str, CompiledStudy]) -> list[Asked]:
    """The queries as a table; gives those that are ticked."""
    stands, places = values(found, studies), Places()
    rows = [
        {
            "State": SIGNS[one.state],
            "Days": f"{age(one.opened_at):4d}" if one.query.status != "CLOSED" else "",
            "Subject": one.place.subject,
            "Visit": visit_of(one.place, studies[one.query.study]) or LOGS,
            "Form": places.form(one.place, studies[one.query.study]),
            "Question": fitted(f"{'! ' if one.severity == 'alert' else ''}{one.text}", 213, LINES),
            "Next": TURNS.get(query.next_to_act(one), ""),
            "Value": fitted(stands.get((one.place.record, one.item), ""), 88, LINES),
            "Check": BY_HAND.get(one.check, one.check),
            "About": fitted(about(one, studies), 106, LINES),
        }
        for one in found
    ]
    chosen = ticked(
        rows, [one.query.stream for one in found], f"board|{st.session_state.get('board turn', 0)}",
        mode="multi-row", kept=True, height=min(632, 38 + WRAPS * len(rows)), row_height=WRAPS,
        alt="Queries: state, age in days, place, question, whose turn it is, check",
        column_config={
            "State": st.column_config.TextColumn(width=88),
            "Days": st.column_config.TextColumn(width=47, help="Days since it was first asked", alignment="right"),
            "Subject": st.column_config.TextColumn(width=77), "Visit": st.column_config.TextColumn(width=50),
            "Form": st.column_config.TextColumn(width=100), "Question": st.column_config.TextColumn(width=213),
            "Next": st.column_config.TextColumn(width=104, help="Who has to act next"),
            "Value": st.column_config.TextColumn(width=88), "Check": st.column_config.TextColumn(width=62),
            "About": st.column_config.TextColumn(width=106),
        },
    )  # fmt: skip
    return [found[n] for n in chosen]


def values(found: list[Asked], studies: dict[str, CompiledStudy]) -> dict[tuple[str, str], str]:
    """What stands now at what is asked about, in words, of the first queries of a list: (form, path) -> value."""
    records: dict[str, Record | None] = {}
    told = {}
    for one in found[:VALUES]:
        place = one.place
        if place.record not in records:
            records[place.record] = here.reader().record(place)
        record = records[place.record]
        if record is not None and one.item in record.values:
            told[place.record, one.item] = history.read(
                studies[one.query.study], place.form, one.item, record.values[one.item]
            )
    return told


def about(one: Asked, studies: dict[str, CompiledStudy]) -> str:
    """What is asked about, in words."""
    if one.item == "-":
        return "the form"
    return history.label(studies[one.query.study], one.place.form, one.item)


def opened(one: Asked, study: CompiledStudy) -> None:
    """One query: its thread, what raised it, and what may be done."""
    places = Places()
    with st.container(border=True):
        st.subheader(here.literal(one.text), anchor=False)
        st.page_link("pages/entry.py", label="Open the form", icon=":material/edit_note:",
                     query_params=here.address(one.place))  # fmt: skip
        turn = TURNS.get(query.next_to_act(one), "")
        told = [SIGNS[one.state], f"next to act: {turn}" if turn else "", KINDS.get(one.severity, one.severity),
                places.text(one.place, study), about(one, {one.query.study: study})]  # fmt: skip
        st.caption(" · ".join(here.literal(part) for part in told if part))
        left, right = st.columns([1, 1], gap="large")
        with left:
            st.markdown("**What was said**")
            thread(one)
            moves(one)
        with right:
            raised(one, study)


def thread(one: Asked) -> None:
    """Who said what, when, oldest first."""
    zones = Zones()
    for entry in here.reader().history(stream=one.query.stream):
        again = history.asked(entry)
        by = entry.actor.name if entry.actor.role != "system" else f"check {one.check}"
        role = "" if entry.actor.role == "system" else f", {history.ROLE.get(entry.actor.role, entry.actor.role)}"
        st.markdown(f"**{here.literal(by)}**{role} {again} :gray[{zones.stamp(entry.recorded_at, one.place.site)}]")
        for text in history.words_of(entry):
            st.markdown("> " + here.literal(text).replace("\n", "  \n> "))


def raised(one: Asked, study: CompiledStudy) -> None:
    """The check behind it and the values that it reads, as they stand now."""
    why, places = cause(here.trial(), here.who(), one.query), Places()
    st.markdown("**What raised it**" if one.check != "MANUAL" else "**The value asked about**")
    if one.check != "MANUAL":
        st.markdown(f"Check **{why.check}**: {here.literal(why.title)}")
    if why.rule:
        when = f"  \nasked when: `{why.when}`" if why.when else ""
        with st.popover("As the study says it", icon=":material/rule:"):
            st.markdown(f"`{why.rule}`{when}")
    rows = [
        {
            "Value": history.label(study, read.place.form, read.path),
            "Stands now": history.read(study, read.place.form, read.path, read.written) or "nothing yet",
            "In": " · ".join(filter(None, (visit_of(read.place, study), places.form(read.place, study)))),
        }
        for read in why.reads
    ]
    if rows:
        st.dataframe(
            rows, hide_index=True, row_height=66, alt="The values that the check reads, as they stand now",
            column_config={"Value": st.column_config.TextColumn(width=160),
                           "Stands now": st.column_config.TextColumn(width=95),
                           "In": st.column_config.TextColumn(width=140)},
        )  # fmt: skip
    if one.item != "-":
        with st.popover("History of the value", icon=":material/history:"):
            history.draw(one.place, one.item, study)


def moves(one: Asked) -> None:
    """Answer, ask again, close, cancel."""
    who, stream = here.who(), one.query.stream
    role, offered = who.role, dict[str, Any]()
    if one.state == "OPEN" and permission(role, "query.answer"):
        offered["Answer"] = query.answer
    if one.state in ("ANSWERED", "CLOSED") and permission(role, "query.open"):
        form = here.reader().record(one.place.record)
        if form and closed(form.values) == "locked":
            st.caption("The form is locked: nothing more is asked about it. Unlock it first: Review, Unlock.")
        else:
            offered["Ask again"] = query.reask
    if one.query.status != "CLOSED" and permission(role, "query.close"):
        offered["Close"] = query.close
    if one.state == "OPEN" and one.asker and permission(role, query.CANCEL) and query.cancels(who, one.asker.id):
        offered["Cancel the query"] = query.cancel
    if not offered:
        return
    # by the query alone: when somebody acts on it meanwhile, the words stay
    with st.form(f"move|{stream}", border=False):
        text = st.text_area("Your words", key=f"words|{stream}", max_chars=2000, height=80,
                            placeholder="A sentence that stays with the value")  # fmt: skip
        with st.container(horizontal=True):
            first = "Answer" if "Answer" in offered else "Close"
            for words, do in offered.items():
                kind: Any = "primary" if words == first else "secondary"
                if st.form_submit_button(words, type=kind) and unsent.act(one.query, words, text, do):
                    acted(DONE[words])
    st.session_state[OPEN] = stream
    unsent.shown(one.query)


def acted(said: str) -> None:
    """Say so, and lay the board out anew with nothing ticked: another query has taken the place of this one."""
    st.session_state["board turn"] = st.session_state.get("board turn", 0) + 1
    st.toast(f"Done: {said}.", icon=":material/check:")
    st.rerun()


def together(ticked: list[Asked]) -> None:
    """Close the answered ones of those that are ticked."""
    closable = [one for one in ticked if one.query.status == "ANSWERED" and one.severity != "alert"]
    with st.container(border=True):
        st.markdown(f"**{len(ticked)} ticked**, {len(closable)} of them answered and no alert.")
        if not closable or not permission(here.who().role, "query.close"):
            st.caption("Tick a single one to read its thread. Answered ones can be closed together by who asks.")
            return
        shown = [(one.query.stream, one.query.version) for one in closable]
        once = f"together|{shown}"  # other queries under the same ticks are another act, with words of its own
        with st.form(once, border=False):
            text = st.text_input(
                "Why they are settled", placeholder="for example: answers agree with the source", key=f"why|{once}"
            )
            if st.form_submit_button(f"Close {len(closable)} answered", type="primary"):
                with here.told():
                    query.close_answered(here.trial(), here.who(), shown, text, request=saying(once, text))
                    acted(f"{len(shown)} closed")


def quality(every: list[Asked], studies: dict[str, CompiledStudy]) -> None:
    """How often each check fired, and what came of it."""
    st.caption("Closed unchanged means: nothing about the value moved between asking and closing. A check that often "
               "ends so asks too much of the sites.")  # fmt: skip
    stamp = f"quality|{len(every)}|{max((one.query.seq for one in every), default=0)}"
    if job.of("quality") is None or st.session_state.get("quality") != stamp:
        st.session_state["quality"] = stamp
        reader = here.reader()
        job.start("quality", "Looking at every query", lambda it: figures(reader, every, it.tell))
    made = job.watched("quality")
    if made is None:
        return
    if made.error:
        st.error(made.error.sentence)
        return
    rows: list[Figures] = made.result
    titles = _titles(studies)
    st.dataframe(
        [{"Check": BY_HAND.get(one.check, one.check), "What it looks for": titles.get(one.check, ""),
          "Fired": one.fired, "Open": one.open, "Closed, changed": one.changed, "Closed, unchanged": one.unchanged,
          "Unchanged": one.useless if one.changed + one.unchanged else None} for one in rows],
        hide_index=True, alt="Checks: how often each fired and what came of it",
        column_config={
            "Unchanged": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%d%%", width=130),
            "What it looks for": st.column_config.TextColumn(width=420),
            "Fired": st.column_config.NumberColumn(width=60), "Open": st.column_config.NumberColumn(width=60),
        },
    )  # fmt: skip


def _titles(studies: dict[str, CompiledStudy]) -> dict[str, str]:
    found = {"MANUAL": "Asked by a person", **{one.oid: one.title for one in GENERIC}}
    for study in studies.values():
        for oid, check in study.checks.items():
            found[oid] = check.check.title or study.study.forms[check.form].title
    return found


def listed() -> list[Asked]:
    """Every query in sight, read again when something was written since."""
    size, who = here.trial().store.size, here.who()
    kept = st.session_state.get("queries")
    if kept is None or kept[0] != (size, who.person, who.role):
        found = [one for status in SIGNS for one in here.reader().asked(status=status)]
        st.session_state["queries"] = kept = ((size, who.person, who.role), found)
    every: list[Asked] = kept[1]
    return every


def draw() -> None:
    """The page, and words above it that a colleague's act left without their query."""
    told, before = st.container(), st.session_state.pop(OPEN, "")
    page()
    if before != st.session_state.get(OPEN, ""):
        unsent.note(before, [f"words|{before}"])
    with told:
        unsent.tell()


def page() -> None:
    """Which queries, in which order, and one of them."""
    top, view = st.columns([3, 2], vertical_alignment="bottom")
    top.header("Queries", anchor=False)
    mode = view.segmented_control("View", ["Board", "Quality of checks"], default="Board", required=True,
                                  label_visibility="collapsed")  # fmt: skip
    every = listed()
    if not every:
        here.nothing("There is no query.", "Checks raise them as forms are saved; a monitor asks on the form itself.")
    studies = {name: here.trial().compiled(name) for name in {one.query.study for one in every}}
    if mode == "Quality of checks":
        quality(every, studies)
        return
    found = narrowed(every, studies)
    if len(every) >= MOST:
        st.caption(f"Of each state the oldest {MOST:,} at most.")
    if not found:
        st.success("Nothing here. Choose another state, or clear the filters.", icon=":material/check:")
        return
    many = "query" if len(found) == 1 else "queries"
    st.caption(f"{len(found):,} {many} in this list")  # and room for what the table shows above itself
    ticked = board(found, studies)
    if not ticked:
        st.caption("Tick a row to read its thread and act; tick several answered ones to close them together.")
    elif len(ticked) == 1:
        opened(ticked[0], studies[ticked[0].query.study])
    else:
        together(ticked)


draw()
