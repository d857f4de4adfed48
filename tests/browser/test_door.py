"""The door: nobody comes in unasked, sessions end, foreign pages and forged cookies get nothing."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, settled
from tests.browser.line import session_of
from trialkit.cli.demo import PASSWORD

GUESSED = ("/", "/subjects", "/_stcore/host-config", "/_stcore/health", "/media/x", "/download/x", "/sign/x", "/left")


def _ask(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:  # type: ignore[override]
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        with opener.open(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read()


@pytest.mark.parametrize("path", GUESSED)
@pytest.mark.parametrize("cookie", ["", "__Host-trialkit=made-up", "__Host-trialkit=" + "x" * 5000])
def test_a_guessed_address_gets_nothing_without_a_session(served: Served, path: str, cookie: str) -> None:
    status, _, body = _ask(served.url + path, Cookie=cookie)
    assert (status, body) == (401, b"signed out")


def test_a_browser_without_a_session_is_shown_the_door_and_comes_back_to_where_it_wanted(served: Served) -> None:
    status, headers, _ = _ask(served.url + "/subject?subject=01-0001", Accept="text/html")
    assert status == 303
    assert headers["location"] == "/sign-in?next=%2Fsubject%3Fsubject%3D01-0001"


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/auth/login"])
def test_what_streamlit_would_tell_everybody_is_not_there(served: Served, path: str) -> None:
    assert _ask(served.url + path)[0] == 404


def test_another_name_for_this_machine_is_refused(served: Served) -> None:
    assert _ask(served.url + "/sign-in", Host="evil.example:80")[0] == 403


def test_a_foreign_page_cannot_post_here(served: Served) -> None:
    request = urllib.request.Request(
        served.url + "/sign-in", data=b"user=ana&password=x", headers={"Origin": "http://evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value as answer:
        assert answer.code == 403


def test_every_answer_carries_the_headers_that_keep_browsers_honest(served: Served) -> None:
    _, headers, _ = _ask(served.url + "/sign-in")
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_health_is_open_and_says_ok(served: Served) -> None:
    assert _ask(served.url + "/health")[2] == b"ok"


def test_a_wrong_password_is_answered_the_same_for_every_id(arrive: Callable[[], Page]) -> None:
    said = []
    for user in ("ana", "nobody-of-that-name"):
        page = arrive()
        page.goto("/sign-in")
        page.get_by_label("User id").fill(user)
        page.get_by_label("Password").fill("not the right words at all")
        page.get_by_role("button", name="Sign in", exact=True).click()
        said.append(page.get_by_role("alert").inner_text())
    assert said[0] == said[1]
    assert "do not belong together" in said[0]


def test_whoever_signs_out_is_out_and_the_old_cookie_opens_nothing(
    served: Served, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Ana Souza")
    cookie = page.context.cookies()[0]
    assert {cookie["httpOnly"], cookie["secure"]} == {True}
    assert cookie["sameSite"] == "Lax"
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    status, _, body = _ask(served.url + "/subjects", Cookie=f"{cookie['name']}={cookie['value']}")
    assert (status, body) == (401, b"signed out")


@pytest.mark.parametrize(("user", "place"), [("ana", "/subject?subject=01-0011"), ("lea", "/")])
def test_the_next_person_at_a_browser_is_not_led_to_the_place_of_the_one_before(
    served: Served, user: str, place: str
) -> None:
    asked = f"{served.url}/sign-in"
    given = {"user": user, "password": PASSWORD, "role": "coordinator", "next": "/subject?subject=01-0011"}
    before = session_of(served.url, "ana", PASSWORD, "coordinator")
    status, headers, _ = _ask(asked, urlencode(given).encode(), Cookie=before, Origin=served.url)
    assert (status, headers["location"]) == (303, place)


def test_the_screens_know_who_is_there(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Dr Kenji Ito")
    expect(page.get_by_text("Good day, Dr Kenji Ito")).to_be_visible()
    settled(page)
