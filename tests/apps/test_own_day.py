"""The day of a visit: when the clock on the wall may go into it."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.form.own_day import another_day

START = dt.datetime(2025, 3, 3, 23, 30)


@pytest.mark.parametrize(
    ("date", "moments", "now", "told"),
    [
        ("2025-03-03", [], "2025-03-03T08:00", ""),
        ("2025-03-03", [], "2025-03-04T00:10", "2025-03-03"),
        (None, [], "2025-03-04T00:10", ""),
        ("2025-03", [], "2025-03-04T00:10", ""),
        ("2025-03-03", [START], "2025-03-04T00:10", ""),  # the night goes on past midnight
        ("2025-03-03", [START], "2025-03-04T11:30", ""),
        ("2025-03-03", [START], "2025-03-04T11:31", "2025-03-03"),
        ("2025-03-03", [START], "2025-03-03T17:29", "2025-03-03"),  # of the same date, and not of this night
        (None, [START, START + dt.timedelta(hours=4)], "2025-03-04T15:30", ""),
        (None, [START, START + dt.timedelta(hours=4)], "2025-03-04T15:31", "2025-03-03"),
    ],
)
def test_a_time_is_of_a_visit_on_its_date_and_in_the_night_around_what_is_known_of_it(
    date: str | None, moments: list[dt.datetime], now: str, told: str
) -> None:
    assert another_day(date, moments, dt.datetime.fromisoformat(now)) == told
