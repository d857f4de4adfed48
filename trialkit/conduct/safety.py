"""Adverse events, serious ones with their clocks, and alerts: what safety people look at every morning.

Items are found by their SDTM targets (AE.AESER, SUPPAE SAEAWDTM ...), so that any study that annotates its forms has
the page. Clocks: site to sponsor within 24 hours of awareness (ICH E2A), then the due date that the study works out.
Until a supplement says when the site became aware, the clock runs from when the event was recorded as serious: the site
was aware by then at the latest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.expressions.elapsed import after, elapsed
from trialkit.ledger.entry import Place, Written
from trialkit.store.asked import Asked
from trialkit.store.readers import Reader
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledItem, CompiledStudy

REPORT_HOURS = 24
"""Hours from the site's awareness of a serious event to its report to the sponsor, as they go by."""
_WITHIN = dt.timedelta(hours=REPORT_HOURS)

_EVENT = ("AE.AETERM", "AE.AESTDTC", "AE.AEENDTC", "AE.AETOXGR", "AE.AESER", "AE.AEREL", "AE.AEOUT")
_REPORT = ("SAERPT", "SAEAWDTM", "SAERPDTM", "SAESUS", "SAEDUE", "SAESUBDT")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time that runs: what it is for, when it began and is due (site time), when it was met. `state` at a moment.

    It runs on while the clocks of the site, in `zone`, are set forward or back.
    """

    what: str
    began: dt.datetime
    due: dt.datetime
    met: dt.datetime | None
    zone: dt.tzinfo

    def left(self, now: dt.datetime) -> dt.timedelta:
        """How long it still runs; less than nothing when it is overdue."""
        return elapsed(now, self.due, self.zone)

    def state(self, now: dt.datetime) -> str:
        """`met`, `met late`, `running` or `overdue`."""
        late = self.left(now if self.met is None else self.met) < dt.timedelta()
        if self.met is not None:
            return "met late" if late else "met"
        return "overdue" if late else "running"


@dataclass(frozen=True, slots=True)
class Report:
    """One supplement of a serious event: its record, what it answered, and its clocks."""

    record: Record
    said: Mapping[str, tuple[CompiledItem, Written]]
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """An adverse event with what it answered (by SDTM variable) and its reports. `now` is the moment at its site.

    `owed` is the clock of a serious event of which no report says when the site became aware. `adrift`: no event
    stands, only reports whose clocks run; the record is the first of them.
    """

    record: Record
    said: Mapping[str, tuple[CompiledItem, Written]]
    reports: tuple[Report, ...]
    now: dt.datetime
    owed: Clock | None = None
    adrift: bool = False

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.record.place

    @property
    def term(self) -> str:
        """What happened, in the reporter's words."""
        term = self.said["AETERM"][1] if "AETERM" in self.said else None
        none = "(the event of this report does not stand)" if self.adrift else "(no term yet)"
        return term if isinstance(term, str) else none

    @property
    def serious(self) -> bool:
        """Whether it is stated to be serious."""
        return "AESER" in self.said and self.said["AESER"][1] == "Y"

    @property
    def runs(self) -> bool:
        """Whether a clock of it is not met."""
        return any(clock.met is None for clock in self.clocks)

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """Every clock of its reports, or the one that runs while there is none."""
        return (self.owed,) if self.owed else tuple(clock for report in self.reports for clock in report.clocks)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: the query of a check, or a form that such a check opened. `open` until it is settled."""

    place: Place
    words: str
    at: str
    open: bool
    asked: Asked | None
    record: Record | None


def events(trial: Trial, who: Identity, site: str = "") -> list[AdverseEvent]:
    """The adverse events in sight, subject by subject, struck ones left out; last, running reports without an event.

    Raises Refused without a right to read.
    """
    reader, study = trial.reader(who), trial.latest(who.sites)
    items = _annotated(study) if study is not None else {}
    if study is None or "AE.AETERM" not in items:
        return []
    form = items["AE.AETERM"].form
    supplement = items["SAEAWDTM"].form if "SAEAWDTM" in items else ""
    reports = _reports(trial, reader, items, supplement, site) if supplement else {}
    now: dict[str, dt.datetime] = {}
    found = []
    for record in _records(reader, form, site):
        said = _said(items, record, _EVENT)
        if "AETERM" not in said and "AESER" not in said:
            continue
        moment = now.setdefault(record.place.site, trial.now(record.place.site))
        number = str(record.values.get("AESPID", record.place.form_repeat)) if _link(items, supplement) else ""
        own = tuple(reports.pop((record.place.subject, number), ()))
        one = AdverseEvent(record, said, own, moment)
        if supplement and one.serious and not one.clocks:
            one = replace(one, owed=_owed(trial, reader, record, items["AE.AESER"].oid))
        found.append(one)
    adrift = [AdverseEvent(left[0].record, {}, tuple(left), trial.now(left[0].record.place.site), adrift=True)
              for left in reports.values()]  # fmt: skip
    return [*found, *(one for one in adrift if one.runs)]


def running(trial: Trial, who: Identity) -> list[tuple[Clock, dt.datetime]]:
    """The clocks in sight that are not met, each with the moment at its site."""
    return [(clock, one.now) for one in events(trial, who) for clock in one.clocks if clock.met is None]


def alerts(trial: Trial, who: Identity, site: str = "", waiting: Sequence[Asked] | None = None) -> list[Alert]:
    """Every alert in sight, open ones first, newest first; with the queries that are `waiting` only what waits."""
    reader, study = trial.reader(who), trial.latest(who.sites)
    # state by state, for so many are read at once: settled ones take no place from open ones
    states = "OPEN", "ANSWERED", "CLOSED"
    every = (one for state in states for one in reader.asked(status=state, site=site or None))
    asked = every if waiting is None else waiting
    found = [
        Alert(one.place, one.text, one.opened_at, one.query.status != "CLOSED", one, None)
        for one in asked
        if one.severity == "alert"
    ]
    for form in alert_forms(study) if study is not None else ():
        for record in _records(reader, form, site):
            if waiting is not None and record.status == "COMPLETE":
                continue
            first = next(iter(reader.history(stream=record.stream)), None)
            title = trial.compiled(record.study).forms[form].form.title
            at = first.recorded_at if first else ""
            found.append(Alert(record.place, title, at, record.status != "COMPLETE", None, record))
    return sorted(sorted(found, key=lambda one: one.at, reverse=True), key=lambda one: not one.open)


def alert_forms(study: CompiledStudy) -> list[str]:
    """The forms that alerts open."""
    return sorted({check.opens.form for check in study.checks.values() if check.opens and check.severity == "alert"})


def _annotated(study: CompiledStudy) -> dict[str, CompiledItem]:
    """Items by SDTM target (AE.AESER), or by test code for supplemental qualifiers."""
    found: dict[str, CompiledItem] = {}
    for form in study.forms.values():
        for rule in form.items.values():
            for target in rule.item.sdtm:
                name = target.testcd if target.target == "SUPPAE.QVAL" and target.testcd else target.target
                found.setdefault(name, rule)
    return found


def _records(reader: Reader, form: str, site: str) -> Iterator[Record]:
    for record in reader.records(form=form, site=site or None):
        if record.values.get("@inactive") != "Y":
            yield record


def _said(
    items: Mapping[str, CompiledItem], record: Record, names: tuple[str, ...]
) -> dict[str, tuple[CompiledItem, Written]]:
    """What the record answered, by the variable's name without its dataset."""
    return {
        name.rpartition(".")[2]: (items[name], record.values[items[name].oid])
        for name in names
        if name in items and items[name].oid in record.values
    }


