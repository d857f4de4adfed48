"""A real server with the demo's trial and a real Chromium: one of each for all browser tests of a worker."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()


@dataclass(frozen=True)
class Served:
    """The running server: its address, and the demo's folder behind it."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's trial, played once."""
    folder = tmp_path_factory.mktemp("browser") / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "trialkit", "demo", "--out", str(folder)], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def served(demo: Path) -> Iterator[Served]:
    """`trialkit serve --demo` on a free port."""
    with serving(demo) as server:
        yield server


@contextmanager
def serving(demo: Path) -> Iterator[Served]:
    """The same of any folder of a demo."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = demo.parent / "serve.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "trialkit", "serve", "--demo", str(demo), "--port", str(port)],
            cwd=ROOT, stdout=out, stderr=out, env={**os.environ, "TRIALKIT_DESK": str(demo.parent / "desk")},
        )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
                    if answer.status == 200:
                        break
            except (urllib.error.URLError, OSError):
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
        else:
            pytest.fail(f"the server did not start: {log.read_text()}")
        yield Served(url, demo)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, the one of the machine."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not found:
        pytest.fail("there is no Chromium: `make browser` installs it (Debian, Ubuntu), or put chromium on the PATH")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def arrive(served: Served, browser: Browser) -> Iterator[Callable[[], Page]]:
    """A new person at the door: a browser window of their own."""
    contexts = []

    def make() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1400, "height": 2400}, base_url=served.url))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def signed_in(arrive: Callable[[], Page]) -> Callable[[str], Page]:
    """`signed_in("Ana Souza")`: that person of the demo, at home."""

    def make(name: str) -> Page:
        page = arrive()
        page.goto("/sign-in")
        page.get_by_role("button", name=name).click()
        settled(page)
        return page

    return make


def settled(page: Page) -> None:
    """Wait until Streamlit has finished the run."""
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']")


def go(page: Page, address: str) -> None:
    """Open an address and wait for it."""
    page.goto(address)
    settled(page)
