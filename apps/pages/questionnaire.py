"""Questionnaire: what a participant is asked at a tablet; handed in once, and not shown again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

import streamlit as st

from apps import here, widgets
from apps.form.opening import done, forget, open_sheet
from apps.form.question import label
from apps.form.rehearsing import rehearsal
from apps.form.said import point_at
from apps.form.sheet import Sheet
from apps.form.told import tell_others
from apps.request import saying
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import save_form
from trialkit.conduct.checking import Finding
from trialkit.conduct.preview import Preview
from trialkit.conduct.questionnaire import Questionnaire, known, measured, waiting
from trialkit.errors import Blocked, OutOfOrder


@st.fragment
def body(one: Questionnaire) -> None:
    """The questions, and the way to hand them in: runs anew at each answer."""
    with here.told():
        sheet = open_sheet(one.place)
        look = rehearsal(one.place).look(sheet.typed())
        if sheet.back:
            st.info(sheet.returned("Answers that were typed and not handed in are back"))
        tell_others(sheet)
        questions(one, sheet, look)
        sheet.keep()
        watch(sheet)
        left, asked = unanswered(one, sheet), f"as it is|{one.place.record}"
        said = st.container()  # above the button, where who pressed it looks: below it a tablet's screen may end
        if st.button("Hand in", type="primary", key="hand in"):
            st.session_state[asked] = bool(left)
            if not left:
                with said:
                    hand_in(one, sheet)
        if not left:
            st.session_state.pop(asked, None)
        elif st.session_state.get(asked):
            said.warning(f"{left} question{'s are' if left > 1 else ' is'} not answered yet.")
            if st.button("Hand in as it is", key=asked + "|sure"):
                with said:
                    hand_in(one, sheet)
        st.caption("What is handed in is not shown again. Tell the study team if something was wrong.")


def questions(one: Questionnaire, sheet: Sheet, look: Preview) -> None:
    """Every section in which something is asked of the participant."""
    for group in sheet.cform.groups.values():
        with st.container():
            own = {*known(here.trial(), one.place, sheet.cform), *measured(sheet.cform)}
            not_asked = look.hidden | look.unasked | own
            asked = [rule for rule in group.items if rule.oid in one.items and rule.oid not in not_asked]
            sheet.on_screen -= {rule.oid for rule in group.items} - {rule.oid for rule in asked}
            if asked and not group.group.repeating:
                st.subheader(group.group.title, divider="gray")
            for rule in () if group.group.repeating else asked:
                sheet.on_screen.add(rule.oid)
                with st.container(key=sheet.anchor(rule.oid), gap="xsmall"):
                    if steps := widgets.scale(rule):  # a finger taps better than it types
                        widgets.tapped(rule, sheet.key(rule.oid), label(rule), steps)
                    else:
                        widgets.widget(rule, sheet.key(rule.oid), label(rule), help=None, people={}, disabled=False)
                    if rule.item.help:  # what the numbers mean: nobody finds it behind a sign
                        st.caption(here.literal(rule.item.help))
                    if wrong := look.refused.get(rule.oid):
                        st.markdown(f":red[✕ {here.literal(wrong.sentence)} ({here.literal(wrong.hint)})]")


def watch(sheet: Sheet) -> None:
    """Note when the first answer came, and the latest: of answers from an earlier session nobody knows it."""
    said, before = sheet.typed(), st.session_state.get(f"{_clock(sheet)}|said", {})
    first, last = st.session_state.get(_clock(sheet), (None, 0.0))
    if said != before and not sheet.back:
        last = time.monotonic()
        st.session_state[_clock(sheet)] = (last if first is None else first, last)
        st.session_state[f"{_clock(sheet)}|said"] = said


def taken(one: Questionnaire, sheet: Sheet) -> dict[str, str]:
    """What the tablet measured, as answers."""
    first, last = st.session_state.get(_clock(sheet), (None, 0.0))
    return {oid: str(round(last - first)) for oid in measured(sheet.cform) if oid in one.items and first is not None}


def _clock(sheet: Sheet) -> str:
    return f"answering|{sheet.place.record}"


def unanswered(one: Questionnaire, sheet: Sheet) -> int:
    """How many questions that want an answer have none, where something is answered at all."""
    typed = sheet.typed()
    wanted = [oid for oid in sheet.on_screen if oid in one.items and not sheet.cform.items[oid].item.optional]
    some = any(path in one.items for path in typed)
    return sum(not typed.get(oid, sheet.stood.get(oid)) for oid in wanted) if some else 0


def asked_still(one: Questionnaire, typed: Mapping[str, Typed]) -> dict[str, Typed]:
    """What was answered, without the answers to questions that another answer has taken away since."""
    left = dict(typed)
    while left.keys() & (gone := rehearsal(one.place).look(left).unasked):
        left = {path: raw for path, raw in left.items() if path not in gone}
    return left


def hand_in(one: Questionnaire, sheet: Sheet) -> None:
    """Save and finish; wrong answers stay on the screen with what is wrong."""
    typed = asked_still(one, {path: raw for path, raw in sheet.typed().items() if path in one.items})
    day = {path: raw for path, raw in known(here.trial(), one.place, sheet.cform).items() if path in one.items}
    whole = all(oid in one.items for oid, rule in sheet.cform.items.items() if rule.compute is None)
    if not typed:
        st.warning("Nothing is answered yet.")
        return
    typed = day | taken(one, sheet) | typed
    if refused := rehearsal(one.place).look(typed).refused:
        point_at(sheet.anchor(next(iter(refused))), uuid.uuid4().hex)
        st.warning("An answer cannot be right: it is marked red. Please correct it, then hand in.")
        return
    try:
        save_form(here.trial(), here.who(), one.place, typed, based_on=one.version, submit=whole, whole=True,
                  request=saying(one.place, sorted(typed.items()), one.version), study=sheet.study.hash)  # fmt: skip
    except Blocked as blocked:
        found: list[Finding] = blocked.facts["findings"]  # type: ignore[assignment]
        for finding in found:
            st.error(here.literal(finding.message))
        return
    except OutOfOrder as other:
        if not other.facts.get("study"):
            raise
        sheet.keep()  # it asks otherwise now: what was answered comes back under what is asked alike
        forget(sheet.place)
        st.rerun()
    done(sheet)
    st.session_state["handed in"] = one.title
    st.switch_page("pages/home.py")


def draw() -> None:
    """The page: one questionnaire of those that wait for the number that was typed at home."""
    asked = st.query_params
    found = waiting(here.trial(), here.who(), asked.get("subject", ""))
    one = next((each for each in found if here.address(each.place) == asked.to_dict()), None)
    st.page_link("pages/home.py", label="← Back")
    if one is None:
        here.nothing("This questionnaire does not wait for you.", "Tap Back to see what does.")
    st.header(one.title, anchor=False)
    st.caption(f"Participant {one.place.subject} · {here.day(here.trial().now(one.place.site).date())}")
    with st.container(key="questions"):
        body(one)


draw()
