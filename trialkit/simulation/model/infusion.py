"""One infusion as it goes: pump steps, blood pressure, sedation, dissociation (reference study, section 6.3).

Minutes count from the start of the infusion, whole as a nurse writes them. What staff must do at a reading is done
here, too: a reading over a limit is repeated, the rate halved, the pump paused or stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.person import Person

POINTS = ("T5", "T10", "T20", "T30", "T40", "E20", "E40", "E60", "E90", "E120")
NOMINAL = {"T5": 5, "T10": 10, "T20": 20, "T30": 30, "T40": 0, "E20": 20, "E40": 40, "E60": 60, "E90": 90, "E120": 120}
CURVE = dict(zip(POINTS, (0.25, 0.55, 0.80, 0.95, 1.0, 0.57, 0.33, 0.19, 0.08, 0.04), strict=True))
FULL, HALF = 75.0, 37.5  # mL/h
VOLUME = 50.0  # mL

# Mean and SD of the peak rise, of which the person brings some; share of DBP; pulse mean and SD.
RISE = {"A": (13, 6.0), "B": (8, 4.0), "C": (-4, 4.0)}
DIASTOLIC = {"A": 0.68, "B": 0.68, "C": 0.6}
PULSE = {"A": (3, 7), "B": (2, 6), "C": (-1, 6)}
SEDATION = {"A": {4: 32, 3: 3, 2: 0.3}, "B": {4: 18, 3: 1, 2: 0.1}, "C": {4: 48, 3: 5, 2: 0.5}}  # lowest MOAA/S, %
DISSOCIATION = {"A": (0.05, 10.0), "B": (0.15, 4.5), "C": (0.35, 1.8)}  # CADSS: share of noughts, median of the rest
LOW_OXYGEN = {"A": 0.012, "B": 0.005, "C": 0.020}
SLOW_BREATH = {"A": 0.003, "B": 0.001, "C": 0.008}
CUT = {"A": 0.015, "B": 0.006, "C": 0.018}  # beside the cuts for blood pressure, which the readings bring
PAUSE = {"A": 0.012, "B": 0.006, "C": 0.010}
STOP = {"A": 0.004, "B": 0.001, "C": 0.002}
PAUSED_FOR_BREATH = 0.12  # of the low readings; for the others a little oxygen or a call is enough
WHY_CUT = {
    "A": {"DISSOCIATION/DISTRESS": 6, "SEDATION": 2, "HR": 1},
    "B": {"DISSOCIATION/DISTRESS": 4, "SEDATION": 3, "HR": 1},
    "C": {"DISSOCIATION/DISTRESS": 1, "SEDATION": 8, "RESPIRATION": 2},
}
READY = {"A": 12, "B": 6, "C": 15}  # mean minutes from two hours after the end until ready to go
EXTENDED = 0.06  # share of infusions after which monitoring goes on beyond two hours


@dataclass(slots=True)
class Reading:
    """One row of the monitoring grid. `minute` counts from the start of the infusion; None: not done, for `note`."""

    point: str
    minute: int | None
    systolic: int = 0
    diastolic: int = 0
    pulse: int = 0
    breaths: int = 0
    oxygen: int = 0
    flow: float = 0.0
    alert: int = 5
    regular: bool = True
    symptoms: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Step:
    """A change of the pump: minute, action, rate (mL/h), reason."""

    minute: int
    action: str
    rate: float
    reason: str = ""


@dataclass(slots=True)
class Infusion:
    """What happened on the pump and in the grid. `cadss` by timepoint; `ready` is minutes from the start."""

    arm: str
    level: int
    before: list[Reading]
    rows: list[Reading] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    cadss: dict[str, int] = field(default_factory=dict)
    pump: float = VOLUME
    ready: int = 160
    held: bool = False
    overridden: bool = False

    @property
    def end(self) -> int:
        """Minutes from start to end."""
        return self.steps[-1].minute

    @property
    def volume(self) -> float:
        """What the steps add up to, mL."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return sum(round(step.rate * (after.minute - step.minute) / 60, 2) for step, after in pairs)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped for good."""
        return self.steps[-1].action == "STOP"

    @property
    def done(self) -> list[Reading]:
        """The rows with a reading."""
        return [row for row in self.rows if row.minute is not None]

    @property
    def peak(self) -> int:
        """Highest systolic pressure from T5 on."""
        return max((row.systolic for row in self.done), default=0)

    @property
    def lowest(self) -> int:
        """Lowest MOAA/S."""
        return min((row.alert for row in self.done), default=5)

    @property
    def tolerated(self) -> bool:
        """Nothing that forbids a step up: no pause, no stop, peak below 160, MOAA/S 4 or more."""
        rough = any(step.action in ("PAUSE", "STOP") for step in self.steps)
        return not rough and self.peak < 160 and self.lowest >= 4


