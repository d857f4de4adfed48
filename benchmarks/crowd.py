"""People of whom only the socket is real: signed in at the door, they fill in a form as a browser would.

What they send is what a browser sends, a message with the widget that was touched; what comes back is read to the end.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.screens_data import Infusion
from trialkit.cli.demo import PASSPHRASE, PASSWORD

FORM, ITEM = "EC", "Pump"
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
"""How a run ends that was not broken off for another, such as the one of the parts that an answer changed."""


@dataclass(frozen=True, slots=True)
class Served:
    """`trialkit serve` on a free port of this machine."""

    url: str
    process: psutil.Process


@contextmanager
def served(made: Path) -> Iterator[Served]:
    """The screens of a simulated trial, stopped at the end."""
    asked = ["trialkit", "serve", "--store", str(made / "simulation.db"), "--keys", str(made / "simulation.keys"),
             "--passphrase", PASSPHRASE, "--port"]  # fmt: skip
    with _running(asked, "/health") as server:
        yield server


@contextmanager
def bare() -> Iterator[Served]:
    """A bare Streamlit form, with what makes ours quick: no garbage collection after every run."""
    script = Path(__file__).with_name("peers") / "bare_form.py"
    asked = ["streamlit", "run", str(script), "--server.headless", "true", "--runner.postScriptGC", "false",
             "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false", "--server.port"]  # fmt: skip
    with _running(asked, "/_stcore/health") as server:
        yield server


@contextmanager
def _running(asked: Sequence[str], health: str) -> Iterator[Served]:
    """A module run on a free port, which is named last."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", *asked, str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ),
    )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(f"{url}{health}", timeout=2):  # noqa: S310
                break
            time.sleep(0.1)
        yield Served(url, psutil.Process(server.pid))
    finally:
        server.terminate()
        server.wait(30)


def processor_of(process: psutil.Process) -> float:
    """Seconds of processor time so far."""
    spent = process.cpu_times()
    return float(spent.user + spent.system)


def resident_of(process: psutil.Process) -> float:
    """MB held."""
    return float(process.memory_info().rss / 1e6)


def cookie_of(url: str, user: str) -> str:
    """Sign in at the door; the cookie of the session."""
    at = urlsplit(url)
    door = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
    body = urlencode({"user": user, "password": PASSWORD})
    door.request("POST", "/sign-in", body, {"Content-Type": "application/x-www-form-urlencoded", "Origin": url})
    answer = door.getresponse()
    found = (answer.getheader("set-cookie") or "").partition(";")[0]
    door.close()
    if answer.status != 303 or not found:
        raise RuntimeError(f"{user} could not sign in: {answer.status}")
    return found


class Person:
    """One session: a form is open, and an item of it is typed into."""

    def __init__(self, line: ClientConnection, at: Infusion) -> None:
        self._line, self._at = line, at
        self._item = self._fragment = ""

    async def open(self) -> None:
        """Open the form."""
        said = self._message()
        await self._line.send(said.SerializeToString())
        await self._drawn()
        if not self._item:
            raise RuntimeError(f"there is no {ITEM} to type into at {self._at}")

    async def type(self, text: str) -> float:
        """Type an answer; seconds until all of its consequences are drawn."""
        said = self._message()
        said.rerun_script.fragment_id = self._fragment
        widget = said.rerun_script.widget_states.widgets.add()
        widget.id, widget.string_value = self._item, text
        start = time.perf_counter()
        await self._line.send(said.SerializeToString())
        await self._drawn()
        return time.perf_counter() - start

    def _message(self) -> BackMsg:
        said = BackMsg()
        said.rerun_script.page_name = "entry"
        said.rerun_script.query_string = urlencode(self._at.address(FORM))
        return said

    async def _drawn(self) -> None:
        while True:
            raw = await asyncio.wait_for(self._line.recv(), 60)
            message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                if element.WhichOneof("type") == "text_input" and element.text_input.label == ITEM:
                    self._item, self._fragment = element.text_input.id, message.delta.fragment_id
            elif kind == "script_finished" and message.script_finished in DONE:
                return


class Crowd:
    """People who come together, each with a form of another subject."""

    def __init__(self, server: Served, places: Sequence[Infusion]) -> None:
        self._server, self._places = server, places
        self._people: list[Person] = []
        self._lines: list[ClientConnection] = []

    async def come(self, count: int) -> None:
        """Sign in and open a form each."""
        for number in range(count):
            at = self._places[number % len(self._places)]
            cookie = await asyncio.to_thread(cookie_of, self._server.url, at.nurse)
            line = await connect(
                self._server.url.replace("http", "ws", 1) + "/_stcore/stream", origin=self._server.url, max_size=None,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie}, subprotocols=["streamlit"],  # type: ignore[list-item]
            )  # fmt: skip
            self._lines.append(line)
            person = Person(line, at)
            await person.open()
            self._people.append(person)

    async def type(self, seconds: int) -> list[float]:
        """Everybody types an answer a second, for so long; seconds that each waited."""

        async def one(person: Person, number: int) -> list[float]:
            waited = []
            await asyncio.sleep(number / len(self._people))
            for turn in range(seconds):
                waited.append(await person.type(f"PUMP {number}-{turn}"))
                await asyncio.sleep(max(0.0, 1 - waited[-1]))
            await person.type("")
            return waited

        told = await asyncio.gather(*(one(person, number) for number, person in enumerate(self._people)))
        return [time for waited in told for time in waited]

    async def go(self) -> None:
        """Leave."""
        for line in self._lines:
            await line.close()
