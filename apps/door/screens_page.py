"""The page that carries the screens: Streamlit's own, with our look, and a script that knows when the session ends.

The script also fetches ahead, while nobody waits, what Streamlit would load when the first form is opened.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit

from apps.look import STYLE

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_STATIC = Path(streamlit.__file__).parent / "static"
AHEAD = ("TextInput", "ButtonGroup", "Selectbox", "TextArea", "Multiselect", "DataFrame", "data-grid-overlay-editor")
"""Parts of Streamlit that a form is drawn with, in the order in which they are fetched."""

FILES = "line.js", "taps.js", "watch.js", "screen.js", "cells.js", "boxes.js", "leaving.js"
_OWN = "\n".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in FILES)
SCRIPTS = f"(() => {{\n{_OWN}}})();\n"
"""What the door adds to the page of the screens; the names in it are not the page's."""


def ahead() -> list[str]:
    """The addresses of the parts in `AHEAD`, as this Streamlit names its files."""
    folder = _STATIC / "static" / "js"
    return [f"/static/js/{part.name}" for name in AHEAD for part in sorted(folder.glob(f"{name}.*.js"))]


_TAG = f'<script src="/door.js" data-ahead="{" ".join(ahead())}" defer></script></head>'.encode()


def own_scripts() -> bytes:
    """The scripts that Streamlit writes into its page, as sources of a content security policy: their hashes."""
    page = (_STATIC / "index.html").read_bytes()
    found = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return b" ".join(b"'sha256-" + base64.b64encode(sha256(script).digest()) + b"'" for script in found)


def with_watch(send: Send) -> Send:
    """Puts the script into a page of HTML that passes; everything else passes as it is."""
    held: list[Message] = []
    body: list[bytes] = []
    state = {"rewriting": False}

    async def passing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {name.lower(): value for name, value in message["headers"]}
            plain = headers.get(b"content-type", b"").startswith(b"text/html")
            if plain and b"content-encoding" not in headers and message["status"] == 200:
                state["rewriting"] = True
                held.append(message)
                return
            await send(message)
        elif state["rewriting"] and message["type"] == "http.response.body":
            body.append(message.get("body", b""))
            if message.get("more_body"):
                return
            whole = b"".join(body)
            if b'id="root"' in whole:  # the look after everything in the head, as the last word on what it says
                whole = whole.replace(b"</head>", _TAG, 1).replace(b"</body>", STYLE.encode() + b"</body>", 1)
            start = held.pop()
            kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"etag")]
            start["headers"] = [*kept, (b"content-length", str(len(whole)).encode())]
            await send(start)
            await send({"type": "http.response.body", "body": whole})
        else:
            await send(message)

    return passing
