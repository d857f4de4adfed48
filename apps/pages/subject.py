"""A subject: the next thing to do, forms by visits, logs apart, the course as a picture, and what is signed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from apps import here, signatures, timeline, widgets
from apps.infusion import choosing
from trialkit.access.table import permission
from trialkit.conduct.absent import absent
from trialkit.conduct.newrows import next_line
from trialkit.conduct.next_step import enters_form, next_steps
from trialkit.conduct.roll import Line, roll
from trialkit.conduct.schedule import BY_NAME, Due, Standing, State, dues, forms_at, standings, winning
from trialkit.conduct.topic import topics
from trialkit.export.web.markup import Child, Markup, joined, tag
from trialkit.ledger.entry import Place
from trialkit.store.outline import Outline
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Study

VIEWS = ("Forms", "Timeline", "Signatures")


def way(where: Place, state: State, title: str) -> Markup:
    """The way into a form."""
    there = f"/entry?{urlencode(here.address(where))}"
    return tag("li", tag("a", f"{state.sign} {title}", href=there, title=f"{where.form}: {state.words}"))


def box(head: Child, inside: Child, *, lies_open: bool) -> Markup:
    """What opens under its head at once: all of it is there, and the server is not asked."""
    return tag("details", tag("summary", head), inside, open=lies_open)


def visits(study: Study, one: Standing, due: dict[str, Due], line: Line | None) -> None:
    """Scheduled and unscheduled visits with their forms."""
    today, asked = here.trial().now(one.site).date(), st.query_params.get("event")
    only = st.query_params.get("event_repeat")
    overdue = {late.event for late in line.late(today)} if line else set()
    missed = absent(here.trial(), here.reader(), here.study(one.site), one.subject, one.site)
    boxes = []
    for oid, event in study.file.events.items():
        if event.kind not in ("scheduled", "unscheduled") or not (listed := forms_at(study, oid, here.who().role)):
            continue
        repeats = sorted({repeat for name, repeat in one.visits if name == oid})
        if not repeats and event.kind == "scheduled" and not (line and line.ended):
            repeats = [1]
        for repeat in repeats:
            state = one.visits.get((oid, repeat))
            when = due.get(oid) if repeat == 1 and state is None else None
            shown = state or BY_NAME["overdue" if oid in overdue else "planned"]
            told = f" · due {here.day(when.target)} ({here.day(when.first)} to {here.day(when.last)})" if when else ""
            told += " · did not take place" if (oid, repeat) in missed else ""
            head = joined(f"{shown.sign} ", tag("strong", here.visit_name(oid, repeat)), f" {event.title}{told}")
            inside = (
                tag("p", words(shown), class_="soft"),
                forms(study, one, Place(one.site, one.subject, oid, repeat), listed),
            )
            boxes.append(box(head, inside, lies_open=asked == oid and only in (None, str(repeat))))
    st.html(tag("div", boxes, class_="tk"))


def words(state: State) -> str:
    """A visit's state in words; who enters single forms of it knows of those alone."""
    allowed = permission(here.who().role, "record.save")
    return "nothing of yours entered" if state.name == "planned" and allowed and allowed.named else state.words


def forms(study: Study, one: Standing, visit: Place, listed: Iterable[str]) -> Markup:
    """The ways into the forms of a visit, and into the infusion session of a dosing day."""
    ways = []
    for form in listed:
        where = replace(visit, form=form)
        found = one.forms.get(where.record)
        ways.append(way(where, found[1] if found else BY_NAME["planned"], study.forms[form].title))
    session = choosing.session_of(study, visit)
    there = f"/infusion?{urlencode(here.address(session))}" if session else ""
    return joined(tag("p", tag("a", "▷ Infusion session", href=there)) if session else None,
                  tag("ul", ways, class_="ways"))  # fmt: skip


def logs(study: Study, one: Standing) -> None:
    """Consent, adverse events, medication and whatever else is kept from visit to visit."""
    asked, named = st.query_params.get("event"), st.query_params.get("form")
    boxes = []
    for oid, event in study.file.events.items():
        if event.kind != "common":
            continue
        for form in forms_at(study, oid, here.who().role):
            spec = study.forms[form]
            lines = [
                found for found in one.forms.values() if found[0].place.form == form and found[0].place.event == oid
            ]
            best = winning(state for _, state in lines) if lines else None
            count = f" ({len(lines)})" if spec.repeating else ""
            head = joined(f"{best.sign} " if best else "", tag("strong", spec.title), count)
            # from the matrix: what its sign stands for lies open; from a line: its log
            told = asked == oid and (form == named if named else best is not None and best == one.visits.get((oid, 1)))
            boxes.append(box(head, tag("ul", log(study, one, oid, form, lines), class_="ways log"), lies_open=told))
    st.html(tag("div", boxes, class_="tk"))


def log(study: Study, one: Standing, event: str, form: str, lines: list[tuple[Outline, State]]) -> list[Markup]:
    """The lines of one log, and the way to a new one."""
    spec, ways = study.forms[form], []
    about = topics(here.reader(), one.subject, here.study(one.site).forms[form]) if spec.repeating and lines else {}
    for outline, state in sorted(lines, key=lambda line: line[0].place.form_repeat):
        line = f" {outline.place.form_repeat}" if spec.repeating else ""
        topic = textwrap.shorten(widgets.readable(*about[outline.stream]), 60, placeholder=" …"
                                 ) if outline.stream in about else ""  # fmt: skip
        ways.append(way(outline.place, state, f"{spec.title}{line}{f': {topic}' if topic else ''}"))
    if (spec.repeating or not lines) and enters_form(here.study(one.site).forms[form], here.who()):
        number = next_line([line[0].place.form_repeat for line in lines])
        where = Place(one.site, one.subject, event, 1, form, number)
        words = "New line" if spec.repeating else "Begin"
        ways.append(tag("li", tag("a", "+ ", words, href=f"/entry?{urlencode(here.address(where))}")))
    return ways


def unscheduled(study: CompiledStudy, one: Standing) -> None:
    """Begin a visit that no schedule foresaw: of the kinds whose first form is this person's to enter."""
    first = {oid: study.study.event_forms[oid][0] for oid, event in study.study.file.events.items()
             if event.kind == "unscheduled" and study.study.event_forms[oid]}  # fmt: skip
    kinds = {oid: study.study.file.events[oid].title for oid, form in first.items()
             if enters_form(study.forms[form], here.who())}  # fmt: skip
    if not kinds:
        return
    # a key of its own: it would else take over, open, the box of the page before that stood at this place
    with st.popover("Unscheduled visit", icon=":material/event:", key=f"unscheduled|{one.subject}"):
        kind = st.radio("What kind", list(kinds), format_func=lambda oid: f"{oid} {kinds[oid]}", index=None)
        if kind:
            number = 1 + max([repeat for name, repeat in one.visits if name == kind], default=0)
            where = Place(one.site, one.subject, kind, number, first[kind])
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
        f"{asked} quer{'y' if asked == 1 else 'ies'} not closed",
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
        unscheduled(compiled, one)
    line = next((found for found in roll(here.trial(), here.who()) if found.subject == one.subject), None)
    st.caption(status(one, line, str(row.values.get("enrolled", ""))))
    steps(compiled, one)
    view = st.segmented_control("View", VIEWS, default="Forms", required=True, label_visibility="collapsed")
    if view == "Timeline":
        timeline.draw(where.subject, where.site)
        return
    if view == "Signatures":
        signatures.draw(signatures.of(where.subject), where.site)
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


draw()
