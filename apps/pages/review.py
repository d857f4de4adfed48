"""Review: verify against source, critical items first; review, freeze, lock; what fell by a change and comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import streamlit as st

from apps import choosing, here, history
from apps.door import second
from apps.places import LOGS, visit_of
from apps.request import saying
from apps.ticked import begin, ticked
from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct import review
from trialkit.conduct.review import Shown
from trialkit.conduct.roll import roll
from trialkit.conduct.standing import DROPPED
from trialkit.conduct.worklist import Line, Work, fallen, wanting, works

AT_ONCE = 12
"""Forms whose values are laid open together, at most."""
CUT = 50
"""Letters of a value that a row of the table shows for sure."""
TURN, DRAWN, WAIT = "review turn", "review drawn", "review wait"
VERIFIED = {"Y": "✓ verified", DROPPED: "↺ changed since, look again", "": "○"}
REVIEWED = {"Y": "✓ reviewed", DROPPED: "↺ changed since", "": "○"}
NUMBER = st.column_config.TextColumn(width=45, help="Which of several forms of this kind")
"""A column of its own, so that no long title can cut what tells one row from the next."""
DONE = {"verify": "{} verified", "unverify": "Verification of {} taken back", "review": "{} reviewed",
        "freeze": "{} frozen", "thaw": "{} thawed", "lock": "{} locked"}  # fmt: skip
Act = Callable[..., object]


def draw() -> None:
    """The page."""
    top, view = st.columns([1, 2], vertical_alignment="bottom")
    top.header("Review", anchor=False)
    asked = st.query_params.get("view")
    with view.container(horizontal=True, horizontal_alignment="right"):
        mode = st.segmented_control("View", ["By subject", "Dropped by changes"], required=True,
                                    default="Dropped by changes" if asked == "dropped" else "By subject",
                                    label_visibility="collapsed", key="review view")  # fmt: skip
    if mode == "Dropped by changes":
        dropped()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        subject, _ = choosing.subject("There is something to review as soon as a site has saved a form.")
        every = works(here.trial(), here.who(), subject)
        visits = list(dict.fromkeys(visit(one) for one in every))
        asked = st.query_params.get("visit", "")
        chosen_visit = st.selectbox(
            "Visit", ["all", *visits], index=visits.index(asked) + 1 if asked in visits else 0, width=120
        )
        titles = {one.place.form: one.cform.form.title for one in every}
        form = st.selectbox("Form", ["all", *titles], format_func=lambda oid: titles.get(oid, oid), width=260)
        state = st.selectbox("Show", ["still to do", "everything"], width=140)
        critical = st.toggle("Critical items only")
    if permission(here.who().role, "record.verify"):
        waits = [(line.subject, line.site, line.unverified) for line in roll(here.trial(), here.who())
                 if line.unverified]  # fmt: skip
        choosing.others(waits, subject, "Complete, no value verified yet")
    found = [
        one
        for one in every
        if chosen_visit in ("all", visit(one))
        and form in ("all", one.place.form)
        and (state == "everything" or to_do(one))
    ]
    if not found:
        st.success("Nothing here waits for you. Choose another subject, or show everything.", icon=":material/check:")
        return
    chosen = forms(found, subject)
    if not chosen:
        st.caption(
            "Tick forms to lay their values open. What is verified, reviewed, frozen or locked is what is shown."
        )
        return
    ticked = {one.record.stream: values(one, critical) for one in chosen[:AT_ONCE]}
    if len(chosen) > AT_ONCE:
        st.warning(f"{AT_ONCE} forms are laid open at once; the others wait.")
    st.session_state[WAIT] = [one.record.stream for one in chosen[AT_ONCE:]]
    acts(chosen[:AT_ONCE], ticked, critical)


def visit(one: Work) -> str:
    """The visit that a form belongs to."""
    return visit_of(one.place, here.trial().compiled(one.record.study)) or LOGS


def to_do(one: Work) -> bool:
    """Whether this role still has something to do to the form."""
    role = here.who().role
    if one.struck or one.closed == "locked":
        return False
    verified, of = one.count()
    return bool(
        one.dropped
        or (permission(role, "record.verify") and verified < of)
        or (permission(role, "record.review") and one.reviewed != "Y")
    )


def forms(found: list[Work], subject: str) -> list[Work]:
    """The forms as a table; gives those that are ticked: they stay so while they are verified, until it is done."""
    sdv = permission(here.who().role, "record.verify") is not None
    rows = []
    for one in found:
        (crit, crit_of), (some, of) = one.count(critical=True), one.count()
        row: dict[str, object] = {
            "Visit": visit(one),
            "No.": number(one),
            "Form": one.cform.form.title,
            "State": state(one),
            "Critical verified": f"{crit} of {crit_of}" if crit_of else "no critical item",
            "All verified": f"{some} of {of}" if of else "",
        }
        if not sdv:
            row["My review"] = REVIEWED.get(one.reviewed, "")
        row |= {"Dropped": str(one.dropped or ""), "Queries": str(one.queries or "")}
        rows.append(row)
    picked = ticked(
        rows, [one.record.stream for one in found], _table(subject),
        mode="multi-row", kept=True,
        height=min(330, 38 + 35 * len(rows)), alt="Forms to review",
        column_config={
            "No.": NUMBER, "Form": st.column_config.TextColumn(width=250),
            "State": st.column_config.TextColumn(width=140),
            "Critical verified": st.column_config.TextColumn(width=120),
            "All verified": st.column_config.TextColumn(width=95),
            "My review": st.column_config.TextColumn(width=110),
            "Dropped": st.column_config.TextColumn(width=70, help="Marks that fell when a value changed"),
            "Queries": st.column_config.TextColumn(width=70, help="Queries that are not closed"),
        },
    )  # fmt: skip
    return [found[n] for n in picked]


def _table(subject: str) -> str:
    return f"review|{subject}|{st.session_state.get(TURN, 0)}"


def number(one: Work) -> str:
    """Which of a repeating form it is, or nothing."""
    return str(one.place.form_repeat) if one.cform.form.repeating else ""


def state(one: Work) -> str:
    """The form's state in words."""
    if one.struck:
        return "✕ struck"
    if one.closed:
        return {"locked": "■ locked", "frozen": "❄ frozen"}[one.closed]
    return {"COMPLETE": "● complete", "TO COMPLETE": "◕ answers missing"}.get(one.record.status, "◐ not finished")


