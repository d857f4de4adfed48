"""How depression answers: MADRS totals over time (reference study, section 6.2).

G is the subject's potential gain as a share of the baseline B, R the part of the first day that has nothing to do with
G. After m infusions, the last one D days ago, MADRS = B (1 - P - S) + noise, where P builds up with the infusions and S
is the quick effect that fades within days and with repetition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from trialkit.simulation.model.draws import Draws

Scenario = Literal["BASE", "SEED", "NULL"]

# Mean and SD of G, and the share of G that shows on the first day (rho), by scenario and arm.
GAIN: dict[Scenario, dict[str, tuple[float, float, float]]] = {
    "BASE": {"A": (0.49, 0.28, 0.85), "B": (0.40, 0.26, 0.65), "C": (0.33, 0.25, 0.50)},
    "SEED": {"A": (0.57, 0.27, 0.95), "B": (0.44, 0.26, 0.70), "C": (0.33, 0.25, 0.50)},
    "NULL": {"A": (0.47, 0.30, 0.80), "B": (0.44, 0.30, 0.70), "C": (0.40, 0.30, 0.60)},
}
BUILD = 1 - math.exp(-8 / 2.5)  # what eight infusions build up; P is a share of it
NOISE = 2.5
RELAPSE = {"A": 0.06, "B": 0.08, "C": 0.10}  # hazard of relapse per 30 days of maintenance
RELAPSE_LEVEL = 22
HALF_LIFE = 21.0  # days in which half of what was won is lost again once dosing ends
LOST = 0.8  # of the baseline: where MADRS returns to off drug


@dataclass(frozen=True, slots=True)
class Response:
    """One subject's response: baseline total, G, rho times G, R."""

    baseline: int
    gain: float
    early: float
    first: float

    def total(self, draws: Draws, infusions: int, days: float) -> int:
        """MADRS after so many infusions, the last one so many days ago."""
        if not infusions:
            return _scale(self.baseline + draws.normal(0, NOISE))
        built = self.gain * (1 - math.exp(-infusions / 2.5)) / BUILD
        quick = (0.9 * self.early + self.first) * math.exp(-(infusions - 1) / 3) * math.exp(-days / 4)
        return _scale(self.baseline * (1 - built - quick) + draws.normal(0, NOISE))

    def held(self, draws: Draws, level: int) -> int:
        """MADRS in maintenance: the level of day 29 with a little noise."""
        return _scale(level + draws.normal(0, 3))

    def off_drug(self, draws: Draws, level: int, days: float) -> int:
        """MADRS so many days after the last infusion, from the level at that time."""
        back = LOST * self.baseline
        return _scale(back + (level - back) * 2 ** (-days / HALF_LIFE) + draws.normal(0, NOISE))

    def relapsed(self, draws: Draws) -> int:
        """MADRS in a relapse."""
        return _scale(draws.uniform(RELAPSE_LEVEL, max(self.baseline, RELAPSE_LEVEL + 1)))


def baseline(draws: Draws) -> int:
    """MADRS at the baseline visit of a subject who is eligible."""
    return round(draws.within(28, 56, 34, 5))


def response(draws: Draws, scenario: Scenario, arm: str, base: int) -> Response:
    """Draw how one subject of an arm will respond."""
    mean, sd, rho = GAIN[scenario][arm]
    gain = min(max(draws.normal(mean, sd), -0.20), 1.0)
    return Response(base, gain, rho * gain, draws.normal(0, 0.13))


def relapses_within(draws: Draws, arm: str, days: float) -> bool:
    """Whether a subject of the arm relapses in a stretch of maintenance."""
    return draws.chance(1 - (1 - RELAPSE[arm]) ** (days / 30))


def percent(total: int, base: int) -> float:
    """Improvement in percent of the baseline."""
    return 100 * (base - total) / base


def _scale(points: float) -> int:
    return min(max(round(points), 0), 60)
