"""Every row of the expression language, with values, with unknown, and with what it reads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tests.expressions.words import Known, compiled
from trialkit.expressions import Row, row_for
from trialkit.expressions.environment import siblings
from trialkit.values import Missing, PartialDate

VALUES: dict[str, Any] = {
    "A": 3, "B": 5, "MG": Decimal("2.50"), "MIN": 90, "D": dt.date(2026, 3, 1), "P": PartialDate.of("2026-03"),
    "Q": PartialDate.of("2025"), "T": dt.time(10, 0), "U": dt.time(11, 30), "M": dt.datetime(2026, 3, 1, 10, 0),
    "N": dt.datetime(2026, 3, 2, 11, 30), "SEX": "F", "GRADE": "2", "SET": ("X", "Y"), "YES": "Y", "TXT": "word",
    "WHO": "ito",
}  # fmt: skip
ROW = row_for(
    VALUES, {"ROWS": [("1", {"R": 1, "S": 4}), ("2", {"R": 2}), ("3", {"R": 4, "S": 6})]}, event="V2", form_repeat=2
)
FACTS = Known(
    {
        ("VISIT", "X", None): 7, ("VISIT", "X", "V1"): 6, ("VISIT", "X", "earlier"): 6, ("VISIT", "X", "baseline"): 5,
        ("ONCE", "BORN", None): dt.date(1980, 3, 11), ("ONCE", "Z", None): Missing("ND"),
    },
    {
        ("LOG", None, None): siblings([Row({"TERM": "a", "NO": 1}), Row({"TERM": "b", "NO": 3})]),
        ("VISIT", "L", None): siblings([Row({"K": 2}), Row({"K": 5})]),
        ("VISIT", "L", "V1"): siblings([Row({"K": 1})]),
        ("MAIN", None, None): siblings([Row({"A": 1}, event="V1"), Row({"A": 3}, event="V2")]),
    },
)  # fmt: skip

TRUTHS = {
    # comparisons
    "A == 3": True, "A != 3": False, "A < B": True, "A <= 3": True, "A > B": False, "A >= B": False,
    "1 < A < B <= 5": True,
    "A in [1, 3]": True, "A not in [1, 3]": False, "SEX == 'F'": True, "SEX in ['M']": False, "GRADE < '10'": True,
    "GRADE >= 2": True, "'X' in SET": True, "'Z' not in SET": True, "TXT == 'word'": True,
    "D == '2026-03-01'": True, "T < '10:01'": True, "(A == 3) == (B == 5)": True, "A < P_MAX": True, "MG < P_MG": True,
    # truth
    "A == 3 and B == 5": True, "A == 3 and B == 6": False, "A == 4 or B == 5": True, "not A == 3": False,
    "A == 3 and B == 5 and SEX == 'F'": True, "A == 4 or B == 4 or SEX == 'M'": False, "True": True,
    # arithmetic
    "A + B == 8": True, "A - B == -2": True, "A * B == 15": True, "B / A > 1.66": True, "-A == -3": True,
    "A / 0 == 1": None,
    "D + 2 == '2026-03-03'": True, "D - 1 == '2026-02-28'": True, "M + 1 > M": True,
    "ONCE.BORN - D < 0": True, "(A if SEX == 'F' else B) == 3": True, "(A if ML > 1 else A) == 3": True,
    "(A if ML > 1 else B) == 3": None,
    # functions of numbers
    "abs(A - B) == 2": True, "round(2.5) == 3": True, "round(0.45, 1) == 0.5": True, "floor(2.9) == 2": True,
    "floor(-2.1) == -3": True,
    "power(2, 10) == 1024": True, "round(power(8, 1/3), 6) == 2": True, "round(ln(10), 3) == 2.303": True,
    "ln(0) == 1": None,
    "power(10, 999) > 1": None, "minimum(A, B) == 3": True, "maximum(A, B, 9) == 9": True,
    "number(GRADE) + 1 == 3": True,
    "number(TXT) > 1": None, "text(A) == '3'": True, "length(TXT) == 4": True, "length(SET) == 2": True,
    # presence
    "present(A)": True, "missing(A)": False, "present(FILE)": False, "missing(ML)": True, "present(ONCE.Z)": False,
    # dates and times
    "minutes(T, U) == 90": True, "minutes(T, U) == MIN": True, "hours(M, N) == 25.5": True, "days(D, today) == 9": True,
    "months(ONCE.BORN, today) == 551": True, "years(ONCE.BORN, today) == 45": True,
    "years(today, ONCE.BORN) == -45": True,
    "moment(D, T) == M": True, "date(N) > D": True, "time(M) == T": True, "now > M": True,
    "moment_around(M, T, 0) == M": True, "moment_around(M, U, 12) == '2026-03-01T11:30'": True,
    "moment_around(N, T, 1) == '2026-03-03T10:00'": True, "moment_around(N, T, 1.5) == '2026-03-02T10:00'": True,
    "moment_around(N, T, 36) == '2026-03-01T10:00'": True, "moment_around(M, U, 12 if ML > 1 else A) == M": None,
    "moment_around(M, T, power(10, 9)) == M": None, "moment_around(M, T, 0 - power(10, 9)) == M": None,
    "moment(P, T) > M": None, "days(P, D) == 0": None, "study_day(D) == -1": True, "study_day(date(N)) == 1": True,
    "in_window(today)": True, "in_window(D)": False,
    # partial dates
    "P > Q": True, "P == D": None, "P >= '2026-03-10'": None, "Q < D": True, "Q == P": False, "Q != P": True,
    "P <= '2026-04-01'": True,
    "P in ['2026-03-01', '2024-01-01']": None, "Q in ['2026-03-01']": False,
    "first_day(P) == '2026-03-01'": True, "last_day(P) == '2026-03-31'": True, "last_day(Q) == '2026-03-31'": False,
    "first_day(D) == D": True, "last_day(D) == D": True, "days(last_day(P), first_day(P)) == -30": True,
    "first_day(P if ML > 1 else Q) == D": None,
    # place
    "EVENT == 'V2'": True, "EVENT_REPEAT == 1": True, "FORM_REPEAT == 2": True, "SITE == '01'": True,
    # other forms
    "VISIT.X == 7": True, "at(V1, VISIT.X) == 6": True, "at('V1', VISIT.X) == 6": True,
    "previous_visit(VISIT.X) == 6": True,
    "baseline(VISIT.X) == 5": True, "ONCE.Z > 1": None, "MAIN.A == 3": True, "is_role(WHO, 'physician')": True,
    "is_role(WHO, 'coordinator')": False,
    # rows
    "any(ROWS, R == 2)": True, "any(ROWS, R == 9)": False, "any(ROWS, S == 9)": None, "all(ROWS, R > 0)": True,
    "all(ROWS, S > 3)": None,
    "all(ROWS, S > 4)": False, "count(ROWS) == 3": True, "count(ROWS, S > 3) == 2": True, "total(ROWS, R) == 7": True,
    "total(ROWS, S) == 10": None,
    "total(ROWS, S, R != 2) == 10": True, "mean(ROWS, S) == 5": True, "lowest(ROWS, R) == 1": True,
    "highest(ROWS, S) == 6": True,
    "first(ROWS, S) == 4": True, "last(ROWS, R, S < 5) == 1": True, "first(ROWS, R, R > 9) == 1": None,
    "any(ROWS, R > here.A)": True, "any(ROWS, R == VISIT.X - 3)": True, "any(ROWS, R > previous(R) + 1)": True,
    "all(ROWS, first_row or R > previous(R))": True,
    "any(ROWS, last_row and R == 4)": True, "any(ROWS, ROW == '2')": True, "any(ROWS, number(ROW) == 3)": True,
    "any(ROWS, next(R) == 4)": True,
    "any(LOG, NO == here.A)": True, "count(LOG) == 2": True, "last(LOG, TERM) == 'b'": True,
    "any(VISIT.L, K == here.B)": True,
    "any(at(V1, VISIT.L), K == 1)": True, "any(MAIN, A == here.A and EVENT == here.EVENT)": True,
    "any(MAIN, EVENT != here.EVENT and A == 1)": True,
    "any(ROWS, any(VISIT.L, K == here.R and K < here.here.A))": True, "any(ROWS, any(MAIN.ROWS, R > here.R))": True,
    "total(VISIT.L, K) == 7": True,
}  # fmt: skip


@pytest.mark.parametrize(("source", "verdict"), TRUTHS.items(), ids=TRUTHS.keys())
def test_each_row_of_the_language_means_what_the_page_says(source: str, verdict: bool | None) -> None:
    assert compiled(source).evaluate(ROW, FACTS) is verdict


@pytest.mark.parametrize(
    "source", [s for s in TRUTHS if set(compiled(s).own) and "ROWS" not in s and "present(" not in s]
)
def test_what_speaks_of_unknown_items_is_never_definite(source: str) -> None:
    about = "missing(" in source or "MAIN" in source or "any(" in source
    assert about or compiled(source).evaluate(row_for({}), Known()) is None


def test_an_expression_tells_what_it_reads() -> None:
    check = compiled("A > 1 and any(ROWS, R > here.B) and VISIT.X > at(V1, VISIT.X) and any(LOG, NO > 1)")
    assert check.own == {"A", "B", "R", "ROWS"}
    assert check.elsewhere == {("VISIT", "X"), ("LOG", "NO"), ("LOG", "*")}
    assert check.reads == check.elsewhere | {("MAIN", name) for name in check.own}
    assert not check.uses_now
    assert compiled("D < today").uses_now


def test_a_row_function_without_rows_says_what_follows() -> None:
    empty = row_for({})
    for source, verdict in {
        "any(ROWS, R > 1)": False, "all(ROWS, R > 1)": True, "count(ROWS) == 0": True, "total(ROWS, R) == 0": True,
        "lowest(ROWS, R) == 0": None, "mean(ROWS, R) == 0": None, "first(ROWS, R) == 0": None,
    }.items():  # fmt: skip
        assert compiled(source).evaluate(empty, Known()) is verdict


def test_a_missing_value_is_unknown_like_an_absent_one() -> None:
    row = row_for({"A": Missing("ND"), "B": 5})
    assert compiled("A < B").evaluate(row, FACTS) is None
    assert compiled("missing(A)").evaluate(row, FACTS) is True
