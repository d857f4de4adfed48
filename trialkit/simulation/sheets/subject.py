"""The whole book of a subject: every form of every visit in its schedule, written in the order in which it happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from trialkit.simulation.model.adverse import Adverse
from trialkit.simulation.model.draws import stream
from trialkit.simulation.model.fate import INDUCTION, STUDY, Course, Visit
from trialkit.simulation.sheets import dosing, logs, scales, screening
from trialkit.simulation.sheets import visit as visits
from trialkit.simulation.sheets.sheet import Book, Sheet, Site, after

# Forms written at a visit, with the function that writes each and when (minutes from the visit's start).
AT_VISIT = {
    "VS": (visits.vital_signs, 10), "EG": (visits.ecg, 20), "PE": (visits.examination, 24), "UD": (visits.drug_screen,
    2),
    "PG": (visits.pregnancy_test, 3), "CSL": (scales.since_last, 34), "AL": (scales.abuse, 30), "MAD": (scales.madrs,
    40),
    "CGI": (scales.cgi, 42), "QID": (scales.qids, 4), "PHQ": (scales.phq, 10), "BLD": (scales.bladder, 14),
    "PWC": (scales.withdrawal, 18), "COG": (scales.cognition, 50), "YMR": (scales.young, 60), "BLN": (scales.blinding,
    70),
    "CSB": (scales.lifetime, 36), "RP": (screening.childbearing, 6), "DM": (screening.demographics, 5),
    "PH": (screening.depression, 12), "SU": (screening.substances, 16),
}  # fmt: skip
# On dosing days everything that comes before the dose is done in the hour before the bed.
EARLIER = 150
DONE_BY_DOSING = {"SV", "DP", "PD", "EC", "ECS", "IM", "CDS", "BPR", "DR", "SS", "SX"}


def book(course: Course, site: Site, seed: int, schedule: dict[str, Sequence[str]]) -> list[Sheet]:
    """The sheets of a subject in order of time. `schedule` gives the forms of each event, as the study has them."""
    made = Book(course, site, stream(seed, course.subject, "forms"))
    screening.consent(made)
    first = course.visits[0]
    told = set[int]()
    for visit in course.visits:
        _events(made, visit, told)
        _visit(made, visit, schedule.get(visit.event, ()))
        if visit is first:
            _histories(made, first)
        if visit.event == "V2":
            screening.eligibility(made, after(visit.start, 90))
    if course.failed:
        screening.eligibility(made, after(first.start, 120))
    else:
        screening.randomisation(made, after(course.first_dose, -200))
        logs.sessions(made)
    _endings(made)
    for extra in course.script.sheets:
        extra(made)
    return made.in_order()


def _visit(made: Book, visit: Visit, forms: Sequence[str]) -> None:
    dosed = visit.dosing
    start = after(visit.start, -EARLIER) if dosed else visit.start
    visits.visit_record(made, visit, start)
    if dosed:
        dosing.dose(made, visit)
    for form in forms:
        if form in DONE_BY_DOSING and dosed:
            continue
        if form == "LB":
            entered = after(visit.start, 60 * 26 + made.draws.randrange(0, 240))
            visits.laboratory(made, visit, after(start, 8), entered)
        elif form == "SX":  # the day after: what lingers of the first infusion
            infusion = made.course.infusions[-1].infusion
            assert infusion is not None
            made.put(after(start, 20), visit.event, "SX", dosing._experience(made, infusion))
        elif form in AT_VISIT:
            write, minutes = AT_VISIT[form]
            write(made, visit, after(start, minutes))


def _histories(made: Book, first: Visit) -> None:
    moment = after(first.start, 70)
    present = screening.history(made, moment)
    drug = screening.treatments(made, after(moment, 10))
    logs.medication(made, after(moment, 14), drug, present)


def _events(made: Book, visit: Visit, told: set[int]) -> None:
    """Events are told at the first visit after they began; those of an infusion at the end of its day."""
    course = made.course
    following = [v for v in course.visits if v.start > visit.start]
    for event in course.events:
        if id(event) in told:
            continue
        own = visit.infusion is not None and event.infusion == visit.nth and event.begins.date() == visit.day
        if own:
            assert visit.infusion is not None
            leaves = after(visit.start, visit.infusion.ready + 26)
            _within(event, leaves)
            told.add(id(event))
            logs.adverse_event(made, event, leaves, following)
        elif event.begins < after(visit.start, -170 if visit.dosing else -9):
            told.add(id(event))
            logs.adverse_event(made, event, after(visit.start, -160 if visit.dosing else -8), [visit, *following])


def _within(event: Adverse, moment: datetime) -> None:
    """An event of an infusion is over when the subject has left, or is not entered as over."""
    if event.ends is not None and event.ends >= after(moment, -1):
        event.ends = max(after(moment, -2), after(event.begins, 1))


def _endings(made: Book) -> None:
    course = made.course
    for n, ending in enumerate(course.endings):
        contact = max((v.day for v in course.visits if v.day <= ending.day), default=course.visits[0].day)
        moment = datetime.combine(ending.day, datetime.min.time()) + timedelta(hours=17, minutes=5 * n)
        seen = [v for v in course.visits if v.day == ending.day]
        moment = max(moment, *(after(v.start, 400) for v in seen)) if seen else moment
        if ending.period == STUDY and ending.reason == "WITHDRAWAL BY SUBJECT":
            logs.withdrawal(made, ending.day, after(moment, -2), ["STUDY TREATMENT", "STUDY VISITS"])
        logs.disposition(made, ending, moment, contact, final=ending.period == STUDY)


__all__ = ["INDUCTION", "book"]
