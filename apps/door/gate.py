"""The gate: an ASGI wrapper through which every request and every message of a socket has to come.

Open are the sign-in pages and health. Host and Origin must be exactly ours (no rebinding, no foreign page), the cookie
must be that of a living session, and each message on a socket is looked at again: a revoked person's next message does
not reach the screens. Every answer carries the headers that keep browsers honest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from apps.door.attempts import Attempts
from apps.door.screens_page import own_scripts, with_watch
from apps.door.sessions import Session, Sessions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COOKIE = "__Host-trialkit"
OPEN = ("/sign-in", "/password", "/health", "/door.css")
"""What answers without a session: these and what lies below `/sign-in/`."""
HIDDEN = ("/_stcore/metrics", "/_stcore/script-health-check", "/auth/", "/oauth2callback", "/_stcore/agent")
"""What Streamlit would answer and nobody here needs."""
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_POLICY = (
    b"default-src 'self'; script-src 'self' " + own_scripts() + b" 'wasm-unsafe-eval'; "
    b"style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self' blob:; "
    b"frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
ENDED = 4401
"""The code with which a socket is closed when its session is over."""


class Gate:
    """Wraps the application. `hosts` are the names under which we are reached, with their port."""

    def __init__(
        self, app: Any, sessions: Callable[[], Sessions], hosts: Callable[[], frozenset[str]],
        attempts: Callable[[], Attempts],
    ) -> None:  # fmt: skip
        self._app = app
        self._sessions = sessions
        self._hosts = hosts
        self._attempts = attempts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or one socket."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _path(scope)
        if path.startswith(HIDDEN):
            return await _answer(send, 404, b"not here")
        if not self._ours(scope, strict=scope["method"] not in ("GET", "HEAD")):
            return await _answer(send, 403, b"this address is not ours, or another page sent this")
        if path not in OPEN and not path.startswith("/sign-in/"):
            # what a page fetches by itself is no sign of its person
            by_person = scope["method"] != "GET" or path.startswith(("/sign", "/download", "/second-factor"))
            session = self._sessions().of(token(scope), act=by_person)
            if session is None:
                if scope["method"] == "GET" and _wants_page(scope):
                    return await _to_sign_in(scope, send)
                return await _answer(send, 401, b"signed out")
            scope["trialkit.session"] = session
        # the page of the screens passes plain, so that the watch can be put into it
        if _wants_page(scope):
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app(scope, receive, _guarded(send, path))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        mark = token(scope)
        began = self._sessions().of(mark) if self._ours(scope, strict=True) else None
        line = _taken_up(scope)
        if began is None or not self._attempts().has(began, line):
            # Screens of another sign-in are not taken up again: their widgets would say what the one before had typed.
            # The watch of that page loads it anew.
            await receive()
            await send({"type": "websocket.close", "code": ENDED, "reason": "signed out"})
            return

        by_itself = bool(line)  # who takes up screens again is sent for by the browser: what it says first is no act

        async def watched() -> Message:
            nonlocal by_itself
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                said = _read(message.get("bytes") or b"")
                session = self._sessions().of(mark, act=not (by_itself or is_automatic(said)))
                by_itself = by_itself and said is not None and said.WhichOneof("type") != "rerun_script"
                if session is None:
                    await send({"type": "websocket.close", "code": ENDED, "reason": "signed out"})
                    return {"type": "websocket.disconnect", "code": ENDED}
                if said is None or not await self._forged(session, said):
                    return message

        async def noted(message: Message) -> None:
            nonlocal line
            if message["type"] == "websocket.send":
                data = message.get("bytes") or b""
                self._attempts().sent(began, data)
                if not line and (line := ForwardMsg.FromString(data).new_session.initialize.session_id):
                    self._attempts().begun(began, line)
            await send(message)

        await self._app(scope, watched, noted)

    async def _forged(self, session: Session, said: BackMsg) -> bool:
        """Whether the message is dropped. What it tried, and a page asked for in vain, is written down."""
        attempts, name = self._attempts(), session.identity.name
        title = attempts.page(session, said)
        if title:
            why = f"{name} asked for the page {title}, which the role does not have."
            await run_in_threadpool(attempts.write_down, session, "page.open", why)
        forged = attempts.forged(session, said)
        if forged:
            await run_in_threadpool(attempts.write_down, session, "page.press", f"{name}'s browser {forged}.")
        return bool(forged)

    def _ours(self, scope: Scope, strict: bool) -> bool:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts():
            return False
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if not origin:
            return not strict
        # Not its scheme: behind a proxy that ends TLS we are asked by http what the browser asked by https, and a
        # header that said so could be forged. A page of http under our own name could send no session: the cookie is
        # of https alone (__Host-, Secure), but for names of this very machine, for which nobody else answers.
        return bool(urlsplit(origin).netloc == host)


def token(scope: Scope) -> str:
    """The token that a request brings along, or nothing."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                return ""
            return found.value if found else ""
    return ""


def _taken_up(scope: Scope) -> str:
    """The number of the screens that a socket takes up again, as Streamlit will read it, or nothing."""
    told = next((value for name, value in scope["headers"] if name == b"sec-websocket-protocol"), b"").split(b",")
    return told[2].strip().decode("latin-1") if len(told) > 2 else ""


def session_of(scope: Scope) -> Session:
    """The session that the gate let in."""
    found: Session = scope["trialkit.session"]
    return found


def is_automatic(said: BackMsg | None) -> bool:
    """Whether a page sent this by itself (a timer), so that it does not count as its person being there."""
    return said is None or said.WhichOneof("type") != "rerun_script" or bool(said.rerun_script.is_auto_rerun)


def _read(message: bytes) -> BackMsg | None:
    try:
        said: BackMsg = BackMsg.FromString(message)
        return said
    except Exception:  # what cannot be read is no sign of a person
        return None


def _path(scope: Scope) -> str:
    path = scope["path"]
    return path if isinstance(path, str) else "/"


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _guarded(send: Send, path: str) -> Send:
    """Adds the headers, and to the screens' own page the watch that tells when the session ends."""
    rewrite = with_watch(send)

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message["headers"]}
            more = [pair for pair in SAFE if pair[0] not in names]
            if b"content-security-policy" not in names:
                more.append((b"content-security-policy", _POLICY))
            if not path.startswith("/static/"):
                message["headers"] = [pair for pair in message["headers"] if pair[0].lower() != b"cache-control"]
                more.append((b"cache-control", b"no-store"))
            message["headers"] = [*message["headers"], *more]
        await rewrite(message)

    return guarded


async def _to_sign_in(scope: Scope, send: Send) -> None:
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = _path(scope) + (f"?{query}" if query else "")
    place = "/sign-in" + (f"?next={quote(wanted, safe='')}" if wanted != "/" else "")
    await send({"type": "http.response.start", "status": 303, "headers": [
        (b"location", place.encode()), (b"cache-control", b"no-store"), *SAFE]})  # fmt: skip
    await send({"type": "http.response.body", "body": b""})


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *SAFE]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
