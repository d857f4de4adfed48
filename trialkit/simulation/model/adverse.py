"""Adverse events: which, when, how bad (reference study, section 6.4), and those that a reading on the grid demands.

The table gives the percentage of subjects with at least one in the induction of eight infusions. Acute events belong
to an infusion, with a risk that falls by a quarter from each to the next; others come on any day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.infusion import Infusion, Step

FALL = 0.75
INFUSIONS = 8
GRADES = {1: 68, 2: 29, 3: 3}


@dataclass(frozen=True, slots=True)
class Term:
    """A kind of event: preferred term, % of subjects by arm, acute or not, class of special interest, grid symptom."""

    name: str
    share: tuple[float, float, float]
    acute: bool = True
    interest: str = "NONE"
    symptom: str = ""
    told: tuple[float, float, float] = (0, 0, 0)  # % that readings on the grid bring by themselves


TERMS = (
    Term("Dissociation", (38, 20, 6), interest="DISSOCIATION", symptom="OTHER", told=(28, 7, 2)),
    Term("Dizziness", (36, 22, 14), symptom="DIZZINESS"),
    Term("Somnolence", (40, 28, 46), interest="SEDATION", symptom="OTHER", told=(19, 6, 31)),
    Term("Nausea", (22, 13, 8), symptom="NAUSEA"),
    Term("Headache", (21, 19, 18), symptom="HEADACHE"),
    Term("Vertigo", (12, 6, 3), symptom="DIZZINESS"),
    Term("Hypoaesthesia", (12, 6, 2), symptom="NUMBNESS"),
    Term("Vision blurred", (10, 6, 2), symptom="BLURRED VISION"),
    Term("Blood pressure increased", (14, 7, 3), interest="HYPERTENSION", told=(14, 3, 2)),
    Term("Anxiety", (11, 8, 6), symptom="ANXIETY"),
    Term("Vomiting", (8, 4, 2), symptom="VOMITING"),
    Term("Euphoric mood", (5, 3, 2), symptom="OTHER"),
    Term("Feeling drunk", (5, 3, 2), symptom="OTHER"),
    Term("Fatigue", (11, 9, 12), acute=False),
    Term("Insomnia", (8, 7, 7), acute=False),
    Term("Dry mouth", (4, 3, 3), symptom="OTHER"),
    Term("Pollakiuria", (3, 2, 1), acute=False, interest="CYSTITIS"),
    Term("Dysuria", (2, 1, 1), acute=False, interest="CYSTITIS"),
    Term("Cystitis", (0.3, 0.1, 0.1), acute=False, interest="CYSTITIS"),
    Term("Tachycardia", (2, 1, 0.5), symptom="PALPITATIONS"),
    Term("Hypoxia", (0.6, 0.3, 1.2), interest="RESPIRATORY DEPRESSION", symptom="BREATHLESSNESS", told=(0.6, 0.3, 1.2)),
    Term("Infusion site reaction", (4, 4, 4), symptom="OTHER"),
    Term("Nasopharyngitis", (6, 6, 6), acute=False),
    Term("Diarrhoea", (5, 4, 4), acute=False),
    Term("Suicidal ideation", (3, 3, 4), acute=False, interest="SUICIDALITY"),
    Term("Suicide attempt", (0.4, 0.4, 0.6), acute=False, interest="SUICIDALITY"),
    Term("Drug abuse", (0.8, 0.6, 0.4), acute=False, interest="ABUSE/MISUSE"),
    Term("Mania", (0.3, 0.2, 0.1), acute=False, interest="PSYCHOSIS/MANIA"),
    Term("Medication error", (0.5, 0.5, 0.5), acute=False, interest="MEDICATION ERROR"),
    Term("Fall", (0.6, 0.4, 0.8), acute=False),
)
BY_NAME = {term.name: term for term in TERMS}
# Beside suicide attempts: what puts a subject into hospital, % of subjects by arm.
SERIOUS = (1.6, 1.4, 1.8)
SERIOUS_TERMS = {"Appendicitis": 3, "Pneumonia": 3, "Depression": 4, "Fracture": 2, "Cholecystitis": 2}
TREATED = {"Headache": 0.45, "Nausea": 0.3, "Vomiting": 0.3, "Insomnia": 0.2, "Nasopharyngitis": 0.4, "Dysuria": 0.4}
RELATED = 0.85  # of acute events; of the others a quarter


@dataclass(slots=True)
class Adverse:
    """One event of a subject in site time. `infusion` is the number of the infusion it belongs to, 0 for none."""

    name: str
    begins: datetime
    ends: datetime | None
    grade: int
    interest: str = "NONE"
    infusion: int = 0
    symptom: str = ""
    related: bool = False
    treated: bool = False
    serious: bool = False
    action: str = "DOSE NOT CHANGED"
    withdrawn: bool = False
    line: int = 0  # in the log, once it is entered


class Dosed(Protocol):
    """A visit with an infusion."""

    start: datetime
    nth: int


@lru_cache(maxsize=128)
def hazard(percent: float) -> float:
    """The risk at the first infusion that gives this percentage over the induction, when risk falls from each on."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        none = 1.0
        for n in range(INFUSIONS):
            none *= 1 - middle * FALL**n
        low, high = (middle, high) if 1 - none < percent / 100 else (low, middle)
    return high


