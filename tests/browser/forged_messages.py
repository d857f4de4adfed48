"""Messages that were forged: presses, answers, kinds, bytes, and the screens of another."""

from __future__ import annotations

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.forger import Forger, tried
from tests.browser.line import line

FORGED = "$$ID-" + "0" * 32 + "-act|lock"
PLACE = {"subject": "01-0013", "event": "V1", "form": "VS"}


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
        where = {"subject": PLACE["subject"], "event": "LOG", "form": "CM", "form_repeat": "99"}
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


@tried("A socket that takes up the screens of another sign-in by their number", "not opened")
def _(forger: Forger) -> None:
    where = {"subject": "01-0001", "event": "V3", "form": "EC"}
    with forger.line("uma") as at:
        seen = at.open("entry", None, **where).session
    for cookie in (forger.cookie("ana"), forger.anew("uma")):
        assert forger.refused_line(cookie, "x", seen) == "InvalidStatus"
    assert forger.refused_line(forger.cookie("ana"), "x", "made-up") == "InvalidStatus"
    with line(forger.served.url, forger.cookie("uma"), "x", seen) as at:
        assert at.open("entry", None, **where).session == seen, "who began them may go on"


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
