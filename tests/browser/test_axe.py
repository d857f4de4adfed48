"""Nothing that axe-core calls serious or critical on any page, for a role that has it, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import WIRE, Served, labelled, settled
from tests.browser.hands import tick, to_the_door

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
# page -> who looks at it
PAGES = {
    "/": "Lea Fontaine",
    "/subjects": "Lea Fontaine",
    "/subject?subject=02-0001&event=V3": "Lea Fontaine",
    "/entry?subject=02-0001&event=V3A&form=VS": "Lea Fontaine",
    "/entry?subject=02-0001&event=V3&form=IM": "Mo Haddad",
    "/infusion?subject=01-0001&event=V3": "Noor Ali",
    "/queries?state=OPEN": "Lea Fontaine",
    "/review?subject=02-0001": "Mo Haddad",
    "/sign?subject=02-0001": "Dr Owen Hale",
    "/safety": "Dr Mia Roth",
    "/log": "Ines Duarte",
    "/exports": "Dee Larsen",
    "/people": "Adi Okafor",
    "/study": "Lea Fontaine",
    "/study?part=schedule": "Sol Weber",
    "/study?part=checks&check=A09": "Dee Larsen",
    "/study?part=lists": "Dee Larsen",
    "/study?part=versions": "Ines Duarte",
}


def grave(page: Page) -> list[str]:
    """What axe finds on a page that weighs, in light and then in dark: theme, rule, how bad, where."""
    page.evaluate(AXE)
    return [f"{theme}: {one}" for theme in ("light", "dark") for one in _grave(page, theme)]


def _grave(page: Page, theme: Literal["light", "dark"]) -> list[str]:
    page.emulate_media(color_scheme=theme)
    app = "[data-testid='stApp']"  # the door's pages are in one theme
    page.wait_for_function(
        "([app, theme]) => [...document.querySelectorAll(app)].every(e => getComputedStyle(e).colorScheme === theme)",
        arg=[app, theme],
    )
    page.wait_for_timeout(400)  # colours fade over
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]}"
        for one in found if one["impact"] in GRAVE for node in one["nodes"]
    ]  # fmt: skip


@pytest.fixture
def seen(served: Served, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`seen("Ana Souza", "/log")`: that person there, at home where no place is said; without a name, at the door."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, base_url=served.url)
    context.add_init_script(WIRE)

    def make(name: str, address: str = "/") -> Page:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"/sign-in?{urlencode({'next': address})}")
        if name:
            page.get_by_role("button", name=name).first.click()
            settled(page)
        return page

    yield make
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_a_serious_finding(seen: Callable[..., Page], address: str) -> None:
    page = seen(PAGES[address], address)
    page.wait_for_load_state("networkidle")
    assert grave(page) == []


def test_the_timeline_has_no_serious_finding(seen: Callable[..., Page]) -> None:
    page = seen("Lea Fontaine", "/subject?subject=02-0011")
    page.get_by_text("Timeline", exact=True).click()
    page.get_by_text("The same as tables").click()
    settled(page)
    assert grave(page) == []


def test_an_answer_laid_open_and_an_enrolment_have_no_serious_finding(seen: Callable[..., Page]) -> None:
    page = seen("Lea Fontaine", "/entry?subject=02-0001&event=V3A&form=VS")
    page.locator(".tk-sign").first.click()
    page.get_by_role("dialog").get_by_text("History", exact=True).first.wait_for()
    settled(page)
    assert grave(page) == []
    page.goto("/subjects")
    page.get_by_role("button", name="Enrol a subject").click()
    labelled(page, "Subject number").wait_for()
    assert grave(page) == []


def test_the_signing_page_has_no_serious_finding(seen: Callable[..., Page]) -> None:
    page = seen("Dr Owen Hale", "/sign?subject=02-0001")
    tick(page, "Forms to sign", 0)
    to_the_door(page)
    page.get_by_label("Password").wait_for()
    assert grave(page) == []


@pytest.mark.parametrize("address", ["/sign-in", "/download/gone", "/sign/gone", "/sign/second/gone"])
def test_no_page_of_the_door_has_a_serious_finding(seen: Callable[..., Page], address: str) -> None:
    page = seen("" if address == "/sign-in" else "Lea Fontaine")
    page.goto(address)
    assert page.get_by_role("heading", level=1).count() == 1
    assert grave(page) == []


def test_a_page_with_faults_is_caught(seen: Callable[..., Page]) -> None:
    """The control: axe does run here, and does see."""
    page = seen("")
    page.evaluate(
        "document.body.innerHTML = '<input type=text><button></button><p style=\"color:#bbb;background:#fff\">pale</p>'"
    )
    found = " ".join(grave(page))
    assert {rule for rule in ("label", "button-name", "color-contrast") if rule in found} == {
        "label", "button-name", "color-contrast",
    }  # fmt: skip
