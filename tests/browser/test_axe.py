"""Nothing that axe-core calls serious or critical on any page, for a role that has it, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, settled

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
    """What axe finds on a page that weighs: rule, how bad, where."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]}"
        for one in found if one["impact"] in GRAVE for node in one["nodes"]
    ]  # fmt: skip


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, served: Served, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """`themed("Ana Souza")`: that person at home, in this theme; without a name, at the door."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1600}, base_url=served.url, color_scheme=request.param
    )

    def make(name: str) -> Page:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto("/sign-in")
        if name:
            page.get_by_role("button", name=name).first.click()
            settled(page)
        return page

    yield make
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_a_serious_finding(themed: Callable[[str], Page], address: str) -> None:
    page = themed(PAGES[address])
    page.goto(address)
    settled(page)
    page.wait_for_load_state("networkidle")
    assert grave(page) == []


def test_the_timeline_has_no_serious_finding(themed: Callable[[str], Page]) -> None:
    page = themed("Lea Fontaine")
    page.goto("/subject?subject=02-0011")
    settled(page)
    page.get_by_text("Timeline", exact=True).click()
    page.get_by_text("The same as tables").click()
    settled(page)
    assert grave(page) == []


def test_an_answer_laid_open_and_an_enrolment_have_no_serious_finding(themed: Callable[[str], Page]) -> None:
    page = themed("Lea Fontaine")
    page.goto("/entry?subject=02-0001&event=V3A&form=VS")
    settled(page)
    page.locator("[class*='st-key-tools'] button").first.click()
    page.get_by_role("dialog").get_by_text("History", exact=True).first.wait_for()
    settled(page)
    assert grave(page) == []
    page.goto("/subjects")
    page.get_by_role("button", name="Enrol a subject").click()
    page.get_by_label("Subject number", exact=True).wait_for()
    assert grave(page) == []


def test_the_signing_page_has_no_serious_finding(themed: Callable[[str], Page]) -> None:
    page = themed("Dr Owen Hale")
    page.goto("/sign?subject=02-0001")
    settled(page)
    page.locator("[data-testid='stDataFrame'] .dvn-scroller").first.click(position={"x": 18, "y": 52})
    page.get_by_text("Choose what it means.").wait_for()
    settled(page)
    page.get_by_test_id("stRadioGroup").get_by_text("I have reviewed these data and approve them.").click()
    page.get_by_text("The text you will sign").wait_for()
    settled(page)
    page.get_by_role("link", name="Go on and sign 1 form").click()
    page.get_by_label("Password").wait_for()
    assert grave(page) == []


@pytest.mark.parametrize("address", ["/sign-in", "/download/gone", "/sign/gone", "/sign/second/gone"])
def test_no_page_of_the_door_has_a_serious_finding(themed: Callable[[str], Page], address: str) -> None:
    page = themed("" if address == "/sign-in" else "Lea Fontaine")
    page.goto(address)
    assert page.get_by_role("heading", level=1).count() == 1
    assert grave(page) == []


def test_a_page_with_faults_is_caught(themed: Callable[[str], Page]) -> None:
    """The control: axe does run here, and does see."""
    page = themed("")
    page.evaluate(
        "document.body.innerHTML = '<input type=text><button></button><p style=\"color:#bbb;background:#fff\">pale</p>'"
    )
    found = " ".join(grave(page))
    assert {rule for rule in ("label", "button-name", "color-contrast") if rule in found} == {
        "label", "button-name", "color-contrast",
    }  # fmt: skip
