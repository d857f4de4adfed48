"""A form without tables in parts: an answer draws anew what it changed, and nothing else (docs/decisions/0025).

Each part is a fragment with a name. What each is to show is worked out in Streamlit's callback, before anything is
drawn, and compared with what it shows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from apps import here
from apps.form.about import listen
from apps.form.opening import open_sheet
from apps.form.question import Question, draw_question, question
from apps.form.said import Said, draw_said, said
from apps.form.saving import buttons
from apps.form.striking import offer_line
from apps.form.view import View, view_of
from apps.request import alone
from trialkit.errors import TrialkitError
from trialkit.ledger.entry import Place

HEAD, BAR, LIST, ABOUT, TITLE = "head", "bar", "list", "about", "title "
MOMENT, OF_A_PAGE = 2.0, 0.5
"""Seconds in which a drawing has perhaps not come whole to the browser: of an answer, of a page."""
NOT_DRAWN = object()
"""What a part shows that was not drawn to its end: not even that there is nothing to be asked."""


@dataclass
class Parts:
    """The parts of the form that is open: what each is to show, and what it shows.

    `shown` holds a part only once it was drawn to its end, with when it came to show that (0 of a page). `page` is when
    all of them were drawn last, by the same clock (`time.monotonic`).
    """

    view: View
    shown: dict[str, tuple[object, float]] = field(default_factory=dict)
    page: float = 0.0

    def __post_init__(self) -> None:
        self.now = dict(_contents(self.view))

    def moves_to(self, view: View) -> list[str] | None:
        """Let them show this; which have to be drawn for it, or None where the page around them has to be."""
        same = self.view.own == view.own and self.view.sheet.cform is view.sheet.cform
        before, self.view, self.now = self.now, view, dict(_contents(view))
        if not same or before.keys() != self.now.keys():
            return None
        moment = time.monotonic()
        return [name for name in self.now if self._due(name, moment)]

    def _due(self, name: str, moment: float) -> bool:
        # what takes things away from the page is the end of a run; where another run follows at once, it may be lost
        shows, since = self.shown.get(name, (NOT_DRAWN, 0.0))
        return moment - self.page < OF_A_PAGE or shows != self.now[name] or moment - since < MOMENT


def draw_parts(place: Place, head: Callable[[Collection[str]], None]) -> None:
    """The form with its head above (given whose items this person enters) and its buttons below, part by part."""
    sheet = open_sheet(place)
    sheet.saved = partial(_saved, place)
    parts = st.session_state["parts"] = Parts(view_of(sheet))
    _fragment(place, HEAD, lambda: head(_open(place).view.own))
    for name in [*parts.now, ABOUT, *([BAR] if parts.view.own else [])]:
        if name == BAR:
            st.divider()
        _fragment(place, name, partial(_draw, place, name))
    parts.page = time.monotonic()


def _contents(view: View) -> Iterator[tuple[str, object]]:
    """Each part, and what it is to show; its buttons are drawn with every answer."""
    look = view.look
    yield LIST, said(view)
    for group in view.sheet.cform.groups.values():
        rules = look.shown(group.items)
        yield TITLE + group.oid, group.group.title if any(view.asks(rule.oid) for rule in rules) else ""
        for rule in rules:
            yield rule.oid, question(view, rule) if view.asks(rule.oid) else None


def _fragment(place: Place, name: str, draw: Callable[[], None]) -> None:
    # Streamlit calls a fragment by the name of its function, which a partial has not
    st.fragment(lambda: draw(), key=_key(place, name))()


def _key(place: Place, name: str) -> str:
    return f"{place.record}|{name}"


def _open(place: Place) -> Parts:
    """The parts of this form; the page is run where it is not the one that is open any more."""
    parts: Parts | None = st.session_state.get("parts")
    if parts is None or parts.view.sheet.place.record != place.record:
        st.rerun(scope="app")
    return parts


def _draw(place: Place, name: str) -> None:
    """One part, as a page or an answer has it drawn."""
    here.who()
    parts = _open(place)
    before, by_itself = parts.shown.pop(name, None), alone()
    with here.told():
        if name == BAR:
            _bar(parts)
            return
        if name == ABOUT:
            drawn = [one for one in parts.now.values() if isinstance(one, Question)]
            listen(parts.view.sheet, drawn, partial(_answered, place, ABOUT))
            return
        now = parts.now[name]
        match now:
            case Said():
                draw_said(now)
            case Question():
                draw_question(parts.view.sheet, now, partial(_answered, place, name))
            case str() if now:
                st.subheader(now, divider="gray", anchor=False)
            case _:  # nothing: what stood there goes at the end of the run, and leaves no gap
                parts.view.sheet.on_screen.discard(name)
        again = before is not None and before[0] == now
        parts.shown[name] = now, before[1] if again and before else time.monotonic() if by_itself else 0.0


def _bar(parts: Parts) -> None:
    sheet = open_sheet(parts.view.sheet.place)  # what was typed where nothing is asked now has lost its widget
    sheet.keep()
    buttons(sheet, parts.view.look)
    offer_line(sheet)


def _answered(place: Place, name: str) -> None:
    """An answer came, or the sign of one was pressed: draw what that changed.

    Where the page runs anyway it draws everything, and where nobody is signed in any more the part itself says so.
    """
    if not alone() or not here.stays():
        return
    view, due = None, None
    try:
        view = view_of(open_sheet(place))
        due = _open(place).moves_to(view)
    except TrialkitError:
        pass  # the page comes upon it, too, and says it
    except Exception:
        logging.getLogger("trialkit").exception("an answer could not be looked at")
    if view is None or due is None:
        st.rerun()
    # a page that was asked for meanwhile breaks in here, at the last look at the session's state: after it, the page
    # would be taken for this one. The pause lets the thread that hears of pages speak first
    time.sleep(0.001)
    _open(place)
    # the buttons first, where there are any: a click on them may have come together with the answer
    wanted = dict.fromkeys([*([BAR] if view.own else []), name, *due])
    with suppress(StreamlitAPIException):  # a part that is not there
        st.rerun([_key(place, one) for one in wanted])
    st.rerun()


def _saved(place: Place) -> NoReturn:
    """The form was saved, and lies open anew: draw what that changed, and what is said of it at the head."""
    ctx, due = get_script_run_ctx(), None
    if ctx and ctx.script_requests and alone():
        sheet = open_sheet(place)
        sheet.saved = partial(_saved, place)
        due = _open(place).moves_to(view_of(sheet))
    if ctx is None or ctx.script_requests is None or due is None:  # or nobody enters anything here any more
        st.rerun(scope="app")
    # st.rerun names parts in callbacks only, and a save has to draw what it was refused for
    ids: list[str] = []
    with suppress(StreamlitAPIException):  # it was saved on another page, such as the session of an infusion
        ids = ctx.fragment_storage.resolve_target([_key(place, one) for one in (HEAD, BAR, *due)])
    if not ids:
        st.rerun(scope="app")
    ctx.script_requests.request_rerun(RerunData(
        query_string=ctx.query_string, page_script_hash=ctx.page_script_hash, fragment_id_queue=ids,
        is_fragment_scoped_rerun=True, cached_message_hashes=ctx.cached_message_hashes, context_info=ctx.context_info,
    ))  # fmt: skip
    st.empty()  # here the run ends for the one that was asked for
    raise AssertionError("the run goes on")
