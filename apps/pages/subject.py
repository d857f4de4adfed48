"""A subject: the next thing to do, forms by visits, logs apart, the course as a picture, and what is signed."""

from __future__ import annotations

import textwrap

import streamlit as st

from apps import here, signatures, timeline, widgets
from apps.infusion import choosing
from trialkit.access.table import permission
from trialkit.conduct.newrows import next_line
from trialkit.conduct.next_step import next_steps
from trialkit.conduct.roll import Line, roll
from trialkit.conduct.schedule import BY_NAME, Due, Standing, State, dues, forms_at, standings, winning
from trialkit.conduct.topic import topics
from trialkit.ledger.entry import Place
from trialkit.store.outline import Outline
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Study

VIEWS = ("Forms", "Timeline", "Signatures")


def link(where: Place, state: State, title: str) -> None:
    """The way into a form."""
    st.page_link(
        "pages/entry.py", label=f"{state.sign} {title}", query_params=here.address(where),
        help=f"{where.form}: {state.words}",
    )  # fmt: skip


@st.fragment
def visits(study: Study, one: Standing, due: dict[str, Due], line: Line | None) -> None:
    """Scheduled and unscheduled visits; the forms of one are drawn when it is opened."""
    today, asked = here.trial().now(one.site).date(), st.query_params.get("event")
    overdue = {late.event for late in line.late(today)} if line else set()
    for oid, event in study.file.events.items():
        if event.kind not in ("scheduled", "unscheduled") or not forms_at(study, oid, here.who().role):
            continue
        repeats = sorted({repeat for name, repeat in one.visits if name == oid})
        if not repeats and event.kind == "scheduled" and not (line and line.ended):
            repeats = [1]
        for repeat in repeats:
            state = one.visits.get((oid, repeat))
            when = due.get(oid) if repeat == 1 and state is None else None
            shown = state or BY_NAME["overdue" if oid in overdue else "planned"]
            told = f" · due {here.day(when.target)} ({here.day(when.first)} to {here.day(when.last)})" if when else ""
            title = f"{shown.sign} **{here.visit_name(oid, repeat)}** {event.title}{told}"
            box = st.expander(
                title, expanded=asked == oid, key=f"visit|{one.subject}|{oid}|{repeat}", on_change="rerun"
            )
            if box.open:
                with box:
                    st.caption(words(shown))
                    forms(study, one, oid, repeat)


def words(state: State) -> str:
    """A visit's state in words; who enters single forms of it knows of those alone."""
    allowed = permission(here.who().role, "record.save")
    return "nothing of yours entered" if state.name == "planned" and allowed and allowed.named else state.words


def forms(study: Study, one: Standing, event: str, repeat: int) -> None:
    """The ways into the forms of a visit, and into the infusion session of a dosing day."""
    listed = forms_at(study, event, here.who().role)
    choosing.link(study, Place(one.site, one.subject, event, repeat), "Infusion session")
    for column, part in zip(st.columns(3), _thirds(listed), strict=True):
        with column:
            for form in part:
                where = Place(one.site, one.subject, event, repeat, form)
                found = one.forms.get(where.record)
                link(where, found[1] if found else BY_NAME["planned"], study.forms[form].title)


@st.fragment
def logs(study: Study, one: Standing) -> None:
    """Consent, adverse events, medication and whatever else is kept from visit to visit."""
    asked = st.query_params.get("event")
    for oid, event in study.file.events.items():
        if event.kind != "common":
            continue
        for form in forms_at(study, oid, here.who().role):
            spec = study.forms[form]
            lines = [
                found for found in one.forms.values() if found[0].place.form == form and found[0].place.event == oid
            ]
            sign = f"{winning(state for _, state in lines).sign} " if lines else ""
            count = f" ({len(lines)})" if spec.repeating else ""
            # from the matrix: what its sign stands for lies open
            told = asked == oid and bool(lines) and winning(state for _, state in lines) == one.visits.get((oid, 1))
            box = st.expander(f"{sign}**{spec.title}**{count}", expanded=told, key=f"log|{one.subject}|{form}",
                              on_change="rerun")  # fmt: skip
            if box.open:
                with box:
                    log(study, one, oid, form, lines)