def infuse(draws: Draws, person: Person, arm: str, level: int, nth: int, plain: bool = False) -> Infusion:
    """The `nth` infusion of a person. With `plain` nothing out of the ordinary happens and every value is usual."""
    before, held, overridden = before_dose(draws, person, plain)
    found = Infusion(arm, level, before, held=held, overridden=overridden)
    mean, sd = RISE[arm]
    peak = mean + (person.rise if arm != "C" else 0.7 * person.rise) + draws.normal(0, sd)
    peak += 2 * level if arm == "A" else 0
    if plain:
        peak = min(max(peak, -12), 17)
    _readings(draws, found, peak, plain)
    _sedate(draws, found, plain)
    if not plain:
        _breathe(draws, found)
    _steps(draws, found, plain)
    _shift(draws, found)
    _dissociate(draws, found, person, nth, plain)
    _leave(draws, found, plain)
    found.pump = round(min(max(found.volume + draws.within(-0.7, 0.7, 0, 0.2), 0), 54), 1)
    return found


def before_dose(draws: Draws, person: Person, plain: bool) -> tuple[list[Reading], bool, bool]:
    """The readings before the dose, whether blood pressure held it, and whether a physician overrode that."""
    held = not plain and draws.chance(0.06)
    overridden = held and draws.chance(0.5)
    rows = []
    for n, minute in enumerate((-50, -40, -30) if overridden else (-50, -40) if held else (-50,)):
        high = held and (overridden or n == 0)
        systolic = round(draws.within(141, 158, 147, 5) if high else draws.within(96, 138, person.systolic, 7))
        diastolic = round(draws.within(56, 88, 46 + 0.26 * systolic, 5))
        pulse, breaths = round(draws.within(54, 104, 74, 10)), round(draws.within(11, 20, 15, 2))
        rows.append(
            Reading(f"PRE{n + 1}", minute, systolic, diastolic, pulse, breaths, max(98 - draws.poisson(0.6), 95))
        )
    return rows, held, overridden


def _readings(draws: Draws, found: Infusion, peak: float, plain: bool) -> None:
    pre, arm = found.before[-1], found.arm
    beat = draws.normal(*PULSE[arm])
    for point in POINTS:
        share = CURVE[point]
        top = (160, 98) if plain else (230, 125)
        systolic = round(min(max(pre.systolic + peak * share + draws.normal(0, 3), 84), top[0]))
        diastolic = round(pre.diastolic + DIASTOLIC[arm] * peak * share + draws.normal(0, 3))
        diastolic = min(max(diastolic, 46), top[1], systolic - 15)
        pulse = round(min(max(pre.pulse + beat * share + draws.normal(0, 3), 52), 108))
        breaths = round(draws.within(11, 21, pre.breaths, 1.5))
        oxygen = min(max(pre.oxygen - draws.poisson(0.5), 94), 100)
        found.rows.append(Reading(point, NOMINAL[point], systolic, diastolic, pulse, breaths, oxygen))


def _sedate(draws: Draws, found: Infusion, plain: bool) -> None:
    weights = SEDATION[found.arm]
    lowest = draws.one_of({**weights, 5: 100 - sum(weights.values())})
    if plain:
        lowest = max(lowest, 4)
    if lowest == 5:
        return
    for row in found.rows:
        if row.point in ("T20", "T30", "T40"):
            row.alert = lowest if row.point != "T20" or draws.chance(0.5) else lowest + 1
        elif row.point == "E20":
            row.alert = min(lowest + 1, 5)


def _breathe(draws: Draws, found: Infusion) -> None:
    if draws.chance(LOW_OXYGEN[found.arm]):
        row = found.rows[draws.choice((2, 3))]
        row.oxygen, row.flow, row.actions = draws.choice((90, 91, 91)), 2.0, ["OXYGEN"]
    if draws.chance(SLOW_BREATH[found.arm]):
        found.rows[3].breaths = 9


def _steps(draws: Draws, found: Infusion, plain: bool) -> None:
    """The pump's steps, as the readings and chance demand them."""
    arm = found.arm
    found.steps = [Step(0, "START", FULL)]
    if plain:
        found.steps.append(Step(40, "END", 0))
        return
    for row in found.rows[:4]:
        assert row.minute is not None
        if row.systolic >= 180 or row.diastolic >= 110 or row.alert <= 2:
            reason = "SEDATION" if row.alert <= 2 else "SBP/DBP"
            row.actions = ["STOPPED", "PHYSICIAN CALLED"]
            found.steps.append(Step(row.minute + 2, "STOP", 0, reason))
            return
    for row in found.rows[1:4]:
        assert row.minute is not None
        if row.systolic >= 165 or row.diastolic >= 100:
            row.actions = ["REPEAT READING"]
            if row.systolic >= 165 or draws.chance(0.15):
                row.actions = ["REPEAT READING", "RATE REDUCED"]
                _cut(found, row.minute + 4, "SBP/DBP")
            else:
                found.steps.append(Step(40, "END", 0))
            return
    chance = draws.random()
    low = found.rows[2].oxygen < 92 or found.rows[3].oxygen < 92 or found.rows[3].breaths < 10
    if low and draws.chance(PAUSED_FOR_BREATH):
        minute = 22 if found.rows[2].oxygen < 92 else 32
        _pause(draws, found, minute, "SPO2" if min(row.oxygen for row in found.rows) < 92 else "RESPIRATION")
    elif chance < CUT[arm]:
        _cut(found, draws.randrange(14, 31), draws.one_of(WHY_CUT[arm]))
    elif chance < CUT[arm] + PAUSE[arm]:
        reason = draws.one_of({"NAUSEA/VOMITING": 4, "SUBJECT REQUEST": 2, "IV SITE": 2, "PUMP FAULT": 2})
        _pause(draws, found, draws.randrange(12, 33), reason)
    elif chance < CUT[arm] + PAUSE[arm] + STOP[arm]:
        reason = draws.one_of({**WHY_CUT[arm], "SUBJECT REQUEST": 4, "IV SITE": 2})
        found.steps.append(Step(draws.randrange(12, 34), "STOP", 0, reason))
    else:
        found.steps.append(Step(40, "END", 0))


