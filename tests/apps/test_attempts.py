"""What is tried at the door in the name of somebody who is signed in: told apart from what an honest browser says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.util import calc_hash

from apps.door.attempts import AGAIN, Attempts, link
from apps.door.notes import Notes
from apps.door.sessions import Session
from tests.access.staff import acting

SHOWN, OTHER = "$$ID-" + "a" * 32 + "-save", "$$ID-" + "b" * 32 + "-None"


class Door:
    def __init__(self) -> None:
        self.now, self.told = datetime(2026, 3, 2, 9, tzinfo=UTC), list[tuple[str, str, str]]()
        self.signs = True
        self.attempts = Attempts(
            lambda s, act, why: self.told.append((s.identity.person, act, why)), lambda: self.now,
            lambda who: self.signs,
        )  # fmt: skip

    def session(self, role: str = "coordinator", name: str = "one") -> Session:
        return Session(name, acting(role), self.now, self.now, self.now, 0, "")


@pytest.fixture
def door() -> Door:
    return Door()


def pressed(name: str, page: str = "", mark: str = "", *, state: bool = False) -> BackMsg:
    said = BackMsg()
    said.rerun_script.page_name, said.rerun_script.page_script_hash = page, mark
    one = said.rerun_script.widget_states.widgets.add()
    one.id = name
    if state:
        one.string_value = "typed"
    else:
        one.trigger_value = True
    return said


def test_a_press_of_what_was_shown_to_the_session_passes_and_of_anything_else_does_not(door: Door) -> None:
    ana, mo = door.session(), door.session("monitor", "two")
    door.attempts.sent(ana, b"\x0a\x30" + SHOWN.encode() + b"\x12 and more")
    assert not door.attempts.forged(ana, pressed(SHOWN))
    assert door.attempts.forged(ana, pressed(OTHER))
    assert door.attempts.forged(ana, pressed("no id of ours"))
    assert door.attempts.forged(mo, pressed(SHOWN)), "what Ana was shown is not Mo's"


def test_the_states_that_a_browser_says_again_after_its_line_broke_are_no_attempt(door: Door) -> None:
    assert not door.attempts.forged(door.session(), pressed(OTHER, state=True))
    assert not door.attempts.forged(door.session(), BackMsg())


def test_kinds_of_messages_that_our_pages_never_send_are_forged(door: Door) -> None:
    clear, install, chunk = BackMsg(clear_cache=True), BackMsg(), BackMsg()
    install.backend_operation_request.install_skills.SetInParent()
    chunk.backend_operation_request.dataframe_chunk.offset = 5
    assert "clear_cache" in door.attempts.forged(door.session(), clear)
    assert "install_skills" in door.attempts.forged(door.session(), install)
    assert not door.attempts.forged(door.session(), chunk)


def test_a_page_that_the_role_does_not_have_is_known_by_address_and_by_mark(door: Door) -> None:
    ana, dee = door.session(), door.session("datamanager")
    for said in (pressed("", "people"), pressed("", "/people/"), pressed("", "", calc_hash("people"))):
        assert door.attempts.page(ana, said) == "People"
        assert door.attempts.page(dee, said) == ""
    assert door.attempts.page(ana, pressed("", "subjects")) == ""
    assert door.attempts.page(ana, pressed("", "no-such-page")) == ""


def test_the_page_sign_is_lacking_where_the_study_lets_a_role_sign_nothing(door: Door) -> None:
    uma, said = door.session("pharmacist"), pressed("", "sign")
    assert door.attempts.page(uma, said) == ""
    door.signs = False
    assert door.attempts.page(uma, said) == "Sign"
    assert door.attempts.page(uma, pressed("", "subjects")) == ""


def test_the_same_attempt_is_written_down_once_a_minute_and_another_at_once(door: Door) -> None:
    ana = door.session()
    for _ in range(3):
        door.attempts.write_down(ana, "page.open", "People")
    door.attempts.write_down(ana, "page.open", "Review")
    assert [why for _, _, why in door.told] == ["People", "Review"]
    door.now += AGAIN
    door.attempts.write_down(ana, "page.open", "People")
    assert len(door.told) == 3


def test_following_the_link_of_another_session_is_an_attempt_and_an_old_or_made_up_one_is_not(door: Door) -> None:
    notes = Notes[str](lambda: door.now, timedelta(minutes=5))
    ana, mo = door.session(), door.session("monitor", "two")
    name = notes.leave("file", ana.hash)
    for who, asked in ((ana, name), (mo, "made-up")):
        link(notes, asked, who, door.attempts, "a file")
    assert not door.told
    link(notes, name, mo, door.attempts, "a file")
    assert [(who, act) for who, act, _ in door.told] == [("mo", "page.link")]
