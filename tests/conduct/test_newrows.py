"""Rows of a table that two people began at once."""

from __future__ import annotations

from tests.ward import Ward
from trialkit.conduct.newrows import MOST, next_line, set_apart

MINE = ["STEPS[2].STEPVOL", "STEPS[3].STEPVOL", "TOTAL"]


def _apart(ward: Ward, since: int, *, stand: bool = False, paths: list[str] = MINE) -> dict[str, str]:
    place = ward.place("V2", "DOSE")
    cform = ward.trial.compiled(ward.trial.everything().record(place).study).forms["DOSE"]  # type: ignore[union-attr]
    return set_apart(ward.trial.everything(), place, cform, paths, since, lambda _path: stand)


def test_a_new_row_that_a_colleague_began_meanwhile_is_theirs_and_ones_own_goes_to_the_next_free_rows(
    ward: Ward,
) -> None:
    ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "5.0"})
    opened = ward.version(ward.place("V2", "DOSE"))
    assert _apart(ward, opened) == {}
    ward.save("V2", "DOSE", {"STEPS[2].STEPVOL": "7.0"})
    assert _apart(ward, opened) == {"STEPS[2].STEPVOL": "STEPS[4].STEPVOL"}
    ward.save("V2", "DOSE", {"STEPS[3].STEPVOL": "8.0"})
    assert _apart(ward, opened) == {"STEPS[2].STEPVOL": "STEPS[4].STEPVOL", "STEPS[3].STEPVOL": "STEPS[5].STEPVOL"}


def test_a_row_that_stood_already_is_one_row_for_both(ward: Ward) -> None:
    ward.save("V2", "DOSE", {"STEPS[2].STEPVOL": "5.0"})
    opened = ward.version(ward.place("V2", "DOSE"))
    ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "7.0"})
    assert _apart(ward, opened, paths=["STEPS[2].STEPVOL"]) == {}


def test_a_row_that_was_saved_in_another_window_of_ones_own_is_not_doubled(ward: Ward) -> None:
    ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "5.0"})
    opened = ward.version(ward.place("V2", "DOSE"))
    ward.save("V2", "DOSE", {"STEPS[2].STEPVOL": "7.0"})
    assert _apart(ward, opened, stand=True, paths=["STEPS[2].STEPVOL"]) == {}


def test_a_new_line_comes_after_all_others_and_where_there_is_no_number_left_in_the_first_gap() -> None:
    assert next_line([]) == 1
    assert next_line([1, 2, 7]) == 8
    assert next_line([1, 2, MOST]) == 3