def values(one: Work, critical: bool) -> list[Line]:
    """The values of a form, critical ones first; gives those that are ticked."""
    lines = [line for line in one.lines if line.rule.item.critical or not critical]
    name = f"{one.cform.form.title} {number(one)}".strip()
    study = here.trial().compiled(one.record.study)
    with st.container(border=True):
        st.subheader(f"{visit(one)} · {name}", anchor=False)
        if not lines:
            st.caption("No value that is asked for here.")
            return []
        picked = st.dataframe(
            [{"Item": history.label(study, one.place.form, line.path),
              "Value": history.read(study, one.place.form, line.path, line.written),
              "Critical": "● critical" if line.rule.item.critical else "",
              "Source verified": VERIFIED.get(line.verified, "")} for line in lines],
            hide_index=True, height=min(420, 38 + 35 * len(lines)), on_select="rerun", selection_mode="multi-row",
            key=f"values|{one.record.stream}|{one.record.version}|{critical}", alt=f"Values of {name}",
            column_config={"Item": st.column_config.TextColumn(width=300),
                           "Value": st.column_config.TextColumn(width=330),
                           "Critical": st.column_config.TextColumn(width=85),
                           "Source verified": st.column_config.TextColumn(width=180)},
        )["selection"]["rows"]  # fmt: skip
        for line in (lines[n] for n in picked if n < len(lines)):  # what is verified is read whole
            if len(told := history.read(study, one.place.form, line.path, line.written)) > CUT:
                item = history.label(study, one.place.form, line.path)
                st.markdown(f"**{here.literal(item)}:** {here.literal(told)}")
        with st.container(horizontal=True):
            words = "Open the form" if one.closed == "locked" else "Open the form, ask a query"
            st.page_link("pages/entry.py", label=words, icon=":material/edit_note:",
                         query_params=here.address(one.place))  # fmt: skip
    return [lines[n] for n in picked if n < len(lines)]


def acts(chosen: list[Work], ticked: dict[str, list[Line]], critical: bool) -> None:
    """What may be done to what is shown."""
    role = here.who().role
    free, unlocked = [one for one in chosen if not one.closed], [one for one in chosen if one.closed != "locked"]
    marked = [Shown(one.place, one.record.version, tuple(line.path for line in ticked[one.record.stream]))
              for one in unlocked if ticked[one.record.stream]]  # fmt: skip
    count = sum(len(one.items) for one in marked)
    before = st.session_state.get(DRAWN, ())
    st.session_state[DRAWN] = []
    told = st.empty()
    with st.container(horizontal=True):
        if permission(role, "record.verify") and unlocked:
            button(f"Verify {count} ticked", review.verify, marked, primary=True, disabled=not count)
            button("Take back", review.unverify, marked, disabled=not count)
        if permission(role, "record.review") and unlocked:
            button(f"Mark {_forms(unlocked)} as reviewed", review.review, _whole(unlocked), primary=True,
                   disabled=critical)  # fmt: skip
        if permission(role, "record.freeze"):
            if free:
                button(f"Freeze {_forms(free)}", review.freeze, _whole(free))
            if frozen := [one for one in chosen if one.closed == "frozen"]:
                button(f"Thaw {_forms(frozen)}", review.thaw, _whole(frozen))
        asked = f"ask|lock|{_versions(_whole(unlocked))}"
        if permission(role, "record.lock") and unlocked and st.button(f"Lock {_forms(unlocked)}", key=asked):
            locking(unlocked)
        st.session_state[DRAWN].append(asked)
    if any(st.session_state.get(name) and name not in st.session_state[DRAWN] for name in before):
        told.warning("Nothing was done: what was shown has changed meanwhile. Look at it again, then press once more.",
                     icon=":material/sync_problem:")  # fmt: skip
    if permission(role, "record.unlock") and any(one.closed == "locked" for one in chosen):
        unlocking([one for one in chosen if one.closed == "locked"])
    if len(unlocked) < len(chosen):
        st.caption("A locked form takes no more marks and no new query. Unlock it first, by two data managers.")
    if permission(role, "record.verify") and unlocked and not count:
        st.caption("Tick the values that agree with the source; the tick in the head of a table takes all of it.")


