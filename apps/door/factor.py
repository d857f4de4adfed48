"""The page on which a person sets up their second factor: a picture for the app, and proof that the app has it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from apps.door import opened
from apps.door.gate import session_of
from apps.door.html import bad, field, page, text
from apps.door.notes import Notes
from apps.door.signin import form_of
from trialkit.access import code, second_factor
from trialkit.access.people import person
from trialkit.errors import TrialkitError


@cache
def _offered() -> Notes[str]:
    """Secrets that were shown and not yet proven, each for the session that saw it."""
    return Notes(opened.clock, timedelta(minutes=10))


async def show(request: Request) -> Response:
    """GET /second-factor."""
    session = session_of(request.scope)
    if (await run_in_threadpool(person, opened.trial().store, session.identity.person)).second:
        return page(
            "Second factor",
            '<div class="note">You have one: each sign-in and each signature asks for a code.</div>',
            "<p>If the telephone is lost or replaced, an administrator takes it away, and you set up another one.</p>",
            _back(),
        )
    return _page(request, _offered().leave(code.new_secret(), session.hash))


async def prove(request: Request) -> Response:
    """POST /second-factor."""
    session, given = session_of(request.scope), await form_of(request)
    name = given.get("name", "")
    secret = _offered().of(name, session.hash)
    if secret is None:
        told = bad("That picture is too old.", "Here is a new one: read it with the app, then go on.")
        return _page(request, _offered().leave(code.new_secret(), session.hash), told)
    store = opened.trial().store
    try:
        await run_in_threadpool(
            second_factor.set_up, store, session.identity, given.get("password", ""), secret, given.get("code", ""),
            store.clock, policy=opened.POLICY,
        )  # fmt: skip
    except TrialkitError as refused:
        return _page(request, name, bad(refused.sentence, refused.hint))
    _offered().take(name, session.hash)
    return page(
        "Second factor",
        '<div class="note" role="status">It is set up. From now on each sign-in and each signature asks for a code '
        "too.</div>",
        '<p><a href="/sign-in">Sign in again, with a new code</a></p>',
    )


def _page(request: Request, name: str, failed: str = "") -> Response:
    session = session_of(request.scope)
    secret = _offered().of(name, session.hash) or ""
    uri = code.address(secret, session.identity.person, opened.trial().store.study_oid)
    picture = segno.make(uri, error="m").svg_inline(scale=4, border=2, title="QR code for the app")
    asked = opened.POLICY.second_to_sign and "<p>Whoever signs in this study needs one.</p>"
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        "Set up a second factor",
        asked or "",
        "<p>1. Read this picture with an authenticator app on your telephone "
        "(any that shows six digits every 30 seconds).</p>",
        picture.replace("<svg ", '<svg role="img" ', 1),
        f'<p class="soft">Or type this into the app: <code id="secret">{text(spaced)}</code><br>'
        f'or open this on the telephone: <code id="uri">{text(uri)}</code></p>',
        "<p>2. Show that the app has it:</p>",
        failed,
        f'<form method="post" action="/second-factor"><input type="hidden" name="name" value="{text(name)}">',
        field("password", "Your password", kind="password", fill="current-password"),
        field("code", "The six digits that the app shows now", fill="one-time-code"),
        '<button type="submit">Set up</button></form>',
        _back(),
        status=401 if failed else 200,
    )


def _back() -> str:
    return '<p><a href="/">Back</a></p>'


ROUTES = [
    Route("/second-factor", show, methods=["GET"]),
    Route("/second-factor", prove, methods=["POST"]),
]
