"""The second of two persons signs in beside the first, for one act alone, on a page that Streamlit never sees.

Unlocking, and grants on the unblinded side, take two (21 CFR 11.200(a)(3)). The page says exactly what will be done.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
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
from trialkit.access.authentication import sign_in
from trialkit.access.identity import Identity
from trialkit.access.people import people
from trialkit.access.table import ROLES, roles_for
from trialkit.access.userid import folded
from trialkit.errors import SignInFailed, TrialkitError

LASTS = timedelta(minutes=5)
_ONE = asyncio.Lock()  # a second click waits for what becomes of the first


@dataclass(slots=True)
class Together:
    """What two persons are about to do: its title, words, the right the second needs, the act, where to go then.

    `done` once it is.
    """

    title: str
    words: str
    right: str
    act: Callable[[Identity, Identity], object] = dataclasses.field(compare=False)  # the words say it
    back: str
    done: bool = False


@cache
def to_approve() -> Notes[Together]:
    """What waits for a second person."""
    return opened.notes(LASTS)


async def show(request: Request) -> Response:
    """GET /sign/second/<name>."""
    return await _asked(request)


async def approved(request: Request) -> Response:
    """POST /sign/second/<name>. Sent twice it is done once, and leads back twice."""
    session, name = session_of(request.scope), request.path_params["name"]
    given = await form_of(request)
    waiting = to_approve().of(name, session.hash)
    if waiting is None:
        return await _asked(request)
    async with _ONE:
        return (
            RedirectResponse(waiting.back, status_code=303) if waiting.done else await _approve(request, waiting, given)
        )


async def _approve(request: Request, waiting: Together, given: dict[str, str]) -> Response:
    session, name = session_of(request.scope), request.path_params["name"]
    address = request.client.host if request.client else ""
    try:
        second = await run_in_threadpool(
            _prove, given.get("user", ""), given.get("password", ""), given.get("code", ""), waiting.right, address
        )
    except SignInFailed as failed:
        return _page(request, bad(failed.sentence, failed.hint))
    try:
        await run_in_threadpool(waiting.act, session.identity, second)
    except TrialkitError as refused:
        to_approve().take(name, session.hash)
        return page("Not done", bad(refused.sentence, refused.hint), _back(waiting.back), status=409)
    waiting.done = True
    return RedirectResponse(waiting.back, status_code=303)


def _prove(user: str, password: str, code: str, right: str, address: str) -> Identity:
    """Who this is, in the first of their roles that may do the act; in any role if none may, so that it is refused."""
    store = opened.trial().store
    known = next((one for one in people(store) if one.id == folded(user)), None)
    held = [grant.role for grant in known.holding(store.clock())] if known else []
    role = next((one for one in held if one in roles_for(right)), held[0] if held else "")
    return sign_in(store, user, password, store.clock, role=role, policy=opened.POLICY, strangers=opened.STRANGERS,
                   address=address, code=code)  # fmt: skip


async def _asked(request: Request) -> Response:
    """The page as it is first seen; who follows another's link is written down."""
    session, name = session_of(request.scope), request.path_params["name"]
    await run_in_threadpool(attempts.link, to_approve(), name, session, opened.attempts(), "an approval")
    return _page(request, "")


def _page(request: Request, failed: str) -> Response:
    session, name = session_of(request.scope), request.path_params["name"]
    waiting = to_approve().of(name, session.hash)
    if waiting is None or waiting.done:
        return _gone()
    may = ", ".join(ROLES[role].title for role in roles_for(waiting.right))
    return page(
        waiting.title,
        f'<p class="soft">{text(session.identity.name)} asks for this. It takes a second person: {text(may)}.</p>',
        f"<pre>{text(waiting.words)}</pre>",
        failed,
        f'<form method="post" action="/sign/second/{text(name)}">',
        field("user", "User id of the second person", fill="off", focus=True),
        field("password", "Password of the second person", kind="password", fill="off"),
        field("code", "Code of the second person's app, if their account asks for one", optional=True),
        '<button type="submit">Approve and do it</button></form>',
        _back(waiting.back),
        wide=True,
        status=401 if failed else 200,
    )


def _back(place: str) -> str:
    return f'<p><a href="{text(place)}">Back, nothing done</a></p>'


def _gone() -> Response:
    sentence = "There is nothing to approve here any more."
    return page("Two persons", bad(sentence, "Such a page lasts five minutes and one approval: ask for it anew."),
                _back("/"), status=410)  # fmt: skip


ROUTES = [
    Route("/sign/second/{name}", show, methods=["GET"]),
    Route("/sign/second/{name}", approved, methods=["POST"]),
]
