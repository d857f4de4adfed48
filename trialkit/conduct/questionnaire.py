"""Questionnaires of a participant at a tablet of the site: answered once, handed in, and not read back.

The tablet is nobody's: it is told which questionnaires wait for the number that is typed, and nothing else of anybody
(ICH E6(R3) 2.8, 4.2). What was handed in is corrected by the site, with a reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.absent import absent
from trialkit.conduct.checking import FINISHED
from trialkit.conduct.schedule import Visit, dues
from trialkit.conduct.trial import LONGEST_NAME, Trial
from trialkit.errors import NotFound, Refused
from trialkit.ledger.entry import Place
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledForm, CompiledStudy, split

if TYPE_CHECKING:
    from trialkit.conduct.sitting import Desk

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A form that waits for the participant: its items that are theirs, and the version that it is answered on."""

    place: Place
    title: str
    items: tuple[str, ...]
    version: int


def waiting(trial: Trial, who: Identity, number: str) -> list[Questionnaire]:
    """What waits for the participant of this number, in the order of the study. NotFound, Refused.

    To a tablet of another site the number does not exist; the attempt is an entry.
    """
    reader = trial.everything()
    known = reader.record(f"subject/{number}") if 0 < len(number) <= LONGEST_NAME else None
    reached = False
    if known is not None:
        with suppress(Refused):
            trial.authorise(who, "questionnaire.open", known.place)
            reached = True
    if known is None or not reached:
        raise NotFound("There is no participant with this number here.", "ask the study team for your number")
    study = trial.study_at(known.place.site)
    stand = {one.stream: one for one in reader.records(subject=number)}
    found = []
    for event, repeat in _open_visits(trial, study, known.place, stand.values()):
        for form in study.events[event]:
            place = Place(known.place.site, number, event, repeat, form)
            record = stand.get(place.record)
            cform = study.forms[form] if record is None else trial.compiled(record.study).forms[form]
            items = asked_of(cform, who.role)
            if items and (record is None or not _given(cform, who.role, record, items)):
                found.append(Questionnaire(place, cform.form.title, items, record.version if record else 0))
    return found


def asked_of(cform: CompiledForm, role: str) -> tuple[str, ...]:
    """The items of a form that this role types."""
    whole = role in cform.form.entered_by
    typed = [rule for rule in cform.items.values() if rule.compute is None and not rule.repeating]
    return tuple(rule.oid for rule in typed if not rule.item.retired
                 and (rule.item.entered_by == role if rule.item.entered_by else whole))  # fmt: skip


def known(trial: Trial, place: Place, cform: CompiledForm) -> dict[str, str]:
    """What a tablet does not ask, since it knows it: the day on which a form is answered there. Site time."""
    rule = cform.items.get(cform.form.dated_by or "")
    if rule is None or rule.type != "date" or rule.compute is not None:
        return {}
    return {rule.oid: trial.now(place.site).date().isoformat()}


def measured(cform: CompiledForm) -> list[str]:
    """The items that a tablet fills in itself: how many seconds passed from the first to the last answer."""
    return [oid for oid, rule in cform.items.items() if rule.item.measured and not rule.item.retired]


def once(desk: Desk, typed: Collection[str]) -> bool:
    """Whether this is a participant's own answer where nobody has answered: it corrects nothing that stands.

    Nothing is added to a questionnaire that was handed in.
    """
    role, stand = desk.sitting.who.role, desk.standing
    if permission(role, "questionnaire.open") is None:
        return False
    handed_in = stand.written.get("@status") in FINISHED and role in desk.cform.form.entered_by
    return not handed_in and not any(stand.answered(path) for path in typed)


def enters(role: str, answered: bool) -> str:
    """Whose an item of this role is, "" for the form's own people: what a participant answered is theirs to correct."""
    return "" if answered and role and permission(role, "record.correct") is None else role


def _given(cform: CompiledForm, role: str, record: Record, items: Collection[str]) -> bool:
    values = record.values
    if values.get("@inactive") == "Y" or "Y" in (values.get("@locked"), values.get("@frozen")):
        return True
    if role in cform.form.entered_by and record.status in FINISHED:
        return True
    return any(split(path)[2] in items for path in (*values, *record.classes))


def _open_visits(
    trial: Trial, study: CompiledStudy, subject: Place, records: Collection[Record]
) -> Iterator[Visit]:  # fmt: skip
    """The visit that was begun last, unscheduled ones of these days, and the one whose window begins by tomorrow.

    Questionnaires are open from the day before a visit; those of an earlier visit are not made up for.
    """
    today = trial.now(subject.site).date()
    events = study.study.file.events
    begun = {(one.place.event, one.place.event_repeat) for one in records if one.values.get("@inactive") != "Y"}
    scheduled = [oid for oid, event in events.items() if event.kind == "scheduled"]
    last = max((n for n, oid in enumerate(scheduled) if (oid, 1) in begun), default=-1)
    missed = absent(trial, trial.everything(), study, subject.subject, subject.site)
    if last >= 0 and (scheduled[last], 1) not in missed:
        yield scheduled[last], 1
    due = dues(trial, subject.subject, subject.site, study)
    for oid in scheduled[last + 1 :]:
        if oid in due and due[oid].first - _DAY <= today <= due[oid].last:
            yield oid, 1
    form, _, item = (study.study.file.date_item or "").partition(".")
    dated = {(one.place.event, one.place.event_repeat): one.values.get(item) for one in records
             if one.place.form == form}  # fmt: skip
    days = {str(today - _DAY), str(today), str(today + _DAY)}
    yield from sorted(visit for visit in begun if events[visit[0]].kind == "unscheduled" and dated.get(visit) in days)
