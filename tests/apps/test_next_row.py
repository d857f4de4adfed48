"""Into which row of a grid the time is put by one tap."""

from __future__ import annotations

import datetime as dt

from apps.form.cells import Window
from apps.form.grid import next_row

ROWS = ["PRE", "T5", "T10", "T20", "X"]
START = dt.datetime(2026, 3, 5, 10, 0)


def _at(minute: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


TIMES = {f"T{due}": Window(_at(due - 3), _at(due), _at(due + 3)) for due in (5, 10, 20)}


def test_it_is_the_row_in_whose_time_it_is_though_one_before_was_left_out() -> None:
    assert next_row(ROWS, ["T5", "T10", "T20", "X"], TIMES, _at(12)) == "T10"


def test_between_two_times_it_is_the_first_behind_the_last_that_was_read() -> None:
    assert next_row(ROWS, ["T5", "T20", "X"], TIMES, _at(15)) == "T20"


def test_where_no_times_are_known_it_is_the_first_that_was_not_read() -> None:
    assert next_row(ROWS, ROWS, {}, _at(0)) == "PRE"


def test_behind_the_last_row_it_is_the_first_that_was_left_out() -> None:
    assert next_row(ROWS, ["T5", "T10"], TIMES, _at(90)) == "T5"
