"""A subject: what is due, forms by visits, logs apart, and the way into every form."""

from __future__ import annotations

import streamlit as st

from apps import here, menu
from trialkit.conduct import infusion
from trialkit.conduct.schedule import BY_NAME, Due, Standing, State, dues, forms_at, standings
from trialkit.ledger.entry import Place
from trialkit.study.model import Study


def link(where: Place, state: State, title: str) -> None:
    """The way into a form."""
    st.page_link(
        "pages/entry.py", label=f"{state.sign} {title}", query_params=here.address(where),
        help=f"{where.form}: {state.words}",
    )  # fmt: skip


def visits(study: Study, one: Standing, due: dict[str, Due]) -> None:
    """Scheduled and unscheduled visits with their forms."""
    today, dosing = here.trial().now(one.site).date(), infusion.events(study)
    session = study.file.session is not None and {study.file.session.record.form, study.file.session.steps.form} <= set(
        forms_at(study, dosing[0], here.who().role) if dosing else ()
    )
    for oid, event in study.file.events.items():
        if event.kind not in ("scheduled", "unscheduled"):
            continue
        repeats = sorted({repeat for name, repeat in one.visits if name == oid}) or (
            [1] if event.kind == "scheduled" else []
        )
        for repeat in repeats:
            state = one.visits.get((oid, repeat))
            when = due.get(oid) if repeat == 1 else None
            late = state is None and when is not None and when.last < today
            shown = state or BY_NAME["overdue" if late else "planned"]
            told = (
                f" · due {here.day(when.target)} ({here.day(when.first)} to {here.day(when.last)})"
                if when and not state
                else ""
            )
            with st.expander(f"{shown.sign} **{here.visit_name(oid, repeat)}** {event.title}{told}", expanded=False):
                if session and oid in dosing and menu.has(here.who().role, "infusion.py"):
                    st.page_link("pages/infusion.py", label="Infusion session", icon=":material/vaccines:",
                                 query_params=here.address(Place(one.site, one.subject, oid, repeat)))  # fmt: skip
                for column, part in zip(st.columns(3), _thirds(forms_at(study, oid, here.who().role)), strict=True):
                    with column:
                        for form in part:
                            where = Place(one.site, one.subject, oid, repeat, form)
                            found = one.forms.get(where.record)
                            link(where, found[1] if found else BY_NAME["planned"], study.forms[form].title)


def logs(study: Study, one: Standing) -> None:
    """Consent, adverse events, medication and whatever else is kept from visit to visit."""
    for oid, event in study.file.events.items():
        if event.kind != "common":
            continue
        for form in forms_at(study, oid, here.who().role):
            spec = study.forms[form]
            lines = [
                found for found in one.forms.values() if found[0].place.form == form and found[0].place.event == oid
            ]
            count = f" ({len(lines)})" if spec.repeating else ""
            with st.expander(f"**{spec.title}**{count}"):
                for outline, state in sorted(lines, key=lambda line: line[0].place.form_repeat):
                    name = f"{spec.title} {outline.place.form_repeat}" if spec.repeating else spec.title
                    link(outline.place, state, name)
                if spec.repeating or not lines:
                    number = max([line[0].place.form_repeat for line in lines], default=0) + 1
                    where = Place(one.site, one.subject, oid, 1, form, number)
                    st.page_link("pages/entry.py", label="＋ New line", query_params=here.address(where))


def unscheduled(study: Study, one: Standing) -> None:
    """Begin a visit that no schedule foresaw."""
    kinds = {oid: event.title for oid, event in study.file.events.items() if event.kind == "unscheduled"}
    if not kinds:
        return
    with st.popover("Unscheduled visit", icon=":material/event:"):
        kind = st.radio("What kind", list(kinds), format_func=lambda oid: f"{oid} {kinds[oid]}", index=None)
        if kind:
            number = 1 + max([repeat for name, repeat in one.visits if name == kind], default=0)
            first = study.event_forms[kind][0]
            where = Place(one.site, one.subject, kind, number, first)
            st.page_link("pages/entry.py", label=f"Begin {kind} ({number})", query_params=here.address(where))


def draw() -> None:
    """The page."""
    where = here.place()
    compiled = here.study(where.site)
    [one] = standings(here.trial(), here.who(), [(where.subject, where.site)])
    row = here.reader().record(f"subject/{where.subject}")
    assert row is not None
    top, act = st.columns([4, 1], vertical_alignment="bottom")
    top.header(f"Subject {where.subject}")
    with act:
        unscheduled(compiled.study, one)
    asked = sum(one.queries.values())
    st.caption(
        f"Site {where.site} · {row.status.lower()} {here.day(str(row.values.get('enrolled', '')))} · "
        f"{len(one.forms)} forms · {asked} open quer{'y' if asked == 1 else 'ies'}"
    )
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("Visits")
        visits(compiled.study, one, dues(here.trial(), where.subject, where.site, compiled))
    with right:
        st.subheader("Logs")
        logs(compiled.study, one)


def _thirds(forms: list[str]) -> list[list[str]]:
    size = -(-len(forms) // 3)
    return [forms[:size], forms[size : 2 * size], forms[2 * size :]]


draw()
