"""What is not of the language, or not true to the study, is refused with its offset and a remedy."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.expressions.words import Known, compiled
from trialkit.errors import WrongExpression
from trialkit.expressions import TRUTH, Type, row_for

FAULTS = {
    "AA > 1": (0, "no item, parameter or word AA", "did you mean A?"),
    "TEXT == 'a'": (0, "TEXT", "did you mean TXT?"),
    "A > 'x'": (4, "a whole number is compared with text", "one type"),
    "MG > ML": (5, "mg is compared with mL", "convert"),
    "MG + ML > 1": (0, "mg and mL", "convert"),
    "SEX == 'W'": (7, "'W' is not in the item's code list", "one of F, M"),
    "SEX in ['F', 'm']": (13, "'m' is not in", "did you mean 'M'?"),
    "GRADE == 2": (0, "a code is compared with 2", "write '2'"),
    "SEX < 'M'": (0, "has no order", "whole numbers"),
    "TXT < 'M'": (0, "has no order", "whole numbers"),
    "SEX == YES": (7, "no code in common", "same code list"),
    "SET == 'X'": (0, "a set of codes cannot be compared", "'X' in ITEM"),
    "'Q' in SET": (0, "'Q' is not in", "one of X, Y, Z"),
    "A in SEX": (5, "looked for in a code", "square brackets"),
    "A in []": (5, "the list is empty", "at least one"),
    "A in (1, 2)": (5, "no Tuple", "square brackets"),
    "FILE == 'x'": (0, "a file cannot be compared", "present(X)"),
    "D == M": (5, "compared with a date and time", "moment(date, time)"),
    "D == '2026-02-30'": (5, "no day of the calendar", "2024-01-12"),
    "M - N > 1": (0, "cannot be added or subtracted", "minutes(a, b)"),
    "D + A == D and D + MG == D": (15, "a date and a decimal number", "only numbers"),
    "D + MIN == D": (0, "a date and a whole number in min", "only days"),
    "SEX + 1 > 2": (0, "cannot be calculated", "number(X)"),
    "not A": (4, "a whole number, not a condition", "compare it"),
    "SEX and A > 1": (0, "a code, not a condition", "X == 'Y'"),
    "R > 1": (0, "stands in the repeating group ROWS", "any(ROWS, ...)"),
    "ROWS > 1": (0, "ROWS is a group", "count(ROWS)"),
    "VISIT.Y > 1": (0, "VISIT has no item Y", "it has X"),
    "VIST.X > 1": (0, "no form VIST", "did you mean VISIT?"),
    "VISIT.K > 1": (0, "stands in the repeating group L", "any(VISIT.L"),
    "LOG.NO > 1": (0, "LOG has many records", "any(LOG, ...)"),
    "LATER.W > 1": (0, "stands in several events", "at(EVENT, LATER.ITEM)"),
    "at(V3, VISIT.X) > 1": (3, "V3 has no form VISIT", "V1, V2"),
    "at(V9, VISIT.X) > 1": (3, "no study event V9", "events are"),
    "any(ROWS, A > R)": None,
    "any(LOG, A > 1)": (9, "A is not an item of these rows", "here.A"),
    "any(TOP, A > 1)": (4, "the group TOP occurs once", "without any()"),
    "any(ROWZ, R > 1)": (4, "no rows ROWZ", "did you mean ROWS?"),
    "any(ROWS, R)": (10, "not a condition", "compare"),
    "total(ROWS, ROW)": (12, "total() of text", "number(X)"),
    "lowest(MAIN, SEX)": (13, "lowest() of a code", "number(X)"),
    "lowest(MAIN, P)": (13, "lowest() of a partial date", "no definite place"),
    "previous(A) > 1": (0, "previous() outside rows", "a check with group"),
    "here.A > 1": (0, "stands outside a row function", "inside any"),
    "first_row": (0, "first_row outside rows", "has rows"),
    "presnt(A)": (0, "no function presnt()", "present()?"),
    "abs(A, B) > 1": (0, "abs() takes 1 argument, not 2", "docs/language.md"),
    "round(A, B) > 1": (9, "must be a plain number", "round(x, 1)"),
    "moment(T, D) == M": (7, "moment() of a time", "first argument is a date"),
    "moment_around(D, T, 12) == M": (14, "moment_around() of a date", "how many hours the time may lie before"),
    "moment_around(M, N, 12) == M": (17, "moment_around() with a date and time", "moment_around(m, time, 12)"),
    "moment_around(M, T, MIN) == M": (20, "a whole number in min is no number of hours", "moment_around(m, time, 12)"),
    "moment_around(M, T, TXT) == M": (20, "text is no number of hours", "moment_around(m, time, 12)"),
    "moment_around(M, T) == M": (0, "takes 3 arguments, not 2", "docs/language.md"),
    "minutes(D, T) > 1": (8, "minutes() of a date", "moment(date, time)"),
    "first_day(M) == D": (0, "first_day() of a date and time", "a partial date"),
    "days(A, B) > 1": (5, "days() of a whole number", "two dates"),
    "is_role(TXT, 'physician')": (8, "is_role() of text", "type person"),
    "is_role(WHO, 'pysician')": (13, "no role 'pysician'", "'physician'?"),
    # tables
    "lookup(LIMITZ, SEX, LOW) > 1": (7, "no lookup table LIMITZ", "did you mean LIMITS?"),
    "lookup('LIMITS', SEX, LOW) > 1": (7, "a lookup table is needed", "lookup(TABLE"),
    "lookup(LIMITS, SEX, LOWER) > 1": (20, "LIMITS has no column LOWER", "did you mean LOW?"),
    "lookup(LIMITS, SEX, 'LOW') > 1": (20, "a column is needed", "it has LOW"),
    "lookup(LIMITS, A, LOW) > 1": (15, "looked up by code, this is a whole number", "F, M, X"),
    "lookup(LIMITS, 'W', LOW) > 1": (15, "'W' is no key of LIMITS", "one of F, M, X"),
    "lookup(LIMITS, GRADE, LOW) > 1": (15, "no code of this list is a key", "item of its code list"),
    "lookup(LIMITS, SEX) > 1": (0, "lookup() takes 3 arguments, not 2", "docs/language.md"),
    "ML > lookup(LIMITS, SEX, LOW)": (5, "mL is compared with mg", "convert"),
    "lookup(LIMITS, SEX, KIND) == 'Q'": (29, "'Q' is not in", "one of Y, N"),
    # what stands beside the values
    "signed('VISIT')": (7, "a form is needed", "signed(FORM)"),
    "signed(VIST)": (7, "no form VIST", "did you mean VISIT?"),
    "signed(LOG)": (7, "LOG has many records", "any(LOG"),
    "signed(LATER)": (7, "stands in several events", "at(EVENT"),
    "signed(SHELF)": (7, "SHELF is a site form", "any(SHELF"),
    "delegated(TXT, 'CONSENT', D)": (10, "delegated() of text", "type person"),
    "delegated(WHO, TXT, D)": (15, "a task is needed", "in quotes"),
    "delegated(WHO, 'CONSENT', A)": (26, "delegated() on a whole number", "a date"),
    "consent_version(T) == '1'": (16, "consent_version() on a time", "a date"),
    "open_queries('hart') > 0": (13, "no severity", "did you mean 'hard'?"),
    "open_queries(A) > 0": (13, "no severity", "'hard', 'query' or 'alert'"),
    "unsigned(A) > 0": (0, "unsigned() takes 0 argument", "docs/language.md"),
    "earliest_date('subjekt') < M": (14, "no role 'subjekt'", "did you mean 'subject'?"),
    "earliest_date(A) < M": (14, "a role is needed", "in quotes"),
    "earliest_date('physician') < M": (0, "no other form that physician enters", "dated_by"),
    "earliest_date() < D": (18, "compared with a date", "moment(date, time)"),
    "others(MAIN) > 0": (0, "others() takes 2 arguments", "docs/language.md"),
    "others(MAIN, A) > 0": (13, "not a condition", "compare"),
    "others(MAIM, A > 1) > 0": (7, "no form MAIM", "did you mean MAIN?"),
    "others(STOCK, KIT == 'x') > 0": (7, "STOCK is a site form", "that subjects have"),
    "others(VISIT, A > 1) > 0": (14, "not an item of these rows", "here.A"),
    "others(MAIN, any(LOG, NO > 1)) > 0": (17, "only groups of that record", "repeating groups"),
    "others(MAIN, any(VISIT.L, K > 1)) > 0": (17, "only groups of that record", "repeating groups"),
    # site forms
    "STOCK.KIT == 'x'": (0, "STOCK is a site form", "any(STOCK, ...), first(STOCK"),
    "SHELF.TEMP > 1": (0, "SHELF is a site form", "any(SHELF"),
    "at(STORE, SHELF.TEMP) > 1": (10, "SHELF is a site form", "any(SHELF"),
    "any(STOCK.PARTS, PART == 'x')": (4, "STOCK is a site form", "any(STOCK"),
    # texts
    "TXT + A == 'x'": (0, "cannot be joined", "text(X)"),
    "SEX + YES == 'FY'": (0, "cannot be calculated", "number(X)"),
    "TXT - TXT == 'x'": (0, "cannot be calculated", "only numbers"),
    "A if A else B": (5, "not a condition", "compare"),
    "(A if A > 1 else D) == 1": (1, "either a whole number or a date", "one type"),
    "A = 1": (2, "a single =", "=="),
    "A == 'x": (5, "no closing quote", "close it"),
    "(A == 1": (0, "brackets do not match", "closing bracket"),
    "A == 1 # why": (7, "a comment", "above"),
    "A ** 2 > 1": (0, "no Pow", "power(x, y)"),
    "A // 2 > 1": (0, "no FloorDiv", "floor(x / y)"),
    "A is 3": (0, "no Is", "=="),
    "[x for x in A]": (0, "no ListComp", "any(ROWS"),
    "A.real > 1": (0, "no form A", "forms are"),
    "__import__('os')": (0, "no function __import__()", "docs/language.md"),
    "().__class__": (0, "no Tuple", "square brackets"),
    "f'{A}' == 'x'": (0, "no JoinedStr", "plain text"),
    "A == 1e3": (5, "no number of the language", "digits and a point"),
    "A == 0x10": (5, "no number of the language", "digits and a point"),
    "A == None": (5, "no meaning here", "texts, numbers"),
    "A == b'x'": (5, "no meaning here", "texts, numbers"),
    "": (0, "the expression is empty", "leave it out"),
    "A == 1 or " * 60 + "A == 1": (500, "characters", "at most 500"),
    "not " * 60 + "A == 1": (0, "nested too deeply", "computed item"),
    "(" * 200 + "A" + ")" * 200: (0, "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), FAULTS.items(), ids=[f"{s[:40]!r}" for s in FAULTS])
def test_each_fault_is_refused_at_its_place_with_a_remedy(source: str, expected: tuple[int, str, str] | None) -> None:
    if expected is None:
        assert compiled(source)
        return
    with pytest.raises(WrongExpression) as wrong:
        compiled(source, expecting=TRUTH)
    offset, sentence, hint = wrong.value.faults[0]
    assert expected[1] in sentence
    assert expected[2] in hint
    if expected[1]:
        assert offset == expected[0]


SITE_FAULTS = {
    "VISIT.X > 1": (0, "VISIT is a form of subjects", "site forms only"),
    "any(LOG, NO > 1)": (4, "LOG is a form of subjects", "site forms only"),
    "any(VISIT.L, K > 1)": (4, "VISIT is a form of subjects", "site forms only"),
    "at(V1, VISIT.X) > 1": (7, "VISIT is a form of subjects", "site forms only"),
    "signed(VISIT)": (7, "VISIT is a form of subjects", "site forms only"),
    "baseline(VISIT.X) > 1": (0, "baseline() in a site form", "site forms only"),
    "previous_visit(KIT) == 'x'": (0, "previous_visit() in a site form", "site forms only"),
    "study_day(USED) > 1": (0, "study_day() in a site form", "site forms only"),
    "in_window(USED)": (0, "in_window() in a site form", "site forms only"),
    "earliest_date() < now": (0, "earliest_date() in a site form", "site forms only"),
    "latest_date() < now": (0, "latest_date() in a site form", "site forms only"),
    "others(MAIN, A > 1) > 0": (0, "others() in a site form", "site forms only"),
    "open_queries() > 0": (0, "open_queries() in a site form", "site forms only"),
    "unsigned() > 0": (0, "unsigned() in a site form", "site forms only"),
}


@pytest.mark.parametrize(("source", "expected"), SITE_FAULTS.items(), ids=SITE_FAULTS)
def test_a_site_form_has_no_subject(source: str, expected: tuple[int, str, str]) -> None:
    with pytest.raises(WrongExpression) as wrong:
        compiled(source, form="STOCK")
    assert len(wrong.value.faults) == 1
    offset, sentence, hint = wrong.value.faults[0]
    assert offset == expected[0]
    assert expected[1] in sentence
    assert expected[2] in hint


def test_every_fault_of_an_expression_is_told() -> None:
    with pytest.raises(WrongExpression) as wrong:
        compiled("AA > 1 and SEX == 'W' or any(LOG, A > 1)")
    assert [fault[0] for fault in wrong.value.faults] == [0, 18, 34]
    assert "   ^" in str(wrong.value)


@pytest.mark.parametrize(
    ("source", "wanted", "sentence"),
    [
        ("A / B", Type("integer"), "a decimal number, the item is a whole number"),
        ("MG", Type("decimal", "mL"), "in mg, the item in mL"),
        ("A > 1", Type("integer"), "a condition, the item is a whole number"),
        ("'Q' if A > 1 else 'F'", Type("code", None, ("F", "M")), "'Q' is not in the item's code list"),
        ("TXT", Type("code", None, ("F", "M")), "the item has a code list"),
        ("P", Type("date"), "a partial date, the item a date"),
    ],
)
def test_a_calculation_must_be_of_its_items_type(source: str, wanted: Type, sentence: str) -> None:
    with pytest.raises(WrongExpression, match=sentence):
        compiled(source, expecting=wanted)


def test_a_condition_becomes_yes_or_no_where_the_item_asks_so() -> None:
    answer = compiled("A > 1", expecting=Type("code", None, ("Y", "N")))
    assert [answer.evaluate(row_for(v), None) for v in ({"A": 2}, {"A": 1}, {})] == ["Y", "N", None]


_WORDS = (
    "A B MG D P T M SEX GRADE SET TXT WHO FILE ROWS R S VISIT.X LOG here.A V1 EVENT ROW today now any all "
    "count total first previous at baseline days moment moment_around round power minimum length number is_role "
    "in_window lookup LIMITS LOW signed delegated consent_version open_queries unsigned earliest_date others STOCK "
    "present not and or in if else == != < >= + - * / ( ) [ ] , . 'F' 'x' 1 2.5 0 ** lambda : = "
    "# \\ \n \x00 ' \" é \ud800 \u2028 1e9 0x1 ... @ None"
).split(" ")


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join)))
@example("\x00")
@example("\ud800 == 1")
@example("A == '\ud800'")
@example("1" * 400 + " == A")
@example("9" * 30 + " * " + "9" * 30 + " > A")
@example("power(power(9, 99), power(9, 99)) > 1")
@example("floor(power(10, 40)) > 1")
@example("D + 999999999 == D")
@example("A\n== 3")
def test_no_text_brings_down_compilation_or_evaluation(source: str) -> None:
    try:
        ready = compiled(source)
    except WrongExpression as wrong:
        faults = wrong.faults
    else:
        for values in ({}, {"A": 3, "B": 0, "SEX": "F", "GRADE": "2", "TXT": "x"}):
            ready.evaluate(row_for(values, {"ROWS": [("1", {"R": 1}), ("2", {})]}), Known())
        return
    assert all(0 <= offset <= max(len(source), 500) and sentence and hint for offset, sentence, hint in faults)
