"""Who is here, what they may see, and the few ways in which every page speaks: refusals, places, dates, links."""

from __future__ import annotations

import datetime as dt
import logging
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from apps.door import opened
from apps.door.gate import COOKIE
from apps.door.sessions import Session
from trialkit.access.identity import Identity
from trialkit.conduct.named import Named, named, printed_names
from trialkit.conduct.trial import Trial
from trialkit.errors import TrialkitError
from trialkit.ledger.entry import Place
from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledStudy

AGAIN = 0.05
"""Seconds in which nobody asks again who is here and whether there is another entry: it would 25 times an answer."""


@dataclass
class _Looked:
    """Who is here, and what only they and only these entries make it; asked for over and over by what is drawn."""

    at: float
    size: int
    session: Session
    reader: Reader | None = None
    names: Mapping[str, str] | None = None


def _looked() -> _Looked:
    """The last look; another one where it is old, which keeps what was read unless something moved."""
    ctx = get_script_run_ctx()
    kept: _Looked | None = getattr(ctx, "trialkit_looked", None)
    if kept is not None and time.monotonic() - kept.at < AGAIN:
        return kept
    now = _Looked(time.monotonic(), trial().store.size, _session())
    if kept is not None and (kept.size, kept.session) == (now.size, now.session):
        now = replace(kept, at=now.at)
    if ctx:
        ctx.trialkit_looked = now  # type: ignore[attr-defined]
    return now


def session() -> Session:
    """The session of this browser. Without one the run ends here: the gate sends the person to the door."""
    return _looked().session


def _session() -> Session:
    found = opened.sessions().of(st.context.cookies.get(COOKIE, ""))
    if found is None:
        st.info("You are signed out. Answers you typed are kept.")
        st.link_button("Sign in", "/sign-in")
        st.stop()
    if st.session_state.setdefault("owner", found.hash) != found.hash:
        # screens that were taken up again under another sign-in: what the one before saw and typed does not stay, in a
        # fragment that runs alone neither
        st.session_state.clear()
        st.session_state["owner"] = found.hash
        st.rerun(scope="app")
    return found


def stays() -> bool:
    """Whether who is here is still who opened these screens."""
    found = opened.sessions().of(st.context.cookies.get(COOKIE, ""))
    return found is not None and st.session_state.get("owner") == found.hash


def who() -> Identity:
    """Who acts."""
    return session().identity


def trial() -> Trial:
    """The trial."""
    return opened.trial()


def reader() -> Reader:
    """What the person here may read."""
    look = _looked()
    if look.reader is None:
        look.reader = trial().reader(look.session.identity)
    return look.reader


def names() -> Mapping[str, str]:
    """Everybody of the trial by their user id, as an answer that names somebody is read."""
    look = _looked()
    if look.names is None:
        look.names = printed_names(trial())
    return look.names


def study(site: str = "") -> CompiledStudy:
    """The study in force at a site, or the latest at any of the person's."""
    found = trial().study_at(site) if site else trial().latest(who().sites)
    if found is None:
        nothing("No study is in force yet.", "A data manager publishes one: trialkit study publish FOLDER --site 01")
    return found


def nothing(sentence: str, hint: str) -> NoReturn:
    """An empty page that says what to do next."""
    st.info(f"{sentence}  \n{hint}")
    st.stop()


def refusal(refused: TrialkitError) -> str:
    """What was refused and how to mend it, as two lines."""
    if refused.facts.get("unchosen"):  # the list to choose from stands on the screen, by its words
        return "Choose a reason from the list."
    return "  \n".join(literal(part[:1].upper() + part[1:]) for part in (refused.sentence, refused.hint) if part)


@contextmanager
def told() -> Iterator[None]:
    """Says what was refused, where it happened, instead of failing; and of a fault of ours that it is one."""
    try:
        yield
    except TrialkitError as refused:
        st.error(refusal(refused), icon=":material/block:")
    except Exception:
        number = secrets.token_hex(4)
        logging.getLogger("trialkit").exception("fault %s", number)
        st.error("This went wrong, and it is not your fault. Answers you typed are kept.  \nLoad the page again; if "
                 f"that does not help, tell your administrator: fault {number}.", icon=":material/error:")  # fmt: skip


def place() -> Place:
    """The form that the address names: ?subject=..&event=..&form=.., with repeats."""
    asked = st.query_params
    subject = asked.get("subject", "")
    row = trial().subject(who(), subject)
    if row is None:
        missing = "There is no such subject at your sites." if subject else "No subject is chosen."
        nothing(missing, "Choose one on the page Subjects.")
    return Place(
        row.place.site, subject, asked.get("event", ""), _number(asked.get("event_repeat", "1")),
        asked.get("form", ""), _number(asked.get("form_repeat", "1")),
    )  # fmt: skip


def address(where: Place) -> dict[str, str]:
    """The same place as the parameters of an address."""
    asked = {"subject": where.subject}
    if where.event:
        asked |= {"event": where.event, "event_repeat": str(where.event_repeat)}
    if where.form:
        asked |= {"form": where.form, "form_repeat": str(where.form_repeat)}
    return asked


FRESH = 5
"""Seconds for which the people of a site are not read again, in all sessions together."""
_staff: WeakKeyDictionary[Trial, dict[str, tuple[float, Named]]] = WeakKeyDictionary()


def staff(site: str) -> Named:
    """The people of a site, and who of them may be named in which answer."""
    known, now = _staff.setdefault(trial(), {}), time.monotonic()
    if site not in known or now - known[site][0] > FRESH:
        known[site] = now, named(trial(), site)
    return known[site][1]


def literal(text: str) -> str:
    """Text from the study or a person, with nothing in it that Markdown would take for its own."""
    for sign in "\\`*_{}[]<>#|~$:":
        text = text.replace(sign, "\\" + sign)
    return text


def day(value: dt.date | str | None) -> str:
    """A date as people read it: 05-Mar-2026."""
    if not value:
        return ""
    read = value if isinstance(value, dt.date) else dt.date.fromisoformat(value[:10])
    return f"{read:%d-%b-%Y}"


def moment(at: str, site: str = "") -> str:
    """A moment of the ledger (UTC) as the site's clocks showed it: 05-Mar-2026 14:02."""
    local = dt.datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(trial().zone(site))
    return f"{local:%d-%b-%Y %H:%M}"


def visit_name(event: str, repeat: int) -> str:
    """V3, or UNS (2)."""
    return event if repeat == 1 else f"{event} ({repeat})"


def _number(text: str) -> int:
    if re.fullmatch("[1-9][0-9]{0,3}", text) is None:
        nothing("There is no such visit or line.", "Open it from the subject's page.")
    return int(text)
