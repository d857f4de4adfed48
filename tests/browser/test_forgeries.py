"""What was tried to get in, to get more, or to act as another: each a row of docs/forgeries.md, and refused as it says.

A row says what is tried, what comes of it, and whether it leaves an entry.
"""

from __future__ import annotations

import http.client
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.browser.conftest import ROOT, Served, serving
from tests.browser.line import PRESSED, Drawn, Line, line, session_of
from trialkit.cli.demo import PASSWORD

DOCS = ROOT / "docs" / "forgeries.md"
ROLES = {"ana": "coordinator", "lea": "coordinator", "ito": "investigator", "mo": "monitor", "uma": "pharmacist",
         "adi": "administrator", "dee": "datamanager"}  # fmt: skip
SUBJECT, OTHERS = "01-0013", "02-0001"
FORGED = "$$ID-" + "0" * 32 + "-act|lock"
PLACE = {"subject": SUBJECT, "event": "V1", "form": "VS"}


@dataclass
class Forger:
    """Somebody with the address of the server, and with whatever the cast could give away."""

    served: Served
    cookies: dict[str, str] = field(default_factory=dict)

    def cookie(self, user: str) -> str:
        """The cookie of one of the demo's people, signed in once."""
        if user not in self.cookies:
            self.cookies[user] = self.anew(user)
        return self.cookies[user]

    def anew(self, user: str) -> str:
        return session_of(self.served.url, user, PASSWORD, ROLES[user])

    def ask(self, path: str, method: str = "GET", body: str = "", *, by: str = "", origin: str | None = "",
            **headers: str) -> tuple[int, str]:  # fmt: skip
        """Status and text of an answer; of a redirection the place."""
        at = urlsplit(self.served.url)
        asked = http.client.HTTPConnection(at.hostname or "", at.port, timeout=20)
        told = {"Cookie": self.cookie(by) if by else "", "Content-Type": "application/x-www-form-urlencoded", **headers}
        if origin is not None:
            told["Origin"] = origin or self.served.url
        asked.request(method, path, body, told)
        answer = asked.getresponse()
        read = answer.read().decode("utf-8", "replace")
        asked.close()
        return answer.status, answer.getheader("location") or read

    def line(self, user: str) -> Line:
        return line(self.served.url, self.cookie(user))  # type: ignore[return-value]

    def refused_line(self, cookie: str, *told: str, **more: str | None) -> str:
        """How the door shuts a socket."""
        try:
            with line(self.served.url, cookie, *told, **more) as at:  # type: ignore[arg-type]
                at.open("")
        except (InvalidHandshake, ConnectionClosed) as shut:
            return type(shut).__name__
        return "let in"

    def shut(self, at: Line, message: bytes | str) -> int:
        """The code with which the socket is closed after a message, 0 if it is not."""
        at.socket.send(message)
        try:
            while True:
                at.socket.recv(1)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except TimeoutError:
            return 0

    def entries(self, since: int = -1) -> list[tuple[int, str, str, str]]:
        """Refused attempts in the ledger after this entry: number, who, site, subject; read beside the server."""
        with sqlite3.connect(f"file:{self.served.folder / 'demo.db'}?mode=ro", uri=True, timeout=20) as db:
            return db.execute(
                "SELECT seq, json_extract(CAST(header AS TEXT), '$.actor.id'), "
                "COALESCE(json_extract(CAST(header AS TEXT), '$.place.site'), ''), COALESCE(subject, '') "
                "FROM entry WHERE act = 'attempt.refused' AND seq > ? ORDER BY seq", (since,)
            ).fetchall()  # fmt: skip

    def size(self) -> int:
        with sqlite3.connect(f"file:{self.served.folder / 'demo.db'}?mode=ro", uri=True, timeout=20) as db:
            return int(db.execute("SELECT MAX(seq) FROM entry").fetchone()[0])


Try = Callable[[Forger], object]
TRIED: dict[str, tuple[str, str, Try]] = {}
"""What was tried: what comes of it, who stands in the entry that it leaves, how it is tried."""


def tried(what: str, comes: str, entry: str = "") -> Callable[[Try], Try]:
    def kept(how: Try) -> Try:
        assert what not in TRIED
        TRIED[what] = (comes, entry, how)
        return how

    return kept


