"""When visits take place: targets and windows of the protocol, working days, and a little real life (section 2.1)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from trialkit.simulation.model.draws import Draws

INDUCTION = {"V3": 1, "V4": 4, "V5": 8, "V6": 11, "V7": 15, "V8": 18, "V9": 22, "V10": 25}
MAINTENANCE = {"M1": 36, "M2": 43, "M3": 50, "M4": 57, "M5": 71, "M6": 85, "M7": 99, "M8": 113}
PRIMARY, LAST = ("V11", 29), ("V12", 120)
FOLLOW_UP = {"F1": 14, "F2": 28, "F3": 90, "F4": 180}
WINDOW = {
    **dict.fromkeys(INDUCTION, (1, 1)), "V3": (0, 0), "V11": (1, 2), **dict.fromkeys(("M1", "M2", "M3", "M4"), (2, 2)),
    **dict.fromkeys(("M5", "M6", "M7", "M8", "V12"), (3, 3)), "F1": (3, 3), "F2": (4, 4), "F3": (7, 7), "F4": (14, 14),
}  # fmt: skip
RATED = ("V1", "V2", "V3A", "V5", "V7", "V9", "V11", *MAINTENANCE, "BOO", "V12", "F1", "F2", "F3", "ET")
STEP_UP = ("V5", "V7", "M1", "M3")
PRE_DOSE = 55  # minutes from arrival at the bed to the start of the infusion, at least


def first_days(draws: Draws, consented: date) -> tuple[date, date]:
    """The baseline visit and the first infusion: a Monday or Tuesday, 10 to 24 days after the first screening visit."""
    day = consented + timedelta(days=draws.randrange(11, 19))
    while day.weekday() not in (0, 1):
        day += timedelta(days=1)
    before = draws.choice((3, 4, 5)) if day.weekday() == 0 else draws.choice((1, 4, 5))
    return day - timedelta(days=before), day


def induction(draws: Draws, first: date, exact: bool) -> dict[str, date]:
    """The dosing days: three days between two infusions, and of two a week apart the later never moved forward."""
    days, moved = dict[str, date](), [0, 0]
    latest = 0 if first.weekday() == 1 else 1  # from a Tuesday on, a day later would push the next one into a weekend
    for n, (event, target) in enumerate(INDUCTION.items()):
        day = first + timedelta(days=target - 1)
        wanted = 0 if n == 0 or exact else min(max(round(draws.normal(0, 0.8)), -1), 1)
        for shift in sorted((-1, 0, 1), key=lambda shift: abs(shift - wanted)):
            moment = day + timedelta(days=shift)
            apart = not days or (moment - max(days.values())).days >= 3
            if apart and moved[n % 2] <= shift <= (latest if n % 2 == 0 else 1) and moment.weekday() < 5:
                break
        else:
            moment, shift = day, 0
        moved[n % 2] = shift
        days[event] = moment
    return days


def near(draws: Draws, event: str, target: date, after: date, exact: bool = False) -> date:
    """A working day in the window of a visit, later than `after`."""
    early, late = WINDOW[event]
    shift = 0 if exact else round(draws.within(-early, late, 0, 0.8 if late < 7 else 2.5))
    for step in sorted(range(-early, late + 1), key=lambda moved: (abs(moved - shift), moved)):
        day = target + timedelta(days=step)
        if day > after and day.weekday() < 5:
            return day
    return max(target, after + timedelta(days=1))


def working(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def hour(draws: Draws, day: date) -> datetime:
    """When a visit or an infusion begins: about half past ten, give or take an hour and a quarter."""
    minutes = round(draws.within(8 * 60 + 30, 13 * 60 + 30, 10.5 * 60, 75))
    return datetime.combine(day, time(minutes // 60, minutes % 60))
