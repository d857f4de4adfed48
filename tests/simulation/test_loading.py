from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.simulation.playhouse import HEAD, write_play
from trialkit.errors import WrongFile, WrongStudy
from trialkit.simulation.loading import load_play
from trialkit.simulation.table import cells, spread

VISIT = """\
- at: 2026-03-03T09:30
  do: visit
  pattern: measuring
  event: V1
"""


def test_a_visit_is_spelt_out_into_the_acts_of_its_pattern_at_their_times(tmp_path: Path) -> None:
    play = load_play(write_play(tmp_path, VISIT))
    step = play.steps[-1]
    assert (step.act.form, step.act.event, step.act.who) == ("VS", "V1", "ana")
    assert step.moment == datetime(2026, 3, 3, 9, 40, tzinfo=UTC)
    assert step.place == "day.yaml:9"


def test_a_moment_is_meant_in_the_time_of_the_site(tmp_path: Path) -> None:
    summer = VISIT.replace("2026-03-03", "2026-07-03")
    assert load_play(write_play(tmp_path, summer)).steps[-1].moment == datetime(2026, 7, 3, 8, 40, tzinfo=UTC)


def test_a_visit_varies_its_pattern_value_by_value_and_leaves_acts_out(tmp_path: Path) -> None:
    varied = VISIT + "  vary:\n    VS:\n      values:\n        SYSBP: '133'\n"
    act = load_play(write_play(tmp_path, varied)).steps[-1].act
    assert (act.values["SYSBP"], act.values["DIABP"]) == ("133", "80")
    assert len(load_play(write_play(tmp_path, VISIT + "  without: [VS]\n")).steps) == 1


@pytest.mark.parametrize(
    ("story", "complaint"),
    [
        ("- at: 2026-03-03\n  who: ana\n  form: VS\n", "day.yaml:9:7: '2026-03-03' is no moment"),
        ("- at: 2026-03-02T09:00\n  who: ana\n  form: VS\n", "day.yaml:9:7: 02-Mar 09:00 is before the act above it"),
        ("- at: 2026-03-03T10:00\n  who: bob\n  form: VS\n", "day.yaml:10:8: 'bob' is not of the cast"),
        ("- at: 2026-03-03T10:00\n  who: '@pharmacist'\n  form: VS\n", "nobody of the cast is @pharmacist at site 01"),
        ("- at: 2026-03-03T10:00\n  who: ana\n  do: save\n", "to save needs form"),
        ("- at: 2026-03-03T10:00\n  who: ana\n  do: sav\n", "'sav' is no do (did you mean save?)"),
        ("- at: 2026-03-03T10:00\n  who: ana\n  from: VS\n", "from is not a key here (did you mean form?)"),
        (VISIT.replace("measuring", "weighing"), "there is no pattern 'weighing'"),
        (VISIT + "  without: [AE]\n", "the pattern has no act 'AE' (its acts are VS)"),
    ],
)
def test_a_fault_in_a_story_is_told_with_its_place_and_remedy(tmp_path: Path, story: str, complaint: str) -> None:
    with pytest.raises(WrongStudy) as wrong:
        load_play(write_play(tmp_path, story))
    assert complaint in str(wrong.value)


def test_a_site_that_is_not_of_the_cast_and_a_folder_without_cast_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongStudy, match="site 09 is not of the cast"):
        load_play(write_play(tmp_path, "", HEAD.replace("'01'", "'09'")))
    with pytest.raises(WrongStudy, match=r"there is no cast\.yaml"):
        load_play(tmp_path / "nowhere")


def test_a_table_gives_each_row_its_cells_its_defaults_and_nothing_where_a_dash_stands() -> None:
    text = "row | RTIM | RSYS\nPRE | 09:00 | 120\nT5 | 09:05 | -\n"
    assert cells("READING", text, {"RBY": "noor", "RSYS": "1"}) == {
        "READING[PRE].RBY": "noor",
        "READING[PRE].RTIM": "09:00",
        "READING[PRE].RSYS": "120",
        "READING[T5].RBY": "noor",
        "READING[T5].RTIM": "09:05",
    }


def test_a_span_of_items_takes_a_digit_each() -> None:
    assert dict(spread([("MADRS108..MADRS110", "304")])) == {"MADRS108": "3", "MADRS109": "0", "MADRS110": "4"}


@pytest.mark.parametrize("row", ["T5 | 1", "T5 | 1 | 2 | 3"])
def test_a_row_with_too_few_or_too_many_cells_is_refused(row: str) -> None:
    with pytest.raises(WrongFile, match="row T5 of READING"):
        cells("READING", f"row | RTIM | RSYS\n{row}\n", {})


@pytest.mark.parametrize("digits", ["12", "12a", "1234"])
def test_a_span_with_other_than_a_digit_an_item_is_refused(digits: str) -> None:
    with pytest.raises(WrongFile, match="takes 3 digits"):
        dict(spread([("A1..A3", digits)]))
