"""A real server with the demo's trial and a real Chromium: one of each for all browser tests of a worker."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from trialkit.access.authentication import sign_in
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSPHRASE, PASSWORD
from trialkit.conduct.trial import Trial
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import open_store

ROOT = Path(__file__).parents[2]
FILM = os.environ.get("FILM", "")  # a folder: `make film` keeps a picture there of each step, as a person saw it
expect.set_options(timeout=15_000)  # other workers share the machine
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A click can be lost where two real browsers and two servers share two cores: what failed in a browser is done
    up to twice more, on the demo as it was at first, and the summary says so. What needs no browser gets no second
    chance."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2))


def desk(folder: Path) -> Path:
    """Where the servers of a demo keep what is typed and not saved."""
    return folder.parent / "desk"


class Served:
    """`trialkit serve --demo` on a free port, with options of its own; it can be killed and started again.

    `{port}` in an option is that port.
    """

    running: ClassVar[set[Served]] = set()

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.folder = folder
        self._options = [one.format(port=self.port) for one in options]
        self._around = {**os.environ, "TRIALKIT_DESK": str(desk(folder))}
        self._log = folder.parent / f"serve-{self.port}.log"
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trialkit", "serve", "--demo", str(self.folder), "--port", str(self.port),
                 *self._options],
                cwd=ROOT, stdout=out, stderr=out, env=self._around,
            )  # fmt: skip
        self.running.add(self)
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.1)
        pytest.fail(f"the server did not start: {self._log.read_text()}")

    def hang(self) -> None:
        """As when the machine is too busy to answer anybody."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """As when it has time again."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As when the machine loses its power."""
        self.running.discard(self)
        self._process.kill()
        self._process.wait(20)

    def stop(self) -> None:
        """As with Ctrl-C."""
        self.running.discard(self)
        self._process.terminate()
        self._process.wait(20)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A server of one's own, on any folder of a demo."""
    server = Served(folder)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The demo's trial, played once for all workers. Nobody opens it: who needs it takes a copy."""
    base = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    played = base / "demo-played"
    with (base / "demo-lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # until it is closed
        if not played.exists():
            done = subprocess.run(
                [sys.executable, "-m", "trialkit", "demo", "--out", str(base / "demo-made")], cwd=ROOT,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            (base / "demo-made").rename(played)
    return played


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, played: Path) -> Path:
    """The trial with which all tests of a worker go on: a copy of its own."""
    folder = tmp_path_factory.mktemp("browser") / "demo"
    shutil.copytree(played, folder)
    return folder


class Below:
    """The trial of a demo below the screens. It is opened when first asked for, and again after it was shut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()

    @cached_property
    def trial(self) -> Trial:
        keys = KeyFolder.open(self._folder / "demo.keys", PASSPHRASE)
        store = open_store(str(self._folder / "demo.db"), keys, clock=lambda: datetime.now(UTC))
        return Trial(self._open.enter_context(store))

    @cached_property
    def people(self) -> Callable[[str], Identity]:
        store = self.trial.store
        return cache(lambda user: sign_in(store, user, PASSWORD, store.clock))

    def shut(self) -> None:
        self._open.close()
        self.__dict__.pop("trial", None)
        self.__dict__.pop("people", None)


@pytest.fixture(scope="session")
def below(demo: Path) -> Iterator[Below]:
    held = Below(demo)
    yield held
    held.shut()


@pytest.fixture(autouse=True)
def _afresh(request: pytest.FixtureRequest) -> None:
    """What is done a second time begins as the first time: on the demo as it was played, with nothing typed before."""
    if getattr(request.node, "execution_count", 1) == 1 or "demo" not in request.fixturenames:
        return
    demo = request.getfixturevalue("demo")
    servers = [one for one in Served.running if one.folder == demo]
    for one in servers:
        one.kill()
    request.getfixturevalue("below").shut()
    shutil.rmtree(demo)
    shutil.rmtree(desk(demo), ignore_errors=True)
    shutil.copytree(request.getfixturevalue("played"), demo)
    for one in servers:
        one.start()


@pytest.fixture
def trial(below: Below) -> Trial:
    """The same trial below the screens, to see what was written."""
    return below.trial


@pytest.fixture
def people(below: Below) -> Callable[[str], Identity]:
    """`people("ana")`: somebody of the demo, signed in below the screens."""
    return below.people


@pytest.fixture(scope="session")
def served(demo: Path) -> Iterator[Served]:
    """The server that all tests share."""
    server = Served(demo)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def impatient(demo: Path) -> Iterator[Served]:
    """A second server on the same trial, where nobody may be away for longer than twelve seconds."""
    server = Served(demo, "--idle", "0.2")
    yield server
    server.stop()


@pytest.fixture
def mortal(demo: Path) -> Iterator[Served]:
    """A server of one's own that may be killed, with the ordinary patience."""
    with serving(demo) as server:
        yield server


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
def arrive(served: Served, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A new person at the door: a browser window of their own."""
    contexts = []

    def make(server: Served = served) -> Page:
        size: ViewportSize = {"width": 1280, "height": 1000} if FILM else {"width": 1400, "height": 2400}
        contexts.append(browser.new_context(viewport=size, base_url=server.url))
        contexts[-1].add_init_script(WIRE)
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def signed_in(arrive: Callable[..., Page], served: Served) -> Callable[..., Page]:
    """`signed_in("Ana Souza", at="/queries")`: that person of the demo, at home or where they wanted to go."""

    def make(name: str | re.Pattern[str], server: Served = served, at: str = "/") -> Page:
        page = arrive(server)
        page.goto(f"/sign-in?{urlencode({'next': at})}")
        page.get_by_role("button", name=name).click()
        settled(page)
        return page

    return make


WIRE = """window.wire = {sent: 0, got: 0};
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    this.addEventListener("message", () => { window.wire.got = performance.now(); });
  }
  send(what) { window.wire.sent = performance.now(); super.send(what); }
};"""
_QUIET = """call => {
  const app = document.querySelector("[data-testid='stApp']"), now = performance.now(), {sent, got} = window.wire;
  const asked = sent > got && now - sent < 10_000;  // no word came back yet: a busy server takes its time
  if (window.call !== call || asked || !app || app.dataset.testScriptState !== "notRunning") window.busy = now;
  window.call = call;
  return now - window.busy > 300;
}"""
_CALLS = count(1)
_PICTURES = count(1)


def settled(page: Page) -> None:
    """Wait until all that was sent is answered and Streamlit has been at rest for a while: one run may bring about
    the next."""
    page.wait_for_function(_QUIET, arg=next(_CALLS))
    filmed(page)


def labelled(at: Page | Locator, label: str) -> Locator:
    """The box of this label that is to be seen: where a box takes the place of another, Streamlit may keep that one
    hidden beside it for a while."""
    return at.get_by_label(label, exact=True).filter(visible=True)


def filmed(page: Page) -> None:
    """Keep what is on the screen, if a film is made."""
    if FILM:
        test = os.environ["PYTEST_CURRENT_TEST"].rpartition("::test_")[2].partition(" ")[0]
        (Path(FILM) / test).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(FILM) / test / f"{next(_PICTURES):03}.png")


def go(page: Page, address: str) -> None:
    """Open an address and wait for it."""
    page.goto(address)
    settled(page)
