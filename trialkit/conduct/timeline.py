"""A subject's course as dates: consent, doses, adverse events, and the totals of scales, as far as a person may see.

Nothing here knows the study: what is drawn is found by the consent form that the study names and by SDTM targets
(EX.EXSTDTC, EX.EXDOSE, AE.AETERM ...). A score is the last calculated whole number of a form of the questionnaire or
rating domains (QS, RS) that goes into that domain's result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.safety import events
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place, Written
from trialkit.store.readers import Reader
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledForm, CompiledItem, CompiledStudy

SCALES = ("QS", "RS")


@dataclass(frozen=True, slots=True)
class Point:
    """Something of one day: what it is in words, the form it stands on; `value` where it is a number."""

    day: dt.date
    words: str
    place: Place
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """An adverse event: from, until (None: it goes on, or nobody knows), what, its grade, whether it is serious."""

    start: dt.date
    end: dt.date | None
    words: str
    grade: str
    serious: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Scale:
    """The total of one scale over time; `label` as the study calls it."""

    form: str
    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything of a subject that has a day and is worth a look."""

    consents: tuple[Point, ...]
    doses: tuple[Point, ...]
    events: tuple[Span, ...]
    scales: tuple[Scale, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.consents or self.doses or self.events or self.scales)


def timeline(trial: Trial, who: Identity, subject: str, site: str) -> Timeline:
    """The course of a subject."""
    reader, study = trial.reader(who), trial.latest(who.sites)
    if study is None:
        return Timeline((), (), (), ())
    return Timeline(
        tuple(_consents(reader, study, subject)), tuple(_doses(reader, study, subject)),
        tuple(_events(trial, who, subject, site)), tuple(_scales(reader, study, subject)),
    )  # fmt: skip


def _consents(reader: Reader, study: CompiledStudy, subject: str) -> Iterator[Point]:
    consent = study.study.file.consent
    for record in _records(reader, subject, consent.form) if consent else ():
        assert consent is not None
        day = _day(record.values.get(consent.signed_on))
        if day is not None:
            yield Point(day, f"Consent, version {record.values.get(consent.version, 'not stated')}", record.place)


def _doses(reader: Reader, study: CompiledStudy, subject: str) -> Iterator[Point]:
    """Doses by their start (EX.EXSTDTC); how much in words: the dose where it is seen, else the volume."""
    for form in study.forms.values():
        starts = _to(form, "EX.EXSTDTC", "date", "datetime")
        if not starts:
            continue
        given, amounts = _to(form, "EC.ECOCCUR"), [*_to(form, "EX.EXDOSE"), *_to(form, "EC.ECVAMT")]
        for record in _records(reader, subject, form.oid):
            day = _day(record.values.get(starts[0].oid))
            if day is None or any(record.values.get(rule.oid) == "N" for rule in given):
                continue
            found = [rule for rule in amounts if _number(record.values.get(rule.oid)) is not None]
            rule = next((one for one in found if one.visibility == "unblinded"), found[-1] if found else None)
            amount = _number(record.values.get(rule.oid)) if rule else None
            told = f": {rule.item.label.lower()} {record.values[rule.oid]} {rule.item.unit or ''}" if rule else ""
            yield Point(day, f"{record.place.event} {form.form.title}{told}".rstrip(), record.place, amount)


def _events(trial: Trial, who: Identity, subject: str, site: str) -> Iterator[Span]:
    for one in (event for event in events(trial, who, site) if not event.adrift):
        start = _day(one.said["AESTDTC"][1]) if "AESTDTC" in one.said else None
        if one.place.subject == subject and start is not None:
            end = _day(one.said["AEENDTC"][1], last=True) if "AEENDTC" in one.said else None
            grade = str(one.said["AETOXGR"][1]) if "AETOXGR" in one.said else ""
            yield Span(start, end, one.term, grade, one.serious, one.place)


def _scales(reader: Reader, study: CompiledStudy, subject: str) -> Iterator[Scale]:
    visits = _visit_days(reader, study, subject)
    for form in study.forms.values():
        rule = total(form)
        if rule is None:
            continue
        points = []
        for record in _records(reader, subject, form.oid):
            value = _number(record.values.get(rule.oid))
            own = _day(record.values.get(form.form.dated_by or ""))
            day = own or visits.get((record.place.event, record.place.event_repeat))
            if value is not None and day is not None:
                words = f"{record.place.event}: {rule.item.label} {record.values[rule.oid]}"
                points.append(Point(day, words, record.place, value))
        if points:
            yield Scale(form.oid, rule.item.label, tuple(sorted(points, key=lambda point: point.day)))


def total(form: CompiledForm) -> CompiledItem | None:
    """The item that holds the total of a scale; None for a form that is no scale."""
    domain = form.form.domain
    found = [
        rule for rule in form.items.values()
        if domain in SCALES and rule.compute is not None and rule.type == "integer" and not rule.repeating
        and any(target.target == f"{domain}.{domain}ORRES" for target in rule.item.sdtm)
    ]  # fmt: skip
    return found[-1] if found else None


def _visit_days(reader: Reader, study: CompiledStudy, subject: str) -> dict[tuple[str, int], dt.date]:
    form, _, item = (study.study.file.date_item or "").partition(".")
    found = {}
    for record in _records(reader, subject, form) if form else ():
        day = _day(record.values.get(item))
        if day is not None:
            found[record.place.event, record.place.event_repeat] = day
    return found


def _records(reader: Reader, subject: str, form: str) -> list[Record]:
    return [one for one in reader.records(subject=subject, form=form) if one.values.get("@inactive") != "Y"]


def _to(form: CompiledForm, target: str, *types: str) -> Sequence[CompiledItem]:
    return [
        rule for rule in form.items.values()
        if (not types or rule.type in types) and any(one.target == target for one in rule.item.sdtm)
    ]  # fmt: skip


def _day(written: Written, *, last: bool = False) -> dt.date | None:
    """The day of a date, date and time, or partial date (its first day, or its last); None if it is not known."""
    if not isinstance(written, str) or not written[:4].isdigit():
        return None
    text = written[:10]
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text)
        year, _, month = text.partition("-")
        if not last:
            return dt.date(int(year), int(month or 1), 1)
        ahead = dt.date(int(year) + (not month or month == "12"), int(month) % 12 + 1 if month else 1, 1)
        return ahead - dt.timedelta(days=1)
    except ValueError:
        return None


def _number(written: Written) -> float | None:
    try:
        return float(written) if isinstance(written, str) else None
    except ValueError:
        return None
