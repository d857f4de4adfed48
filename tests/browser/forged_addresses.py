"""Addresses that were guessed, and links of others that were followed."""

from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash

from tests.browser import beside
from tests.browser.conftest import serving
from tests.browser.forger import Forger, tried
from tests.browser.line import PRESSED, Drawn, Line
from trialkit.cli.demo import PASSWORD

SUBJECT, OTHERS = "01-0013", "02-0001"
PLACE = {"subject": SUBJECT, "event": "V1", "form": "VS"}


# Guessed addresses


@tried("The address of a subject of another site", "no subject, as for a number that nobody has", "ana")
def _(forger: Forger) -> None:
    with forger.line("ana") as at:
        for page, more in (("subject", {}), ("entry", {"event": "V1", "form": "DM"})):
            drawn = at.open(page, None, subject=OTHERS, **more)
            assert "There is no such subject at your sites." in drawn.words
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
            assert other.tried(before) == {"ana"}
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


@tried("A signing form that is sent twice, at once or afterwards", "led back each time, it is signed once")
def _(forger: Forger) -> None:
    with forger.line("ito") as at:
        link = _to_sign(at)
    body = urlencode({"user": "ito", "password": PASSWORD})
    before = forger.size()
    with ThreadPoolExecutor() as clicks:  # a double click
        assert [done[0] for done in clicks.map(lambda _: forger.ask(link, "POST", body, by="ito"), range(2))] == [
            303
        ] * 2
    signed = [act for act, _ in beside.acts(forger.served.folder, before)]
    assert signed.count("record.sign") == 1
    assert "attempt.refused" not in signed
    before = forger.size()
    assert forger.ask(link, "POST", body, by="ito")[0] == 303
    assert forger.size() == before
    assert forger.ask(link, by="ito")[0] == 410


def _to_approve(at: Line, user: str = "noor") -> str:
    drawn = at.open("people")
    table = next(one.dataframe for one in drawn.elements if one.WhichOneof("type") == "dataframe")
    row = drawn.rows.index(next(row for row in drawn.rows if row.get("User id") == user))
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


@tried("An approval that is sent twice, at once or afterwards", "led back each time, it is granted once")
def _(forger: Forger) -> None:
    with tempfile.TemporaryDirectory() as room:
        shutil.copytree(forger.served.folder, Path(room) / "demo")
        with serving(Path(room) / "demo") as fresh:
            other = Forger(fresh)
            with other.line("adi") as at:
                link = _to_approve(at, "lab")
            body = urlencode({"user": "sol", "password": PASSWORD})
            before = other.size()
            with ThreadPoolExecutor() as clicks:  # a double click
                answers = list(clicks.map(lambda _: other.ask(link, "POST", body, by="adi"), range(2)))
            assert answers == [(303, "/people")] * 2
            assert other.ask(link, "POST", body, by="adi") == (303, "/people")
            done = [act for act, _ in beside.acts(fresh.folder, before)]
            assert done.count("person.grant") == 1
            assert "attempt.refused" not in done
            assert other.ask(link, by="adi")[0] == 410
