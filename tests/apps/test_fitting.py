"""A text in a cell of a list: whole, or shortened with a sign of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.fitting import fitted

WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=9), max_size=60).map(" ".join)


def test_a_text_that_fits_stands_as_it_is() -> None:
    assert fitted("Weight differs from the visit before.", 300, 2) == "Weight differs from the visit before."


def test_a_text_that_does_not_fit_ends_with_a_sign_of_it_after_a_whole_word() -> None:
    text = "The weight differs by more than 5 kg from the visit before: please check the printout of the scale."
    assert (
        fitted(text, 300, 2)
        == "The weight differs by more than 5 kg from the visit before: please check the printout …"
    )


@given(WORDS, st.integers(100, 600), st.integers(1, 4))
def test_what_is_shown_is_the_text_or_the_beginning_of_it(text: str, width: int, lines: int) -> None:
    shown = fitted(text, width, lines)
    assert shown == text or (shown.endswith(" …") and text.startswith(shown[:-2]))
