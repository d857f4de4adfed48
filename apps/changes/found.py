"""Entries by person, role, place, act, time and reason, newest first, a page at a time; one opened tells all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from apps import here, history
from apps.changes import reviewed, taken
from apps.changes.words import ACCOUNTS, GROUPS, acts_of, plain, seen, summary
from apps.dated import day, known
from apps.fitting import fitted
from apps.places import Places
from apps.when import Zones, utc
from trialkit.conduct.acts import verb
from trialkit.conduct.staff import met
from trialkit.conduct.standing import split
from trialkit.conduct.trail import because
from trialkit.store.log import Look, Wanted
from trialkit.store.record import EntryView
from trialkit.study.compiled import CompiledStudy

ANY = "all"
ON_A_PAGE = 50
DAYS = "From and To are days in UTC, for the clocks of the sites differ: choose a site to ask by its days."
WRAPS, LINES = 105, 5
"""The height of a row (px), and how many lines of a cell stand in it."""
WIDTHS = {"When": 98, "Who": 84, "Act": 86, "Where": 116, "What": 110, "Old": 92, "New": 94, "Why": 124, "Role": 92}


def draw() -> None:
    """Filters, the page of entries, and the one that was chosen."""
    wanted = reviewed.since(asked())
    pages: list[int | None] = st.session_state.setdefault("log pages", [None])
    if st.session_state.get("log asked") != wanted:
        st.session_state["log asked"] = wanted
        pages[:] = [None]
        st.session_state.pop("log drawn", None)
        taken.forget()
    look = here.reader().look(replace(wanted, before=pages[-1] or _still(), most=ON_A_PAGE))
    if len(pages) == 1 and look.entries:
        st.session_state["log top"] = look.entries[0].seq
    chosen = table(look)
    turn(look, pages, wanted)
    if afresh("log opened", chosen):
        opened([chosen] if chosen else [])
    if look.entries:
        st.caption("The list stands still while a row is ticked; take the tick away to see what came since." if chosen
                   else "Tick a row to see all of the entry, and from there the history of any value.")  # fmt: skip


def _still() -> int | None:
    """Where the newest page begins while a row of it is ticked: an entry that comes meanwhile moves no row away."""
    key, top = st.session_state.get("log drawn", ("none", 0))
    return top + 1 if st.session_state.get(key, {}).get("selection", {}).get("rows") else None


def asked() -> Wanted:
    """What the filters ask for."""
    given, reader = st.query_params, here.reader()
    study = here.trial().latest(here.who().sites)
    sites = [row.stream.removeprefix("site/") for row in reader.sites()]
    people = met(here.trial(), here.who())
    if here.who().role == "administrator":
        study = None
    mine = here.who().role == "administrator"  # whose work accounts are
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = st.selectbox("Acts", [ANY, *GROUPS], width=170)
        person = _choice("Person", sorted(people, key=people.__getitem__), 190, people) if len(people) > 1 else ""
        role = _choice("Role", [name for name in history.ROLE if name != "system"] + ["system"], 170, history.ROLE)
        site = _choice("Site", sites, 100)
        subject = st.text_input("Subject", value=given.get("subject", ""), width=110, placeholder="number").strip()
        form = item = ""
        if study is not None:
            shown = here.reader().sight.forms
            titles = {oid: one.title for oid, one in study.study.forms.items() if shown is None or oid in shown}
            form = _choice("Form", sorted(titles), 210, titles)
            item = _item(study, form)
        reason = st.text_input("Reason", width=140, placeholder="a code or words").strip()
        first = day("From", "any day", "log from", 150, inside=True)
        last = day("To", "any day", "log to", 150, inside=True)
        accounts = mine or st.toggle("Sign-ins too", help="Also sign-ins, passwords and accounts.")
    since, until = known(first, last)
    zone = Zones().common([site] if site else _sites(subject) or sites)
    if zone is dt.UTC and (since or until):
        st.caption(DAYS)
    return Wanted(
        person=person, role=role, site=site, subject=subject, form=form, item=item, acts=acts_of(group), reason=reason,
        but=() if accounts or acts_of(group) else ACCOUNTS,
        since=utc(since, dt.time(0), zone) if since else "",
        until=utc(until, dt.time(23, 59, 59, 999_999), zone) if until else "",
    )  # fmt: skip


def _sites(subject: str) -> list[str]:
    """The site of a subject, if there is one of this number."""
    return [row.place.site for row in here.reader().subjects() if subject and row.place.subject == subject]


def _choice(label: str, options: list[str], width: int, words: dict[str, str] | None = None) -> str:
    named = st.query_params.get(label.lower(), ANY)
    found = st.selectbox(
        label, [ANY, *options], index=options.index(named) + 1 if named in options else 0, width=width,
        format_func=lambda one: words[one] if words and one in words else one,
    )  # fmt: skip
    return "" if found in (None, ANY) else str(found)


def _item(study: CompiledStudy, form: str) -> str:
    """The items of the form that is chosen, as far as they may be seen."""
    if not form:
        st.selectbox("Item", [ANY], width=210, disabled=True, help="Choose a form first.")
        return ""
    classes = here.reader().sight.visibility
    items = {oid: rule.item.label for oid, rule in study.forms[form].items.items() if rule.visibility in classes}
    return _choice("Item", list(items), 210, items)


def table(look: Look) -> EntryView | None:
    """The entries of a page; gives the one that was clicked."""
    if not look.entries:
        st.info("No entry fits.  \nTake a filter away, or look further back." if look.next is None
                else f"None of the {look.passed:,} newest entries fits.  \nLook further back.")  # fmt: skip
        return None
    zones, places = Zones(), Places()
    rows = []
    for entry in look.entries:
        study = studied(entry)
        what, old, new = summary(entry, study)
        codes = study.study.file.change_reasons if study else {}
        rows.append({
            "When": zones.stamp(entry.recorded_at, entry.place.site),
            "Who": entry.actor.name,
            "Act": verb(entry.act, (shown.change for shown in entry.changes)), "Where": where(entry, places),
            "What": what, "Old": old, "New": new,
            "Why": " · ".join(x for x in (codes.get(entry.reason or "", entry.reason or ""), because(entry)) if x),
            "Role": history.ROLE.get(entry.actor.role, entry.actor.role),
        })  # fmt: skip
    key = f"log|{look.entries[0].seq}|{len(rows)}"
    st.session_state["log drawn"] = key, look.entries[0].seq
    chosen = st.dataframe(
        [{**{name: fitted(row[name], width, LINES) for name, width in WIDTHS.items()}, "Entry": entry.seq}
         for row, entry in zip(rows, look.entries, strict=True)],
        hide_index=True, height=min(632, 38 + WRAPS * len(rows)), row_height=WRAPS,
        on_select="rerun", selection_mode="single-row",
        key=key, alt="Entries of the ledger, newest first",
        column_config={
            **{name: st.column_config.TextColumn(width=width) for name, width in WIDTHS.items()},
            "Entry": st.column_config.NumberColumn(width=55, format="%d"),
        },
    )  # fmt: skip
    picked = chosen["selection"]["rows"]
    return look.entries[picked[0]] if picked and picked[0] < len(look.entries) else None


def studied(entry: EntryView) -> CompiledStudy | None:
    """The study version that an entry speaks of."""
    return here.trial().compiled(entry.study) if entry.study and entry.place.form else None


def where(entry: EntryView, places: Places) -> str:
    """The place of an entry."""
    place = entry.place
    if place.form:
        return places.text(place, studied(entry))
    if place.subject:
        return place.subject
    if entry.stream.startswith("person/"):
        return entry.stream.removeprefix("person/")
    return f"site {place.site}" if place.site else ""


def turn(look: Look, pages: list[int | None], wanted: Wanted) -> None:
    """Newer and older entries; what was shown is taken along, or marked as reviewed."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Newer", icon=":material/chevron_left:", disabled=len(pages) == 1):
            pages.pop()
            st.session_state.pop("log drawn", None)  # what is ticked there holds no other page
            st.rerun()
        if st.button("Older", icon=":material/chevron_right:", icon_position="right", disabled=look.next is None):
            pages.append(look.next)
            st.rerun()
        if look.entries:
            span = f"entries {look.entries[-1].seq:,} to {look.entries[0].seq:,}"
            st.caption(
                f"Page {len(pages)} · {span} · times as the clocks of each site"
                + ("" if look.next is not None else " · the oldest"),
                width="content",
            )
            taken.offer(wanted)
            reviewed.offer(wanted, look, st.session_state["log top"], len(pages))
    taken.fetch()


