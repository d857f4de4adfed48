"""Home: what waits for this person, as counts that lead there, and the visits that come next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import streamlit as st

from apps import here
from apps.form import draft
from apps.places import Places
from apps.ticked import ticked
from apps.when import Zones
from trialkit.access.table import permission
from trialkit.conduct.duties import Duty, duties
from trialkit.conduct.enrol import example
from trialkit.conduct.next_step import enters_form
from trialkit.conduct.questionnaire import waiting as questionnaires
from trialkit.conduct.ratings import owed
from trialkit.conduct.roll import Coming, Line, roll
from trialkit.conduct.standing import closed
from trialkit.ledger.entry import Place
from trialkit.study.compiled import CompiledStudy

NEXT = 12
"""Visits that are listed, at most."""


def tile(one: Duty) -> None:
    """A count that is a link."""
    mark = "! " if one.urgent else ""
    with st.container(border=True, key=f"duty-{'urgent-' if one.urgent else ''}{one.name}", height="stretch"):
        st.page_link(
            f"pages/{one.page}.py", label=f"**{one.count:,}** {mark}{one.called}", query_params=dict(one.asked)
        )
        if one.note:
            st.caption(one.note)


def waiting(found: list[Duty]) -> None:
    """What waits, and in one line what does not."""
    some = [one for one in found if one.count]
    if not some:
        st.success(f"Nothing waits for you.  \n{_else()}", icon=":material/check:")
    for start in range(0, len(some), 4):
        for column, one in zip(st.columns(4), some[start : start + 4], strict=False):
            with column:
                tile(one)
    none = [one.words.lower() for one in found if not one.count]
    if some and none:
        st.caption(f"None at present: {', '.join(none)}.")


def _else() -> str:
    role = here.who().role
    if permission(role, "subject.enrol"):
        return "Enrol the next subject, or begin a visit, on the page Subjects."
    if permission(role, "person.grant"):
        return "Accounts and roles are on the page People."
    if permission(role, "record.save"):
        return "Open a subject on the page Subjects to enter a form."
    return "Look around: Subjects, Change log, Study."


def coming(lines: list[Line]) -> None:
    """The visits that are overdue and those that come next, the earliest first."""
    today = {site: here.trial().now(site).date() for site in {line.site for line in lines}}
    some = sorted(
        ((one.due, line, one, others) for line in lines for one, others in _of(line, today[line.site])
         if one.due is not None),
        key=lambda found: (found[0].target, found[1].subject),
    )  # fmt: skip
    if not some:
        return
    st.subheader("Next visits", anchor=False)
    rows = []
    for due, line, one, others in some[:NEXT]:
        day = today[line.site]
        late = (day - due.last).days
        overdue = f"! overdue, {late} day{'s' if late > 1 else ''}{f', and {others} more' if others else ''}"
        rows.append({
            "Subject": line.subject, "Visit": one.event, "Due": here.day(due.target),
            "Window": f"{here.day(due.first)} to {here.day(due.last)}",
            "State": overdue if late > 0
            else "○ may take place now" if one.near(day, 0) else "○ planned",
            "Site": line.site,
        })  # fmt: skip
    picked = ticked(
        rows, [f"{row['Subject']} {row['Visit']}" for row in rows], "coming", height=38 + 35 * len(rows),
        alt="Next visits: subject, visit, due date, window, state",
        column_config={"Window": st.column_config.TextColumn(width=210),
                       "State": st.column_config.TextColumn(width=190)},
    )  # fmt: skip
    if picked:
        st.switch_page("pages/subject.py", query_params={"subject": str(rows[picked[0]]["Subject"])})
    more = f" {len(some) - NEXT} more are on the page Subjects." if len(some) > NEXT else ""
    st.caption(f"Tick a row to open the subject.{more}")


def _of(line: Line, today: dt.date) -> Iterator[tuple[Coming, int]]:
    """What is next, and the oldest that is overdue with how many more there are: one subject hides nobody else's."""
    late = line.late(today)
    if late:
        yield late[0], len(late) - 1
    yield from ((one, 0) for one in line.awaited(today) if one not in late)


