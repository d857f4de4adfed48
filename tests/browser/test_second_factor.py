"""A second factor from its first picture to the day on which the telephone is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from playwright.sync_api import Page, expect
from pyotp import TOTP

from tests.browser.conftest import go, settled
from tests.browser.hands import press, tick, to_the_door
from trialkit.cli.demo import PASSWORD
from trialkit.conduct.trial import Trial

HALE = "Dr Owen Hale"


def _codes(secret: str) -> Iterator[str]:
    """Codes that are good now, each a step later than the one before."""
    step = 0
    while True:
        step = max(step + 1, int(time.time() - 25) // 30)
        time.sleep(max(0, 30 * (step - 1) - time.time()))  # a telephone that is half a minute ahead, and no more
        yield TOTP(secret).generate_otp(step)


def _at_the_door(page: Page, code: str) -> None:
    page.goto("/sign-in")
    page.get_by_role("button", name=HALE).click()
    page.get_by_label("The six digits that your app shows").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_second_factor_is_set_up_asked_for_used_once_to_sign_in_and_to_sign_and_taken_away(
    arrive: Callable[..., Page], signed_in: Callable[..., Page], trial: Trial
) -> None:
    page = signed_in(HALE)
    page.get_by_role("link", name="Second factor").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    assert f"secret={secret}" in page.locator("#uri").inner_text()
    codes = _codes(secret)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("The six digits").fill("000000")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code that the app should show now")
    page.get_by_label("Your password").fill(PASSWORD)
    first = next(codes)
    page.get_by_label("The six digits").fill(first)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("status")).to_contain_text("It is set up.")

    _at_the_door(page, first)  # the code that was used already
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong, or was used already.")
    _at_the_door(page, next(codes))
    settled(page)
    expect(page.get_by_text(f"Good day, {HALE}")).to_be_visible()

    go(page, "/sign?subject=02-0012")
    tick(page, "Forms to sign", 0)
    to_the_door(page)
    page.get_by_label("Your user id").fill("hale")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("The six digits that your app shows").fill(next(codes))
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Signatures")).to_be_visible()
    [signature] = trial.everything().signatures(subject="02-0012")
    assert signature.values["factors"] == ["password", "code"]

    adi = signed_in("Adi Okafor", at="/people")
    adi.get_by_label("Find").fill("hale")
    adi.get_by_label("Find").press("Enter")
    settled(adi)
    tick(adi, "People: state of the account, name, user id, organisation, roles", 0)
    adi.get_by_role("button", name="Second factor").click()
    adi.get_by_label("Why").fill("The telephone fell into the harbour.")
    press(adi, "Take it away")
    expect(adi.get_by_text("Second factor taken away from")).to_be_visible()
    expect(signed_in(HALE).get_by_text(f"Good day, {HALE}")).to_be_visible()


def test_the_picture_is_for_who_is_signed_in_alone(arrive: Callable[..., Page]) -> None:
    page = arrive()
    page.goto("/second-factor")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
