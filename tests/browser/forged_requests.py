"""Requests that were forged: without a session, from elsewhere, for files."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from tests.browser.forger import Forger, tried
from trialkit.cli.demo import PASSWORD

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
