"""A line to the screens as a browser has one, without the browser: what comes over it is all that a page can show.

Fast enough to look at every page, view and opened row of every role. What is sent here is what the browser would send:
the page and its query, and the states of the widgets that were touched.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyarrow as pa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

WAIT = 30
PRESSED = object()
"""What is sent of a button."""
Touched = dict[str, Any]
"""By the id of the widget: PRESSED, a text or choice, a tuple of pills, the rows of a table, a switch, one Taken."""


class Taken(str):
    """What is sent of a menu of which this was taken."""


_LENGTH = re.compile(rb"[!-~](?=\d\d-\d{4} )")
"""Before a text that begins with a subject number stands its length as a byte: E is 69, and E01 a check."""
_CONTROL = re.compile(rb"[^\x20-\x7e\xa0-\xff]+")


@dataclass
class Drawn:
    """What one run of a page sent: every byte of it, and the elements that stand when it has ended."""

    raw: bytes = b""
    begun: list[Element] = field(default_factory=list)  # elements of runs that began anew before they had ended
    elements: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)  # of each element the part of the page in which it stands
    pages: tuple[str, ...] = ()
    session: str = ""

    @property
    def text(self) -> str:
        """Everything that was sent as one text: every byte of it, and tables cell by cell besides."""
        return "\n".join([_CONTROL.sub(b"\n", _LENGTH.sub(b"\n", self.raw)).decode("utf-8", "replace"), *self.cells])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of its tables, one after the other."""
        return _rows(self.elements)

    @property
    def cells(self) -> list[str]:
        """The cells of every table that was sent, numbers too."""
        return [str(cell) for row in _rows(self.begun + self.elements) for cell in row.values() if cell is not None]

    def named(self, label: str) -> str:
        """The id of the widget with this label. KeyError if it is not shown."""
        return self._widgets()[label][0]

    def table(self, alt: str) -> str:
        """The id of the table that is called so. StopIteration if it is not shown."""
        return next(str(one.dataframe.id) for one in self.elements if one.dataframe.alt == alt)

    def part(self, label: str) -> str:
        """The id of the part in which the widget with this label stands. KeyError if it is not shown."""
        return self._widgets()[label][1]

    @property
    def signs(self) -> list[str]:
        """Of each answer that has a sign: its path."""
        html = "".join(one.html.body for one in self.elements if one.WhichOneof("type") == "html")
        return re.findall(r'data-about="([^"]+)"', html)

    def pressed(self, path: str) -> Touched:
        """The sign of this answer, pressed (screen.js writes it so)."""
        return {self.named("About"): f"{path} {time.monotonic_ns()}"}

    @property
    def labels(self) -> set[str]:
        """The labels of its widgets."""
        return set(self._widgets())

    def _widgets(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for one, part in zip(self.elements, self.parts, strict=True):
            drawn = getattr(one, one.WhichOneof("type") or "", None)
            if getattr(drawn, "id", ""):
                found.setdefault(str(getattr(drawn, "label", "")), (str(drawn.id), part))
        return found

    @property
    def words(self) -> str:
        """What is told in alerts, headings and running text: no tables."""
        said = [one.heading.body or one.alert.body or one.markdown.body for one in self.elements]
        return "\n".join(filter(None, said))

    @property
    def not_found(self) -> bool:
        """Whether the person was told that there is no page for them, and brought home."""
        return "Your role has no page at this address." in self.words

    @property
    def failures(self) -> list[str]:
        """Exceptions that a person would see."""
        return [f"{one.exception.type}: {one.exception.message}" for one in self.begun + self.elements
                if one.WhichOneof("type") == "exception"]  # fmt: skip


def _rows(elements: list[Element]) -> list[dict[str, Any]]:
    tables = [one.dataframe.arrow_data.data for one in elements if one.WhichOneof("type") == "dataframe"]
    return [row for data in tables if data for row in pa.ipc.open_stream(data).read_all().to_pylist()]


class Line:
    """One signed-in person's socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def open(self, page: str, touched: Touched | None = None, part: str = "", **asked: str) -> Drawn:
        """Run a page by its address, with widgets as if they had been touched: id -> what the browser would send.

        With the id of a `part` (`Drawn.part`) only that part of it, as the browser does for a widget within it.
        """
        return self.say(self.message(page, touched, part, **asked), bool(part))

    def message(self, page: str, touched: Touched | None = None, part: str = "", **asked: str) -> bytes:
        """The same as it goes over the line."""
        said = BackMsg()
        run = said.rerun_script
        run.fragment_id = part
        run.page_name, run.query_string = page, urlencode(asked)
        for name, value in (touched or {}).items():
            state = run.widget_states.widgets.add()
            state.id = name
            if value is PRESSED:
                state.trigger_value = True
            elif isinstance(value, bool):
                state.bool_value = value
            elif isinstance(value, Taken):
                state.string_trigger_value.data = value
            elif isinstance(value, str):
                state.string_value = value
            elif isinstance(value, tuple):  # of a group of buttons: those that are pressed
                state.string_array_value.data.extend(value)
            else:  # of a table: the rows that are ticked
                state.string_value = json.dumps({"selection": {"rows": value, "columns": [], "cells": []}})
        return said.SerializeToString()

    def say(self, message: bytes, of_a_part: bool = False) -> Drawn:
        """Send these bytes and wait for the end of a run. ConnectionClosed if the door shuts instead."""
        self.socket.send(message)
        return self.drawn(of_a_part)

    def quiet(self, seconds: float = 0.4) -> bytes:
        """All that comes until nothing does."""
        raw = b""
        with suppress(TimeoutError):
            while True:
                found = self.socket.recv(seconds)
                raw += found if isinstance(found, bytes) else found.encode()
        return raw

    def drawn(self, of_a_part: bool = False) -> Drawn:
        """All that comes up to the end of a run of the page, or `of_a_part` up to that of a part."""
        drawn = Drawn()
        ends = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR}
        if of_a_part:
            ends.add(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
        while True:
            raw = self.socket.recv(WAIT)
            assert isinstance(raw, bytes)
            drawn.raw += raw
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                drawn.elements.append(message.delta.new_element)
                drawn.parts.append(message.delta.fragment_id)
            elif kind == "new_session":
                drawn.session = message.new_session.initialize.session_id
            elif kind == "navigation":
                drawn.pages = tuple(one.url_pathname for one in message.navigation.app_pages)
            elif kind == "script_finished" and message.script_finished in ends:
                return drawn
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                drawn.begun += drawn.elements  # the next run draws over them
                drawn.elements, drawn.parts = [], []


def session_of(url: str, user: str, password: str, role: str) -> str:
    """The cookie of somebody who signs in at the door."""
    at = urlsplit(url)
    asked = http.client.HTTPConnection(at.hostname or "", at.port, timeout=WAIT)
    body = urlencode({"user": user, "password": password, "role": role})
    asked.request("POST", "/sign-in", body, {"Content-Type": "application/x-www-form-urlencoded", "Origin": url})
    answer = asked.getresponse()
    cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
    asked.close()
    assert answer.status == 303, (user, answer.status)
    return cookie


@contextmanager
def line(url: str, cookie: str, *told: str, origin: str | None = "", **headers: str) -> Iterator[Line]:
    """The socket of that session. What else is told (subprotocols, headers, another origin) is what forgers change."""
    with connect(
        url.replace("http", "ws", 1) + "/_stcore/stream", origin=url if origin == "" else origin, max_size=None,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie, **headers}, subprotocols=["streamlit", *told],  # type: ignore[list-item]
    ) as socket:  # fmt: skip
        yield Line(socket)
