"""Where a subject stands: a state for each form and visit by one published priority, and when visits are due.

One sign a cell is what people of other systems expect; the order in which states win is `STATES`, shown on the page.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trialkit.access.identity import Identity
from trialkit.conduct.facts import Subject
from trialkit.conduct.trial import Trial
from trialkit.conduct.window import anchor
from trialkit.ledger.entry import Place
from trialkit.store.outline import Outline
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Study, Window
from trialkit.study.schedule_rules import LAST_DOSE


class State(NamedTuple):
    """A state of a form or a visit: its name, its sign, and what it means in words."""

    name: str
    sign: str
    words: str


STATES: tuple[State, ...] = (
    State("query", "?", "open query"),
    State("dropped", "↺", "verification or review dropped by a change"),
    State("answered", "↩", "query answered, to be closed"),
    State("started", "◐", "started, not finished"),
    State("to complete", "◕", "finished, answers still missing"),
    State("overdue", "!", "due date has passed, not started"),
    State("planned", "○", "planned, nothing entered"),
    State("complete", "●", "complete"),
    State("verified", "✓", "complete and verified"),
    State("frozen", "❄", "frozen"),
    State("locked", "■", "locked"),
    State("struck", "✕", "struck"),
)
"""Every state, the one that wins first."""
BY_NAME = {state.name: state for state in STATES}
_RANK = {state.name: n for n, state in enumerate(STATES)}

Visit = tuple[str, int]
"""A study event and its repeat."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a visit should take place: target day, and the first and last day of its window."""

    target: dt.date
    first: dt.date
    last: dt.date


@dataclass(slots=True)
class Standing:
    """One subject: the state of every form instance that exists, of every visit, and the counts of open queries."""

    subject: str
    site: str
    forms: dict[str, tuple[Outline, State]] = field(default_factory=dict)
    visits: dict[Visit, State] = field(default_factory=dict)
    queries: Counter[str] = field(default_factory=Counter)


def standings(trial: Trial, who: Identity, subjects: Sequence[tuple[str, str]]) -> list[Standing]:
    """How these subjects, (number, site), stand, as far as `who` may see; two looks at the store for all of them."""
    reader = trial.reader(who)
    numbers = [subject for subject, _ in subjects]
    found = {subject: Standing(subject, site) for subject, site in subjects}
    asked: dict[str, set[str]] = {}
    for _, place, status in reader.open_queries(numbers):
        asked.setdefault(place.record, set()).add(status)
        found[place.subject].queries[place.record] += 1
    for outline in reader.outlines(numbers):
        state = state_of(outline, asked.get(outline.stream, ()))
        found[outline.place.subject].forms[outline.stream] = outline, state
    for standing in found.values():
        for outline, state in standing.forms.values():
            visit = outline.place.event, outline.place.event_repeat
            standing.visits[visit] = winning([standing.visits[visit], state] if visit in standing.visits else [state])
    return list(found.values())


def state_of(outline: Outline, queries: Iterable[str] = ()) -> State:
    """The state of one form instance, given the statuses of its open queries."""
    queries = set(queries)
    if outline.inactive:
        return BY_NAME["struck"]
    if "OPEN" in queries:
        return BY_NAME["query"]
    if outline.dropped and not outline.locked:  # a locked form takes no mark: there is nothing to do
        return BY_NAME["dropped"]
    if queries:
        return BY_NAME["answered"]
    if outline.locked:
        return BY_NAME["locked"]
    if outline.frozen:
        return BY_NAME["frozen"]
    if outline.status == "COMPLETE":
        return BY_NAME["verified" if outline.verified else "complete"]
    return BY_NAME["to complete" if outline.status == "TO COMPLETE" else "started"]


def winning(states: Iterable[State]) -> State:
    """The one of several states that is shown."""
    return min(states, key=lambda state: _RANK[state.name])


def forms_at(study: Study, event: str, role: str) -> list[str]:
    """The forms of an event that this role has, in order."""
    return [form for form in study.event_forms[event] if role not in study.forms[form].hidden_from]


def dues(trial: Trial, subject: str, site: str, study: CompiledStudy) -> dict[str, Due]:
    """When the scheduled visits of a subject are due, as far as their anchors are known."""
    reader = trial.everything()
    known = Subject(trial, study, reader, subject, site, trial.moment_at(trial.site(site)))
    known.studies = [study]
    view = known.at(Place(site, subject))
    found = {}
    for oid, event in study.study.file.events.items():
        if event.window is not None and event.window.day is not None:
            start = anchor(view, event.window)
            if start is not None:
                found[oid] = due(event.window, start)
    return found


def due(window: Window, start: dt.date) -> Due:
    """A window's days, counted from its anchor's day."""
    assert window.day is not None
    if window.unit == "hours":
        first, target, last = (
            start + dt.timedelta(hours=hours)
            for hours in (window.day - window.early, window.day, window.day + window.late)
        )
        return Due(start + dt.timedelta(days=window.day // 24), first, max(last, target))
    offset = window.day if window.anchor == LAST_DOSE or window.day < 0 else window.day - 1
    target = start + dt.timedelta(days=offset)
    return Due(target, target - dt.timedelta(days=window.early), target + dt.timedelta(days=window.late))
