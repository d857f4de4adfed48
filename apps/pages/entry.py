"""Entry: a form drawn from the study, checked as it is filled in, saved with its reasons."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Literal

import streamlit as st

from apps import here, signatures
from apps.form import draft
from apps.form.drawing import draw_form
from apps.form.grid import read_back
from apps.form.opening import open_now, open_sheet
from apps.form.parts import draw_parts
from apps.form.said import draw_said, point_at, said
from apps.form.saving import buttons
from apps.form.sheet import Sheet, shut
from apps.form.striking import offer_line
from apps.form.told import in_words, tell_done, tell_gone, tell_others
from apps.form.view import view_of
from apps.infusion import choosing
from trialkit.conduct.schedule import forms_at
from trialkit.ledger.entry import Place


@st.fragment
def body(place: Place) -> None:
    """A form with a table: runs as a whole at each answer, without the page around it."""
    with here.told():
        sheet = open_sheet(place)
        read_back(sheet)
        view = view_of(sheet)
        standing(sheet, view.own)
        with st.container():  # always there: what comes and goes above a field being typed in draws it anew
            draw_said(said(view))
        draw_form(view)
        st.divider()
        if view.own:
            sheet.keep()
            buttons(sheet, view.look)
            offer_line(sheet)


def standing(sheet: Sheet, own: Collection[str]) -> None:
    """Why nothing can be entered here, where that is so."""
    if why := shut(sheet):
        st.info(f"This form is {why}: it takes no changes.")
        left_over(sheet)
    elif not own:
        st.caption("You read this form; others enter it.")


def left_over(sheet: Sheet) -> None:
    """What was typed before the form was shut: it cannot be saved, and is not lost."""
    for note in draft.kept(sheet.name).values():
        lines = [here.literal(f"{sheet.called(path)}: {in_words(sheet, path, raw)}")
                 for path, raw in note["typed"].items()]  # fmt: skip
        told = "You typed this and did not save it; it comes back when the form takes changes again:"
        if lines:
            st.warning("  \n".join([told, *lines]))


def head(place: Place) -> None:
    """How the form stands, what was just done with it, and what came back."""
    sheet, study = open_sheet(place), here.study(place.site).study
    event = study.file.events[place.event]
    visit = "" if event.kind == "common" else f"{here.visit_name(place.event, place.event_repeat)} "
    version = f"version {sheet.version}" if sheet.version else ""
    state = " · ".join(filter(None, [sheet.status.lower() or "nothing entered yet", shut(sheet), version]))
    st.caption(f"{place.subject} · {visit}{event.title} · {state}")
    with st.container():  # always there: what comes and goes above the form would have it made anew
        if sheet.version and (record := here.reader().record(sheet.place)):
            signatures.beside(record)
        tell_done(place)
        if first := st.session_state.pop(f"first|{place.record}", ""):
            point_at(sheet.anchor(first))
        if sheet.back:
            st.info(sheet.returned("Answers that you typed and did not save are back"))
        tell_others(sheet)
        tell_gone(sheet)
    if instructions := sheet.cform.form.instructions:
        st.caption(instructions)


def top(place: Place, own: Collection[str]) -> None:
    """All that is said above a form of which this person enters what is their `own`."""
    here.who()
    with here.told():
        head(place)
        standing(open_sheet(place), own)


def draw() -> None:
    """The page."""
    place = here.place()
    study = here.study(place.site)
    if place.form not in study.forms or place.event not in study.study.file.events:
        here.nothing("This address names no form.", "Open the form from the subject's page.")
    form = study.forms[place.form].form
    with here.told():
        here.trial().authorise(
            here.who(), "record.read", place, form.visibility, form=form, study=study.study
        )  # fmt: skip
        number = f" {place.form_repeat}" if form.repeating else ""
        back = here.address(place)  # the visit or the log that this form belongs to lies open there
        st.page_link("pages/subject.py", label=f"← Subject {place.subject}", query_params=back)
        choosing.link(study.study, place, "← Infusion session")
        st.header(f"{form.title}{number}", anchor=False)
        sheet = open_now(place)
        if sheet.cform.tabular:  # its cells read each other: drawn as a whole
            head(place)
            body(place)
        else:
            draw_parts(place, partial(top, place))
        neighbours(place, forms_at(study.study, place.event, here.who().role))


def neighbours(place: Place, forms: list[str]) -> None:
    """The way to the form before and the form after in this visit."""
    at = forms.index(place.form) if place.form in forms else 0
    found = [(number, arrow) for number, arrow in ((at - 1, "← {}"), (at + 1, "{} →")) if 0 <= number < len(forms)]
    side: Literal["left", "distribute"] = "left" if len(found) == 1 else "distribute"
    with st.container(horizontal=True, horizontal_alignment=side):
        for number, arrow in found:
            title = here.study(place.site).forms[forms[number]].form.title
            where = Place(place.site, place.subject, place.event, place.event_repeat, forms[number])
            st.page_link("pages/entry.py", label=arrow.format(title), query_params=here.address(where))


draw()
