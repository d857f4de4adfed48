"""The day of a dose: how the pump has run so far, how much has run in, and each change of the pump as one act.

Which forms and items play which part the study says (`session` in study.yaml). Every act is a save of those forms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from trialkit.access.identity import Identity
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Act, Saved, save_form, save_in, strike_in, together
from trialkit.conduct.checking import FINISHED
from trialkit.conduct.reading import near
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.standing import split
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder
from trialkit.expressions.elapsed import around, elapsed
from trialkit.ledger.entry import Place, Written
from trialkit.store.outline import Outline
from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledForm, CompiledStudy, path_of
from trialkit.study.dosing_day import DosingDay, StepKind
from trialkit.study.model import Study

State = Literal["waiting", "running", "paused", "over"]
POSSIBLE: Mapping[State, tuple[StepKind, ...]] = {
    "waiting": ("start",), "running": ("change", "pause", "stop", "end"), "paused": ("resume", "stop", "end"),
    "over": (),
}  # fmt: skip
"""What can be done to the pump in each state."""
RUNS: tuple[StepKind, ...] = ("start", "change", "resume")
"""After these the pump runs, at the rate that goes with them; after the others it rests."""

EXPLAINED = "@explanation["
HASTE = dt.timedelta(seconds=5)
"""How far the steps of somebody who taps several times a second may run ahead of the clock."""
HALF_DAY = dt.timedelta(hours=12)
"""How long before the start of its infusion the clock time of a step may lie; an earlier one is of the next day."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the pump: its row, when (site time; None if that is not known), what, and the flow from then on."""

    row: str
    at: dt.datetime | None
    kind: StepKind | None
    rate: str
    flow: Decimal | None  # volume an hour
    values: Mapping[str, Written]  # item -> what stands


@dataclass(frozen=True, slots=True)
class Course:
    """An infusion so far. `started` and `ended` are what the record of the dose says, in site time of `zone`."""

    started: dt.datetime | None
    ended: dt.datetime | None
    steps: tuple[Step, ...]
    zone: dt.tzinfo | None = None

    @property
    def state(self) -> State:
        """Where it stands by its last step; over, too, if only the record of the dose says so."""
        last = self.steps[-1].kind if self.steps else None
        if last in ("stop", "end") or self.ended is not None:
            return "over"
        return "paused" if last == "pause" else "running" if last in RUNS or self.started is not None else "waiting"

    @property
    def stopped(self) -> dt.datetime | None:
        """When it was stopped early (site time), if it was."""
        last = self.steps[-1] if self.steps else None
        return last.at if last is not None and last.kind == "stop" else None

    def given(self, at: dt.datetime) -> Decimal | None:
        """The volume that has run in at a moment (site time): rate by time. None where a step lacks one."""
        return given([(step.at, step.flow) for step in self.steps], at, self.zone)


def given(
    flows: list[tuple[dt.datetime | None, Decimal | None]], at: dt.datetime, zone: dt.tzinfo | None = None
) -> Decimal | None:
    """The volume that has run in at a moment, of flows (volume an hour) that each hold until the next.

    With a zone by the time that went by, also where its clocks were set forward or back; without by the clocks.
    """
    volume = Decimal(0)
    for n, (start, flow) in enumerate(flows):
        end = flows[n + 1][0] if n + 1 < len(flows) else at
        if start is None or end is None or flow is None:
            return None
        seconds = Decimal(max(0, int(elapsed(start, min(end, at), zone).total_seconds())))
        volume += flow * seconds / 3600
    return volume


def events(study: Study) -> tuple[str, ...]:
    """The events at which this study has an infusion session."""
    day = study.file.session
    forms = {day.record.form, day.steps.form, day.monitoring.form} if day else set()
    return tuple(event for event, at in study.event_forms.items() if forms and forms <= set(at))