def afresh(name: str, chosen: EntryView | None) -> bool:
    """Whether a row was ticked just now: what was shut again stays shut, though its row is still ticked."""
    before, now = st.session_state.get(name), chosen.seq if chosen else None
    st.session_state[name] = now
    return now is not None and now != before


@st.dialog("What was done", width="large")
def opened(entries: Sequence[EntryView]) -> None:
    """One of these entries with every change that may be seen, and the history of the value that is chosen in it."""
    entry = entries[0]
    if len(entries) > 1:
        numbers = {one.seq: one for one in entries}
        number = st.selectbox(f"Entry, one of {len(entries)}", list(numbers), width=220, format_func=lambda n: f"{n:,}")
        entry = numbers[number]
    zones, study, place = Zones(), studied(entry), entry.place
    with st.container():
        st.subheader(f"Entry {entry.seq:,}: {verb(entry.act, (shown.change for shown in entry.changes))}", anchor=False)
        role = history.ROLE.get(entry.actor.role, entry.actor.role)
        utc_at = f"{entry.recorded_at[:19].replace('T', ' ')} UTC"
        told = [f"{entry.actor.name} ({role}, {entry.actor.organisation})",
                f"{zones.stamp(entry.recorded_at, place.site)} ({utc_at})", where(entry, Places())]  # fmt: skip
        if entry.happened_at:
            told.append(f"happened {entry.happened_at}")
        st.caption("  ·  ".join(part for part in told if part))
        if about := _about(entry, study):
            st.markdown(here.literal(about))
        form = place.form if entry.stream.startswith("record/") else ""
        rows = [
            part for part in entry.changes
            if not part.change.item.startswith("@reason") and seen(study, form, part.change.item)
        ]  # fmt: skip
        said = because(entry)
        if entry.reason or said:
            codes = study.study.file.change_reasons if study else {}
            st.markdown(
                "Reason: " + ": ".join(x for x in (codes.get(entry.reason or "", entry.reason or ""), said) if x)
            )
        names = [history.label(study, form, one.change.item) for one in rows]
        chosen = None
        if rows:
            chosen = st.dataframe(
                [{"Item": name, "Old": _read(study, form, one.change.item, one.change.old),
                  "New": _read(study, form, one.change.item, one.change.new)}
                 for name, one in zip(names, rows, strict=True)],
                hide_index=True, height=min(300, 38 + 35 * len(rows)), key=f"entry|{entry.seq}",
                on_select="rerun" if form else "ignore", selection_mode="single-row",
                alt="What the entry changed: item, old, new",
            )  # fmt: skip
        if entry.erased:
            st.caption(f"{len(entry.erased)} changes of it were lawfully erased.")
        if place.form and study is not None:
            st.page_link("pages/entry.py", label="Open the form", icon=":material/edit_note:",
                         query_params=here.address(place))  # fmt: skip
        st.caption(f"Software {entry.software} · leaf {entry.leaf.hex()[:24]}…")
    picked = chosen.get("selection", {}).get("rows", []) if isinstance(chosen, dict) else []
    if picked and study is not None and split(rows[picked[0]].change.item)[2] in study.forms[form].items:
        path = rows[picked[0]].change.item
        with st.container(border=True):
            st.subheader(f"History of {history.label(study, form, path)}", anchor=False)
            history.draw(place, path, study)
    elif form and rows:
        st.caption("Tick a value to see its whole history.")


def _about(entry: EntryView, study: CompiledStudy | None) -> str:
    """Of an entry of a query: what is asked about, and the question."""
    if not entry.stream.startswith("query/") or study is None:
        return ""
    queries = here.reader().asked(subject=entry.place.subject)
    found = next((one for one in queries if one.query.stream == entry.stream), None)
    if found is None:
        return ""
    item = "" if found.item == "-" else f"{history.label(study, entry.place.form, found.item)}: "
    return f"? {item}{found.text}"


def _read(study: CompiledStudy | None, form: str, path: str, written: object) -> str:
    if study is not None and form:
        return history.read(study, form, path, written)  # type: ignore[arg-type]
    return plain(path, written)