def log(study: Study, one: Standing, event: str, form: str, lines: list[tuple[Outline, State]]) -> None:
    """The lines of one log, and the way to a new one."""
    spec = study.forms[form]
    about = topics(here.reader(), one.subject, here.study(one.site).forms[form]) if spec.repeating else {}
    for outline, state in sorted(lines, key=lambda line: line[0].place.form_repeat):
        line = f" {outline.place.form_repeat}" if spec.repeating else ""
        topic = textwrap.shorten(widgets.readable(*about[outline.stream]), 60, placeholder=" …"
                                 ) if outline.stream in about else ""  # fmt: skip
        link(outline.place, state, f"{spec.title}{line}{f': {here.literal(topic)}' if topic else ''}")
    if (spec.repeating or not lines) and permission(here.who().role, "record.save"):
        number = next_line([line[0].place.form_repeat for line in lines])
        where = Place(one.site, one.subject, event, 1, form, number)
        st.page_link("pages/entry.py", label="New line", icon=":material/add:", query_params=here.address(where))


def unscheduled(study: Study, one: Standing) -> None:
    """Begin a visit that no schedule foresaw."""
    kinds = {oid: event.title for oid, event in study.file.events.items() if event.kind == "unscheduled"}
    if not kinds:
        return
    # a key of its own: it would else take over, open, the box of the page before that stood at this place
    with st.popover("Unscheduled visit", icon=":material/event:", key=f"unscheduled|{one.subject}"):
        kind = st.radio("What kind", list(kinds), format_func=lambda oid: f"{oid} {kinds[oid]}", index=None)
        if kind:
            number = 1 + max([repeat for name, repeat in one.visits if name == kind], default=0)
            first = study.event_forms[kind][0]
            where = Place(one.site, one.subject, kind, number, first)
            st.page_link("pages/entry.py", label=f"Begin {kind} ({number})", query_params=here.address(where))


def steps(study: CompiledStudy, one: Standing) -> None:
    """What to do next, the first thing as the way to it."""
    found = next_steps(here.trial(), here.who(), study, one)
    if not found:
        return
    with st.container(border=True, key="next"):
        for number, step in enumerate(found):
            words = f"**Next:** {step.words}" if not number else f"Then: {step.words}"
            if step.place is not None:
                st.page_link("pages/entry.py", label=words, query_params=here.address(step.place))
            elif step.page:
                st.page_link(f"pages/{step.page}.py", label=words, query_params={"subject": one.subject})
            else:
                st.markdown(words)


def status(one: Standing, line: Line | None, enrolled: str) -> str:
    """Where the subject stands, in one line."""
    asked = sum(one.queries.values())
    parts = [f"Site {one.site}", f"enrolled {here.day(enrolled)}"]
    parts += ["participation ended" if line.ended else "in the study"] if line and line.ended is not None else []
    parts += [f"consent version {line.consented}"] if line and line.consented else []
    parts += [
        f"{len(one.forms)} form{'' if len(one.forms) == 1 else 's'}",
        f"{asked} open quer{'y' if asked == 1 else 'ies'}",
    ]
    return " · ".join(parts)


def draw() -> None:
    """The page."""
    where = here.place()
    compiled = here.study(where.site)
    [one] = standings(here.trial(), here.who(), [(where.subject, where.site)])
    row = here.reader().record(f"subject/{where.subject}")
    assert row is not None
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.header(f"Subject {where.subject}", anchor=False, width="content")
        if permission(here.who().role, "record.save"):
            unscheduled(compiled.study, one)
    line = next((found for found in roll(here.trial(), here.who()) if found.subject == one.subject), None)
    st.caption(status(one, line, str(row.values.get("enrolled", ""))))
    steps(compiled, one)
    view = st.segmented_control("View", VIEWS, default="Forms", required=True, label_visibility="collapsed")
    if view == "Timeline":
        timeline.draw(where.subject, where.site)
        return
    if view == "Signatures":
        signatures.draw(where.subject, where.site)
        return
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("Visits", anchor=False)
        visits(compiled.study, one, dues(here.trial(), where.subject, where.site, compiled), line)
    kept = [oid for oid, event in compiled.study.file.events.items() if event.kind == "common"]
    if any(forms_at(compiled.study, oid, here.who().role) for oid in kept):
        with right:
            st.subheader("Logs", anchor=False)
            logs(compiled.study, one)


def _thirds(forms: list[str]) -> list[list[str]]:
    size = -(-len(forms) // 3)
    return [forms[:size], forms[size : 2 * size], forms[2 * size :]]


draw()
