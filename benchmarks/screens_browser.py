"""What one person waits for, in a real Chromium: from the click to the last thing drawn."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Sequence

from playwright.sync_api import Page, sync_playwright

from benchmarks.crowd import Served
from benchmarks.screens_data import Infusion
from trialkit.cli.demo import PASSWORD

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()


def waits(server: Served, peer: Served, places: Sequence[Infusion], times: int) -> dict[str, list[float]]:
    """Seconds, `times` of each: the largest form, a save, the matrix, an item's history, and the `peer`'s save."""
    found = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("there is no Chromium: make browser")
    nurse = places[0].nurse
    mine = [place for place in places if place.nurse == nurse]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(base_url=server.url, viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(30_000)
        page.goto("/sign-in")
        page.get_by_label("User id").fill(nurse)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        _settled(page)
        told = {
            what: [_told(f"{what}: {n + 1} of {times}", act(page, at)) for n, at in enumerate(_turns(mine, times))]
            for what, act in ACTS.items()
        }
        bare = browser.new_page(base_url=peer.url, viewport={"width": 1280, "height": 1000})
        bare.goto("/")
        told[BARE] = [_told(f"{BARE}: {n + 1} of {times}", _bare(bare, n)) for n in range(times)]
        print(file=sys.stderr)
        browser.close()
    return told


def _told(where: str, seconds: float) -> float:
    """Say on the terminal how far it is, for it takes minutes."""
    print(f"\r{where}, {1000 * seconds:.0f} ms".ljust(70), end="", file=sys.stderr, flush=True)
    return seconds


def _turns(mine: Sequence[Infusion], times: int) -> list[Infusion]:
    return [mine[n % len(mine)] for n in range(times + 1)][1:]


WATCH = """wanted => { window.drawn = new Promise((done, never) => {
  let clicked = 0
  setTimeout(() => never(`not drawn within 30 s: ${JSON.stringify(wanted)}`), 30000)
  addEventListener('click', event => { clicked = clicked || event.timeStamp }, {capture: true})
  const watch = new MutationObserver(() => {
    const stands = ([selector, text]) =>
      [...document.querySelectorAll(selector)].some(one => one.textContent.includes(text))
    if (!clicked || !wanted.every(stands)) return
    watch.disconnect()
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - clicked)))
  })
  watch.observe(document.body, {subtree: true, childList: true, characterData: true})
}) }"""
"""Run in the page, since a watcher outside it costs more than what it watches: from the click to the frame after the
one in which all that is wanted stands."""
GRID = ("[data-testid='stDataFrame'] canvas", "")
REST = ("[data-testid='stCaptionContainer']", "All changes saved")
"""The last thing that is drawn of a form."""


def _timed(page: Page, act: Callable[[], None], *wanted: tuple[str, str]) -> float:
    """Seconds from the click that `act` makes until in each selector's finds its text stands."""
    page.evaluate(WATCH, wanted)
    act()
    return float(page.evaluate("window.drawn")) / 1000


QUIET = """() => {
  const app = document.querySelector("[data-testid='stApp']"), now = performance.now()
  if (!app || app.dataset.testScriptState !== 'notRunning') window.busy = now
  window.busy = window.busy ?? now
  return now - window.busy > 300
}"""


def _settled(page: Page) -> None:
    """Until Streamlit has been at rest for a while: one run may bring about the next."""
    page.evaluate("window.busy = undefined")
    page.wait_for_function(QUIET)


def _go(page: Page, path: str, stands: str) -> None:
    """To another page of the screens as by a link in one of their tables (watch.js), without loading all anew.

    It is there once its words `stands` are: what is done before is done on the page that is left.
    """
    page.evaluate("""path => {
      history.pushState({}, '', path)
      dispatchEvent(new PopStateEvent('popstate', {state: {}}))
    }""", path)  # fmt: skip
    page.locator("[data-testid='stMainBlockContainer']").get_by_text(stands).first.wait_for()
    _settled(page)


def _opened(page: Page, at: Infusion) -> float:
    """From the link on the subject's page to the grid."""
    _go(page, f"/subject?subject={at.subject}", f"Subject {at.subject}")
    return _by_link(page, at)


def _loaded(page: Page, at: Infusion) -> float:
    """The same right after the whole page was loaded: the browser has not drawn any form yet."""
    page.goto(f"/subject?subject={at.subject}")
    _settled(page)
    return _by_link(page, at)


def _by_link(page: Page, at: Infusion) -> float:
    visit = page.locator("details").filter(has=page.get_by_text(at.event, exact=True)).first
    visit.locator("summary").click()
    link = visit.get_by_role("link", name="In-infusion and recovery monitoring")
    link.wait_for()
    _settled(page)
    return _timed(page, link.click, GRID, REST)


def _saved(page: Page, at: Infusion) -> float:
    """From the last click until it says saved and the form stands as it is now."""
    _go(page, at.path("EC"), f"{at.subject} ·")
    pump = page.get_by_label("Pump", exact=True)
    pump.fill(f"PUMP {time.time_ns() % 10_000_000}")
    pump.press("Tab")
    page.get_by_text("1 answer not saved yet").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Why is this answer changed?").wait_for()
    _settled(page)
    reason = page.get_by_label("Reason", exact=True)
    while reason.get_attribute("aria-expanded") != "true":  # a list that opens while the page scrolls closes again
        reason.click()
        page.wait_for_timeout(100)
    page.get_by_role("option").first.click()
    page.get_by_label("In your own words").fill("the sticker of the pump says so")
    page.get_by_label("In your own words").press("Tab")
    _settled(page)
    button = page.get_by_role("button", name="Save with this reason")
    return _timed(page, button.click, ("[data-testid='stAlert']", "Saved as version"), REST)


def _matrix(page: Page, _at: Infusion) -> float:
    _go(page, "/", "Good day")
    link = page.get_by_role("link", name="Subjects").first
    link.wait_for()
    return _timed(page, link.click, (".board tbody tr", ""))


def _history(page: Page, at: Infusion) -> float:
    _go(page, at.path("EC"), f"{at.subject} ·")
    tools = page.locator("button").filter(has_text="⋯").first
    tools.wait_for()
    return _timed(page, tools.click, ("[role='dialog'] [role='region'][aria-label^='History of']", ""))


def _bare(page: Page, n: int) -> float:
    """The same of a form with nothing behind it: from the click on Save until its answer stands."""
    page.get_by_label("Field 0", exact=True).fill(f"x{n}")
    _settled(page)
    save = page.get_by_role("button", name="Save")
    return _timed(page, save.click, ("[data-testid='stMarkdownContainer']", f"saved x{n}"))


LOADED = "opening IM right after a load of the page"
BARE = "a bare Streamlit form of 30 widgets, saved"
ACTS: dict[str, Callable[[Page, Infusion], float]] = {
    "opening the largest form (IM)": _opened,
    LOADED: _loaded,
    "saving a form of 36 items": _saved,
    "opening the matrix": _matrix,
    "opening an item's history": _history,
}
