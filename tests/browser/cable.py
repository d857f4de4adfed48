"""A cable between a browser and a server: it can die without a word, be cut, and be mended."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Cable:
    """Listens on a free `port`; `leads` to the port of a server.

    What is said after `die` is lost with the cut, and held where it is mended uncut.
    """

    def __init__(self) -> None:
        self._ends: list[socket.socket] = []
        self._whole, self._dead = True, False
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listens.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.leads = 0
        threading.Thread(target=self._answer, daemon=True).start()

    def die(self) -> None:
        """Nothing passes, and nobody is told."""
        self._dead = True

    def cut(self) -> None:
        """Both ends know; what was said meanwhile is lost, and nobody comes through."""
        self._whole = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def mend(self) -> None:
        """Who calls anew comes through."""
        self._whole, self._dead = True, False

    def _answer(self) -> None:
        while True:
            near, _ = self._listens.accept()
            if not self._whole:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.leads))
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                while self._dead and self._whole:
                    time.sleep(0.02)
                if not self._whole:
                    break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
