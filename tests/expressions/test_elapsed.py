"""Hours are hours that went by: nobody has an hour more, or less, because a clock on the wall was set."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expressions.words import Known, compiled
from trialkit.expressions.elapsed import after, around, elapsed, read
from trialkit.expressions.environment import row_for

BERLIN = ZoneInfo("Europe/Berlin")
DAY = dt.timedelta(hours=24)
at = dt.datetime.fromisoformat


@pytest.mark.parametrize(
    "start, shown",
    [
        ("2026-10-24T10:00", "2026-10-25T09:00"),  # back in the night of 25-Oct-2026
        ("2026-10-24T02:30", "2026-10-25T02:30"),  # the first 02:30
        ("2026-10-24T03:30", "2026-10-25T02:30"),  # the second
        ("2026-10-25T02:30", "2026-10-26T01:30"),
        ("2026-10-25T04:00", "2026-10-26T04:00"),
        ("2026-03-28T10:00", "2026-03-29T11:00"),  # forward in the night of 29-Mar-2026
        ("2026-03-28T02:30", "2026-03-29T03:30"),
        ("2026-03-29T02:30", "2026-03-30T03:30"),  # a time that no clock showed
        ("2026-06-01T10:00", "2026-06-02T10:00"),
    ],
)
def test_a_day_after_is_24_hours_that_went_by(start: str, shown: str) -> None:
    end = after(at(start), DAY, BERLIN)
    assert end.replace(fold=0) == at(shown)
    assert elapsed(at(start), end, BERLIN) == DAY


def test_a_time_that_comes_twice_is_read_with_its_name() -> None:
    assert read(after(at("2026-10-24T02:30"), DAY, BERLIN), BERLIN) == "25-Oct-2026 02:30 CEST"
    assert read(after(at("2026-10-24T03:30"), DAY, BERLIN), BERLIN) == "25-Oct-2026 02:30 CET"
    assert read(at("2026-10-25T09:00"), BERLIN) == "25-Oct-2026 09:00"


@pytest.mark.parametrize(
    "start, end, hours",
    [
        ("2026-10-24T10:00", "2026-10-25T10:00", 25),
        ("2026-10-24T10:00", "2026-10-25T09:00", 24),
        ("2026-03-28T10:00", "2026-03-29T10:00", 23),
        ("2026-03-28T10:00", "2026-03-29T11:00", 24),
        ("2026-06-01T10:00", "2026-06-02T10:00", 24),
    ],
)
def test_hours_and_minutes_between_moments_are_those_that_went_by(start: str, end: str, hours: int) -> None:
    facts, row = Known(), row_for({"M": at(start), "N": at(end)})
    facts.zone = BERLIN
    assert compiled(f"hours(M, N) == {hours}").evaluate(row, facts) is True
    assert compiled(f"minutes(M, N) == {60 * hours}").evaluate(row, facts) is True
    assert compiled("hours(M, N) <= 24").evaluate(row, facts) is (hours <= 24)
    facts.zone = None  # the control: what the clocks showed
    assert compiled("hours(M, N) == 24").evaluate(row, facts) is (start[11:] == end[11:])


MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1)).map(lambda at: at.replace(microsecond=0))
TIMES = st.times().map(lambda time: time.replace(microsecond=0))


@given(MOMENTS, TIMES, st.integers(0, 24 * 60))
def test_a_clock_time_around_a_moment_is_the_first_that_is_not_too_early(
    moment: dt.datetime, time: dt.time, minutes: int
) -> None:
    before = dt.timedelta(minutes=minutes)
    found = around(moment, time, before)
    assert found.time() == time
    assert moment - before <= found < moment - before + DAY


@given(MOMENTS, st.integers(0, 86399), st.integers(0, 24))
def test_what_a_clock_showed_within_these_hours_is_dated_as_it_was(
    moment: dt.datetime, second: int, hours: int
) -> None:
    was = moment - dt.timedelta(hours=hours) + dt.timedelta(seconds=second)
    row = row_for({"M": moment, "T": was.time(), "A": hours, "N": was})
    assert compiled("moment_around(M, T, A) == N").evaluate(row, Known()) is True


@given(st.datetimes(), st.times(), st.integers(-(10**12), 10**12))
def test_a_clock_time_around_any_moment_brings_nothing_down(moment: dt.datetime, time: dt.time, hours: int) -> None:
    row = row_for({"M": moment, "T": time, "A": hours})
    assert compiled("present(moment_around(M, T, A))").evaluate(row, Known()) in (True, False)


@pytest.mark.parametrize("absent", ["M", "T", "A"])
def test_a_clock_time_is_of_no_day_while_anything_is_unknown(absent: str) -> None:
    values = {"M": at("2026-03-28T23:20"), "T": dt.time(0, 32), "A": 12}
    assert compiled("moment_around(M, T, A) == '2026-03-29T00:32'").evaluate(row_for(values), Known()) is True
    values.pop(absent)
    assert compiled("missing(moment_around(M, T, A))").evaluate(row_for(values), Known()) is True
