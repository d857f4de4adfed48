"""The study, the home page and the subjects in a real browser: what each role finds there, and what it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled, settled

SECRET = ("ECDOSE", "DPMG", "Dose ladder", "Planned dose", "DAW", "P12-DP")
PARTS = ("Forms", "Visit schedule", "Checks", "Code lists", "Limits", "Versions")


def _text(page: Page) -> str:
    return page.locator(".stMain").inner_text()


def _blank(page: Page) -> str:
    """The words of the blank form as this person takes it through the door."""
    page.get_by_role("button", name="Blank form (PDF)").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download (").click()
    read = pypdf.PdfReader(BytesIO(waiting.value.path().read_bytes()))
    return " ".join(one.extract_text() for one in read.pages)


def test_no_part_of_the_study_tells_a_coordinator_of_anything_masked(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    seen = []
    for part in ("forms&form=EC&as=detail", "schedule", "checks", "lists", "limits", "versions"):
        go(page, f"/study?part={part}")
        seen.append(_text(page))
    words = " ".join([*seen, _blank(page)])
    assert [word for word in SECRET if word in words] == []
    assert "ECSTDAT" in words
    go(page, "/study?part=checks&check=P12-DP")
    expect(page.get_by_text("No check fits.")).to_be_visible()


def test_the_pharmacist_finds_the_dose_there(signed_in: Callable[..., Page]) -> None:
    """The control: the same look does find what is masked for others."""
    page = signed_in("Uma Rao", at="/study?part=forms&form=DP&as=detail")
    expect(page.get_by_text("DPMG").first).to_be_attached()
    assert "DPMG" in _text(page)
    assert "DPMG" in _blank(page)
    go(page, "/study?part=checks&check=P12-DP")
    expect(page.get_by_text("as expected").first).to_be_visible()


@pytest.mark.parametrize("name", ["Dee Larsen", "Mo Haddad", "Sol Weber", "Ines Duarte", "Ravi Menon", "Dr Kenji Ito"])
def test_every_part_opens_for_every_role(signed_in: Callable[..., Page], name: str) -> None:
    page = signed_in(name)
    page.get_by_role("link", name="Study", exact=True).click()
    settled(page)
    for part in PARTS:
        page.get_by_role("radio", name=part, exact=True).click()
        settled(page)
        expect(page.locator("[data-testid='stException']")).to_have_count(0)
        expect(page.get_by_text("This could not", exact=False)).to_have_count(0)


def test_a_form_is_drawn_as_entry_draws_it_and_takes_nothing(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/study?part=forms&form=VS")
    expect(labelled(page, "Weight (kg)")).to_be_disabled()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


def test_a_count_at_home_leads_to_the_list_behind_it(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    count = page.get_by_role("link", name="Queries open")
    number = int(count.inner_text().split()[0])
    assert number
    count.click()
    settled(page)
    expect(page.get_by_role("heading", name="Queries", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name=f"Open · {number}")).to_be_visible()


def test_every_sign_of_the_matrix_has_words_and_a_subject_opens_with_one_click(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at="/subjects")
    page.locator(".board").wait_for()
    cells = page.locator(".board tbody td a")
    assert cells.count() > 10
    for cell in cells.all():
        assert ": " in (cell.get_attribute("aria-label") or "")
    cells.first.hover()
    assert cells.first.get_attribute("title") == cells.first.get_attribute("aria-label")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="02-0011", exact=True).click()
    expect(page.get_by_role("heading", name="Subject 02-0011")).to_be_visible()
    assert page.evaluate("window.same"), "the screens were loaded anew"
    expect(page).to_have_title("02-0011 · Subject · trialkit")


def test_the_sign_of_the_logs_opens_those_it_stands_for_and_their_lines_say_what_they_are_about(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at="/subjects")
    page.locator(".board").wait_for()
    row = page.locator(".board tbody tr", has=page.get_by_role("link", name="02-0001", exact=True))
    row.get_by_role("link", name=re.compile("^LOG ")).click()
    settled(page)
    opened = page.locator("details[open]", has=page.get_by_role("link", name=re.compile(r" 1: \S")))
    expect(opened.first).to_be_visible()


def test_search_and_filters_leave_whom_they_name(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Dee Larsen", at="/subjects?show=overdue")
    page.locator(".board").wait_for()
    everybody = page.locator(".board tbody tr").count()
    assert everybody > 2
    box = page.get_by_label("Find a subject")
    box.fill("0012")
    box.press("Enter")
    expect(page.locator(".board tbody tr")).to_have_count(2)
    box.fill("nobody")
    box.press("Enter")
    expect(page.get_by_text("No subject fits.")).to_be_visible()


def test_the_course_of_a_subject_is_a_picture_and_tables(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/subject?subject=02-0011")
    page.get_by_role("radio", name="Timeline").click()
    settled(page)
    expect(page.locator("[data-testid='stVegaLiteChart']")).to_have_count(2)
    page.get_by_text("The same as tables").click()
    expect(page.get_by_text("Adverse events", exact=True).last).to_be_visible()
