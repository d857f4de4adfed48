"""The efficacy model gives the table of the reference study (6.2): 20,000 subjects an arm, nobody leaves."""

from __future__ import annotations

from statistics import fmean, stdev

import pytest

from trialkit.simulation.model.draws import stream
from trialkit.simulation.model.efficacy import Scenario, baseline, percent, response

SUBJECTS = 20_000
# D2 response %, D29 mean change and its SD, D29 response %, D29 remission %, as the specification states them.
TABLE: dict[Scenario, dict[str, tuple[float, float, float, float, float]]] = {
    "BASE": {"A": (46, -17.5, 10.2, 51, 26), "B": (24, -14.3, 9.6, 38, 15), "C": (11, -11.8, 9.2, 28, 9)},
    "SEED": {"A": (61, -20.2, 0, 63, 35), "B": (31, -15.7, 0, 44, 19), "C": (11, -11.8, 0, 28, 9)},
    "NULL": {"A": (41, -16.7, 0, 49, 25), "B": (33, -15.7, 0, 45, 22), "C": (24, -14.3, 0, 39, 18)},
}
CELLS = [(scenario, arm) for scenario, arms in TABLE.items() for arm in arms]


@pytest.mark.parametrize(("scenario", "arm"), CELLS)
def test_20_000_subjects_without_drop_out_meet_the_table(scenario: Scenario, arm: str) -> None:
    draws = stream(20_250_301, scenario, arm)
    early, change, responded, remitted = 0, list[int](), 0, 0
    for _ in range(SUBJECTS):
        one = response(draws, scenario, arm, baseline(draws))
        early += percent(one.total(draws, 1, 1), one.baseline) >= 50
        total = one.total(draws, 8, 4)
        change.append(total - one.baseline)
        responded += percent(total, one.baseline) >= 50
        remitted += total <= 10
    day2, mean, spread, response29, remission29 = TABLE[scenario][arm]
    share = 100 / SUBJECTS
    assert early * share == pytest.approx(day2, abs=1.5)
    assert fmean(change) == pytest.approx(mean, abs=0.3)
    assert responded * share == pytest.approx(response29, abs=1.5)
    assert remitted * share == pytest.approx(remission29, abs=1.5)
    if spread:
        assert stdev(change) == pytest.approx(spread, abs=0.3)
