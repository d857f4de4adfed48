"""The page that carries the screens: Streamlit's own, with one script of ours that knows when the session ends."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_TAG = b'<script src="/door.js" defer></script></head>'

WATCH = r"""
(() => {
  const bar = document.createElement('div');
  bar.setAttribute('role', 'alert');
  bar.style.cssText = 'position:fixed;z-index:1000001;left:0;right:0;top:0;padding:10px 16px;background:#fff4d6;' +
    'border-bottom:2px solid #b98900;color:#1b2733;font:16px system-ui;display:none';
  const words = document.createElement('span');
  const stay = document.createElement('button');
  stay.textContent = 'Stay signed in';
  stay.style.cssText = 'margin-left:16px;font:inherit;padding:4px 12px';
  stay.onclick = async () => { await fetch('/stay', {method: 'POST'}); look(); };
  bar.append(words, stay);
  const leave = () => {
    if (document.activeElement) document.activeElement.blur();
    const here = location.pathname + location.search;
    setTimeout(() => { location.href = '/sign-in?ended=1&next=' + encodeURIComponent(here); }, 400);
  };
  const look = async () => {
    let answer;
    try { answer = await fetch('/left', {cache: 'no-store'}); } catch (gone) { return; }
    if (answer.status === 401) return leave();
    const seconds = (await answer.json()).seconds;
    if (seconds <= 120) {
      if (document.activeElement && bar.style.display === 'none') document.activeElement.blur();
      words.textContent = 'You will be signed out in ' + Math.max(1, Math.round(seconds)) +
        ' seconds. What you typed is kept.';
      bar.style.display = 'block';
    } else bar.style.display = 'none';
  };
  // links to pages of the door stay in this tab; signing out is a post
  document.addEventListener('click', async (event) => {
    const link = event.target.closest && event.target.closest('a[href]');
    if (!link || link.origin !== location.origin) return;
    const plain = !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (plain && link.closest('.tk') && link.pathname !== location.pathname) {
      // a link in a table of the screens: the next page is drawn without loading everything anew
      event.preventDefault();
      history.pushState({}, '', link.href);
      dispatchEvent(new PopStateEvent('popstate', {state: {}}));
      return;
    }
    if (!/^\/(sign|download)/.test(link.pathname)) return;
    event.preventDefault();
    event.stopPropagation();
    if (link.pathname === '/sign-out') {
      await fetch('/sign-out', {method: 'POST', redirect: 'manual'});
      location.href = '/sign-in';
    } else location.href = link.href;
  }, true);
  document.addEventListener('DOMContentLoaded', () => document.body.append(bar));
  setInterval(look, 10000);
})();
"""


def own_scripts() -> bytes:
    """The scripts that Streamlit writes into its page, as sources of a content security policy: their hashes."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
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
            whole = whole.replace(b"</head>", _TAG, 1) if b'id="root"' in whole else whole
            start = held.pop()
            kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"etag")]
            start["headers"] = [*kept, (b"content-length", str(len(whole)).encode())]
            await send(start)
            await send({"type": "http.response.body", "body": whole})
        else:
            await send(message)

    return passing
