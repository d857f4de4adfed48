"""One subject's way through the study: visits, infusions, scores, events, and how it ended.

Everything here is decided before any form is filled, so that forms agree with each other as they do in life.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from trialkit.simulation.model import adverse, schedule, suicidality
from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.efficacy import Scenario, baseline, percent, relapses_within, response
from trialkit.simulation.model.fate import INDUCTION, MAINTENANCE, STUDY, Course, Ending, Visit
from trialkit.simulation.model.infusion import infuse
from trialkit.simulation.model.person import person
from trialkit.simulation.model.scripted import Script

DROP_OUT = {"A": 0.11, "B": 0.11, "C": 0.13}
REASONS = {
    "WITHDRAWAL BY SUBJECT": 35,
    "ADVERSE EVENT": 22,
    "LACK OF EFFICACY": 20,
    "LOST TO FOLLOW-UP": 13,
    "PHYSICIAN DECISION": 10,
}
AE_STOP = {"A": 0.02, "B": 0.01, "C": 0.01}  # beside the drop-outs above: stopped for an event of the infusion
LOST = 0.04  # at each follow-up visit
SKIPPED = 0.03
WHY_SKIPPED = (
    "Feverish cold; dose postponed to the next visit.",
    "Escort could not come.",
    "Infusion pump not available.",
)


def course(
    draws: Draws, subject: str, site: str, arm: str, consented: date, scenario: Scenario, failed: str = "",
    script: Script | None = None, drop_out: bool = True,
) -> Course:  # fmt: skip
    """Draw one subject from consent to the last contact. `failed` ends it in screening, for that reason."""
    script = script or Script()
    one = person(draws, consented)
    for name, value in script.person.items():
        setattr(one, name, value)
    found = Course(
        subject, site, script.arm or arm, one, schedule.hour(draws, consented), failed or script.failed, script=script,
        drop_out=drop_out and not script.plain,
    )  # fmt: skip
    before, first = schedule.first_days(draws, consented)
    base = baseline(draws)
    if script.plain:
        base = min(base, 44)
    base = script.totals.get("V2", base)
    _screen(draws, found, before, base)
    if not found.failed:
        found.response = response(draws, scenario, found.arm, base)
        _induct(draws, found, first)
        _maintain(draws, found, first)
        _follow(draws, found)
        if not script.plain:
            _befall(draws, found)
        for told in script.events:
            told(found)
    found.events.sort(key=lambda event: event.begins)
    return found


def rate(draws: Draws, found: Course, visit: Visit, total: int) -> None:
    """Give a visit its MADRS: the scripted total where there is one, else `total`."""
    visit.madrs = found.script.totals.get(visit.event, total)
    visit.items = suicidality.items(draws, visit.madrs, found.script.plain)


def _screen(draws: Draws, found: Course, before: date, base: int) -> None:
    first = Visit("V1", found.consented + timedelta(minutes=60))
    low = found.failed == "MADRS"
    rate(draws, found, first, draws.randrange(17, 28) if low else max(28, base + round(draws.within(-3, 4, 0, 1.5))))
    found.visits.append(first)
    if found.failed:
        found.endings.append(
            Ending(STUDY, "SCREEN FAILURE", first.day + timedelta(days=draws.randrange(1, 6)), found.failed)
        )
        return
    second = Visit("V2", schedule.hour(draws, before))
    rate(draws, found, second, base)
    second.ideation = suicidality.ideation(draws, second.items[9], found.script.plain)
    found.visits.append(second)


def _induct(draws: Draws, found: Course, first: date) -> None:
    """Eight infusions, the check after the first, and the primary visit; or what ended them early."""
    script, arm = found.script, found.arm
    days = schedule.induction(draws, first, script.plain)
    gone = draws.randrange(1, 8) if found.drop_out and draws.chance(DROP_OUT[arm]) else 9
    reason = draws.one_of(REASONS)
    for n, (event, day) in enumerate(days.items()):
        if n >= gone:
            return _leave(draws, found, INDUCTION, reason)
        visit = Visit(event, schedule.hour(draws, day))
        skipped = n > 0 and found.drop_out and draws.chance(SKIPPED)
        why = script.skips.get(event, draws.choice(WHY_SKIPPED) if skipped else "")
        if not _dose(draws, found, visit, why):
            return _leave(draws, found, INDUCTION, "ADVERSE EVENT")
        if event == "V3":
            _next_day(draws, found, visit)
        if script.stops == event:
            return script.leave(found, visit)
    last = found.infusions[-1]
    day = schedule.near(draws, "V11", first + timedelta(days=28), last.day + timedelta(days=2), script.plain)
    visit = _assessed(draws, found, "V11", schedule.hour(draws, day))
    found.endings.append(Ending(INDUCTION, "COMPLETED", visit.day))


def _next_day(draws: Draws, found: Course, dosed: Visit) -> None:
    start = dosed.start + timedelta(hours=24, minutes=draws.choice((-60, -30, 0, 30, 60)))
    _assessed(draws, found, "V3A", start.replace(minute=start.minute // 5 * 5))


def _assessed(draws: Draws, found: Course, event: str, start: datetime) -> Visit:
    """A visit with MADRS and C-SSRS and no dose."""
    assert found.response is not None
    visit, given = Visit(event, start), found.infusions
    visit.since_dose = (start - given[-1].start).total_seconds() / 86400
    rate(draws, found, visit, found.response.total(draws, len(given), round(visit.since_dose)))
    visit.ideation = suicidality.since_last(draws, visit.items[9], found.script.plain)
    found.visits.append(visit)
    return visit


def _dose(draws: Draws, found: Course, visit: Visit, skipped: str) -> bool:
    """A dosing visit: scores before the dose, the level, the infusion and its events. False if it ends treatment."""
    assert found.response is not None
    script, given = found.script, found.infusions
    if visit.event in schedule.RATED and visit.madrs is None:
        days = (visit.start - given[-1].start).days
        rate(draws, found, visit, found.response.total(draws, len(given), days))
    item = next((v.items[9] for v in (visit, *reversed(found.visits)) if v.items), 0)
    visit.ideation = script.ideation.get(visit.event, suicidality.since_last(draws, item, script.plain))
    if not given:
        visit.ideation = min(visit.ideation, 2)
    if visit.ideation >= 4 and not skipped:
        skipped = "Suicidal intent was reported; dosing is held until the investigator has cleared it."
    visit.change = script.changes.get(visit.event, _titrated(found, visit))
    visit.level = (given[-1].level if given else 0) + visit.change
    visit.skipped = skipped
    visit.nth = len(given) + 1
    found.visits.append(visit)
    if skipped:
        visit.change, visit.level = 0, visit.level - visit.change
        return True
    infusion = infuse(draws, found.person, found.arm, visit.level, visit.nth, script.plain)
    if visit.event in script.infusions:
        script.infusions[visit.event](draws, infusion)
    visit.infusion = infusion
    _react(draws, found, visit)
    return script.plain or not (found.drop_out and visit.nth < 8 and draws.chance(AE_STOP[found.arm] / 8))


def _titrated(found: Course, visit: Visit) -> int:
    """The protocol's rule for one step up, or down after an infusion that was not tolerated."""
    given = found.infusions
    if not given or given[-1].infusion is None:
        return 0
    last, level = given[-1].infusion, given[-1].level
    if last.stopped and last.steps[-1].reason not in ("IV SITE", "PUMP FAULT", "SUBJECT REQUEST") and level > -1:
        return -1
    if visit.event not in schedule.STEP_UP or visit.madrs is None or level >= 2 or found.response is None:
        return 0
    ongoing = any(e.grade >= 2 and e.related and (e.ends is None or e.ends > visit.start) for e in found.events)
    short = percent(visit.madrs, found.response.baseline) < 50
    return 1 if short and last.tolerated and not ongoing else 0


