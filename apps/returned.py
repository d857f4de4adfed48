"""An export that comes back: a zip is chosen, looked at by the verifier, and gets a verdict in words."""

from __future__ import annotations

import streamlit as st

from apps import here, history, job
from apps.when import Zones
from trialkit.export.uploaded import MOST_PACKED, Verdict, verify_packed


def draw() -> None:
    """The place to put the file, the bar, the verdict."""
    st.subheader("Verify an export", anchor=False)
    file = st.file_uploader(
        "The zip of an export, as it was downloaded here", type="zip", key="returned",
        max_upload_size=MOST_PACKED // 1_000_000,
    )  # fmt: skip
    before = st.session_state.get("returned file", "")
    if before and (file is None or file.file_id != before):
        job.forget(f"returned|{before}")
    if file is None:
        st.session_state["returned file"] = ""
        st.caption("Every file, every entry and every signature in it is looked at. Nothing of it is kept.")
        return
    if before != file.file_id:
        st.session_state["returned file"] = file.file_id
        trial, who = here.trial(), here.who()

        def look(it: job.Job) -> Verdict:
            def tell(what: str, done: int, total: int) -> None:
                it.share, it.note = 0.5 * done / total if total else 0.0, what

            return verify_packed(trial, who, file, tell)

        job.start(f"returned|{file.file_id}", "Looking at the file", look)
    over = job.watched(f"returned|{file.file_id}")  # of this file: another window may look at another
    if over is not None:
        verdict(over, file.name)


def verdict(over: job.Job, name: str) -> None:
    """What came of it, in a sentence."""
    if over.error is not None:
        st.error(here.refusal(over.error), icon=":material/block:")
        return
    found: Verdict = over.result
    report = found.report
    if not report.passed:
        where = f"{here.literal(report.where)}: " if report.where else ""
        st.error(
            f"**FAIL.** {here.literal(name)} is not what was handed over.  \n{where}{here.literal(report.what)}  \n"
            "Do not rely on it. Ask who sent it for another copy, and keep this one.", icon=":material/gpp_bad:",
        )  # fmt: skip
        return
    said = found.said
    who, of = said["who"], said["filter"]
    about = of["subject"] or (f"site {of['site']}" if of["site"] else "the study")
    proves = "All entries of the ledger up to then are proven." if report.kind == "study" else (
        "What it shows of the subject is proven to be in the ledger; later entries may exist.")  # fmt: skip
    whom = f"{here.literal(who['name'])} ({history.ROLE.get(who['role'], who['role'])})"
    st.success(f"**PASS.** {report.files:,} files of {about} are as they were handed over to {whom}, as of entry "
               f"{said['as_of']:,} ({Zones().moment(said['at'])} UTC). {proves}",
               icon=":material/verified_user:")  # fmt: skip
    with st.expander("In detail"):
        st.text(str(report))
