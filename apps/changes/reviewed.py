"""Reviews of the change log: until where this selection was looked at, by whom, and the mark that says so."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from apps import here, history
from apps.changes.words import ACCOUNTS, GROUPS
from apps.request import saying
from apps.when import Zones
from trialkit.access.table import permission
from trialkit.conduct.trail_review import FILTERS, REVIEW, Reviewed, covering, gaps, mark, reviews
from trialkit.export.web.markup import rows, tag
from trialkit.store.log import Look, Wanted

FEW = 4
"""So many marks are shown at once, more in a box of their own."""


def since(wanted: Wanted) -> Wanted:
    """What the last review says of this selection, and the selection since then if that is wanted."""
    reader = here.reader()
    marks = reviews(reader)
    if not marks:
        if permission(here.who().role, REVIEW):
            st.caption("Not reviewed yet, as far as you may see.")
        return wanted
    counted = covering(marks, wanted, reader.sight)
    zones = Zones()
    with st.container(horizontal=True, vertical_alignment="center"):
        if counted:
            last = counted[0]
            by, at = here.literal(last.entry.actor.name), zones.stamp(last.entry.recorded_at)
            st.caption(
                f"What these filters show was reviewed by {by} on {at}, entries {last.first:,} to {last.last:,}.",
                width="content",
            )
            if st.toggle("Since the last review", key="since review"):
                wanted = replace(wanted, after=last.last)
        else:
            st.caption("Not reviewed yet with these filters, as far as you may see.", width="content")
        with st.popover("Reviews", icon=":material/rate_review:"):
            listed(marks, zones)
    if counted and (left := gaps(counted)):
        parts = ", ".join(f"{first:,} to {last:,}" for first, last in left[:5])
        st.caption(f"Not reviewed with these filters: entries {parts}{' ...' if left[5:] else ''}.")
    return wanted


def listed(marks: list[Reviewed], zones: Zones) -> None:
    """Every mark."""
    lines = [
        (f"{one.first:,} to {one.last:,}", str(one.count), one.entry.actor.name, zones.stamp(one.entry.recorded_at),
         filters(one.wanted) or ("" if one.entry.withheld else "none"), one.comment) for one in marks
    ]  # fmt: skip
    told = rows(("Entries", "Of them", "Reviewed by", "When", "Filters", "Comment"), lines)
    with st.container(width=680, height=320 if len(marks) > FEW else "content", border=False):
        st.html(tag("div", told, class_="tk", role="region", aria_label="Reviews of the change log"))


def filters(wanted: Wanted) -> str:
    """What narrows a selection, on one line."""
    said = ((name, getattr(wanted, name)) for name in FILTERS)
    return "; ".join(_filter(name, value) for name, value in said if value)


def _filter(name: str, value: str | tuple[str, ...]) -> str:
    if name == "but":
        return "without sign-ins and accounts" if value == ACCOUNTS else f"without {', '.join(value)}"
    if isinstance(value, tuple):
        return f"{name} {next((group for group, acts in GROUPS.items() if acts == value), ', '.join(value))}"
    if name in ("since", "until"):
        return f"{name} {Zones().stamp(value)}"
    return f"{name} {history.ROLE.get(value, value) if name == 'role' else value}"


def offer(wanted: Wanted, look: Look, top: int, page: int) -> None:
    """The mark: from the oldest entry that was shown, or the first of all where nothing older fits, to the newest."""
    if not look.entries or not permission(here.who().role, REVIEW):
        return
    first = look.entries[-1].seq if look.next is not None else wanted.after + 1
    with st.popover("Mark as reviewed", icon=":material/rate_review:"):
        many = f"the {len(look.entries):,} entries" if page == 1 else f"the entries of pages 1 to {page:,}"
        me, narrowed = here.literal(here.who().actor.name), here.literal(filters(wanted) or "none")
        st.markdown(f"This records that you, {me}, looked at {many} that are shown here, "
                    f"{look.entries[-1].seq:,} to {top:,}.  \nFilters: {narrowed}.")  # fmt: skip
        with st.form(f"reviewed|{first}|{top}", border=False):
            left, right = st.columns(2)
            start = left.number_input("From entry", min_value=0, max_value=top, value=first, step=1)
            end = right.number_input("To entry", min_value=0, max_value=top, value=top, step=1)
            comment = st.text_area("What you found", max_chars=2000, height=80,
                                   placeholder="for example: nothing out of the ordinary")  # fmt: skip
            if st.form_submit_button("Mark as reviewed", type="primary"):
                said = wanted, int(start), int(end), comment
                with here.told():
                    mark(here.trial(), here.who(), *said, request=saying("reviewed", *said))
                    st.rerun()
