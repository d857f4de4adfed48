"""Verify now: the whole record derived again from its ledger, with a plain verdict; and a copy to take away."""

from __future__ import annotations

import streamlit as st

from apps import here, job
from trialkit.access.table import permission
from trialkit.conduct.verification import verify
from trialkit.errors import Broken, NotContinuous
from trialkit.store.verify import Report


def draw() -> None:
    """The button, the bar, the verdict."""
    st.markdown(
        "Every entry is hashed again, every signature and checkpoint looked at, and everything that stands is worked "
        "out anew from the ledger and compared. If one byte was changed anywhere, this says where."
    )
    who = here.who()
    if permission(who.role, "store.verify"):
        running = job.of("verify")
        trial = here.trial()
        if st.button("Verify now", type="primary", icon=":material/verified_user:",
                     disabled=running is not None and not running.over):  # fmt: skip
            job.start("verify", "Looking at every entry", lambda it: verify(trial, who, it.tell))
            st.rerun()
        finished = job.watched("verify")
        if finished is not None:
            verdict(finished)
    else:
        st.caption("Investigators, data managers, monitors, sponsors and auditors verify the store.")
    st.divider()
    st.subheader("Take a copy", anchor=False)
    st.markdown("The change log as CSV, with the proof that nothing is missing from it, is an export like any other.")
    if permission(who.role, "export.create"):
        st.page_link("pages/exports.py", label="Export the change log", icon=":material/outbox:",
                     query_params={"only": "change-log"})  # fmt: skip


def verdict(done: job.Job) -> None:
    """What came of it, in words that need no explanation."""
    if done.error is not None:
        if isinstance(done.error, (Broken, NotContinuous)):
            facts = {name: str(value) for name, value in done.error.facts.items()}
            st.error(f"**Not intact.** {done.error.sentence}  \n{done.error.hint}", icon=":material/gpp_bad:")
            if facts:
                st.table(facts)
            st.markdown("Change nothing. Tell the sponsor and whoever runs the system, and keep this page.")
        else:
            st.error(f"{done.error.sentence}  \n{done.error.hint}", icon=":material/block:")
        return
    report: Report = done.result
    st.success(
        f"**Intact.** All {report.entries:,} entries with {report.changes:,} changes are what was written, in the "
        "order in which it was written, and what stands now follows from them.",
        icon=":material/verified_user:",
    )
    first, second, third, fourth = st.columns(4)
    first.metric("Entries", f"{report.entries:,}")
    second.metric("Changes", f"{report.changes:,}")
    third.metric("Entries signed", f"{report.signed:,}")
    fourth.metric("Checkpoints", f"{report.checkpoints:,}")
    with st.expander("In detail"):
        st.text(str(report))
