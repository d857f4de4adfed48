"""People: who may do what where, since when; for administrators to add, grant, revoke, close, and reset passwords."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import streamlit as st

from apps import dated, here
from apps.door import opened, second
from apps.ticked import ticked
from trialkit.access.identity import Identity
from trialkit.access.people import ALL_SITES, Grant, Person
from trialkit.access.provider import ITEM
from trialkit.access.table import ROLES, permission
from trialkit.conduct import staff

ROWS = 12
"""People that the table shows at once; it scrolls to the others."""


def clinic(site: str) -> str:
    """A site by its number and name: 01 Clinic North."""
    if site == ALL_SITES:
        return "all sites"
    row = here.trial().site(site)
    return f"site {site} {row.values.get('name') or ''}".strip() if row else f"site {site}"


def title(held: Grant) -> str:
    """A grant in words."""
    where = "all sites" if held.site == ALL_SITES else f"site {held.site}"
    side = ", unblinded" if held.unblinded and ROLES[held.role].blinding == "either" else ""
    return f"{ROLES[held.role].title}, {where}{side}"


def state(one: Person) -> str:
    """An account in words."""
    if not one.active:
        return "✕ closed"
    if one.alert == "open":
        return "! failed sign-ins"
    return "◐ password to be changed" if one.temporary else "● active"


def held_on(one: Person, start: dt.datetime, end: dt.datetime) -> str:
    """What somebody held in [start, end), with the hour (UTC) at which it began or ended within."""
    told, last = [], end if one.active else closed(one) or start
    for held in one.grants:
        over = min(held.end or end, last, end)
        if held.overlaps(start, over) and start < over:
            since = f" from {held.start:%H:%M} UTC" if held.start > start else ""
            until = f" until {over:%H:%M} UTC" if over < end else ""
            told.append(f"{title(held)}{since}{until}")
    return "; ".join(told)


def closed(one: Person) -> dt.datetime | None:
    """When the account was closed, as far as this person may read it."""
    if one.active:
        return None
    acts = here.reader().history(stream=f"person/{one.id}")
    return next((dt.datetime.fromisoformat(act.recorded_at) for act in acts if act.act == "person.deactivate"), None)


def table(every: list[Person], start: dt.datetime, end: dt.datetime) -> Person | None:
    """Everybody, with what they held in [start, end); gives the one that was clicked."""
    rows = [
        {
            "State": state(one),
            "Name": one.name,
            "User id": one.id,
            "Organisation": one.organisation,
            "Roles": held_on(one, start, end),
        }
        for one in every
    ]
    picked = ticked(
        rows, [one.id for one in every], "people", kept=True, height=38 + 35 * min(ROWS, len(rows)),
        alt="People: state of the account, name, user id, organisation, roles",
        column_config={
            "State": st.column_config.TextColumn(width=190), "Name": st.column_config.TextColumn(width=140),
            "User id": st.column_config.TextColumn(width=80), "Organisation": st.column_config.TextColumn(width=160),
            "Roles": st.column_config.TextColumn(width=340),
        },
    )  # fmt: skip
    return every[picked[0]] if picked else None


def opened_person(one: Person, manages: bool) -> None:
    """One person: every role ever granted, and what an administrator may do."""
    now = here.trial().store.clock()
    with st.container(border=True):
        st.subheader(f"{one.name} ({one.id})", anchor=False)
        st.caption(f"{one.organisation} · {state(one)}")
        if one.grants:
            st.dataframe(
                [{"Number": held.number, "Role": title(held), "Clinic": clinic(held.site),
                  "From": f"{held.start:%d-%b-%Y %H:%M} UTC",
                  "To": f"{held.end:%d-%b-%Y %H:%M} UTC" if held.end else "until revoked",
                  "In force": "● yes" if held.holds(now) and one.active else "○ no", "Approved by": held.approver}
                 for held in one.grants],
                hide_index=True, alt="Roles of this person, the ended ones too",
                column_config={"Role": st.column_config.TextColumn(width=280),
                               "Number": st.column_config.NumberColumn(width=65)},
            )  # fmt: skip
        else:
            st.caption("No role was ever granted: this person cannot sign in.")
        if not manages or not one.active:
            return
        if one.id == here.who().person:
            st.caption("Nobody changes their own access: another administrator does.")
            return
        with st.container(horizontal=True):
            # of what they held when it was opened: once that has changed, what opens is another, empty and shut
            held = f"{one.id}|{len(one.grants)}|{len(list(one.holding(now)))}"
            with st.popover("Grant a role", icon=":material/add_moderator:", key=f"granting|{held}"):
                granting(one, held)
            with st.popover("Revoke", icon=":material/remove_moderator:", disabled=not one.holding(now),
                            key=f"revoking|{held}"):  # fmt: skip
                revoking(one, now)
            with st.popover("Reset password", icon=":material/lock_reset:"):
                st.caption("They must change it before anything else, within three days.")
                resetting(one)
            with st.popover("Close the account", icon=":material/person_off:"):
                closing(one)
            # what may go away stands last: where it stood nothing else opens in its place
            if opened.provider():
                with st.popover("Provider", icon=":material/id_card:"):
                    identifying(one)
            if one.second:
                with st.popover("Second factor", icon=":material/phonelink_erase:"):
                    st.caption("For a telephone that is lost. They sign in without a code until they set up another.")
                    taking_away(one)
            if one.alert == "open" and st.button("Alert was looked at", icon=":material/check:"):
                act(lambda: staff.acknowledge(here.trial(), here.who(), one.id), "Alert looked at: " + one.name)


def act(do: Callable[[], object], said: str) -> None:
    """One act, told where it is refused."""
    with here.told():
        do()
        st.toast(here.literal(said), icon=":material/check:")
        st.rerun()


def _numbered(site: str) -> str:
    return clinic(site).removeprefix("site ")


def granting(one: Person, held: str) -> None:
    """Role, sites, side of the blind; an unblinded one goes on to the second person."""
    role = st.selectbox("Role", [name for name in ROLES if name != "system"], index=None, key=f"role|{held}",
                        format_func=lambda name: ROLES[name].title)  # fmt: skip
    if role is None:
        return
    kind = ROLES[role]
    there = sorted(row.place.site for row in here.reader().sites())
    sites = [ALL_SITES]
    if kind.reach != "all":
        chosen = st.multiselect("Sites", there, key=f"sites|{held}", format_func=_numbered,
                                placeholder="choose" if kind.reach == "site" else "none chosen: all sites")  # fmt: skip
        sites = chosen or ([ALL_SITES] if kind.reach == "either" else [])
    side = st.checkbox("Unblinded", key=f"side|{held}") if kind.blinding == "either" else None
    typed = dated.day("Last day (UTC)", "until it is revoked", key=f"until|{held}")
    until, fits = typed.day, typed.fits
    end = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(0), dt.UTC) if until is not None else None
    trial = here.trial()
    if not staff.takes_two(role, bool(side)):
        if st.button("Grant", type="primary", disabled=not sites or not fits, key=f"grant|{held}"):
            grant = partial(staff.grant, trial, here.who(), one.id, role, sites, end=end, unblinded=side)
            act(grant, f"Granted to {one.name}: {kind.title}")
        return
    st.caption("This role sees who gets what. It takes a second person, who signs in on the next page.")
    if not sites or not fits:
        return

    def do(first: Identity, other: Identity) -> None:
        staff.grant(trial, first, one.id, role, sites, end=end, unblinded=side, approver=other)

    where = "all sites" if sites == [ALL_SITES] else "site " + ", ".join(sites)
    until_words = f"until {until:%d-%b-%Y}" if until else "until revoked"
    text = (
        f"Grant {one.name} ({one.id}, {one.organisation})\nthe role {kind.title}, unblinded, at {where}, {until_words}."
    )
    waiting = second.Together("Grant an unblinded role", text, "person.approve", do, "/people")
    name = second.to_approve().leave(waiting, here.session().hash, same=True)
    st.link_button("The second person signs in", f"/sign/second/{name}", type="primary", icon=":material/group_add:")


def revoking(one: Person, now: dt.datetime) -> None:
    """End a grant."""
    held = {grant.number: title(grant) for grant in one.holding(now)}
    with st.form(f"revoke|{one.id}", border=False):
        number = st.selectbox("Which", list(held), format_func=lambda n: held[n])
        why = st.text_input("Why", placeholder="for example: left the site on 30 June")
        if st.form_submit_button("Revoke now", type="primary") and number is not None:
            act(partial(staff.revoke, here.trial(), here.who(), one.id, number, why),
                f"Revoked from {one.name}: {held[number]}")  # fmt: skip


def resetting(one: Person) -> None:
    """A temporary password, made here and shown once."""
    made = st.session_state.get(f"temporary|{one.id}")
    if made:
        st.code(made, language=None)
        st.caption("Tell it to them now; it is shown once.")
        if st.button("I have told them", key=f"told|{one.id}"):
            del st.session_state[f"temporary|{one.id}"]
            st.rerun()
    elif st.button("Make a temporary password", key=f"reset|{one.id}"):
        with here.told():
            new = opened.temporary_password()
            with shown_once(f"temporary|{one.id}", new):
                staff.reset(here.trial(), here.who(), one.id, new, policy=opened.POLICY)
            st.rerun()


@contextmanager
def shown_once(key: str, told: object) -> Iterator[None]:
    """What is to be told lies there before the act: a click that comes right after it would else take it away."""
    st.session_state[key] = told
    try:
        yield
    except Exception:
        st.session_state.pop(key, None)
        raise


def identifying(one: Person) -> None:
    """Which identity of the sign-in provider is theirs."""
    with st.form(f"identity|{one.id}", border=False):
        said = st.text_input(f"Who they are at {opened.provider()}", value=one.stands(ITEM) or "",
                             help="Their id there (sub), or their verified e-mail address.")  # fmt: skip
        why = st.text_input("Why", placeholder="for example: form of access of 3 March")
        if st.form_submit_button("Declare"):
            act(partial(staff.identify, here.trial(), here.who(), one.id, said, why), f"Declared for {one.name}")


def taking_away(one: Person) -> None:
    """End a second factor."""
    with st.form(f"factor|{one.id}", border=False):
        why = st.text_input("Why", placeholder="for example: the telephone was lost")
        if st.form_submit_button("Take it away"):
            act(partial(staff.take_away_second, here.trial(), here.who(), one.id, why),
                f"Second factor taken away from {one.name}")  # fmt: skip


def closing(one: Person) -> None:
    """Close an account for ever."""
    with st.form(f"close|{one.id}", border=False):
        st.caption("This is for ever: nobody else gets this user id. What they did stays under their name.")
        why = st.text_input("Why", placeholder="for example: no longer works in this trial")
        if st.form_submit_button("Close the account"):
            act(partial(staff.deactivate, here.trial(), here.who(), one.id, why), f"Account of {one.name} closed")


def adding() -> None:
    """A new person with a temporary password."""
    made = st.session_state.get("temporary|new")
    if made:
        st.success(f"{made[0]} is added. Grant a role next.")
        st.code(made[1], language=None)
        st.caption("The temporary password: tell it to them now, it is shown once.")
        if st.button("I have told them"):
            del st.session_state["temporary|new"]
            st.session_state["added"] = st.session_state.get("added", 0) + 1
            st.rerun()
        return
    with st.form("add", border=False):
        user = st.text_input("User id", placeholder="small letters and digits")
        name = st.text_input("Printed name", placeholder="for example Dr Kenji Ito")
        organisation = st.text_input("Organisation")
        st.caption("The printed name stands beside everything they do and sign.  \nA user id is never given twice.")
        if st.form_submit_button("Add", type="primary"):
            with here.told():
                new = opened.temporary_password()
                with shown_once("temporary|new", (name, new)):
                    staff.add(here.trial(), here.who(), user, name, organisation, new, policy=opened.POLICY)
                st.rerun()


def draw() -> None:
    """The page."""
    manages = permission(here.who().role, "person.grant") is not None
    top, add = st.columns([4, 1], vertical_alignment="bottom")
    top.header("People", anchor=False)
    if manages:
        # once somebody is added and was told, what opens is another, empty and shut
        with (
            add,
            st.popover("Add a person", icon=":material/person_add:", key=f"add|{st.session_state.get('added', 0)}"),
        ):
            adding()
    every = staff.staff(here.trial(), here.who())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input("Find", placeholder="part of a name or id", width=240).strip().casefold()
        with st.container(width=240):
            typed = dated.day("Roles held on", "now", key="held on")
    now = here.trial().store.clock()
    (day,) = dated.known(typed)
    start = dt.datetime.combine(day, dt.time(0), dt.UTC) if day is not None else now
    end = start + (dt.timedelta(days=1) if day is not None else dt.timedelta(microseconds=1))
    found = [one for one in every if wanted in f"{one.name} {one.id} {one.organisation}".casefold()]
    if not found:
        st.info("Nobody fits.  \nClear the search.")
        return
    more = f"; the table shows {ROWS} at a time" if len(found) > ROWS else ""
    st.caption(f"{len(found)} of {len(every)} people{more}")
    chosen = table(found, start, end)
    if chosen is not None:
        opened_person(chosen, manages)
    else:
        st.caption("Tick a row to see every role they had" + (" and to change what they may do." if manages else "."))


draw()