def mine(found: list[Place]) -> None:
    """The forms that this person owes, each as the way into it."""
    if not found:
        return
    st.subheader(f"{len(found)} form{'s' if len(found) > 1 else ''} to enter", anchor=False)
    places = Places()
    for where in found[:NEXT]:
        st.page_link("pages/entry.py", label=here.literal(places.text(where, here.study(where.site))),
                     icon=":material/edit_note:", query_params=here.address(where))  # fmt: skip
    if len(found) > NEXT:
        st.caption(f"{len(found) - NEXT} more follow when these are entered.")


def unsaved() -> None:
    """The forms on which this person typed what is not saved, each as the way back to it."""
    lying = draft.lying(here.who().person)
    if not lying:
        return
    sites = {row.place.subject: row.place.site for row in here.reader().subjects()}
    studies: dict[str, CompiledStudy] = {}
    found = []
    for name, notes in lying.items():
        _, subject, visit, form = name.partition("|")[2].split("/")
        (event, repeat), (oid, number) = visit.split("."), form.split(".")
        where = Place(sites.get(subject, ""), subject, event, int(repeat), oid, int(number))
        if where.site and where.site not in studies:
            studies[where.site] = here.study(where.site)
        study = studies.get(where.site)
        count = len({path for note in notes.values() for path in note["typed"]})
        if study and oid in study.forms and enters_form(study.forms[oid], here.who()) and count:
            found.append((where, study, count, max(note["at"] for note in notes.values())))
    if not found:
        return
    st.subheader("Typed and not saved", anchor=False)
    places, zones = Places(), Zones()
    for where, study, count, at in found[:NEXT]:
        record = here.reader().record(where)
        shut = record and (closed(record.values) or ("struck" if record.values.get("@inactive") == "Y" else ""))
        told = f"{places.text(where, study)}: {count} answer{'s' if count > 1 else ''}, {zones.moment(at, where.site)}"
        told += f"; the form is {shut} now, open it to read them" if shut else ""
        st.page_link("pages/entry.py", label=here.literal(told), icon=":material/edit_note:",
                     query_params=here.address(where))  # fmt: skip
    st.caption("It lies in the form as you typed it, and is no part of the record until you save it there.")


def sample() -> str:
    """A number as they look at this site."""
    return example(here.study().study.file.subject_pattern, min(here.who().sites or {""}))


def tablet() -> None:
    """Who is in front of the tablet, by the number that is typed, and what waits for them: nobody else is named."""
    if done := st.session_state.pop("handed in", ""):
        st.success(f"Thank you: {here.literal(done)} is handed in.", icon=":material/check:")
    number = st.session_state.get("participant", "")
    if not number:
        with st.form("who", border=False):
            typed = st.text_input("Your participant number", placeholder=f"for example {sample()}")
            if st.form_submit_button("Go on", type="primary"):
                with here.told():
                    questionnaires(here.trial(), here.who(), typed.strip())
                    st.session_state["participant"] = typed.strip()
                    st.rerun()
        return
    st.header(f"Participant {number}", anchor=False)
    with here.told():
        found = questionnaires(here.trial(), here.who(), number)
        if found:
            st.markdown("Please answer these. Tap one to begin.")
        with st.container(key="waits"):
            for one in found:
                st.page_link("pages/questionnaire.py", label=here.literal(one.title), icon=":material/edit_note:",
                             query_params=here.address(one.place))  # fmt: skip
        if not found:
            st.info("Nothing waits for you now. Please give the tablet back.")
    if st.button("Another participant"):
        del st.session_state["participant"]
        st.rerun()


def draw() -> None:
    """The page."""
    who = here.who()
    if permission(who.role, "questionnaire.open"):
        tablet()
        return
    st.header(f"Good day, {who.name}", anchor=False)
    if permission(who.role, "record.read") is not None and next(here.reader().subjects(), None) is None:
        enrols = permission(who.role, "subject.enrol") is not None
        hint = "Enrol the first subject on the page Subjects." if enrols else "A site enrols the first subject."
        here.nothing("Nobody is enrolled yet.", hint)
    unsaved()
    owing = owed(here.trial(), who)
    mine(owing)
    found = duties(here.trial(), who)
    if not owing or any(one.count for one in found):
        waiting(found)
    if permission(who.role, "record.save") or permission(who.role, "record.verify"):
        coming(roll(here.trial(), who))


draw()
