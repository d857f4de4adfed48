"""Sign: what waits for this person's signature, what is still open, and the way to the door's signing page."""

from __future__ import annotations

import streamlit as st

from apps import choosing, here, signatures
from apps.door import signing
from apps.door.values import values
from apps.places import LOGS, visit_of
from trialkit.conduct.contents import contents
from trialkit.conduct.named import printed_names
from trialkit.conduct.roll import roll
from trialkit.conduct.sign import MEANINGS, prepare
from trialkit.conduct.worklist import ToSign, to_sign

STATES = {
    "valid": "✓ signed", "superseded": "↺ changed since it was signed", "broken": "✕ BROKEN",
    "unsigned": "○ not signed",
}  # fmt: skip


def visit(one: ToSign) -> str:
    """The visit that a form belongs to."""
    return visit_of(one.work.place, here.trial().compiled(one.work.record.study)) or LOGS


def table(found: list[ToSign], subject: str) -> list[ToSign]:
    """The forms to sign; gives those that are ticked."""
    picked = st.dataframe(
        [{"Visit": visit(one),
          "Form": one.work.cform.form.title
          + (f" {one.work.place.form_repeat}" if one.work.cform.form.repeating else ""),
          "Signature": STATES[one.state], "By": one.signed.name if one.signed else "",
          "Still open": ", ".join(one.open) or "nothing", "Version": one.work.record.version} for one in found],
        hide_index=True, height=min(420, 38 + 35 * len(found)), on_select="rerun", selection_mode="multi-row",
        key=f"sign|{subject}|{sum(one.work.record.version for one in found)}|{len(found)}", alt="Forms to sign",
        column_config={"Form": st.column_config.TextColumn(width=270), "By": st.column_config.TextColumn(width=125),
                       "Still open": st.column_config.TextColumn(width=210),
                       "Signature": st.column_config.TextColumn(width=210),
                       "Version": st.column_config.NumberColumn(width=70)},
    )["selection"]["rows"]  # fmt: skip
    return [found[n] for n in picked if n < len(found)]


def go_on(ticked: list[ToSign], subject: str) -> None:
    """What it means, and the signing page."""
    with st.container(border=True):
        many = f"{len(ticked)} form{'s' if len(ticked) > 1 else ''}"
        st.markdown(f"**You are about to sign {many} of {subject}.**")
        waiting = [one for one in ticked if one.open]
        if waiting:
            listed = "\n".join(f"- {one.work.cform.form.title}, {visit(one)}: {', '.join(one.open)}" for one in waiting)
            st.warning(f"Still open on what you ticked. You may sign, and it is said here that you knew:\n{listed}")
        st.markdown("What you sign, form by form: open each and look at its values.")
        places = [one.work.place for one in ticked]
        st.html(
            f"<div class='tk'>{values(contents(here.trial(), here.who(), places), printed_names(here.trial()))}</div>"
        )
        meaning = st.radio("What your signature means", list(MEANINGS), format_func=MEANINGS.__getitem__, index=None)
        if meaning is None:
            st.caption("Choose what it means. The next page shows exactly what you sign and asks for your password.")
            return
        with here.told():
            prepared = prepare(here.trial(), here.who(), places, meaning)
            with st.expander("The text you will sign"):
                st.code(prepared.text, language=None, wrap_lines=True)
            name = signing.to_sign().leave(
                signing.Waiting(prepared, f"/sign?subject={subject}"), here.session().hash, same=True
            )
            st.link_button(f"Go on and sign {many}", f"/sign/{name}", type="primary", icon=":material/draw:")


def draw() -> None:
    """The page."""
    st.header("Sign", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        subject, site = choosing.subject("There is something to sign as soon as a form is saved.")
        show = st.segmented_control("Show", ["to sign", "all"], default="to sign", required=True)
    given = signatures.of(subject)
    signatures.told(given, site)
    lines = roll(here.trial(), here.who())
    waits = [(line.subject, line.site, count) for line in lines if (count := line.unsigned + line.superseded)]
    choosing.others(waits, subject, "Waiting for your signature")
    ended = next((line.ended for line in lines if line.subject == subject), None)
    every = to_sign(here.trial(), here.who(), subject, ended=ended)
    found = [one for one in every if show == "all" or one.waits]
    if not every:
        st.info("This subject has no form that you sign.  \nChoose another subject.")
    elif not found:
        st.success("Nothing of this subject waits for your signature.  \n"
                   "Under all are the forms that you may sign beyond those that the study asks for.",
                   icon=":material/check:")  # fmt: skip
    else:
        ready = sum(not one.open for one in found)
        st.caption(
            f"{len(found)} form{'s' if len(found) > 1 else ''}, {ready} of them with nothing open. Tick what you sign."
        )
        ticked = table(found, subject)
        if ticked:
            go_on(ticked, subject)
    st.subheader("Signatures", anchor=False)
    signatures.draw(given, site)


draw()
