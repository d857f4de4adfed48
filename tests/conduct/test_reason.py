"""Reasons in words: filler, numbers and letters typed at random are no reason (21 CFR 11.10(e), EMA 2023 A4.2)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ward import Ward
from trialkit.conduct.reason import SAYS_NOTHING, Reason, demanded, says_something
from trialkit.errors import ReasonNeeded

CODES = {"SOURCE": "Source corrected", "OTHER": "Other, said in words"}
FILLER = st.sampled_from(sorted(SAYS_NOTHING))
BETWEEN = st.sampled_from([" ", ", ", "... ", "! ", "\t", "-", "/", "_", " \u200b", "\u00a0", "\n"])


def _dressed(word: str, how: int) -> str:
    return [word, word.upper(), word.title(), f"({word})", f"'{word}'", "\u200b".join(word), f"{word}\u0301"][how]


@given(st.lists(st.tuples(FILLER, st.integers(0, 6), BETWEEN), min_size=1, max_size=12))
def test_no_sequence_of_filler_words_is_a_reason_however_it_is_dressed(
    words: list[tuple[str, int, str]],
) -> None:
    # A mark on a letter makes it another letter in some cases (ñ); then the word is no filler, and is left out.
    text = "".join(_dressed(word, how if how < 6 else 0) + between for word, how, between in words)
    assert not says_something(text), text


@given(st.text(max_size=200))
def test_whatever_is_typed_is_kept_as_it_stands_or_refused_as_no_reason(text: str) -> None:
    with suppress(ReasonNeeded):
        kept = demanded(Reason("OTHER", text), CODES, "SYSBP")
        assert kept.text == text.strip()
        assert sum(sign.isalnum() for sign in kept.text) >= 8
        kept.text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "corrected,", "(corrected)", "\u200b", "corrected corrected", "data corrected", "a", "-", ",", "1", "??",
        "see above", "value changed", "correction made", "К", "''", "err", "wrong value", "ｃｏｒｒｅｃｔｅｄ",
        "c o r r e c t e d", "128 128 128", "xyxyxyxyxy", "asdfasdfasdf", "\u0430" * 20, "misread",
    ],
)  # fmt: skip
def test_what_says_nothing_is_no_reason(text: str) -> None:
    with pytest.raises(ReasonNeeded):
        demanded(Reason("OTHER", text), CODES, "SYSBP")


@pytest.mark.parametrize(
    "text",
    [
        "source shows 128, digits were swapped", "wrong arm was measured", "Chart page 4 says 120.",
        "Patient called back with the right date", "転記ミスを修正しました",
        "Übertragungsfehler", "रोगी की फ़ाइल में 128 लिखा है",
    ],
)  # fmt: skip
def test_a_sentence_that_tells_why_is_a_reason_in_any_script(text: str) -> None:
    assert demanded(Reason("OTHER", text), CODES, "SYSBP").text == text


def test_a_code_that_speaks_for_itself_needs_no_words_and_other_does() -> None:
    assert demanded(Reason(" SOURCE "), CODES, "SYSBP") == Reason("SOURCE")
    for reason in (None, Reason("OTHER"), Reason("NOSUCH", "the chart says otherwise")):
        with pytest.raises(ReasonNeeded):
            demanded(reason, CODES, "SYSBP")


@pytest.mark.parametrize("text", ["why \x00 not this one", "why \ud800 not this one", "the chart " * 201])
def test_a_reason_that_cannot_be_stored_is_refused_and_nothing_is_written(ward: Ward, text: str) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    with pytest.raises(ReasonNeeded, match="cannot be kept"):
        ward.save("V1", "VS", {"SYSBP": "121"}, reason=Reason("SOURCE", text))
    assert ward.values("V1", "VS")["SYSBP"] == "120"
