"""Sign-in, the choice of an own password, sign-out, and the questions of the watch: pages that Streamlit never sees."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from urllib.parse import parse_qs, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from apps.door import opened
from apps.door.gate import COOKIE, session_of, token
from apps.door.html import bad, choice, field, hidden, page, text
from apps.door.notes import Notes
from apps.door.screens_page import SCRIPTS
from apps.door.sessions import WARN, Session
from trialkit.access.authentication import change_password, sign_in
from trialkit.access.identity import Identity
from trialkit.access.people import ALL_SITES, people, person
from trialkit.access.table import ROLES, permission
from trialkit.errors import SignInFailed, TrialkitError, WrongValue


@cache
def _proven() -> Notes[str]:
    return Notes(opened.clock, timedelta(minutes=2))


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small posted form, at most 64 KB."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > 65_536:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


async def ask(request: Request) -> Response:
    """GET /sign-in."""
    ended = (
        "Your session has ended. Answers you typed are kept: sign in to go on."
        if "ended" in request.query_params
        else ""
    )
    return _door(safe(request.query_params.get("next", "")), banner=ended)


async def answer(request: Request) -> Response:
    """POST /sign-in."""
    given = await form_of(request)
    user, password, wanted = given.get("user", ""), given.get("password", ""), safe(given.get("next", ""))
    if "proven" in given:  # the role was asked for after the password; it does not travel a second time
        password = _proven().take(given["proven"], user) or ""
    try:
        who = await run_in_threadpool(
            _prove, user, password, given.get("role", ""), given.get("code", ""), _address(request)
        )
    except SignInFailed as failed:
        if failed.facts.get("must_change"):
            return _own_password(user, wanted, failed.sentence)
        roles = failed.facts.get("roles") or ()
        held = [str(role) for role in roles] if isinstance(roles, tuple) else []
        if failed.facts.get("needs_code"):
            wrong = failed if given.get("code") else None
            return _door(wanted, user=user, roles=held, password=password, code=True, failed=wrong,
                         status=401 if wrong else 200)  # fmt: skip
        if held:
            return _door(wanted, user=user, roles=held, password=password)
        return _door(wanted, user=user, failed=failed, status=401)
    return await run_in_threadpool(welcome, request, who, wanted)


async def renew_password(request: Request) -> Response:
    """POST /password: the owner chooses their own."""
    given = await form_of(request)
    user, old, new = given.get("user", ""), given.get("old", ""), given.get("new", "")
    wanted = safe(given.get("next", ""))
    if new != given.get("again", ""):
        return _own_password(user, wanted, failed=bad("The two new passwords differ.", "Type the same one twice."))
    trial = opened.trial()
    try:
        await run_in_threadpool(
            change_password, trial.store, user, old, new, trial.store.clock, policy=opened.POLICY,
            strangers=opened.STRANGERS, code=given.get("code", ""),
        )  # fmt: skip
    except (SignInFailed, WrongValue) as refused:
        return _own_password(user, wanted, failed=bad(refused.sentence, refused.hint),
                             code="code" in given or bool(refused.facts.get("needs_code")))  # fmt: skip
    return _door(wanted, user=user, banner="Your password is set. Sign in with it.")


async def leave(request: Request) -> Response:
    """POST /sign-out."""
    opened.sessions().end(token(request.scope))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def left(request: Request) -> Response:
    """GET /left: how long the session lasts if nothing more is done; asked by the watch, counts for nothing."""
    return _left(session_of(request.scope))


async def stay(request: Request) -> Response:
    """POST /stay: the person is there."""
    return _left(session_of(request.scope))


async def watch(request: Request) -> Response:
    """GET /door.js."""
    return Response(SCRIPTS, media_type="text/javascript")


async def health(request: Request) -> Response:
    """GET /health: whether the store answers."""
    try:
        size = await run_in_threadpool(lambda: opened.trial().store.size)
    except TrialkitError as error:
        return PlainTextResponse(f"the store does not answer: {error.sentence}", status_code=503)
    return PlainTextResponse("ok" if size else "empty")


def _left(session: Session) -> Response:
    """Seconds, whether being there makes it longer, when to warn, and whose session it is."""
    sessions = opened.sessions()
    return JSONResponse({
        "seconds": sessions.left(session).total_seconds(), "stay": sessions.can_stay(session),
        "warn": min(WARN, sessions.idle / 3).total_seconds(), "who": session.identity.person,
        "session": session.hash[:16],
    })  # fmt: skip


def _prove(user: str, password: str, role: str, code: str, address: str) -> Identity:
    store, known = opened.trial().store, opened.ADDRESSES
    if wait := known.wait(address, user, store.clock()):
        raise SignInFailed("Too many wrong sign-ins came from your address.", f"Wait {wait} s, then try again.")
    try:
        who = sign_in(
            store, user, password, store.clock, role=role, policy=opened.POLICY, strangers=opened.STRANGERS,
            address=address, code=code,
        )  # fmt: skip
    except SignInFailed as failed:
        if not failed.facts.keys() & {"must_change", "roles", "needs_code"}:
            known.fail(address, store.clock())
        raise
    known.well(address, user)
    return who


def welcome(request: Request, who: Identity, wanted: str) -> Response:
    """Begin a session in place of the one this browser had, and go to where the person wanted.

    To set up a second factor first where signing takes one. The place of somebody else's session is not theirs to find.
    """
    if opened.sessions().before(token(request.scope)) not in ("", who.person):
        wanted = ""
    opened.sessions().end(token(request.scope))
    opened.desk().clear()
    signs = opened.POLICY.second_to_sign and permission(who.role, "record.sign") is not None
    if signs and not person(opened.trial().store, who.person).second:
        wanted = "/second-factor"
    response = RedirectResponse(wanted or "/", status_code=303)
    response.set_cookie(COOKIE, opened.sessions().begin(who), path="/", secure=True, httponly=True, samesite="lax")
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def safe(wanted: str) -> str:
    """A place of ours to go on to; nothing that leads elsewhere."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and not wanted.startswith(("/sign-in", "/sign-out")) else ""


