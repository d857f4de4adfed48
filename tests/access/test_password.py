"""Passwords: long rather than strange, not obvious, and kept as argon2id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialkit.access.password import Policy, check_new_password, hash_password, is_dated, matches
from trialkit.errors import WrongValue

CHEAP = Policy(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "plum harbour violet anchor"


@pytest.mark.parametrize(
    "good", [GOOD, "fünf müde Störche am See", "9f$kQ2!xw8Zr&pLm", "犬と猫と鳥と魚が山の上で歌っている朝"]
)
def test_fifteen_characters_of_any_kind_make_a_password(good: str) -> None:
    check_new_password(good, CHEAP, ["ana", "Ana Souza"])
    with pytest.raises(WrongValue):
        check_new_password(good[:14], CHEAP, ["ana", "Ana Souza"])


@pytest.mark.parametrize("short", ["", "abc", "plum harbour v"])
def test_fourteen_are_too_few(short: str) -> None:
    with pytest.raises(WrongValue, match=f"this one has {len(short)}"):
        check_new_password(short, CHEAP)


def test_a_megabyte_is_too_much() -> None:
    with pytest.raises(WrongValue, match="15 to 256 characters"):
        check_new_password("x" * 1_000_000, CHEAP)


@pytest.mark.parametrize(
    "obvious",
    [
        "passwordpassword",
        "Password12345678",
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "qwertyuiopasdfgh",
        "abcdefghijklmnop",
        "correct horse battery staple",
        "ana.souza.trialkit",
        "AnaSouza2026anaSouza",
        "clinicnorth clinicnorth",
        "                    ",
        "Clinic North Ana 1",
        "zyxwvutsrqponml",
    ],
)
def test_what_anybody_would_try_first_is_refused(obvious: str) -> None:
    with pytest.raises(WrongValue, match="first that anybody would try"):
        check_new_password(obvious, CHEAP, ["ana", "Ana Souza", "Clinic North"])


def test_a_password_matches_however_its_letters_are_composed() -> None:
    encoded = hash_password("plum harbour caf\u00e9 anchor", CHEAP)
    assert matches(encoded, "plum harbour cafe\u0301 anchor", CHEAP)
    assert not matches(encoded, "plum harbour cafe anchor", CHEAP)


@given(st.text(max_size=300))
def test_nothing_else_matches(tried: str) -> None:
    assert matches(ENCODED, tried, CHEAP) == (tried == GOOD)


@pytest.mark.parametrize("encoded", [None, "", "plum", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", "sha1:0000"])
def test_no_hash_or_a_foreign_one_matches_nothing(encoded: str | None) -> None:
    assert not matches(encoded, "nobody has this password", CHEAP)


def test_the_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    assert ENCODED.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert hash_password(GOOD, CHEAP) != ENCODED


def test_a_hash_of_other_parameters_is_dated() -> None:
    assert not is_dated(ENCODED, CHEAP)
    assert is_dated(ENCODED, Policy(time_cost=2, memory_cost=8, parallelism=1))


def test_the_standard_is_the_low_memory_choice_of_rfc_9106() -> None:
    assert (Policy().time_cost, Policy().memory_cost, Policy().parallelism) == (3, 65_536, 4)
    assert Policy().shortest == 15


def test_delays_double_from_the_third_failure_up_to_fifteen_minutes() -> None:
    assert [Policy().delay(failures) for failures in range(15)] == [
        0,
        0,
        0,
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        512,
        900,
        900,
    ]
    assert Policy().delay(10**9) == 900


ENCODED = hash_password(GOOD, CHEAP)
