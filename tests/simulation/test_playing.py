from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulation.playhouse import played
from trialkit.errors import WrongStory
from trialkit.store.database import Store

Make = Callable[..., Store]

DAY = """\
- at: 2026-03-03T09:20
  do: consent
  who: ana
  event: LOG
  form: IC
  values:
    ICVER: '1.0'
    ICDAT: +0:00
- at: 2026-03-03T09:30
  do: visit
  pattern: measuring
  event: V1
- at: 2026-03-03T10:00
  do: correct
  who: ana
  event: V1
  form: VS
  values:
    SYSBP: '150'
    WEIGHT: seventy
  reason: SOURCE
  because: The second reading counts.
  expect:
    wrong: [WEIGHT]
    says: is not a decimal number
    fires: [G02]
    holds:
      SYSBP: '150'
      WEIGHT: '70.0'
- at: 2026-03-03T10:05
  do: answer
  who: ana
  event: V1
  form: VS
  check: G02
  text: Confirmed, he had run.
- at: 2026-03-03T11:00
  who: ana
  event: V2
  form: DOSE
  finished: no
  values:
    DOSEDTM: 2026-03-02T09:00
  expect:
    refused: Blocked
    says: C02
- at: 2026-03-03T11:05
  who: ana
  event: V2
  form: DOSE
  finished: no
  values:
    DOSEDTM: 2026-03-02T09:00
  explain:
    C02: The dose of the day before was given under another protocol.
  expect:
    deviations: [C02]
- at: 2026-03-04T09:00
  do: close
  who: mo
  event: V1
  form: VS
  check: G02
  text: Agrees with the source.
- at: 2026-03-04T09:10
  do: sign in
  who: mo
  text: not the password of Mo
  expect:
    refused: SignInFailed
"""


def test_a_story_that_goes_as_it_tells_is_played_to_its_end(make_store: Make, tmp_path: Path) -> None:
    stage, _, turned = played(make_store, tmp_path, DAY)
    assert [one.step.act.form or one.step.act.do for one in turned] == ["DOSE", "sign in"]
    assert {query.status for query in stage.trial.everything().queries() if query.values["check"] == "G02"} == {
        "CLOSED"
    }
    entries = [entry for entry in stage.trial.everything().entries() if entry.place.subject == "01-0001"]
    assert entries[0].recorded_at.startswith("2026-03-03T09:00:00")
    assert stage.trial.store.verify().entries == stage.trial.store.size


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("    fires: [G02]\n", "", "expected these checks to fire []; instead: ['G02']"),
        ("    wrong: [WEIGHT]\n", "    wrong: [SYSBP]\n", "expected these answers refused ['SYSBP']"),
        ("    says: is not a decimal number\n", "    says: too heavy\n", "expected to hear too heavy"),
        ("      SYSBP: '150'\n", "      SYSBP: '149'\n", "expected to hold {'SYSBP': '149'"),
        ("    refused: Blocked\n", "    refused: OutOfOrder\n", "expected OutOfOrder; instead: Blocked: C02"),
        ("    refused: SignInFailed\n", "    refused: Refused\n", "expected Refused; instead: SignInFailed"),
        ("    deviations: [C02]\n", "    deviations: []\n", "expected deviations of []; instead: ['C02']"),
        ("  because: The second reading counts.\n", "  because: corrected\n", "to be done; instead: ReasonNeeded"),
        ("  do: answer\n", "  do: close\n", "expected to be done; instead: Refused"),
        ("  check: G02\n  text: Confirmed", "  check: W01\n  text: Confirmed", "W01 has asked nothing"),
    ],
)  # fmt: skip
def test_a_story_that_goes_otherwise_stops_and_says_where_and_how(
    make_store: Make, tmp_path: Path, written: str, instead: str, told: str
) -> None:
    assert written in DAY
    with pytest.raises(WrongStory) as wrong:
        played(make_store, tmp_path, DAY.replace(written, instead, 1))
    assert told in str(wrong.value)
    assert str(wrong.value).startswith("day.yaml:")


def test_an_act_that_was_to_be_refused_and_was_done_stops_the_play(make_store: Make, tmp_path: Path) -> None:
    story = "- at: 2026-03-03T10:00\n  do: read\n  who: ana\n  event: V1\n  form: VS\n  expect:\n    refused: Refused\n"
    with pytest.raises(WrongStory, match="expected to be refused as Refused; instead: it was done"):
        played(make_store, tmp_path, story)