def _cut(found: Infusion, minute: int, reason: str) -> None:
    # At half the rate the rest takes twice as long.
    found.steps += [Step(minute, "RATE CHANGE", HALF, reason), Step(80 - minute, "END", 0)]


def _pause(draws: Draws, found: Infusion, minute: int, reason: str) -> None:
    pause = draws.randrange(4, 15)
    found.steps += [
        Step(minute, "PAUSE", 0, reason), Step(minute + pause, "RESUME", FULL, reason), Step(40 + pause, "END", 0)
    ]  # fmt: skip


def _shift(draws: Draws, found: Infusion) -> None:
    """Nominal minutes become those of the clock; rows after a stop are not done; a repeated reading has a row."""
    end, rows = found.end, list[Reading]()
    for row in found.rows:
        nominal = NOMINAL[row.point]
        if row.point == "T40":
            row.minute = end + draws.choice((0, 0, 1))
        elif row.point[0] == "T":
            late = draws.choice((-1, 0, 0, 0, 1)) if not row.actions else 0
            row.minute = nominal + late
            if row.minute >= end - 1 and found.stopped and "STOPPED" not in row.actions:
                rows.append(Reading(row.point, None, note="STOPPED EARLY"))
                continue
        else:
            row.minute = end + nominal + draws.choice((-2, -1, 0, 0, 1, 2))
            if row.point == "E120":
                row.minute = end + 120 + draws.choice((0, 1, 2))
        rows.append(row)
        if "REPEAT READING" in row.actions:
            down = 0 if "RATE REDUCED" in row.actions else max(row.diastolic - 97, 0)
            again = Reading(
                f"ADHOC.{sum(1 for r in rows if r.point.startswith('ADHOC')) + 1}", row.minute + 4,
                row.systolic + draws.choice((0, 1, 2)) if not down else min(row.systolic, 160),
                row.diastolic - down, row.pulse, row.breaths, row.oxygen, alert=row.alert,
            )  # fmt: skip
            rows.append(again)
    found.rows = rows


def _dissociate(draws: Draws, found: Infusion, person: Person, nth: int, plain: bool) -> None:
    none, median = DISSOCIATION[found.arm]
    median *= (1.0, 0.75, 0.65)[min(nth - 1, 2)]
    first = 0 if draws.chance(0.8) else draws.randrange(1, 4)
    peak = 0.0 if draws.chance(none) else draws.lognormal(median, 0.62) * 2.718281828**person.dissociates
    if plain:
        peak = min(peak, 25)
    share = found.end / 40 if found.stopped else 1.0
    points = min(round(peak * share), 92)
    found.cadss = {"PRE1": first, "T40": points, "E60": round(points * 0.15), "E120": min(round(points * 0.02), 4)}


def _leave(draws: Draws, found: Infusion, plain: bool) -> None:
    """Blood pressure is back before anybody leaves: at E90 and E120, or after rows beyond them."""
    pre = found.before[-1]
    limit = max(140, pre.systolic + 10), max(90, pre.diastolic + 5)
    last = [row for row in found.rows if row.point in ("E90", "E120")]
    for row in last:
        row.systolic, row.diastolic = min(row.systolic, limit[0] - 1), min(row.diastolic, limit[1] - 1)
    after = draws.expovariate(1 / READY[found.arm])
    if not plain and draws.chance(EXTENDED):
        last[1].systolic = limit[0] + draws.randrange(3, 12)
        minute = last[1].minute or 0
        for n in (1, 2):
            minute += 30 + draws.choice((-2, 0, 2))
            found.rows.append(
                Reading(
                    f"X{n:02}", minute, limit[0] - draws.randrange(2, 9), min(last[1].diastolic, limit[1] - 2),
                    last[1].pulse, last[1].breaths, last[1].oxygen,
                )
            )  # fmt: skip
        after = 0
    ready = max(found.end + 120 + min(round(after), 55), (found.rows[-1].minute or 0) + 4)
    found.ready = ready
