"""Sign-in through an identity provider: to the account that was declared, and to nothing for every kind of lie."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, settled
from tests.browser.provider import CLIENT, SECRET, Provider, served_provider
from trialkit.access.identity import Identity
from trialkit.access.people import people as everybody
from trialkit.access.people import person
from trialkit.access.provider import ITEM
from trialkit.conduct import staff
from trialkit.conduct.trial import Trial
from trialkit.errors import Refused, WrongValue

DOES_NOT_HOLD = "The answer of the identity provider does not hold."


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with served_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def door(demo: Path, provider: Provider) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as here:
        here.setenv("TRIALKIT_OIDC_SECRET", SECRET)
        here.setenv("TRIALKIT_OIDC_NAME", "Clinic North")
        server = Served(demo, "--oidc-issuer", provider.url, "--oidc-client", CLIENT)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def declared(trial: Trial, people: Callable[[str], Identity]) -> None:
    for user, identity in {"pia": "0a1b-pia", "noor": "Noor.Ali@clinic.example"}.items():
        if not person(trial.store, user).stands(ITEM):  # of an earlier test
            staff.identify(trial, people("adi"), user, identity, "Form of access of 3 March.")


@pytest.fixture
def come(arrive: Callable[..., Page], door: Served, provider: Provider) -> Callable[..., Page]:
    """A browser that went through the provider, which said these claims."""

    def make(claims: dict[str, Any]) -> Page:
        provider.claims = claims
        page = arrive(door)
        page.goto("/sign-in?next=%2Fsubjects")
        page.get_by_role("link", name="Sign in with Clinic North").click()
        return page

    yield make  # type: ignore[misc]
    provider.key, provider.header = provider.published, {"alg": "RS256", "kid": "one"}


@pytest.mark.parametrize("claims", [
    {"sub": "0a1b-pia"}, {"sub": "unknown", "email": "noor.ali@clinic.example", "email_verified": True},
])  # fmt: skip
def test_whoever_the_provider_recognises_is_in_their_own_account_and_where_they_wanted(
    come: Callable[..., Page], claims: dict[str, Any]
) -> None:
    page = come(claims)
    expect(page.get_by_role("heading", name="Subjects")).to_be_visible()
    settled(page)
    expect(page.get_by_text("Dr Pia Berg" if claims["sub"] == "0a1b-pia" else "Noor Ali").first).to_be_visible()
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert "__Host-trialkit" in names
    assert "__Host-trialkit-asked" not in names


@pytest.mark.parametrize("claims", [
    {"sub": "0a1b-nobody"}, {"sub": "pia"},
    {"sub": "x", "email": "noor.ali@clinic.example"},
    {"sub": "x", "email": "noor.ali@clinic.example", "email_verified": "yes"},
])  # fmt: skip
def test_whom_nobody_declared_gets_no_account(come: Callable[..., Page], trial: Trial, claims: dict[str, Any]) -> None:
    before = len(everybody(trial.store))
    page = come(claims)
    expect(page.get_by_role("alert")).to_contain_text("no account here is yours")
    assert len(everybody(trial.store)) == before
    assert "__Host-trialkit" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.parametrize("lie", [
    {"nonce": "another"}, {"aud": "another-client"}, {"aud": [CLIENT, "another"]}, {"iss": "https://evil.example"},
    {"exp": int(time.time()) - 600}, {"iat": None}, {"exp": None}, {"sub": ""},
])  # fmt: skip
def test_an_answer_to_another_question_or_for_another_is_refused(
    come: Callable[..., Page], lie: dict[str, Any]
) -> None:
    page = come({"sub": "0a1b-pia", **lie})
    expect(page.get_by_role("alert")).to_contain_text(DOES_NOT_HOLD)


def test_an_answer_that_somebody_else_signed_is_refused(come: Callable[..., Page], provider: Provider) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    expect(come({"sub": "0a1b-pia"}).get_by_role("alert")).to_contain_text(DOES_NOT_HOLD)


def test_an_answer_signed_with_what_everybody_knows_is_refused(come: Callable[..., Page], provider: Provider) -> None:
    provider.key, provider.header = OctKey.import_key(SECRET.encode() * 3), {"alg": "HS256", "kid": "one"}
    expect(come({"sub": "0a1b-pia"}).get_by_role("alert")).to_contain_text(DOES_NOT_HOLD)


def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(
    arrive: Callable[..., Page], door: Served, provider: Provider
) -> None:
    provider.claims = {"sub": "0a1b-pia"}
    page, seen = arrive(door), []
    page.on("request", lambda request: seen.append(request.url))
    page.goto("/sign-in/provider")
    settled(page)
    [answer] = [url for url in seen if "/sign-in/back" in url]
    for other in (page, arrive(door)):
        other.goto(answer)
        expect(other.get_by_role("alert")).to_contain_text("not one that you asked for")
    stolen = arrive(door).request
    there = stolen.get("/sign-in/provider", max_redirects=0).headers["location"]
    answer = stolen.get(there, max_redirects=0).headers["location"]
    victim = arrive(door)
    victim.goto(answer)
    expect(victim.get_by_role("alert")).to_contain_text("not one that you asked for")


def test_one_identity_opens_one_account_and_nobody_declares_their_own(
    trial: Trial, people: Callable[[str], Identity]
) -> None:
    with pytest.raises(WrongValue, match=r"is Dr Pia Berg's"):
        staff.identify(trial, people("adi"), "ana", "0a1b-pia", "Form of access of 3 March.")
    with pytest.raises(Refused):
        staff.identify(trial, people("adi"), "adi", "0a1b-adi", "Form of access of 3 March.")
    with pytest.raises(Refused):
        staff.identify(trial, people("ana"), "noor", "0a1b-ana", "Form of access of 3 March.")