def _forms(some: Sequence[Work]) -> str:
    return f"{len(some)} form{'s' if len(some) > 1 else ''}"


def _number(shown: Sequence[Shown]) -> str:
    """What was done something to: values where some are named, else forms."""
    items = sum(len(one.items) for one in shown)
    count, word = (items, "value") if items else (len(shown), "form")
    return f"{count} {word}{'s' if count != 1 else ''}"


def _whole(some: Sequence[Work]) -> list[Shown]:
    return [Shown(one.place, one.record.version) for one in some]


def _versions(shown: Sequence[Shown]) -> str:
    """A name for these forms as they are: a button that is called so takes no press that was meant for others.

    A form stays ticked though somebody changes it, and a press may come in before its new values are on the screen.
    """
    return sha256(repr([(one.place.record, one.version) for one in shown]).encode()).hexdigest()[:16]


@st.dialog("Lock")
def locking(some: list[Work]) -> None:
    """Ask once, with what these forms still want: one person locks them, and it takes two to unlock."""
    unsigned, unverified = wanting(here.trial(), here.who(), some)
    st.markdown(f"**Lock {_forms(some)}?** Not signed: {unsigned}. Not all verified: {unverified}. "
                "Two data managers are needed to unlock.")  # fmt: skip
    button(f"Lock {_forms(some)} now", review.lock, _whole(some), primary=True)


def button(words: str, act: Act, shown: Sequence[Shown], *, primary: bool = False, disabled: bool = False) -> None:
    """One act on what is shown, all of it or nothing."""
    kind: Any = "primary" if primary else "secondary"
    name = f"act|{act.__name__}|{_versions(shown)}"
    st.session_state.setdefault(DRAWN, []).append(name)
    if st.button(words, type=kind, disabled=disabled, key=name) and shown:
        with here.told():
            act(here.trial(), here.who(), shown, request=saying(act.__name__, shown))
            if act not in (review.verify, review.unverify):  # where Freeze stood, Thaw must not wait for a second click
                st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
                begin(_table(shown[0].place.subject), st.session_state.get(WAIT, ()))
            st.toast(DONE[act.__name__].format(_number(shown)), icon=":material/check:")
            st.rerun()


def unlocking(locked: list[Work]) -> None:
    """Ask a second person to open locked forms."""
    with st.container(border=True):
        st.markdown("**Unlock, by two persons.** The second signs in on the next page.")
        why = st.text_input("Why these forms are opened again", key="unlock why")
        if st.button("Go on with a second person", disabled=not why.strip()):
            shown = [Shown(one.place, one.record.version) for one in locked]
            trial, mark = here.trial(), saying("unlock", shown, why)

            def act(first: Identity, other: Identity) -> object:
                return review.unlock(trial, first, other, shown, why, request=mark)

            named = "\n".join(f"  {one.record.stream.removeprefix('record/')} {one.cform.form.title}" for one in locked)
            text = f"Unlock, so that these forms can be changed again:\n{named}\nBecause: {why}"
            back = f"/review?subject={locked[0].place.subject}"
            waiting = second.Together("Unlock forms", text, "record.unlock", act, back)
            name = second.to_approve().leave(waiting, here.session().hash)
            st.link_button("The second person signs in", f"/sign/second/{name}", type="primary",
                           icon=":material/group_add:")  # fmt: skip


def dropped() -> None:
    """What was verified or reviewed and changed since, over all subjects."""
    trial, who = here.trial(), here.who()
    found = [one for line in roll(trial, who) if line.fallen
             for one in fallen(trial, who, line.subject, here.reader().outlines([line.subject]))]  # fmt: skip
    if not found:
        st.success("Nothing that was verified or reviewed has changed since.", icon=":material/check:")
        return
    st.caption("A change takes the marks off what it touched. These wait to be looked at again.")
    picked = ticked(
        [{"Site": one.place.site, "Subject": one.place.subject,
          "Visit": visit(one), "No.": number(one),
          "Form": one.cform.form.title,
          "Items": ", ".join(history.label(here.trial().compiled(one.record.study), one.place.form, line.path)
                             for line in one.lines if line.verified == DROPPED) or "the review of the form",
          "Dropped": one.dropped} for one in found],
        [one.record.stream for one in found], "dropped", alt="Marks that fell",
        column_config={"No.": NUMBER, "Items": st.column_config.TextColumn(width=380),
                       "Dropped": st.column_config.NumberColumn(width=75)},
    )  # fmt: skip
    if picked:
        one = found[picked[0]]
        st.page_link("pages/review.py", label=f"Look at {one.place.subject} again", icon=":material/fact_check:",
                     query_params={"subject": one.place.subject,
                                   "visit": visit(one)})  # fmt: skip
    else:
        st.caption("Tick a row to go there.")


draw()
