"""Plays the steps of all stories in order of time through `conduct`, and stops loudly where one goes otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from trialkit.conduct import consent, query
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, inactivate, save_form
from trialkit.conduct.enrol import enrol
from trialkit.conduct.reason import Reason
from trialkit.errors import NotFound, TrialkitError, WrongStory
from trialkit.ledger.entry import Place, Written
from trialkit.simulation.loading import Play, Step, later
from trialkit.simulation.stage import Stage
from trialkit.simulation.table import cells, spread
from trialkit.store.record import Record
from trialkit.study.model import Form
from trialkit.values import Missing


@dataclass(frozen=True, slots=True)
class _Before:
    """What an act may change and is compared by: the subject's queries and deviations, by stream."""

    queries: Mapping[str, str]
    deviations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Turned:
    """An act that was refused as a whole, as its story foresaw, with what the person was told."""

    step: Step
    why: TrialkitError


def perform(stage: Stage, play: Play, progress: Callable[[int, int, Step], None] | None = None) -> list[Turned]:
    """Play every step; gives the acts that were refused. Raises WrongStory at the first that goes otherwise."""
    turned: list[Turned] = []
    for number, step in enumerate(play.steps):
        if progress:
            progress(number, len(play.steps), step)
        stage.put_in_force(step.moment)
        if stage.clock.moment.date() < step.moment.date():
            stage.trial.store.checkpoint()
        stage.clock.reach(step.moment)
        refusal = play_step(stage, step)
        if refusal is not None:
            turned.append(Turned(step, refusal))
    stage.trial.store.checkpoint()
    return turned


def play_step(stage: Stage, step: Step) -> TrialkitError | None:
    """Play one step and compare what came of it with what the story expects; gives the refusal, if it was refused."""
    expected = step.act.expect
    before = _state(stage, step)
    try:
        saved = _do(stage, step)
    except TrialkitError as refusal:
        if type(refusal).__name__ != expected.refused:
            raise _otherwise(
                step, expected.refused or "to be done", f"{type(refusal).__name__}: {refusal}"
            ) from refusal
        _same(step, "to hear", expected.says in str(refusal), expected.says, str(refusal))
        _compare(stage, step, before, Saved(0))
        return refusal
    _same(step, "to be refused as", not expected.refused, expected.refused, "it was done")
    _compare(stage, step, before, saved)
    return None


def _do(stage: Stage, step: Step) -> Saved:
    act, trial, site, subject = step.act, stage.trial, step.story.site, step.story.subject
    if act.do == "sign in":
        stage.signed_in(act.who, act.text)
        return Saved(0)
    who, place = stage.who(act.who), _place(step)
    reason = Reason(act.reason, act.because) if act.reason else None
    if act.do == "enrol":
        enrol(trial, who, site, subject)
    elif act.do == "read":
        trial.authorise(who, "record.read", place, form=_form(stage, step), study=trial.study_at(site).study)
    elif act.do == "ask":
        query.ask(trial, who, place, act.item, act.text)
    elif act.do in ("answer", "reask", "close"):
        do = {"answer": query.answer, "reask": query.reask, "close": query.close}[act.do]
        do(trial, who, _query(stage, step), act.text)
    elif act.do == "strike":
        return inactivate(trial, who, place, reason=_given(reason), based_on=_version(stage, place), row=act.row)
    elif act.do == "consent":
        return consent.obtain(
            trial,
            who,
            place,
            typed(stage, step),
            based_on=_version(stage, place),
            reason=reason,
            explanations=act.explain,
        )
    else:
        return save_form(
            trial, who, place, typed(stage, step), based_on=_version(stage, place), reason=reason,
            explanations=act.explain, submit=act.finished,
        )  # fmt: skip
    return Saved(0)


def typed(stage: Stage, step: Step) -> dict[str, Typed]:
    """What the act types: its tables and values, with relative moments and `@role` made plain for their items."""
    act, types = step.act, {oid: item.type for oid, item in _form(stage, step).items.items()}
    found: dict[str, Typed] = {}
    for group, text in act.tables.items():
        found |= cells(group, text, act.each.get(group, {}))
    for item, value in act.values.items():
        if isinstance(value, str):
            found |= dict(spread([(item, value)]))
        else:
            found[item] = Missing(value["missing"]) if isinstance(value, dict) else value
    site = step.story.site
    for path, raw in found.items():
        if isinstance(raw, str):
            kind = types.get(path.rsplit(".", 1)[-1], "text")
            found[path] = stage.cast.meant(raw, site) if kind == "person" else _moment(raw, kind, step.base)
    return found


