"""Text to value and back: nothing is guessed, nothing that cannot be kept is taken."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialkit.errors import WrongValue
from trialkit.values import TYPES, ItemType, Missing, PartialDate, parse, text, unwritten, written


@pytest.mark.parametrize(
    ("type", "typed", "value"),
    [
        ("text", " as typed  ", " as typed  "),
        ("text", "two\nlines", "two\nlines"),
        ("text", "e\u0301 stays two characters", "e\u0301 stays two characters"),
        ("integer", "072", 72),
        ("integer", "-5", -5),
        ("decimal", "36.60", Decimal("36.60")),
        ("date", "2024-02-29", dt.date(2024, 2, 29)),
        ("date", "12-JAN-2024", dt.date(2024, 1, 12)),
        ("time", "09:30", dt.time(9, 30)),
        ("time", "9:30", dt.time(9, 30)),
        ("time", "0930", dt.time(9, 30)),
        ("time", "9:30:15", dt.time(9, 30, 15)),
        ("datetime", "12 Jan 24 9:30", dt.datetime(2024, 1, 12, 9, 30)),
        ("datetime", "2024-01-12T09:30", dt.datetime(2024, 1, 12, 9, 30)),
        ("datetime", "2024-01-12 09:30:05", dt.datetime(2024, 1, 12, 9, 30, 5)),
        ("datetime", "12-Jan-2024 09:30", dt.datetime(2024, 1, 12, 9, 30)),
        ("datetime", "12 Jan 24 09:30", dt.datetime(2024, 1, 12, 9, 30)),
        ("yesno", "yes", "Y"),
        ("person", "ana", "ana"),
    ],
)
def test_what_is_typed_becomes_a_value(type: ItemType, typed: str, value: object) -> None:
    assert parse(type, typed) == value


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("2024", "2024"), ("2024-01", "2024-01"), ("2024-01-12", "2024-01-12"), ("UN-JAN-2024", "2024-01"),
        ("UN-UNK-2024", "2024"), ("Jan 2024", "2024-01"), ("march-1951", "1951-03"),
        ("12 Jan 24", "2024-01-12"), ("12-JAN-2024", "2024-01-12"), ("1 March 1951",
        "1951-03-01"), ("3 sept 24", "2024-09-03"),
    ],
)  # fmt: skip
def test_partial_dates_are_read_as_people_write_them(typed: str, iso: str) -> None:
    assert text(parse("partialDate", typed)) == iso


def test_a_partial_date_stands_for_every_day_it_may_be() -> None:
    value = PartialDate.of("2024-02")
    assert (value.low, value.high, value.complete) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29), False)


def test_a_decimal_keeps_its_typed_digits() -> None:
    assert text(parse("decimal", "36.60")) == "36.60"
    assert text(parse("decimal", "0.0000001")) == "0.0000001"


@pytest.mark.parametrize(
    ("type", "typed", "hint"),
    [
        ("decimal", "1e5", "digits and a point"), ("decimal", "NaN", "digits"), ("decimal", "inf", "digits"),
        ("decimal", "36,6", "with a point"), ("decimal", "\u0663\u0664", "digits"), ("decimal", "1_000", "digits"),
        ("integer", "7.0", "digits only"), ("integer", "9" * 16, "at most 15"), ("integer", "1_000", "digits only"),
        ("integer", "\u0663", "digits only"), ("integer", "²", "digits only"),
        ("date", "2023-02-29", "12-Jan-2024"), ("date", "03/04/2024", "two ways"),
        ("date", "26/11/2026", "the month as letters: 26-Nov-2026"), ("date", "3.4.2024", "03-Apr-2024 or 04-Mar-2024"),
        ("date", "11/28/2026", "the month as letters: 28-Nov-2026"), ("date", "31/31/2026", "as in 12-Jan-2024"),
        ("date", "2024-01", "day, month"),
        ("date", "12-junk-2026", "the month as letters"), ("date", "12-mart-2026", "the month as letters"),
        ("date", "0024-01-12", "12-Jan-2024"), ("partialDate", "UN-JAN", "2024-01"), ("partialDate", "2024-13",
        "2024-01"),
        ("time", "24:00", "24-hour"), ("time", "930", "09:30"), ("time", "9.30", "09:30"),
        ("time", "9:3", "09:30"), ("time", "2460", "09:30"),
        ("datetime", "2024-01-12T09:30Z", "without zone"), ("datetime", "2024-01-12T09:30+01:00", "without zone"),
        ("datetime", "2024-01-12", "2024-01-12T09:30"), ("datetime", "UN-Jan-2024 09:30", "12-Jan-2024"),
        ("yesno", "perhaps", "Y or N"),
        ("text", "", "type a value"), ("text", "   ", "type a value"), ("text", "\u200b \u2060", "type a value"),
        ("text", "100 \u202egm", "control"),
        ("text", "nul\x00", "control"), ("text", "\ud800", "control"), ("text", "\x1b[31m", "control"),
        ("text", "x" * 10_001, "shorten"), ("file", "x" * 256, "shorten"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused_with_a_way_to_type_it(type: ItemType, typed: str, hint: str) -> None:
    with pytest.raises(WrongValue) as wrong:
        parse(type, typed)
    assert hint in wrong.value.hint


def test_a_code_outside_the_list_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(WrongValue, match="did you mean RECOVERED"):
        parse("code", "recoverd", codes=["RECOVERED", "FATAL"])


def test_several_codes_stand_in_the_order_of_their_list_and_once_each() -> None:
    assert parse("codes", "B;A", codes=["A", "B"]) == ("A", "B")
    assert parse("codes", ["B"], codes=["A", "B"]) == ("B",)
    with pytest.raises(WrongValue, match="twice"):
        parse("codes", "A;A", codes=["A", "B"])


def test_digits_and_length_are_limits() -> None:
    with pytest.raises(WrongValue, match="at most 1 are kept"):
        parse("decimal", "1.25", digits=1)
    with pytest.raises(WrongValue, match="at most 3"):
        parse("text", "four", length=3)


def test_a_missing_value_says_why_and_is_written_as_such() -> None:
    assert written(Missing("ND")) == {"m": "ND"}
    assert unwritten("date", {"m": "ND"}) == Missing("ND")
    assert written(None) is None
    assert unwritten("date", None) is None


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=50),
    "integer": st.integers(-(10**15) + 1, 10**15 - 1),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12),
    "date": st.dates(dt.date(1850, 1, 1), dt.date(2199, 12, 31)),
    "partialDate": st.dates(dt.date(1850, 1, 1), dt.date(2199, 12, 31)).flatmap(
        lambda day: st.sampled_from([4, 7, 10]).map(lambda n: PartialDate.of(day.isoformat()[:n]))
    ),
    "time": st.times().map(lambda t: t.replace(microsecond=0)),
    "datetime": st.datetimes(dt.datetime(1850, 1, 1), dt.datetime(2199, 12, 31)).map(
        lambda t: t.replace(microsecond=0)
    ),
    "codes": st.lists(st.sampled_from("ABCD"), min_size=1, unique=True).map(tuple),
    "yesno": st.sampled_from("YN"),
}


@given(data=st.data(), type=st.sampled_from(sorted(_VALUES)))
def test_every_value_comes_back_from_its_text_and_from_the_ledger(data: st.DataObject, type: Any) -> None:
    value = data.draw(_VALUES[type])
    assert parse(type, text(value)) == value
    assert unwritten(type, written(value)) == value
    assert str(text(parse(type, text(value)))) == str(text(value))


@given(typed=st.text(max_size=40), type=st.sampled_from(TYPES))
def test_no_text_can_bring_down_the_reader(typed: str, type: ItemType) -> None:
    try:
        value = parse(type, typed)
    except WrongValue as wrong:
        refused = wrong
    else:
        assert unwritten(type, written(value)) == value
        text(value)
        return
    assert refused.sentence
    assert refused.hint
