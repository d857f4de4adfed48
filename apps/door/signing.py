"""The signing page: exactly what is signed, id and password each time, five minutes, once (21 CFR 11.50, 11.200)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from apps.door import attempts, opened
from apps.door.gate import session_of
from apps.door.html import bad, field, page, text
from apps.door.notes import Notes
from apps.door.signin import form_of
from apps.door.values import values
from trialkit.access.people import person
from trialkit.conduct.contents import contents
from trialkit.conduct.named import printed_names
from trialkit.conduct.sign import Signing, sign, since_shown, versions
from trialkit.errors import SignInFailed, TrialkitError

LASTS = timedelta(minutes=5)
_ONE = asyncio.Lock()  # a second click waits for what becomes of the first


@dataclass
class Waiting:
    """What waits for a signature: the text with its forms, the place of ours to come back to, whether it is signed."""

    signing: Signing
    back: str
    signed: bool = False


@cache
def to_sign() -> Notes[Waiting]:
    """What waits for a signature."""
    return opened.notes(LASTS)


async def show(request: Request) -> Response:
    """GET /sign/<name>."""
    return await _asked(request)


async def signed(request: Request) -> Response:
    """POST /sign/<name>. Sent twice it signs once, and leads back twice."""
    session, name = session_of(request.scope), request.path_params["name"]
    given = await form_of(request)
    waiting = to_sign().of(name, session.hash)
    if waiting is None:
        return await _asked(request)
    async with _ONE:
        return (
            RedirectResponse(waiting.back, status_code=303) if waiting.signed else await _sign(request, waiting, given)
        )


async def _sign(request: Request, waiting: Waiting, given: dict[str, str]) -> Response:
    session, name = session_of(request.scope), request.path_params["name"]
    try:
        await run_in_threadpool(
            sign, opened.trial(), session.identity, waiting.signing, given.get("user", ""), given.get("password", ""),
            policy=opened.POLICY, code=given.get("code", ""), request=f"sign-{name}",
        )  # fmt: skip
    except SignInFailed as failed:
        return await run_in_threadpool(_page, request, bad(failed.sentence, failed.hint), given.get("user", ""))
    except TrialkitError as refused:
        to_sign().take(name, session.hash)
        return page("Not signed", bad(refused.sentence, refused.hint), _back(waiting.back), status=409)
    waiting.signed = True
    return RedirectResponse(waiting.back, status_code=303)


async def _asked(request: Request) -> Response:
    """The page as it is first seen; who follows another's link is written down."""
    session, name = session_of(request.scope), request.path_params["name"]
    await run_in_threadpool(attempts.link, to_sign(), name, session, opened.attempts(), "a signing page")
    return await run_in_threadpool(_page, request, "")


def _page(request: Request, failed: str, user: str = "") -> Response:
    session, name = session_of(request.scope), request.path_params["name"]
    waiting = to_sign().of(name, session.hash)
    if waiting is None or waiting.signed:
        return _gone()
    signing = waiting.signing
    forms = contents(opened.trial(), session.identity, signing.places)
    same = [(one.record.stream, one.record.version) for one in forms] == [(c.stream, c.version) for c in signing.covers]
    if not same or versions(asked for one in forms for asked in one.asked) != signing.open:
        asked = "a query on these forms was opened, answered or closed since they were shown"
        what = asked if same else since_shown(opened.trial().reader(session.identity), signing)
        moved = bad(what, "Go back, look at them again, then sign.")
        return page("Not signed", moved, _back(waiting.back), status=409)
    asks = person(opened.trial().store, session.identity.person).second
    return page(
        "Sign",
        '<p class="soft">This is exactly what you sign. The signature stands on these values as they are now.</p>',
        f"<pre>{text(signing.text)}</pre>",
        "<h2>The values</h2>",
        values(forms, printed_names(opened.trial())),
        f'<p class="soft">SHA-256 of this text: <code>{text(signing.digest[:32])}…</code></p>',
        failed,
        f'<form method="post" action="/sign/{text(name)}">',
        field("user", "Your user id", value=user, fill="off", focus=not user),
        field("password", "Your password", kind="password", fill="off", focus=bool(user)),
        field("code", "The six digits that your app shows", fill="one-time-code") if asks else "",
        '<button type="submit">Sign</button></form>',
        _back(waiting.back),
        wide=True,
        status=401 if failed else 200,
    )


def _back(place: str) -> str:
    return f'<p><a href="{text(place)}">Back without signing</a></p>'


def _gone() -> Response:
    sentence = "There is nothing to sign here any more."
    return page("Sign", bad(sentence, "A page to sign lasts five minutes and one signature: open it anew."),
                _back("/"), status=410)  # fmt: skip


ROUTES = [
    Route("/sign/{name}", show, methods=["GET"]),
    Route("/sign/{name}", signed, methods=["POST"]),
]