def under_way(trial: Trial, who: Identity, study: Study) -> list[Place]:
    """The visits with an infusion session that has begun and from which nobody was let go yet, or that are of today.

    Only what `who` may see; the one worked on last comes first.
    """
    day = study.file.session
    if day is None:
        return []
    reader, at = trial.reader(who), events(study)
    own = {day.readiness.form, day.record.form, day.steps.form, day.monitoring.form}
    dated, _, date_item = (study.file.date_item or "").partition(".")
    seen = reader.sight.forms  # for who does not see how people are let go, a session ends with its record
    last = day.discharge.form if seen is None or day.discharge.form in seen else day.record.form
    forms = list({*own, last, *([dated] if dated else [])})
    visits: dict[Place, dict[str, Outline]] = {}
    for outline in reader.outlines([row.place.subject for row in reader.subjects()], forms):
        if outline.place.event in at and not outline.inactive:
            visits.setdefault(part(outline.place, ""), {})[outline.place.form] = outline
    found: list[tuple[int, Place]] = []
    for visit, has in visits.items():
        left = has.get(last)
        if left is not None and left.status in FINISHED:
            continue
        if not own & has.keys():
            record = reader.record(part(visit, dated))
            if record is None or record.values.get(date_item) != f"{trial.now(visit.site):%Y-%m-%d}":
                continue
        found.append((max(outline.seq for outline in has.values()), visit))
    return [visit for _, visit in sorted(found, key=lambda pair: -pair[0])]


def part(visit: Place, form: str) -> Place:
    """The place of one of the session's forms at a visit."""
    return Place(visit.site, visit.subject, visit.event, visit.event_repeat, form)


def dated(
    trial: Trial, who: Identity, visit: Place, day: dt.date, *, seen: int, request: str | None = None
) -> Saved:  # fmt: skip
    """Say that the visit is on this day. `seen`: the version of the form that dates it.

    Raises what `save_form` raises: ReasonNeeded where it is dated already, and NotFound where the study names no form.
    """
    spec = _day(trial.study_at(visit.site)).visit
    if spec is None:
        raise NotFound("this study does not say what dates a visit", "its study.yaml has no visit under session")
    typed: dict[str, Typed] = {**spec.sets, spec.date: day.isoformat()}
    return save_form(trial, who, part(visit, spec.form), typed, based_on=seen, request=request)


def course(
    day: DosingDay, steps_form: CompiledForm, dose: Mapping[str, Written], steps: Mapping[str, Written],
    zone: dt.tzinfo | None = None,
) -> Course:  # fmt: skip
    """The infusion as the record of the dose and the rows of its steps tell it; struck rows tell nothing."""
    spec, said = day.steps, day.record
    rows: dict[str, dict[str, Any]] = {}
    for path, value in steps.items():
        group, row, item = split(path)
        if group == spec.group:
            rows.setdefault(row, {})[item] = value
    started = _moment(dose.get(said.start_date), dose.get(said.start_time))
    kinds = {code: kind for kind, code in spec.actions.items()}
    found: list[Step] = []
    for row, stands in steps_form.ordered(spec.group, rows):
        values = cast("Mapping[str, Written]", stands)
        if values.get("@inactive") == "Y":
            continue
        time = values.get(spec.time)
        at = around(started, dt.time.fromisoformat(time), HALF_DAY) if started and isinstance(time, str) else None
        flow, rate = values.get(spec.flow), values.get(spec.rate)
        kind = kinds.get(str(values.get(spec.action)))
        found.append(Step(row, at, kind, str(rate or ""), Decimal(flow) if isinstance(flow, str) else None, values))
    return Course(started, _moment(dose.get(said.end_date), dose.get(said.end_time)), tuple(found), zone)


