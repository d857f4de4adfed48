"""Somebody who forges requests and messages, and the list of what was tried."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.browser import beside
from tests.browser.conftest import Served
from tests.browser.line import Line, line, session_of
from trialkit.cli.demo import PASSWORD

ROLES = {"ana": "coordinator", "lea": "coordinator", "ito": "investigator", "mo": "monitor", "uma": "pharmacist",
         "adi": "administrator", "dee": "datamanager"}  # fmt: skip


@dataclass
class Forger:
    """Somebody with the address of the server, and with whatever the cast could give away."""

    served: Served
    cookies: dict[str, str] = field(default_factory=dict)

    def cookie(self, user: str) -> str:
        """The cookie of one of the demo's people, signed in once."""
        if user not in self.cookies:
            self.cookies[user] = self.anew(user)
        return self.cookies[user]

    def anew(self, user: str) -> str:
        return session_of(self.served.url, user, PASSWORD, ROLES[user])

    def ask(self, path: str, method: str = "GET", body: str = "", *, by: str = "", origin: str | None = "",
            **headers: str) -> tuple[int, str]:  # fmt: skip
        """Status and text of an answer; of a redirection the place."""
        at = urlsplit(self.served.url)
        asked = http.client.HTTPConnection(at.hostname or "", at.port, timeout=20)
        told = {"Cookie": self.cookie(by) if by else "", "Content-Type": "application/x-www-form-urlencoded", **headers}
        if origin is not None:
            told["Origin"] = origin or self.served.url
        asked.request(method, path, body, told)
        answer = asked.getresponse()
        read = answer.read().decode("utf-8", "replace")
        asked.close()
        return answer.status, answer.getheader("location") or read

    def line(self, user: str) -> Line:
        return line(self.served.url, self.cookie(user))  # type: ignore[return-value]

    def refused_line(self, cookie: str, *told: str, **more: str | None) -> str:
        """How the door shuts a socket."""
        try:
            with line(self.served.url, cookie, *told, **more) as at:  # type: ignore[arg-type]
                at.open("")
        except (InvalidHandshake, ConnectionClosed) as shut:
            return type(shut).__name__
        return "let in"

    def shut(self, at: Line, message: bytes | str) -> int:
        """The code with which the socket is closed after a message, 0 if it is not."""
        at.socket.send(message)
        try:
            while True:
                at.socket.recv(1)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except TimeoutError:
            return 0

    def tried(self, since: int) -> set[str]:
        """Whose refused attempts stand in the ledger after this entry."""
        return {user for act, user in beside.acts(self.served.folder, since) if act == "attempt.refused"}

    def size(self) -> int:
        return beside.size(self.served.folder)


Try = Callable[[Forger], object]
TRIED: dict[str, tuple[str, str, Try]] = {}
"""What was tried: what comes of it, who stands in the entry that it leaves, how it is tried."""


def tried(what: str, comes: str, entry: str = "") -> Callable[[Try], Try]:
    def kept(how: Try) -> Try:
        assert what not in TRIED
        TRIED[what] = (comes, entry, how)
        return how

    return kept