@lru_cache(maxsize=8)
def _hazards(arm: str) -> tuple[tuple[Term, float], ...]:
    at = "ABC".index(arm)
    rest = ((term, 1 - (1 - term.share[at] / 100) / (1 - term.told[at] / 100)) for term in TERMS if term.acute)
    return tuple((term, hazard(100 * max(extra, 0.0))) for term, extra in rest)


def at_infusion(draws: Draws, arm: str, nth: int, start: datetime, end: int) -> list[Adverse]:
    """The acute events of the `nth` infusion that no reading demands, in the order of the table."""
    found, fall = [], FALL ** (nth - 1)
    random = draws.random
    for term, risk in _hazards(arm):
        if random() < risk * fall:
            found.append(acute(draws, term, nth, start + timedelta(minutes=draws.randrange(4, max(end, 12)))))
    return found


def acute(draws: Draws, term: Term, nth: int, begins: datetime, grade: int = 0) -> Adverse:
    """An event of an infusion; it lasts LN(55 min, 0.6) and ends the same day."""
    minutes = min(max(round(draws.lognormal(55, 0.6)), 5), 420)
    return Adverse(
        term.name, begins, begins + timedelta(minutes=minutes), grade or draws.one_of(GRADES), term.interest, nth,
        term.symptom, draws.chance(RELATED), draws.chance(TREATED.get(term.name, 0.0)),
    )  # fmt: skip


def over_time(draws: Draws, arm: str, first: datetime, days: int) -> list[Adverse]:
    """The events of no infusion in a stretch of days from the first dose on."""
    at, found, share = "ABC".index(arm), list[Adverse](), min(days / 28, 4.0)
    for term in TERMS:
        if not term.acute and draws.chance(1 - (1 - term.share[at] / 100) ** share):
            found.append(lasting(draws, term, first + timedelta(days=draws.randrange(1, max(days, 2)))))
    if draws.chance(SERIOUS[at] / 100 * share):
        begins = first + timedelta(days=draws.randrange(2, max(days, 3)))
        name = draws.one_of(SERIOUS_TERMS)
        found.append(Adverse(name, begins, begins + timedelta(days=draws.randrange(3, 15)), 3, serious=True))
    return found


def lasting(draws: Draws, term: Term, begins: datetime) -> Adverse:
    """An event of days."""
    days = min(max(round(draws.lognormal(4, 0.8)), 1), 40)
    attempt = term.name == "Suicide attempt"
    return Adverse(
        term.name, begins, begins + timedelta(days=days), 3 if attempt else draws.one_of({1: 68, 2: 32}), term.interest,
        0, "", draws.chance(0.25), draws.chance(TREATED.get(term.name, 0.0)), attempt,
    )  # fmt: skip


