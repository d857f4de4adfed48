"""User ids: one person each, for ever, and none that passes for another (P11-18, P11-24)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialkit.access.userid import folded, new_user_id, skeleton
from trialkit.errors import WrongValue


@pytest.mark.parametrize("again", ["ana", "Ana", "ANA", " ana ", "ａｎａ", "Ａna"])
def test_p11_18_an_id_is_given_once_however_it_is_typed(again: str) -> None:
    with pytest.raises(WrongValue, match="was given before"):
        new_user_id(again, ["ana"])


@pytest.mark.parametrize("alike", ["аna", "anа", "αna", "anạ", "ana\u200b", "𝒶na\u0301"])
def test_p11_18_letters_of_other_scripts_do_not_pass_for_latin_ones(alike: str) -> None:
    with pytest.raises(WrongValue, match="contains") as refused:
        new_user_id(alike, ["ana"])
    assert "a-z" in refused.value.hint


@pytest.mark.parametrize(
    ("alike", "known"),
    [("an.a", "ana"), ("m0", "mo"), ("so1", "sol"), ("dr_ito", "drito"), ("rnax", "max"), ("vvim", "wim")],
)
def test_p11_18_an_id_that_looks_like_another_is_refused(alike: str, known: str) -> None:
    with pytest.raises(WrongValue, match="looks like"):
        new_user_id(alike, [known])


@pytest.mark.parametrize("odd", ["", "a", "1st", "ana souza", "ana;drop", "-ana", "a" * 33, "ana\x00", "ana/../mo"])
def test_an_id_is_a_letter_and_then_letters_digits_and_dots(odd: str) -> None:
    with pytest.raises(WrongValue, match="no user id"):
        new_user_id(odd, [])


@pytest.mark.parametrize("kept", ["system", "System", "trialkit"])
def test_the_names_of_the_software_are_nobodys(kept: str) -> None:
    with pytest.raises(WrongValue, match="kept for the software"):
        new_user_id(kept, [])


@given(st.text(max_size=40), st.lists(st.text(max_size=8)))
def test_whatever_is_typed_gives_an_id_of_its_own_or_a_refusal(typed: str, taken: list[str]) -> None:
    try:
        new = new_user_id(typed, taken)
    except WrongValue:
        return
    assert new == folded(new) == new.lower()
    assert new.isascii()
    assert skeleton(new) not in {skeleton(other) for other in taken}
    with pytest.raises(WrongValue):
        new_user_id(typed, [*taken, new])
