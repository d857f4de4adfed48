"""Lookup tables, site forms, and functions of what stands beside the values: answered, unanswered, what is read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.expressions.words import Known, compiled
from trialkit.expressions import Row, Type, row_for
from trialkit.expressions.environment import siblings
from trialkit.values import PartialDate

HERE = row_for(
    {"A": 3, "SEX": "F", "TXT": "word", "GRADE": "2", "WHO": "ito", "D": dt.date(2026, 3, 1),
     "M": dt.datetime(2026, 3, 1, 10, 0), "P": PartialDate.of("2026-03")},
    {"ROWS": [("F", {"R": 1}), ("Q", {"R": 2})]},
    event="V2", form_repeat=4,
)  # fmt: skip


def _done(day: str | None, clock: dt.time | None = None) -> Row:
    return Row({"DAY": PartialDate.of(day) if day else None, "CLOCK": clock})


def _facts(*done: Row, diary: tuple[Row, ...] = (), **values: Any) -> Known:
    rows: Any = {
        ("DONE", None, None): siblings(done), ("DIARY", None, None): siblings(diary),
        ("HIDDEN", None, None): siblings([Row({"MIXED": dt.date(2020, 1, 1)})]),
        ("STOCK", None, None): siblings([
            row_for({"KIT": "K1", "USED": dt.date(2026, 2, 1)}),
            row_for({"KIT": "K2"}, {"PARTS": [("1", {"PART": "p"})]}),
        ]),
    }  # fmt: skip
    return Known(values.get("values"), rows)


TABLES = {
    "lookup(LIMITS, SEX, LOW) == 1.5": True, "lookup(LIMITS, 'M', LOW) == 3": True,
    "lookup(LIMITS, 'M', HIGH) > 1": None, "lookup(LIMITS, 'X', LOW) > 1": None, "lookup(LIMITS, TXT, LOW) > 1": None,
    "lookup(LIMITS, SEX, KIND) == 'Y'": True, "any(ROWS, lookup(LIMITS, ROW, LOW) == 1.5)": True,
    "present(lookup(LIMITS, SEX, HIGH))": True, "present(lookup(LIMITS, 'M', HIGH))": False,
}  # fmt: skip
TEXTS = {
    "TXT + '!' == 'word!'": True, "'CSL ' + EVENT == 'CSL V2'": True, "SEX + ' ' + TXT == 'F word'": True,
    "TXT + WHO == 'wordito'": True, "TXT + text(A) == 'word3'": True, "'x' + YES == 'xY'": None,
}  # fmt: skip
BESIDE = {
    "signed(VISIT)": True, "signed(ONCE)": False, "signed(DONE)": None, "signed(MAIN)": True,
    "any(ROWS, R == 2 and signed(MAIN))": True, "any(ROWS, R == 2 and signed(ONCE))": False,
    "delegated(WHO, 'CONSENT', D)": True, "delegated(WHO, 'CONSENT', D - 1)": False,
    "delegated(WHO, 'DRUG', M)": False, "delegated(WHO, 'CONSENT', P)": None,
    "consent_version(D) == '2.0'": True, "consent_version(M) == '1.0'": False, "consent_version(D - 1) == '1.0'": None,
    "consent_version(P) == '2.0'": None,
    "open_queries() == 3": True, "open_queries('hard') == 1": True, "open_queries('alert') == 0": None,
    "unsigned() == 2": True,
}  # fmt: skip
STOCK = {
    "first(STOCK, USED, KIT == 'K1') < D": True, "any(STOCK, KIT == 'K2')": True, "count(STOCK) == 2": True,
    "any(STOCK, any(PARTS, PART == 'p'))": True, "any(STOCK, KIT == here.TXT)": False,
    "any(STOCK, USED > here.D)": None,
}  # fmt: skip


@pytest.mark.parametrize(("source", "verdict"), (TABLES | TEXTS | BESIDE | STOCK).items())
def test_each_row_means_what_the_page_says(source: str, verdict: bool | None) -> None:
    values = {("VISIT", "@signed", None): True, ("ONCE", "@signed", None): False, ("MAIN", "@signed", "4"): True}
    assert compiled(source).evaluate(HERE, _facts(values=values)) is verdict


@pytest.mark.parametrize(
    "source",
    ["lookup(LIMITS, SEX, LOW) > 0", "TXT + 'x' == 'y'", "delegated(WHO, 'CONSENT', today)",
     "consent_version(D) == '1'", "earliest_date() < M", "latest_date('subject') > M"],
)  # fmt: skip
def test_what_is_not_known_leaves_the_verdict_open(source: str) -> None:
    assert compiled(source).evaluate(row_for({}), Known()) is None


def test_a_site_form_reads_site_forms_and_its_own_items() -> None:
    row = row_for({"KIT": "K1", "USED": dt.date(2026, 2, 1), "BY": "ito"})
    facts = Known({("SHELF", "TEMP", None): 9}, {("STOCK", None, None): siblings([row])})
    for source in ("SHELF.TEMP > 8", "count(STOCK, KIT == here.KIT) == 1", "delegated(BY, 'CONSENT', today)"):
        assert compiled(source, form="STOCK").evaluate(row, facts) is True


@pytest.mark.parametrize(
    ("day", "clock", "earliest", "latest"),
    [
        ("2026-03-02", dt.time(9, 30), "2026-03-02T09:30", "2026-03-02T09:30"),
        ("2026-03-02", None, "2026-03-02T23:59:59", "2026-03-02T00:00"),
        ("2026-03", None, "2026-03-31T23:59:59", "2026-03-01T00:00"),
        ("2026-03", dt.time(9, 30), "2026-03-31T23:59:59", "2026-03-01T00:00"),
        ("2026", None, "2026-12-31T23:59:59", "2026-01-01T00:00"),
    ],
)
def test_what_is_not_known_to_the_second_is_never_too_far_out(
    day: str, clock: dt.time | None, earliest: str, latest: str
) -> None:
    facts = _facts(_done(day, clock))
    assert compiled("earliest_date()").evaluate(HERE, facts) == dt.datetime.fromisoformat(earliest)
    assert compiled("latest_date()").evaluate(HERE, facts) == dt.datetime.fromisoformat(latest)


def test_the_earliest_and_latest_are_over_all_forms_but_this_and_masked_ones() -> None:
    facts = _facts(
        _done("2026-03-02", dt.time(9, 30)), _done(None, dt.time(1, 0)), _done("2026-03-05"),
        diary=(Row({"AT": dt.datetime(2026, 3, 7, 8, 0)}), Row({})),
    )  # fmt: skip
    assert compiled("earliest_date()").evaluate(HERE, facts) == dt.datetime(2026, 3, 2, 9, 30)
    assert compiled("latest_date()").evaluate(HERE, facts) == dt.datetime(2026, 3, 7, 8, 0)
    assert compiled("earliest_date('subject')").evaluate(HERE, facts) == dt.datetime(2026, 3, 7, 8, 0)
    assert compiled("earliest_date()", form="DONE").evaluate(HERE, facts) == dt.datetime(2026, 3, 7, 8, 0)
    assert compiled("earliest_date()", form="BEHIND").evaluate(HERE, facts) == dt.datetime(2020, 1, 1, 23, 59, 59)
    assert compiled("earliest_date()").type == Type("datetime")


def test_a_check_against_consent_of_the_same_day_does_not_fire_without_a_time() -> None:
    consent = row_for({"M": dt.datetime(2026, 3, 2, 10, 0)})
    before = compiled("earliest_date() < M")
    for done, verdict in (
        (_done("2026-03-02"), False),
        (_done("2026-03-02", dt.time(9)), True),
        (_done("2026-03-01"), True),
        (_done("2026-03"), False),
    ):
        assert before.evaluate(consent, _facts(done)) is verdict


def test_others_counts_subjects_of_which_the_condition_is_definitely_true() -> None:
    class Elsewhere(Known):
        elsewhere = {
            "MAIN": [
                [row_for({"A": 3, "SEX": "F"}, {"ROWS": [("1", {"R": 9})]}, site="02")],
                [row_for({"A": 3, "SEX": "F"}, site="01"), row_for({"A": 3}, site="01")],
                [row_for({"A": 3}, site="02")],
                [row_for({"A": 4, "SEX": "F"}, site="02")],
            ]
        }

    facts = Elsewhere({("VISIT", "X", None): 3})
    for source, count in {
        "others(MAIN, A == here.A)": 3, "others(MAIN, A == here.A and SEX == here.SEX)": 2,
        "others(MAIN, SITE == here.SITE)": 1, "others(MAIN, A == VISIT.X and SITE != here.SITE)": 2,
        "others(MAIN, any(ROWS, R == 9 and SITE == '02'))": 1, "others(VISIT, X > 0)": None,
        "first(ROWS, others(MAIN, A > here.R and A == here.here.A), R == 1)": 3,
    }.items():  # fmt: skip
        assert compiled(source).evaluate(HERE, facts) == count, source
    assert compiled("others(MAIN, A == 3) > 0").evaluate(HERE, Known()) is None


def test_an_expression_tells_what_it_asks_beside_values() -> None:
    for source, asks, elsewhere in (
        ("signed(VISIT)", {"signed"}, {("VISIT", "@signed")}),
        ("signed(MAIN)", {"signed"}, {("MAIN", "@signed")}),
        ("delegated(WHO, 'CONSENT', D)", {"delegated"}, set()),
        ("consent_version(D) == '1'", {"consent_version"}, set()),
        ("open_queries() + unsigned() > 0", {"open_queries", "unsigned"}, set()),
        ("others(MAIN, A > here.A) > 0", {"others"}, {("MAIN", "*"), ("MAIN", "A")}),
        ("lookup(LIMITS, SEX, LOW) > 1", set(), set()),
        ("any(STOCK, KIT == here.TXT)", set(), {("STOCK", "*"), ("STOCK", "KIT")}),
        (
            "earliest_date() < M",
            set(),
            {("DONE", "*"), ("DONE", "DAY"), ("DONE", "CLOCK"), ("DIARY", "*"), ("DIARY", "AT")},
        ),
    ):
        ready = compiled(source)
        assert ready.asks == asks, source
        assert ready.elsewhere == elsewhere, source
