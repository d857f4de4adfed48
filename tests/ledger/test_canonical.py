"""One value has one sequence of bytes (RFC 8785 on a profile)."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import uuid

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from trialkit.errors import WrongFile, WrongValue
from trialkit.ledger import canonical, verify_export
from trialkit.ledger.entry import Place

text = some.text(some.characters(exclude_categories=["Cs"]))
keys = some.text(some.characters(max_codepoint=127), max_size=8)
whole = some.integers(-canonical.LARGEST, canonical.LARGEST)
values = some.recursive(
    some.none() | some.booleans() | whole | text,
    lambda part: some.lists(part, max_size=4) | some.dictionaries(keys, part, max_size=4),
    max_leaves=12,
)


@given(values)
def test_it_equals_an_independent_implementation_of_rfc_8785(value: object) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(values)
def test_what_is_written_reads_back_and_the_stand_alone_verifier_agrees(value: object) -> None:
    data = canonical.dumps(value)
    assert canonical.loads(data) == value
    assert verify_export.encode(value).encode() == data


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        [1, [2.5]],
        {"a": 1e16},
        2**53,
        -(2**53),
        {"é": 1},
        {1: "x"},
        "\ud800",
        {"a": "x\udfff"},
        b"x",
        decimal.Decimal("1.0"),
        datetime.date(2026, 1, 1),
        uuid.UUID(int=1),
        Place("N"),
        {1, 2},
    ],
    ids=repr,
)
def test_a_value_outside_the_profile_is_refused(value: object) -> None:
    with pytest.raises(WrongValue):
        canonical.dumps(value)


def test_a_value_nested_without_end_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(WrongValue, match="64 deep"):
        canonical.dumps(deep)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":-0}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\xff"',
        b"NaN",
        b"9007199254740992",
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_that_are_not_the_one_form_of_a_value_are_refused(data: bytes) -> None:
    with pytest.raises(WrongFile):
        canonical.loads(data)


def test_an_object_is_told_from_other_values() -> None:
    assert canonical.loads_object(b'{"a":[]}') == {"a": []}
    with pytest.raises(WrongFile, match="not an object"):
        canonical.loads_object(b"[]")


def test_a_subclass_of_text_is_not_text() -> None:
    class Name(str):
        pass

    with pytest.raises(WrongValue):
        canonical.dumps(Name("x"))
    with pytest.raises(WrongValue):
        canonical.dumps(dataclasses.make_dataclass("One", ["a"])(1))
