"""Forms that a visit should have and has not: the generic check G06, asked for every subject by the nightly run.

A form of a scheduled visit is expected once the visit has a date and the study's `overdue_days` have passed, if
anything on it is certainly asked of this subject. Logs, unscheduled visits and forms of the system are never overdue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from trialkit.conduct.checking import OVERDUE, Finding, unanswered
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.standing import Standing
from trialkit.ledger.entry import Place


def overdue(sitting: Sitting) -> list[tuple[Standing, Finding]]:
    """The forms that are overdue now and the queries about such that are to be settled, each with its empty form."""
    found = {standing.stream: (standing, _finding(standing, True)) for standing in _expected(sitting)}
    for query in list(sitting.queries().values()):
        known = query.place.record in found
        if query.values.get("check") == OVERDUE and query.status != "CLOSED" and not known:
            study = sitting.trial.compiled(query.study)
            standing = Standing(study.forms[query.place.form], query.place, None, study.hash)
            found[standing.stream] = standing, _finding(standing, False)
    return list(found.values())


def _expected(sitting: Sitting) -> Iterator[Standing]:
    study, subject = sitting.current, sitting.subject
    days = study.study.file.overdue_days
    date_form, _, item = (study.study.file.date_item or "").partition(".")
    if days is None or not date_form:
        return
    for visit in subject.standings(date_form):
        event, day = study.study.file.events.get(visit.place.event), visit.flat.get(item)
        if event is None or event.kind != "scheduled" or not isinstance(day, dt.date):
            continue
        day = day.date() if isinstance(day, dt.datetime) else day
        if (subject.now.date() - day).days < days:
            continue
        for form in study.forms_at(visit.place.event):
            cform = study.forms[form]
            place = Place(sitting.site, subject.subject, visit.place.event, visit.place.event_repeat, form)
            started = any(standing.stream == place.record for standing in subject.every_standing(form))
            empty = Standing(cform, place, None, study.hash)
            if not started and not cform.form.repeating and unanswered(subject, empty):
                yield empty


def _finding(standing: Standing, fires: bool) -> Finding:
    form = standing.cform.form
    return Finding(
        OVERDUE, "query", standing.place, "-", fires, f"Expected form overdue: {form.title}.", form.visibility
    )