def _door(
    wanted: str, *, user: str = "", password: str = "", failed: SignInFailed | None = None,
    roles: list[str] | None = None, code: bool = False, banner: str = "", status: int = 200,
) -> Response:  # fmt: skip
    store = opened.trial().store
    kind = "TRAINING store: nobody here is real. " if store.kind == "training" else ""
    parts = [
        f'<p class="soft">{text(store.study_oid)} · trialkit</p>',
        bad(failed.sentence, failed.hint) if failed else "",
    ]
    parts.append(f'<form method="post" action="/sign-in">{hidden("next", wanted)}')
    if roles or code:
        parts += [hidden("user", user), hidden("proven", _proven().leave(password, user))]
        if roles:
            parts.append(choice("role", "You hold several roles. Work as", [(r, ROLES[r].title) for r in roles]))
        if code:
            parts.append(field("code", "The six digits that your app shows", fill="one-time-code", focus=True))
    else:
        parts.append(field("user", "User id", value=user, fill="username", focus=not user))
        parts.append(field("password", "Password", kind="password", fill="current-password", focus=bool(user)))
    parts.append('<button type="submit">Sign in</button></form>')
    if opened.provider() and not roles and not code:
        there = "/sign-in/provider" + (f"?{urlencode({'next': wanted})}" if wanted else "")
        parts.append(f'<p><a href="{text(there)}">Sign in with {text(opened.provider())}</a></p>')
    published = opened.demo_password()
    if published and not roles and not code:
        parts.append(_offered(published, wanted))
    return page("Sign in", *parts, banner=kind + banner, status=status)


def _offered(published: str, wanted: str) -> str:
    """The people of the demo by role and site, a button each: their password is public, and so is what they do.

    Machines, which have no screens, are not among them.
    """
    rows, order = [], list(ROLES)
    held: dict[tuple[str, str], set[str]] = {}
    everybody = {one.id: one for one in people(opened.trial().store)}
    for one in everybody.values():
        for grant in one.holding(opened.clock()):
            if not (ROLES[grant.role].own_forms and ROLES[grant.role].reach == "all"):
                held.setdefault((grant.role, one.id), set()).add(grant.site)
    for (role, user), sites in sorted(held.items(), key=lambda one: (order.index(one[0][0]), sorted(one[1]), one[0])):
        where = "all sites" if ALL_SITES in sites else f"site {', '.join(sorted(sites))}"
        rows.append(
            f'<form method="post" action="/sign-in">{hidden("user", user)}{hidden("password", published)}'
            f'{hidden("role", role)}{hidden("next", wanted)}<button class="plain" type="submit">'
            f"{text(everybody[user].name)} <small>{text(ROLES[role].title)}, {text(where)}</small></button></form>"
        )
    words = "<h2>Or be one of the demo's people</h2>"
    return f'{words}<div class="people">{"".join(rows)}</div>'


def _own_password(user: str, wanted: str, sentence: str = "", failed: str = "", code: bool = False) -> Response:
    return page(
        "Choose your own password",
        failed or bad(sentence, "Choose one that only you know: 15 characters or more, for example four words."),
        f'<form method="post" action="/password">{hidden("user", user)}{hidden("next", wanted)}',
        field("old", "Password you were given", kind="password", fill="current-password", focus=True),
        field("code", "The six digits that your app shows", fill="one-time-code") if code else "",
        field("new", "New password", kind="password", fill="new-password"),
        field("again", "New password again", kind="password", fill="new-password"),
        '<button type="submit">Set password</button></form>',
    )


ROUTES = [
    Route("/sign-in", ask, methods=["GET"]),
    Route("/sign-in", answer, methods=["POST"]),
    Route("/password", renew_password, methods=["POST"]),
    Route("/sign-out", leave, methods=["POST"]),
    Route("/left", left, methods=["GET"]),
    Route("/stay", stay, methods=["POST"]),
    Route("/door.js", watch, methods=["GET"]),
    Route("/health", health, methods=["GET"]),
]