def tap(
    trial: Trial, who: Identity, visit: Place, kind: StepKind, *, seen: tuple[int, int], rate: str = "",
    why: str = "", ordered_by: str = "", at: dt.datetime | None = None, act: Act | None = None,
    request: str | None = None,
) -> Saved:  # fmt: skip
    """Record a change of the pump, now by the site's clock or `at`; start and end go into the record of the dose, too.

    `seen` are the versions of the record of the dose and of its steps that the person had before them. Raises what
    `save_form` raises, and OutOfOrder where the pump cannot do that now; a repeated `request` writes once.
    """
    study = trial.study_at(visit.site)
    day = _day(study)
    dose, steps = part(visit, day.record.form), part(visit, day.steps.form)
    moment = (at or trial.now(visit.site)).replace(tzinfo=None, microsecond=0)
    spec = day.steps

    def stamped(before: Course) -> dt.datetime:
        # taps within one second: each is a second after the one before, for steps follow each other
        last = before.steps[-1].at if before.steps else None
        hasty = last is not None and moment <= last < moment + HASTE
        return last + dt.timedelta(seconds=1) if last is not None and hasty else moment

    def step(sitting: Sitting, based_on: int) -> Saved:
        standing = sitting.desk(steps).standing
        before = course(day, standing.cform, sitting.desk(dose).standing.written, standing.written)
        row = str(1 + max((int(key) for key in standing.rows.get(spec.group, {}) if key.isdigit()), default=0))
        answers = {
            spec.time: f"{stamped(before):%H:%M:%S}", spec.action: spec.actions[kind],
            spec.rate: rate if kind in RUNS else spec.rest,
            spec.reason: why, spec.by: who.person, spec.ordered_by: ordered_by,
        }  # fmt: skip
        typed = {path_of(spec.group, row, item): text for item, text in answers.items() if item and text}
        saved = save_in(sitting, steps, typed, based_on, act or Act())
        if kind not in POSSIBLE[before.state] or kind not in spec.actions:
            raise OutOfOrder(f"the infusion is {before.state}: it takes no {kind}", "look at its steps; undo the last")
        return saved

    said = day.record

    def bounds(sitting: Sitting, based_on: int) -> Saved:
        standing = sitting.desk(steps).standing
        after = course(day, standing.cform, sitting.desk(dose).standing.written, standing.written)
        at = str(after.steps[-1].values[spec.time])
        # the step may be stamped a second after the tap: of 23:59:59 it is of the next day, and no day to come
        step_at, subject = near(dt.time.fromisoformat(at), moment), sitting.subject
        ahead = step_at.replace(tzinfo=subject.moment.tzinfo)
        if dt.timedelta() < ahead - subject.moment < HASTE:
            subject.turn(ahead)
        date = f"{step_at:%Y-%m-%d}"
        more: dict[str, Typed] = {said.end_date: date, said.end_time: at}
        if kind == "start":
            more = {said.given: "Y", said.start_date: date, said.start_time: at}
        return save_in(sitting, dose, more, based_on, act or Act())

    acts = [(steps, seen[1], step)]
    if kind in ("start", "stop", "end"):
        acts.append((dose, seen[0], bounds))
    return together(trial, who, acts, request=request)


def undo(
    trial: Trial, who: Identity, visit: Place, *, seen: tuple[int, int], reason: Reason, request: str | None = None
) -> Saved:
    """Take a mistaken tap back: its row is struck with the reason and stays, what it wrote beside is cleared.

    With a start goes the word that the infusion was given, if the tap said it. A deviation that was explained at it
    stays a record of its own: people judge whether it holds.
    """
    study = trial.study_at(visit.site)
    day = _day(study)
    dose, steps = part(visit, day.record.form), part(visit, day.steps.form)
    reader, said = trial.reader(who), day.record
    held, rows = reader.record(dose), reader.record(steps)
    so_far = course(day, study.forms[steps.form], held.values if held else {}, rows.values if rows else {})
    if not so_far.steps:
        raise NotFound("no step stands that could be taken back", "look at the steps again")
    last = so_far.steps[-1]
    ends: tuple[str, ...] = {"start": (said.given, said.start_date, said.start_time)}.get(str(last.kind), ())
    if last.kind in ("stop", "end"):
        ends = (said.end_date, said.end_time)
    wrote = _beside(reader, dose, ends[-1]) if ends else set()
    cleared: dict[str, Typed] = {item: "" for item in ends if item in wrote and held and held.values.get(item)}
    row = f"{day.steps.group}[{last.row}]"
    acts: list[tuple[Place, int, Callable[[Sitting, int], Saved]]] = [
        (steps, seen[1], lambda sitting, based_on: strike_in(sitting, steps, row, based_on, reason))
    ]
    # what was explained at the tap is still explained while it is taken back
    told = {path[13:-1]: str(text) for path, text in (held.values if held else {}).items() if path[:13] == EXPLAINED}
    if cleared:  # first, so that the steps are not judged against an end that is none
        acts.insert(
            0, (dose, seen[0], lambda sitting, based_on: save_in(sitting, dose, cleared, based_on, Act(reason, told)))
        )
    return together(trial, who, acts, request=request)


def _beside(reader: Reader, dose: Place, time: str) -> set[str]:
    """What a tap wrote into the record of the dose with the time: what stood before, or came after, is not of it.

    A correction of the time is no tap.
    """
    for entry in reversed(list(reader.history(stream=dose.record))):
        wrote = {one.change.item for one in entry.changes if one.change.old is None}
        if time in wrote:
            return wrote
    return set()


def _day(study: CompiledStudy) -> DosingDay:
    day = study.study.file.session
    if day is None:
        raise NotFound("this study has no infusion session", "its study.yaml says nothing under session")
    return day


def _moment(date: Written, time: Written) -> dt.datetime | None:
    if not isinstance(date, str) or not isinstance(time, str):
        return None
    return dt.datetime.combine(dt.date.fromisoformat(date), dt.time.fromisoformat(time))