def _moment(text: str, kind: str, base: datetime) -> str:
    span = later(text)
    if span is None or kind not in ("date", "partialDate", "time", "datetime"):
        return text
    moment = base + span
    return {"time": moment.strftime("%H:%M"), "datetime": moment.strftime("%Y-%m-%dT%H:%M")}.get(
        kind, moment.date().isoformat()
    )


def _compare(stage: Stage, step: Step, before: _Before, saved: Saved) -> None:
    expected, after = step.act.expect, _state(stage, step)
    told = {path: wrong.sentence for path, wrong in saved.refused.items()}
    _same(step, "these answers refused", sorted(told) == sorted(expected.wrong), expected.wrong, told)
    if expected.wrong and expected.says:
        _same(step, "to hear", any(expected.says in text for text in told.values()), expected.says, told)
    opened = {
        stream.split("/")[-3]
        for stream, status in after.queries.items()
        if status != "CLOSED" and before.queries.get(stream) in (None, "CLOSED")
    }
    closed = {
        stream.split("/")[-3]
        for stream, status in after.queries.items()
        if status == "CLOSED" and before.queries.get(stream, "CLOSED") != "CLOSED"
    }
    if step.act.do in ("ask", "reask", "close"):
        opened, closed = opened - {"MANUAL", step.act.check}, closed - {step.act.check}
    _same(
        step, "these checks to fire", sorted(opened) == sorted(expected.fires), sorted(expected.fires), sorted(opened)
    )
    _same(
        step,
        "these checks to settle",
        sorted(closed) == sorted(expected.closes),
        sorted(expected.closes),
        sorted(closed),
    )
    written = sorted(rule for stream, rule in after.deviations.items() if stream not in before.deviations and rule)
    _same(step, "deviations of", written == sorted(expected.deviations), sorted(expected.deviations), written)
    if expected.holds:
        stands = _record(stage, _place(step))
        values = {item: _text(stands.values.get(item) if stands else None) for item in expected.holds}
        _same(step, "to hold", values == expected.holds, expected.holds, values)


def _state(stage: Stage, step: Step) -> _Before:
    reader = stage.trial.everything()
    form = stage.trial.study_at(step.story.site).study.file.deviation
    lines = reader.records(subject=step.story.subject, form=form.form) if form else ()
    return _Before(
        {found.stream: found.status for found in reader.queries(subject=step.story.subject)},
        {line.stream: _text(line.values.get(form.rule)) for line in lines} if form else {},
    )


def _query(stage: Stage, step: Step) -> str:
    place = _place(step)
    found = [
        record
        for record in stage.trial.everything().queries(subject=step.story.subject, form=step.act.form)
        if record.place == place and record.values.get("check") == step.act.check
        and step.act.item in ("", record.values.get("item"))
    ]  # fmt: skip
    if not found:
        raise NotFound(f"{step.act.check} has asked nothing at {place.record}", "name the form, the check and the item")
    return max(found, key=lambda record: record.seq).stream


def _form(stage: Stage, step: Step) -> Form:
    forms = stage.trial.study_at(step.story.site).study.forms
    if step.act.form not in forms:
        raise NotFound(f"there is no form {step.act.form}", "forms are " + ", ".join(forms))
    return forms[step.act.form]


def _place(step: Step) -> Place:
    act = step.act
    return Place(step.story.site, step.story.subject, act.event, act.event_repeat, act.form, act.repeat)


def _record(stage: Stage, place: Place) -> Record | None:
    return stage.trial.everything().record(place)


def _version(stage: Stage, place: Place) -> int:
    stands = _record(stage, place)
    return stands.version if stands else 0


def _given(reason: Reason | None) -> Reason:
    return reason or Reason("")


def _text(value: Written) -> str:
    if isinstance(value, dict):
        return f"missing: {value['m']}"
    return ";".join(value) if isinstance(value, list) else value or ""


def _same(step: Step, what: str, agrees: bool, expected: object, found: object) -> None:
    if not agrees:
        raise _otherwise(step, f"{what} {expected}", str(found))


def _otherwise(step: Step, expected: str, found: str) -> WrongStory:
    act = step.act
    where = " ".join(part for part in (act.do, act.event, act.form, str(act.repeat) if act.repeat > 1 else "") if part)
    who = f"{step.place}: subject {step.story.subject}, {step.base:%Y-%m-%d}, {act.who}: {where}"
    return WrongStory(
        f"{who}: expected {expected or 'nothing'}; instead: {found}",
        "mend the story, or what it shows to be wrong",
        place=step.place,
    )