def keep_off(event: Adverse, days: set[date]) -> None:
    """Let an event of days begin and end between infusions, where only its days are asked for."""
    while event.begins.date() in days:
        event.begins += timedelta(days=1)
    if event.ends is not None:
        event.ends = max(event.ends, event.begins + timedelta(days=1))
        while event.ends.date() in days:
            event.ends += timedelta(days=1)


def overlaps(one: Adverse, others: list[Adverse]) -> bool:
    """Whether an event of the same name goes on at the same time."""
    return any(
        other.name == one.name
        and (other.ends is None or other.ends.date() >= one.begins.date())
        and (one.ends is None or one.ends.date() >= other.begins.date())
        for other in others
    )


def demanded(draws: Draws, infusion: Infusion, nth: int, start: datetime) -> list[Adverse]:
    """The events that the grid demands: sedation, dissociation, pressure, saturation, and what stopped the pump."""
    found: list[Adverse] = []

    def tell(name: str, minute: int, grade: int, action: str = "DOSE NOT CHANGED", treated: bool = False) -> None:
        event = acute(draws, BY_NAME[name], nth, start + timedelta(minutes=minute), grade)
        event.related, event.action, event.treated = True, action, treated
        found.append(event)

    rows = infusion.done
    steps = {step.reason: step for step in infusion.steps if step.reason}
    high = next((row for row in rows if row.systolic >= 180 or row.diastolic >= 110), None)
    risen = max(rows, key=lambda row: row.systolic)
    if high or risen.systolic - infusion.before[-1].systolic >= 40:
        row = high or risen
        tell("Blood pressure increased", row.minute or 0, 3 if high else 2, _action(steps.get("SBP/DBP")))
    if infusion.lowest <= 3:
        row = next(row for row in rows if row.alert == infusion.lowest)
        tell("Somnolence", row.minute or 0, 2 if infusion.lowest == 3 else 3, _action(steps.get("SEDATION")))
    if max(infusion.cadss.values()) >= 30 or "DISSOCIATION/DISTRESS" in steps:
        at = steps.get("DISSOCIATION/DISTRESS")
        tell("Dissociation", at.minute - 2 if at else 25, 2, _action(at))
    if "SEDATION" in steps and infusion.lowest > 3:
        tell("Somnolence", steps["SEDATION"].minute - 2, 1, _action(steps["SEDATION"]))
    if "SPO2" in steps or "RESPIRATION" in steps:
        at = steps.get("SPO2") or steps["RESPIRATION"]
        tell("Hypoxia", at.minute - 2, 1, _action(at))
    if "NAUSEA/VOMITING" in steps:
        tell("Nausea", steps["NAUSEA/VOMITING"].minute - 2, 2, _action(steps["NAUSEA/VOMITING"]))
    if "HR" in steps:
        tell("Tachycardia", steps["HR"].minute - 2, 1, _action(steps["HR"]))
    return found


def _action(step: Step | None) -> str:
    if step is None:
        return "DOSE NOT CHANGED"
    return {"RATE CHANGE": "DOSE RATE REDUCED", "PAUSE": "DRUG INTERRUPTED"}.get(step.action, "DOSE NOT CHANGED")


def show(infusion: Infusion, events: list[Adverse], start: datetime) -> None:
    """The rows of the grid tell the symptoms that go on at their time."""
    for row in infusion.done:
        now = start + timedelta(minutes=row.minute or 0)
        felt = {e.symptom for e in events if e.symptom and e.ends and e.begins <= now <= e.ends}
        row.symptoms = sorted(felt)


def withdrawing(draws: Draws, events: list[Adverse], dosed: Dosed) -> Adverse:
    """The event that ends treatment: the worst of the last infusion, or one that is told now."""
    own = [event for event in events if event.infusion == dosed.nth]
    if not own:
        term = draws.choice((BY_NAME["Dissociation"], BY_NAME["Anxiety"], BY_NAME["Nausea"], BY_NAME["Vertigo"]))
        own = [acute(draws, term, dosed.nth, dosed.start + timedelta(minutes=20), 2)]
        events += own
    worst = max(own, key=lambda event: event.grade)
    worst.grade, worst.related = max(worst.grade, 2), True
    worst.action, worst.withdrawn = "DRUG WITHDRAWN", True
    return worst