# Nobody, or with a cookie that is none


@tried("Any address, Streamlit's own too, without a session", "401, signed out")
def _(forger: Forger) -> None:
    for path in ("/", "/people", "/entry?subject=01-0001", "/media/x.csv", "/static/index.html", "/component/x/x.js",
                 "/_stcore/host-config", "/_stcore/health", "/_stcore/stream", "/_stcore/upload_file/a/b",
                 "/_stcore/bidi-components/x", "/download/x", "/sign/x", "/sign/second/x", "/left",
                 "/door.js"):  # fmt: skip
        assert forger.ask(path) == (401, "signed out"), path


@tried("A cookie that was made up, or that is too long, or of a session that was signed out", "401, signed out")
def _(forger: Forger) -> None:
    old = forger.anew("lea")
    assert forger.ask("/sign-out", "POST", Cookie=old)[0] == 303
    for cookie in ("__Host-trialkit=" + "A" * 43, "__Host-trialkit=" + "x" * 5000, "__Host-trialkit=", "other=1", old):
        assert forger.ask("/subjects", Cookie=cookie) == (401, "signed out")


@tried("A socket without a cookie, with a made-up one, or with that of a session that was signed out", "not opened")
def _(forger: Forger) -> None:
    old = forger.anew("lea")
    forger.ask("/sign-out", "POST", Cookie=old)
    for cookie in ("", "__Host-trialkit=" + "A" * 43, old):
        assert forger.refused_line(cookie) == "InvalidStatus"


@tried("A sign-in that leads to another site afterwards", "leads home")
def _(forger: Forger) -> None:
    given = {"user": "ana", "password": PASSWORD, "role": "coordinator"}
    for wanted in ("//evil.example", "https://evil.example", "/\\evil.example", "\t//evil.example", "/sign-out"):
        status, place = forger.ask("/sign-in", "POST", urlencode({**given, "next": wanted}))
        assert (status, place) == (303, "/")


@tried("A sign-in with a body of a megabyte", "401, nothing of it is read")
def _(forger: Forger) -> None:
    body = urlencode({"user": "ana", "password": PASSWORD, "role": "coordinator", "more": "x" * 1_000_000})
    assert forger.ask("/sign-in", "POST", body)[0] == 401


# From elsewhere


@tried("Another Host, with a living session", "403")
def _(forger: Forger) -> None:
    for host in ("evil.example", "localhost.evil.example", "localhost", "localhost:1"):
        assert forger.ask("/subjects", by="ana", Host=host)[0] == 403
        assert forger.refused_line(forger.cookie("ana"), Host=host) != "let in"


@tried("A post from another site's page, from none, or from a sandbox: sign-in, sign, second, sign-out, stay", "403")
def _(forger: Forger) -> None:
    for path in (
        "/sign-in",
        "/password",
        "/sign/x",
        "/sign/second/x",
        "/sign-out",
        "/stay",
        "/_stcore/upload_file/a/b",
    ):
        for origin in ("http://evil.example", None, "null", forger.served.url.replace("localhost", "localhost.evil")):
            assert forger.ask(path, "POST", "user=ana", by="ana", origin=origin)[0] == 403, (path, origin)
    assert forger.ask("/subjects", by="ana")[0] == 200, "nobody was signed out by it"


@tried("A socket opened by another site's page, or by a program that names no page", "not opened")
def _(forger: Forger) -> None:
    for origin in ("http://evil.example", "null", None):
        assert forger.refused_line(forger.cookie("ana"), origin=origin) == "InvalidStatus"


# Files


@tried("Path traversal on the routes of files", "no file of the machine")
def _(forger: Forger) -> None:
    for path in ("/static/../../demo.db", "/static/..%2f..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd",
                 "/media/../../../etc/passwd", "/component/..%2f..%2fetc/passwd", "/app/static/../screens.py",
                 "//etc/passwd", "/static//etc/passwd", "/static/..\\..\\screens.py", "/download/../../etc/passwd",
                 "/_stcore/bidi-components/..%2f..%2fetc/passwd", "/static/%00", "/media/%ff"):  # fmt: skip
        status, said = forger.ask(path, by="ana")
        assert status in (400, 403, 404, 410, 422) or 'id="root"' in said, (path, status, said[:80])
        assert not re.search("root:|SQLite format|import streamlit", said), path