def _react(draws: Draws, found: Course, visit: Visit) -> None:
    """The events of an infusion: those its readings demand, and those of chance."""
    infusion = visit.infusion
    assert infusion is not None
    told = adverse.demanded(draws, infusion, visit.nth, visit.start)
    if not found.script.plain:
        told += adverse.at_infusion(draws, found.arm, visit.nth, visit.start, infusion.end)
    for event in told:
        if not adverse.overlaps(event, found.events):
            found.events.append(event)
    adverse.show(infusion, [e for e in found.events if e.infusion == visit.nth], visit.start)


def _maintain(draws: Draws, found: Course, first: date) -> None:
    """Eight more infusions for those who responded at day 29, until relapse."""
    primary = found.at("V11")
    if primary is None or found.response is None or found.endings[-1].reason != "COMPLETED":
        return
    assert primary.madrs is not None
    level = primary.madrs
    if percent(level, found.response.baseline) < 50:
        return
    bad, boosters, before = False, 0, primary.day
    for event, target in schedule.MAINTENANCE.items():
        day = schedule.near(
            draws, event, first + timedelta(days=target - 1), before + timedelta(days=2), found.script.plain
        )
        visit = Visit(event, schedule.hour(draws, day))
        ill = bad or (found.drop_out and relapses_within(draws, found.arm, (day - before).days))
        total = found.response.relapsed(draws) if ill else min(found.response.held(draws, level), 21)
        total = found.script.totals.get(event, total)
        if total >= 22 and bad and 5 <= (day - before).days <= 15:
            rate(draws, found, visit, total)
            _dose(draws, found, visit, "Relapse confirmed: treatment ends.")
            return _leave(draws, found, MAINTENANCE, "DISEASE RELAPSE")
        rate(draws, found, visit, total)
        _dose(draws, found, visit, "")
        bad, before = total >= 22, day
        if event in found.script.boosters or (
            bad and boosters < 2 and total - level >= 8 and found.drop_out and draws.chance(0.3)
        ):
            boosters += 1
            _boost(draws, found, visit, boosters)
    day = schedule.near(
        draws, "V12", first + timedelta(days=119), found.visits[-1].day + timedelta(days=2), found.script.plain
    )
    last = Visit("V12", schedule.hour(draws, day), since_dose=(day - found.infusions[-1].day).days)
    rate(draws, found, last, min(found.response.held(draws, level), 21))
    last.ideation = suicidality.since_last(draws, last.items[9], found.script.plain)
    found.visits.append(last)
    found.endings.append(Ending(MAINTENANCE, "COMPLETED", last.day))


