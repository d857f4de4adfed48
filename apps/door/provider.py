"""Sign-in through an identity provider (OpenID Connect, code flow with PKCE, state and nonce), where one is configured.

Its word is taken once, about who is at the door; the session that follows is our own and ends by our own rules.
"""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from apps.door import opened
from apps.door.html import bad, choice, field, hidden, page
from apps.door.notes import Notes
from apps.door.signin import form_of, safe, welcome
from trialkit.access.identity import Identity
from trialkit.access.people import person
from trialkit.access.provider import meant, sign_in_as
from trialkit.access.table import ROLES
from trialkit.errors import SignInFailed

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""What an identity may be signed with: never a shared secret, never nothing."""
MARK = "__Host-trialkit-asked"
SECONDS = 10
LEEWAY = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the provider, until it comes back."""

    nonce: str
    verifier: str
    wanted: str


@cache
def _asked() -> Notes[Asked]:
    return Notes(opened.clock, timedelta(minutes=10))


@cache
def _recognised() -> Notes[tuple[str, str]]:
    """(user id, place to go to) of who came back, while role or code are asked for."""
    return Notes(opened.clock, timedelta(minutes=2))


@cache
def _announced() -> dict[str, Any]:
    """What the provider says of itself; must be about the issuer that we were told."""
    issuer = os.environ["TRIALKIT_OIDC_ISSUER"].rstrip("/")
    found: dict[str, Any] = _get(f"{issuer}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise SignInFailed(
            "The identity provider names another issuer than the one configured.", "tell your administrator"
        )
    return found


async def ask(request: Request) -> Response:
    """GET /sign-in/provider: off to the provider."""
    mark, note = secrets.token_urlsafe(32), Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(48), "")
    note = Asked(note.nonce, note.verifier, safe(request.query_params.get("next", "")))
    try:
        there = (await run_in_threadpool(_announced))["authorization_endpoint"]
    except (SignInFailed, httpx.HTTPError, KeyError, ValueError):
        return _failed("The identity provider does not answer.", "Try again, or sign in with your password.", 503)
    challenge = urlsafe_b64encode(sha256(note.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code", "client_id": _client(), "redirect_uri": _back(request), "scope": "openid email",
        "state": _asked().leave(note, _hash(mark)), "nonce": note.nonce, "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    response = RedirectResponse(f"{there}{'&' if urlsplit(there).query else '?'}{urlencode(query)}", status_code=303)
    response.set_cookie(MARK, mark, path="/", secure=True, httponly=True, samesite="lax", max_age=600)
    return response


async def back(request: Request) -> Response:
    """GET /sign-in/back: the provider's answer, good once and only in the browser that asked."""
    given = request.query_params
    note = _asked().take(given.get("state", ""), _hash(request.cookies.get(MARK, "")))
    if note is None:
        return _failed("This answer of the identity provider is not one that you asked for, or is too old.")
    if "error" in given or not given.get("code"):
        return _failed("The identity provider did not sign you in.")
    try:
        user = await run_in_threadpool(_recognise, given["code"], note, _back(request))
    except SignInFailed as failed:
        return _failed(failed.sentence, failed.hint)
    except (httpx.HTTPError, JoseError, KeyError, ValueError):
        return _failed(
            "The answer of the identity provider does not hold.",
            "Try again; if it comes back, tell your administrator.",
        )
    return await _enter(request, user, note.wanted, "", "")


async def chosen(request: Request) -> Response:
    """POST /sign-in/as: the role, or the code, that was still wanting."""
    given = await form_of(request)
    known = _recognised().take(given.get("known", ""), _hash(request.cookies.get(MARK, "")))
    if known is None:
        return _failed("That took too long.")
    return await _enter(request, *known, given.get("role", ""), given.get("code", ""))


async def _enter(request: Request, user: str, wanted: str, role: str, code: str) -> Response:
    def enter() -> Identity:
        store = opened.trial().store
        return sign_in_as(
            store,
            person(store, user),
            store.clock,
            role=role,
            typed=code,
            policy=opened.POLICY,
            address=_address(request),
        )

    try:
        who = await run_in_threadpool(enter)
    except SignInFailed as failed:
        roles = failed.facts.get("roles") or ()
        held = [str(one) for one in roles] if isinstance(roles, tuple) and not role else []
        if not held and not failed.facts.get("needs_code"):
            return _failed(failed.sentence, failed.hint)
        fresh = secrets.token_urlsafe(32)
        known = hidden("known", _recognised().leave((user, wanted), _hash(fresh)))
        asking = page(
            "Sign in",
            bad(failed.sentence, failed.hint) if code else "",
            f'<form method="post" action="/sign-in/as">{known}',
            hidden("role", role) if role else "",
            choice("role", "You hold several roles. Work as", [(r, ROLES[r].title) for r in held]) if held else "",
            field("code", "The six digits that your app shows", fill="one-time-code", focus=True)
            if failed.facts.get("needs_code") else "",
            '<button type="submit">Sign in</button></form>',
            status=401 if code else 200,
        )  # fmt: skip
        asking.set_cookie(MARK, fresh, path="/", secure=True, httponly=True, samesite="lax", max_age=600)
        return asking
    response = await run_in_threadpool(welcome, request, who, wanted)
    response.delete_cookie(MARK, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _recognise(code: str, note: Asked, redirect: str) -> str:
    """The user id behind a code. Raises SignInFailed, JoseError, ValueError, httpx.HTTPError."""
    announced = _announced()
    answer = httpx.post(
        announced["token_endpoint"], timeout=SECONDS,
        auth=(_client(), os.environ.get("TRIALKIT_OIDC_SECRET", "")),
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
              "client_id": _client(), "code_verifier": note.verifier},
    )  # fmt: skip
    answer.raise_for_status()
    keys = KeySet.import_key_set(_get(announced["jwks_uri"]))
    claims = jwt.decode(str(answer.json()["id_token"]), keys, algorithms=ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        leeway=LEEWAY, iss={"essential": True, "value": announced["issuer"]},
        aud={"essential": True, "value": _client()},
        exp={"essential": True}, iat={"essential": True}, sub={"essential": True},
    ).validate(claims)  # fmt: skip
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != _client():
        raise ValueError("meant for another")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), note.nonce.encode()):
        raise ValueError("not the answer to this question")
    email = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
    return meant(opened.trial().store, str(claims["sub"]), email).id


def _get(url: str) -> Any:
    answer = httpx.get(url, timeout=SECONDS)
    answer.raise_for_status()
    return answer.json()


def _client() -> str:
    return os.environ["TRIALKIT_OIDC_CLIENT"]


def _back(request: Request) -> str:
    host = request.headers["host"]  # the gate let only names of ours pass
    here = urlsplit(f"//{host}").hostname or ""
    return f"{'http' if here in ('localhost', '127.0.0.1', '::1') else 'https'}://{host}/sign-in/back"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _hash(mark: str) -> str:
    return sha256(mark.encode()).hexdigest()


def _failed(sentence: str, hint: str = "Try again.", status: int = 401) -> Response:
    return page("Not signed in", bad(sentence, hint), '<p><a href="/sign-in">Back to the door</a></p>', status=status)


def routes() -> list[Route]:
    """The pages, where a provider is configured (TRIALKIT_OIDC_ISSUER and TRIALKIT_OIDC_CLIENT)."""
    if not opened.provider():
        return []
    return [
        Route("/sign-in/provider", ask, methods=["GET"]),
        Route("/sign-in/back", back, methods=["GET"]),
        Route("/sign-in/as", chosen, methods=["POST"]),
    ]