@tried("A file put on the server by Streamlit's upload route", "refused, nothing is kept")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        session = at.open("").session
    for of in (session, "made-up"):
        for method in ("PUT", "POST", "DELETE"):
            status, _ = forger.ask(f"/_stcore/upload_file/{of}/some-file", method, "x" * 100, by="ana")
            assert status in (400, 403, 404, 405), (method, status)


@tried("Streamlit's metrics, agent and sign-in routes", "404")
def _(forger: Forger) -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/script-health-check", "/auth/login",
                 "/oauth2callback"):  # fmt: skip
        assert forger.ask(path, by="ana")[0] == 404


# Guessed addresses


@tried("The address of a subject of another site", "no subject, as for a number that nobody has", "ana")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        for page, more in (("subject", {}), ("entry", {"event": "V1", "form": "DM"})):
            drawn = at.open(page, None, subject=OTHERS, **more)
            assert "No subject is chosen." in drawn.words
            assert drawn.words == at.open(page, None, subject="99-9999", **more).words


@tried("The address of a form that is hidden from the role", "refused in a sentence", "ana")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        drawn = at.open("entry", None, subject="01-0001", event="V3", form="DP")
        assert "has no form DP here" in drawn.words
        assert not drawn.cells


@tried("The address, or Streamlit's mark, of a page that the role does not have", "home is shown instead", "ana")
def _(forger: Forger) -> None:
    for page in ("people", "review", "sign"):
        with forger.line("ana") as at:
            drawn = at.open(page)
            assert drawn.not_found
            assert "Good day, Ana Souza" in drawn.words
            said = BackMsg()
            said.rerun_script.page_script_hash = calc_hash(page)
            assert "Good day, Ana Souza" in at.say(said.SerializeToString()).words


@tried("The address of such a page, before anybody else asked the server for anything", "home is shown instead", "lea")
def _(forger: Forger) -> None:
    with tempfile.TemporaryDirectory() as room:
        shutil.copytree(forger.served.folder, Path(room) / "demo")
        with serving(Path(room) / "demo") as fresh:
            other = Forger(fresh)
            with other.line("ana") as at:
                before = other.size()
                drawn = at.open("people")
                assert drawn.not_found
                assert "people" not in drawn.pages
                assert "Good day, Ana Souza" in drawn.words
            assert [who for _, who, *_ in other.entries(before)] == ["ana"]
    with forger.line("lea") as at:
        assert at.open("people").not_found


@tried("Another site or subject in the filters of a page's address", "only what is in sight")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        for page in ("queries", "log", "subjects", "safety", "exports"):
            drawn = at.open(page, None, site="02", subject=OTHERS, form="DP", only="../../x", person="lea")
            assert not [cell for cell in drawn.cells if cell.startswith("02-")]
            assert not drawn.failures


@tried(
    "Repeats, events and forms that do not exist, and other nonsense, in the address of a form", "told so, or no form"
)
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        for more in ({"event": "V99"}, {"form": "../DM"}, {"form_repeat": "-1"}, {"event_repeat": "9" * 400},
                     {"subject": "'; DROP TABLE entry; --"}, {"subject": "\x00"},
                     {"subject": "x" * 100_000}):  # fmt: skip
            drawn = at.open("entry", None, **{**PLACE, **more})
            assert not drawn.failures
            assert drawn.words


# Links of others


def _link(drawn: Drawn, begins: str) -> str:
    found = [one.link_button.url for one in drawn.elements if one.WhichOneof("type") == "link_button"]
    return next(url for url in found if url.startswith(begins))


@tried("The link to a file that was made for another", "410, no such file", "mo")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        drawn = at.open("exports")
        boxes = {one.checkbox.label: one.checkbox.id for one in drawn.elements if one.WhichOneof("type") == "checkbox"}
        chosen: dict[str, object] = {name: "Every form, group and item" in label for label, name in boxes.items()}
        at.open("exports", {**chosen, drawn.named("Make the export"): PRESSED})
        until = time.monotonic() + 20
        while "files as of entry" not in (drawn := at.open("exports", chosen)).words and time.monotonic() < until:
            time.sleep(0.2)
        link = _link(drawn, "/download/")
    assert forger.ask(link, by="mo")[0] == 410
    assert forger.ask(link, by="ana")[0] == 200, "the control"


