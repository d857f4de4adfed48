"""What an alert is about and what became of it: the check that raised it and where, and who settled it how."""

from __future__ import annotations

from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.safety import Alert
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place, Written
from trialkit.study.compiled import CompiledItem
from trialkit.study.model import SYSTEM

Answer = tuple[CompiledItem, Written]


@dataclass(frozen=True, slots=True)
class Raised:
    """What raised an alert that stands on a form of its own: what the check said, where, and what was noted of it.

    `over` is the moment (UTC) since which the check says so no more, "" while it does.
    """

    words: str
    place: Place | None
    noted: tuple[Answer, ...]
    over: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """Who settled an alert and when (UTC), in their words, or by what was answered on the form."""

    who: str
    at: str
    words: str
    done: tuple[Answer, ...] = ()


def raised(trial: Trial, who: Identity, alert: Alert) -> Raised:
    """What raised the alert, as far as `who` may see it."""
    if alert.record is None:
        return Raised("", None, ())
    reader = trial.reader(who)
    first = next(iter(reader.history(stream=alert.record.stream)), None)
    check = str(first.origin.get("check", "")) if first else ""
    found = [one for one in reader.asked(subject=alert.place.subject) if check and one.check == check]
    near = (
        min(found, key=lambda one: abs(one.opened - first.seq), default=None) if first else None
    )  # of the same commit
    noted = _answers(trial, alert, by_system=True)
    over = ""
    if near and near.query.status == "CLOSED":
        *_, last = reader.history(stream=near.query.stream)
        over = last.recorded_at if last.actor.role == SYSTEM else ""
    return Raised(near.text if near else "", near.place if near else None, noted, over)


def settled(trial: Trial, who: Identity, alert: Alert) -> Settled:
    """Who settled it, when and how; by the last of those who did anything about it."""
    stream = alert.asked.query.stream if alert.asked else alert.record.stream if alert.record else ""
    by = [one for one in trial.reader(who).history(stream=stream) if one.actor.role != SYSTEM]
    words = [str(part.change.new) for one in by for part in one.changes if part.change.item[:7] == "thread["]
    last = by[-1] if by else None
    done = _answers(trial, alert, by_system=False) if alert.record else ()
    if last is None:
        return Settled(
            "the check, when the answer changed", alert.asked.moved_at if alert.asked else alert.at, "", done
        )
    return Settled(last.actor.name, last.recorded_at, " · ".join(words), done)


def _answers(trial: Trial, alert: Alert, *, by_system: bool) -> tuple[Answer, ...]:
    """The answers on the form of an alert, in its order: those of the system, or those of people."""
    if alert.record is None:
        return ()
    rules = trial.compiled(alert.record.study).forms[alert.record.place.form].items.values()
    return tuple((rule, alert.record.values[rule.oid]) for rule in rules
                 if rule.oid in alert.record.values and (rule.item.entered_by == SYSTEM) is by_system)  # fmt: skip