def _reports(
    trial: Trial, reader: Reader, items: Mapping[str, CompiledItem], form: str, site: str
) -> dict[tuple[str, str], list[Report]]:
    found: dict[tuple[str, str], list[Report]] = {}
    link, zones = _link(items, form), dict[str, dt.tzinfo]()
    for record in _records(reader, form, site):
        said = _said(items, record, _REPORT)
        number = str(record.values.get(link, ""))
        zone = zones.setdefault(record.place.site, trial.zone(record.place.site))
        made = Report(record, said, tuple(_clocks(said, zone)))
        found.setdefault((record.place.subject, number), []).append(made)
    return found


def _link(items: Mapping[str, CompiledItem], form: str) -> str:
    """The item of a supplement that says of which event it is; without one it is of all of the subject's."""
    return next((rule.oid for name, rule in items.items() if name == "SUPPAE.IDVARVAL" and rule.form == form), "")


def _owed(trial: Trial, reader: Reader, record: Record, item: str) -> Clock | None:
    """The clock from when the event was first said to be serious: a correction does not wind it back."""
    said = [entry.recorded_at for entry in reader.history(stream=record.stream)
            for shown in entry.changes if shown.change.item == item and shown.change.new == "Y"]  # fmt: skip
    if not said:
        return None
    zone = trial.zone(record.place.site)
    began = dt.datetime.fromisoformat(said[0]).astimezone(zone).replace(tzinfo=None)
    return Clock("Site to sponsor", began, after(began, _WITHIN, zone), None, zone)


def _clocks(said: Mapping[str, tuple[CompiledItem, Written]], zone: dt.tzinfo) -> Iterator[Clock]:
    aware, sent = _moment(said, "SAEAWDTM"), _moment(said, "SAERPDTM")
    if aware is not None:
        yield Clock("Site to sponsor", aware, after(aware, _WITHIN, zone), sent, zone)
    due = _moment(said, "SAEDUE")
    if due is not None and aware is not None:
        end = dt.datetime.combine(due.date(), dt.time(23, 59))
        yield Clock("Expedited report", aware, end, _moment(said, "SAESUBDT"), zone)


def _moment(said: Mapping[str, tuple[CompiledItem, Written]], name: str) -> dt.datetime | None:
    value = said[name][1] if name in said else None
    try:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