def _to_sign(at: Line) -> str:
    drawn = at.open("sign", None, subject=SUBJECT)
    table = next(one.dataframe.id for one in drawn.elements if one.WhichOneof("type") == "dataframe")
    drawn = at.open("sign", {table: [0]}, subject=SUBJECT)
    radio = next(one.radio for one in drawn.elements if one.WhichOneof("type") == "radio")
    return _link(at.open("sign", {table: [0], radio.id: radio.options[0]}, subject=SUBJECT), "/sign/")


@tried("The signing page of another, looked at and signed with one's own password", "410, nothing is signed", "mo")
def _(forger: Forger) -> None:
    with forger.line("ito") as at:
        link = _to_sign(at)
    assert forger.ask(link, by="mo")[0] == 410
    assert forger.ask(link, "POST", urlencode({"user": "mo", "password": PASSWORD}), by="mo")[0] == 410


@tried("A signature with the id and password of somebody else than who is signed in", "401, nothing is signed")
def _(forger: Forger) -> None:
    with forger.line("ito") as at:
        link = _to_sign(at)
    assert forger.ask(link, "POST", urlencode({"user": "pia", "password": PASSWORD}), by="ito")[0] == 401


@tried("A signing form that is sent a second time", "410, it is signed once")
def _(forger: Forger) -> None:
    with forger.line("ito") as at:
        link = _to_sign(at)
    body = urlencode({"user": "ito", "password": PASSWORD})
    before = forger.size()
    assert forger.ask(link, "POST", body, by="ito")[0] == 303
    signed = forger.size()
    assert signed > before
    assert forger.ask(link, "POST", body, by="ito")[0] == 410
    assert forger.size() == signed


def _to_approve(at: Line) -> str:
    drawn = at.open("people")
    table = next(one.dataframe for one in drawn.elements if one.WhichOneof("type") == "dataframe")
    row = drawn.rows.index(next(row for row in drawn.rows if row.get("User id") == "noor"))
    drawn = at.open("people", {table.id: [row]})
    role = drawn.named("Role")
    drawn = at.open("people", {table.id: [row], role: "randomisation system"})
    return _link(drawn, "/sign/second/")


@tried("The approval page of two others, by a third", "410, nothing is granted", "mo")
def _(forger: Forger) -> None:
    with forger.line("adi") as at:
        link = _to_approve(at)
    assert forger.ask(link, by="mo")[0] == 410
    assert forger.ask(link, "POST", urlencode({"user": "sol", "password": PASSWORD}), by="mo")[0] == 410


@tried("An approval by the same person twice", "409, it takes another", "adi")
def _(forger: Forger) -> None:
    with forger.line("adi") as at:
        link = _to_approve(at)
    assert forger.ask(link, "POST", urlencode({"user": "adi", "password": PASSWORD}), by="adi")[0] == 409


# Messages


@tried("A press of a button that was not shown: of another role's page, of a dialog, made up", "dropped", "ana")
def _(forger: Forger) -> None:
    with forger.line("mo") as at:
        drawn = at.open("review")
        table = next(one.dataframe.id for one in drawn.elements if one.WhichOneof("type") == "dataframe")
        button = next(one.button.id for one in at.open("review", {table: [0]}).elements
                      if one.WhichOneof("type") == "button" and one.button.label.startswith("Freeze"))  # fmt: skip
    with forger.line("ana") as at:
        at.open("")
        for name in (button, FORGED):
            assert forger.shut(at, _said("review", {name: True})) == 0
        before = forger.size()
        assert "Good day" in at.open("").words, "the line goes on"
    assert forger.size() == before


@tried("An answer outside its code list, in a message", "not taken: nothing is typed")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        where = {"subject": SUBJECT, "event": "LOG", "form": "CM", "form_repeat": "99"}
        drawn = at.open("entry", None, **where)
        pills = [one.button_group.id for one in drawn.elements if one.WhichOneof("type") == "button_group"]
        lists = [one.selectbox.id for one in drawn.elements if one.WhichOneof("type") == "selectbox"]
        assert pills or lists
        forged = {**dict.fromkeys(pills, ("NOT A CODE",)), **dict.fromkeys(lists, "NOT A CODE")}
        again = at.open("entry", forged, **where)
        assert "Nothing entered yet" in again.text
        assert "not saved yet" not in again.text


