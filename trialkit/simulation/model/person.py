"""Who takes part: demographics, history and body as section 6.1 of the reference study distributes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from trialkit.simulation.model.draws import Draws

FAILURES = {2: 42, 3: 28, 4: 16, 5: 9, 6: 5}
RACES = {"WHITE": 78, "BLACK OR AFRICAN AMERICAN": 9, "ASIAN": 6, "OTHER": 4, "MULTIPLE": 3}
SUBCONSENTS = {"ICSBIO": 0.78, "ICSREC": 0.55, "ICSDAT": 0.88, "ICSFUT": 0.91}
WHY_FAILED = {
    "MADRS": 22, "TRD": 20, "BP OR ECG": 14, "DRUG SCREEN": 9, "PSYCHIATRIC": 12, "LABS": 6, "SUICIDALITY": 5,
    "WITHDREW": 9, "OTHER": 3,
}  # fmt: skip


@dataclass(slots=True)
class Person:
    """One person at consent. Weights kg, heights cm, pressures mmHg; `ideation`: C-SSRS level of the past month."""

    sex: str
    age: int
    born: date
    height: float
    weight: float
    race: tuple[str, ...]
    hispanic: bool
    childbearing: bool
    episode_months: int
    failures: int
    antidepressant: bool
    benzodiazepine: bool
    attempts: int
    ideation: int
    anxiety: bool
    hypertension: bool
    ptsd: bool
    ketamine_ever: bool
    cannabis: bool
    systolic: float
    rise: float
    dissociates: float
    subconsents: dict[str, str] = field(default_factory=dict)
    tries: int = 1
    score: int = 10

    @property
    def bmi(self) -> float:
        """kg/m2, as the form computes it."""
        return self.weight / (self.height / 100) ** 2


def person(draws: Draws, consented: date) -> Person:
    """Draw a person who consents on that day."""
    sex = "F" if draws.chance(0.62) else "M"
    age = int(draws.within(18, 70.99, 46, 13))
    height = round(draws.within(145, 200, *((164, 7) if sex == "F" else (177, 7))), 1)
    weight = _weight(draws, sex, height)
    race = draws.one_of(RACES)
    races = ("BLACK OR AFRICAN AMERICAN", "WHITE") if race == "MULTIPLE" else (race,)
    hypertension, failures = draws.chance(0.22), draws.one_of(FAILURES)
    late = draws.chance(0.04)  # the first comprehension try failed
    score = max(8 if late else 0, 10 - draws.poisson(0.9))
    return Person(
        sex=sex,
        age=age,
        born=_born(draws, consented, age),
        height=height,
        weight=weight,
        race=races,
        hispanic=draws.chance(0.09),
        childbearing=sex == "F" and age < 51 and draws.chance(0.70),
        episode_months=min(max(round(draws.lognormal(22, 1.0)), 3 * failures + 4), 119),
        failures=failures,
        antidepressant=draws.chance(0.70),
        benzodiazepine=draws.chance(0.18),
        attempts=1 + draws.poisson(0.4) if draws.chance(0.28) else 0,
        ideation=draws.one_of({1: 60, 2: 28, 3: 12}) if draws.chance(0.45) else 0,
        anxiety=draws.chance(0.45),
        hypertension=hypertension,
        ptsd=draws.chance(0.12),
        ketamine_ever=draws.chance(0.03),
        cannabis=draws.chance(0.15),
        systolic=122 + 0.25 * (age - 46) + 5 * hypertension + draws.normal(0, 7),
        # What a person brings to every infusion; the rest of the spread is the infusion's own.
        rise=0.12 * (age - 46) + 4 * hypertension + draws.normal(0, 7),
        dissociates=draws.normal(0, 0.65),
        subconsents={item: "GRANTED" if draws.chance(p) else "DECLINED" for item, p in SUBCONSENTS.items()},
        tries=2 if late or score < 8 else 1,
        score=max(score, 8),
    )


def _weight(draws: Draws, sex: str, height: float) -> float:
    """Lognormal, 45 to 140 kg, with a body mass index that the study admits."""
    median, sigma = (75, 0.21) if sex == "F" else (88, 0.18)
    for _ in range(64):
        weight = round(draws.lognormal(median, sigma), 1)
        if 45 <= weight <= 140 and 18.5 <= weight / (height / 100) ** 2 <= 39.5:
            return weight
    return round(25 * (height / 100) ** 2, 1)


def _born(draws: Draws, consented: date, age: int) -> date:
    """A birth date that makes the person `age` on the day of consent, and does not change it within the month."""
    day = consented - timedelta(days=int(365.25 * age) + draws.randrange(40, 320))
    return day.replace(day=min(day.day, 28))