def _boost(draws: Draws, found: Course, after: Visit, number: int) -> None:
    """A booster infusion, 72 hours and more from any other, at the level in force."""
    assert found.response is not None
    assert after.madrs is not None
    day = schedule.working(after.day + timedelta(days=3))
    visit = Visit("BOO", schedule.hour(draws, day).replace(hour=14), repeat=number)
    rate(draws, found, visit, max(after.madrs - draws.randrange(0, 3), 18))
    _dose(draws, found, visit, "")


def _leave(draws: Draws, found: Course, period: str, reason: str) -> None:
    """Treatment ends early: an event that it is for, a last visit where one is still possible, the dispositions."""
    last = found.visits[-1]
    event = adverse.withdrawing(draws, found.events, found.infusions[-1]) if reason == "ADVERSE EVENT" else None
    day = schedule.working(last.day + timedelta(days=draws.randrange(2, 5)))
    detail = {
        "WITHDRAWAL BY SUBJECT": "No longer wants to take part.",
        "LACK OF EFFICACY": "No benefit felt; prefers another treatment.",
        "LOST TO FOLLOW-UP": "Did not come and could not be reached.",
        "PHYSICIAN DECISION": "Physician advised to stop.",
        "ADVERSE EVENT": f"Stopped because of {event.name.lower()}." if event else "",
        "DISEASE RELAPSE": "Relapse criteria met twice.",
    }[reason]  # fmt: skip
    if reason != "LOST TO FOLLOW-UP":
        _assessed(draws, found, "ET", schedule.hour(draws, day))
    found.endings.append(Ending(period, reason, day, detail, event))
    if reason in ("LOST TO FOLLOW-UP", "WITHDRAWAL BY SUBJECT"):
        found.endings.append(Ending(STUDY, reason, day, detail))


def _follow(draws: Draws, found: Course) -> None:
    """Follow-up to 180 days after the last infusion, as long as the subject can be reached."""
    assert found.response is not None
    if found.ended:
        return
    last, before = found.infusions[-1].day, found.visits[-1].day
    level = next((v.madrs for v in reversed(found.visits) if v.madrs is not None), found.response.baseline)
    for event, after in schedule.FOLLOW_UP.items():
        day = schedule.near(draws, event, last + timedelta(days=after), before, found.script.plain)
        if found.drop_out and draws.chance(LOST):
            detail = "Three calls and a letter stayed without answer."
            found.endings.append(Ending(STUDY, "LOST TO FOLLOW-UP", day + timedelta(days=14), detail))
            return
        visit = Visit(event, schedule.hour(draws, day), since_dose=(day - last).days)
        if day > last + timedelta(days=after + schedule.WINDOW[event][1]):
            visit.late = "Treatment ended at a visit without a dose, when this window had already passed."
        if event in schedule.RATED:
            rate(draws, found, visit, found.response.off_drug(draws, level, (day - last).days))
        item = visit.items[9] if visit.items else 1
        visit.ideation = suicidality.since_last(draws, item, found.script.plain)
        found.visits.append(visit)
        before = day
    found.endings.append(Ending(STUDY, "COMPLETED", before))


def _befall(draws: Draws, found: Course) -> None:
    """Events of no infusion, from the first dose to four weeks after the last (serious ones are followed longer)."""
    until = min(found.visits[-1].day, found.infusions[-1].day + timedelta(days=28))
    for event in adverse.over_time(draws, found.arm, found.first_dose, (until - found.first_dose.date()).days):
        told = suicidality.told_at(found.visits, event.begins) if event.name == "Suicide attempt" else None
        if told is not None:
            event.begins = told[0]
        adverse.keep_off(event, {visit.day for visit in found.infusions})
        if adverse.overlaps(event, found.events):
            continue
        if event.ends is not None and event.ends.date() >= found.visits[-1].day:
            event.ends = None
        found.events.append(event)
        if told is not None:
            told[1].attempt = True
