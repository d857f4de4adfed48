"""Long work beside the screens: verification, exports, figures. One job of a name a session, with its progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import streamlit as st

from apps import here
from apps.door import opened
from trialkit.errors import TrialkitError

_jobs: dict[tuple[str, str], Job] = {}


@dataclass
class Job:
    """Work under way: `share` of it is done (0 to 1, or None if that cannot be told), `note` says where it is."""

    title: str
    share: float | None = 0.0
    note: str = ""
    over: bool = False
    result: Any = None
    error: TrialkitError | None = None
    began: float = field(default_factory=time.monotonic, repr=False)
    thread: threading.Thread | None = field(default=None, repr=False)

    def tell(self, done: int, total: int) -> None:
        """So much is done."""
        self.share = min(1.0, done / total) if total else None
        self.note = f"{done:,} of {total:,}"


def start(name: str, title: str, work: Callable[[Job], Any]) -> Job:
    """Begin work under a name, in place of what was there. What it gives lies in `result`; refusals in `error`."""
    job = Job(title)

    def run() -> None:
        try:
            job.result = work(job)
        except TrialkitError as error:
            job.error = error
        except Exception:
            job.error = TrialkitError(
                "This could not be finished.", "try again; if it stays so, tell who runs trialkit"
            )
            raise
        finally:
            job.over = True

    _ends()
    _jobs[here.session().hash, name] = job
    job.thread = threading.Thread(target=run, name=f"job-{name}", daemon=True)
    job.thread.start()
    return job


@cache
def _ends() -> None:
    opened.sessions().at_end(_over)


def _over(session: str) -> None:
    """A session's jobs go with it; one that still runs is done in vain."""
    for key in [key for key in list(_jobs) if key[0] == session]:
        _jobs.pop(key, None)


def of(name: str) -> Job | None:
    """The job of that name of this session."""
    return _jobs.get((here.session().hash, name))


def forget(name: str) -> None:
    """Its result is no longer wanted."""
    _jobs.pop((here.session().hash, name), None)


def watched(name: str) -> Job | None:
    """The job of that name once it is over; until then its progress is drawn."""
    job = of(name)
    if job is None or job.over:
        return job
    _watch(name)
    return None


@st.fragment(run_every=0.7)
def _watch(name: str) -> None:
    job = of(name)
    if job is None or job.over:
        st.rerun(scope="app")
    parts = (job.title, job.note, f"{time.monotonic() - job.began:.0f} s")
    st.progress(job.share or 0.0, text=" · ".join(filter(None, parts)))
    st.caption("It goes on while you look at other pages of trialkit, and ends when you sign out.")
