"""Before and after: what holds the dose now, what was given, and what still keeps the subject here."""

from __future__ import annotations

import streamlit as st

from apps import here, widgets
from apps.form.about import listen
from apps.form.question import draw_question, question
from apps.form.rights import entered
from apps.form.saving import buttons
from apps.form.view import View
from apps.infusion.room import Room
from trialkit.conduct.readiness import readiness
from trialkit.errors import TrialkitError


def holds(room: Room) -> None:
    """What stands against the dose, in words, as the study's checks would say it if it began now."""
    spec = room.day.readiness
    if spec.form not in room.shown:
        return
    form = room.study.forms[spec.form]
    st.subheader("Before the dose", divider="gray")
    ready = readiness(here.trial(), here.who(), room.visit)
    decided = (form.items[spec.decision].labels or {}).get(str(ready.decision), "no decision yet")
    if ready.holds:
        st.error("**On hold.**  \n" + "  \n".join(f"✕ {name}" for name in ready.holds), icon=":material/front_hand:")
    if ready.against:
        said = "  \n".join(f"✕ {here.literal(one.message)}" for one in ready.against)
        st.warning(f"**Not ready to start:**  \n{said}")
    if ready.unknown:
        said = "  \n".join("○ " + here.literal(f"{what}: {', '.join(of)}") for what, of in ready.unknown.items())
        st.info(f"**Not known yet:**  \n{said}")
    if ready.clear:
        st.success("Nothing stands against the dose.", icon=":material/check:")
    st.caption(f"Decision: {decided}")
    if room.may(spec.form):
        _decision(room)
    st.page_link("pages/entry.py", label=f"Open the form: {form.form.title}",
                 query_params=here.address(room.place(spec.form)), icon=":material/edit_note:")  # fmt: skip


def stood(room: Room) -> None:
    """The holds that stand although the dose has begun: they do not go out of sight with it."""
    spec = room.day.readiness
    if spec.form not in room.shown:
        return
    if names := room.held():
        said = here.literal("; ".join(names))
        st.warning(f"**Begun although on hold:** {said}", icon=":material/front_hand:")


def _decision(room: Room) -> None:
    """Override and decision: the form's own items, saved as the form saves them."""
    spec = room.day.readiness
    sheet = room.sheet(spec.form)
    rules = [rule for rule in sheet.cform.items.values() if rule.group == sheet.cform.items[spec.decision].group]
    group = sheet.cform.groups[sheet.cform.items[spec.decision].group]
    with st.expander(group.group.title, expanded=bool(sheet.typed())):
        try:
            look = room.look(spec.form, sheet.typed())
        except TrialkitError as refused:
            st.error(here.refusal(refused))
            return
        view = View(sheet, look, sheet.typed(), own=entered(sheet))
        asked = []
        for rule in look.shown(rules):
            if not view.asks(rule.oid):
                sheet.on_screen.discard(rule.oid)
                st.empty()
            else:
                asked.append(question(view, rule))
                draw_question(sheet, asked[-1])
        listen(sheet, asked)
        sheet.keep()
        buttons(sheet)


def balance(room: Room) -> None:
    """What was prepared and given, as the study works it out; masked amounts only for those who may see them."""
    if room.course.state != "over":  # until then the clock above counts what the steps cannot hold yet
        return
    spec = room.day.record
    form, sight = room.study.forms[spec.form], here.reader().sight
    values = room.values(spec.form)
    told = []
    for item in filter(None, (spec.planned, spec.volume, *spec.shows)):
        rule = form.items[item]
        if rule.visibility in sight.visibility and values.get(item) is not None:
            told.append((rule.item.label, widgets.readable(rule, values[item])))
    if not told:
        return
    st.subheader("Given and left over", divider="gray")
    with st.container(horizontal=True):
        for name, text in told:
            st.metric(name, text, border=True, width="content")


def discharge(room: Room, over: bool) -> None:
    """Each criterion: met, not met, or not answered yet; those that follow from readings as of now."""
    spec = room.day.discharge
    if spec.form not in room.shown:
        return
    form = room.study.forms[spec.form]
    st.subheader("May the subject leave?", divider="gray")
    if room.course.state != "over" and not over:
        st.caption("The criteria are looked at once the infusion has ended.")
        return
    stands = room.values(spec.form)
    now = f"{here.trial().now(room.visit.site):%H:%M}"
    look = room.look(spec.form, {} if stands.get(spec.time) else {spec.time: now})
    met: list[str] = []
    open_: list[str] = []
    unmet: list[str] = []
    seen = look.shown(form.items[item] for item in spec.criteria)
    for rule in seen:
        value = look.values.get(rule.oid)
        name = f"{here.literal(rule.item.label)}{' :gray[from the readings]' if rule.compute is not None else ''}"
        (met if value == "Y" else open_ if value is None or isinstance(value, dict) else unmet).append(name)
    if not open_ and not unmet and len(seen) == len(spec.criteria):
        st.success("Every criterion is met.", icon=":material/check:")
    left, right = st.columns(2)
    left.markdown("**Met**  \n" + ("  \n".join(f"✓ {name}" for name in met) or ":gray[nothing yet]"))
    still = [f"✕ {name}" for name in unmet] + [f"○ {name}: not answered" for name in open_]
    right.markdown("**Still missing**  \n" + ("  \n".join(still) or ":gray[nothing]"))
    asof = f"as of {stands.get(spec.time) or now}"
    st.caption(f"Criteria that follow from readings are calculated {asof}.")
    st.page_link("pages/entry.py", label=f"Open the form: {form.form.title}",
                 query_params=here.address(room.place(spec.form)), icon=":material/edit_note:")  # fmt: skip