@tried(
    "An answer for a form that one only reads, in a message", "shown to who sent it, kept nowhere, no way to save it"
)
def _(forger: Forger) -> None:
    with forger.line("mo") as at:
        drawn = at.open("entry", None, **PLACE)
        boxes = [one.text_input.id for one in drawn.elements if one.WhichOneof("type") == "text_input"]
        assert boxes
        again = at.open("entry", dict.fromkeys(boxes, "FORGED-ANSWER"), **PLACE)
        assert not [one for one in again.elements if one.WhichOneof("type") == "button" and "Save" in one.button.label]
    with forger.line("mo") as at:
        assert "FORGED-ANSWER" not in at.open("entry", None, **PLACE).text


@tried("Kinds of messages that the screens never send: empty the caches, install, stop the server", "dropped", "ana")
def _(forger: Forger) -> None:
    install = BackMsg()
    install.backend_operation_request.install_skills.SetInParent()
    for said in (BackMsg(clear_cache=True), install, BackMsg(debug_shutdown_runtime=True)):
        with forger.line("ana") as at:
            at.open("")
            assert forger.shut(at, said.SerializeToString()) == 0
            assert "Good day" in at.open("").words
    assert forger.ask("/health") == (200, "ok")


@tried("Bytes that are no message, a text instead of bytes, and a message of 40 MB", "the line is closed")
def _(forger: Forger) -> None:
    for said in (b"\xff" * 100, "not bytes", b"\x00" * 40_000_000):
        with forger.line("ana") as at:
            at.open("")
            assert forger.shut(at, said) in (1000, 1002, 1006, 1009, 1011)
    assert forger.ask("/health") == (200, "ok")


@tried("A message on a socket whose person has signed out meanwhile", "the socket is closed, 4401")
def _(forger: Forger) -> None:
    cookie = forger.anew("ana")
    with line(forger.served.url, cookie) as at:
        at.open("")
        forger.ask("/sign-out", "POST", Cookie=cookie)
        assert forger.shut(at, _said("subjects", {})) == 4401


@tried("A socket that takes up the screens of another by their number", "nothing of what the other saw")
def _(forger: Forger) -> None:
    where = {"subject": "01-0001", "event": "V3", "form": "EC"}
    with forger.line("uma") as at:
        seen = at.open("entry", None, **where)
    with line(forger.served.url, forger.cookie("ana"), "x", seen.session) as at:
        drawn = at.open("entry", None, **where)
        fresh = None
        with line(forger.served.url, forger.anew("ana")) as other:
            fresh = other.open("entry", None, **where)
        assert "Ana Souza" in drawn.words
        assert drawn.words == fresh.words


@tried("A socket without a subprotocol, with a living session", "that person's own screens, nothing else")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        assert "Ana Souza" in at.open("").words


def _said(page: str, pressed: dict[str, bool]) -> bytes:
    said = BackMsg()
    said.rerun_script.page_name = page
    for name in pressed:
        one = said.rerun_script.widget_states.widgets.add()
        one.id, one.trigger_value = name, True
    return said.SerializeToString()


@pytest.fixture(scope="module")
def forger(served: Served) -> Forger:
    return Forger(served)


@pytest.mark.parametrize("what", TRIED)
def test_it_gets_nothing_and_whoever_tries_it_leaves_an_entry(forger: Forger, what: str) -> None:
    _, entry, how = TRIED[what]
    for user in (entry, "ana", "mo", "ito", "adi"):
        if user:
            forger.cookie(user)
    before = forger.size()
    how(forger)
    left = {who for _, who, *_ in forger.entries(before)}
    assert left == ({entry} if entry else set())


def test_the_table_says_what_was_tried(tmp_path: Path) -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \|$", DOCS.read_text("utf-8"), re.MULTILINE)[1:]
    assert rows == [(what, comes, "yes" if entry else "no") for what, (comes, entry, _) in TRIED.items()]
