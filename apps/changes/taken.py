"""The selection of the change log as a PDF to take away: made beside the screens, fetched through the door."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from apps import here, job
from apps.door import download
from trialkit.access.table import permission
from trialkit.export.log import Taken, take_log
from trialkit.store.log import Wanted

JOB = "log as PDF"


def offer(wanted: Wanted) -> None:
    """The button; the PDF holds what these filters select, all pages of it."""
    under_way = job.of(JOB)
    running = under_way is not None and not under_way.over
    if permission(here.who().role, "export.create") and st.button(
        "Take as PDF", icon=":material/picture_as_pdf:", disabled=running,
        help="A PDF is being written: see below." if running
        else "Every entry that these filters select, also on the other pages",
    ):  # fmt: skip
        trial, who = here.trial(), here.who()

        def make(it: job.Job) -> tuple[Taken, bytes]:
            it.share = None
            with tempfile.TemporaryDirectory(prefix="trialkit-") as room:
                made = take_log(trial, who, wanted, Path(room))
                return made, (Path(room) / made.name).read_bytes()

        job.start(JOB, "Writing the PDF", make)
        st.rerun()


def forget() -> None:
    """What was made of other filters is not offered under these."""
    job.forget(JOB)


def fetch() -> None:
    """What came of it, with the way to take it."""
    over = job.watched(JOB)
    if over is None:
        return
    if over.error is not None:
        st.error(here.refusal(over.error), icon=":material/block:")
        return
    made, content = over.result
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(f"{made.entries:,} entries on {made.pages:,} pages, as of entry {made.as_of:,}, bound by entry "
                   f"{made.entry:,}.", icon=":material/check:")  # fmt: skip
        name = download.to_fetch().leave(download.File(made.name, "application/pdf", content), here.session().hash)
        st.link_button("Download the PDF", f"/download/{name}", type="primary", icon=":material/download:")
        if st.button("Done", key="log taken"):
            forget()
            st.rerun()
