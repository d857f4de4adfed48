"""What a play came to, read back from the ledger in words for somebody who sees a trial for the first time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

from trialkit.access.table import ROLES
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Actor
from trialkit.simulation.loading import Play
from trialkit.simulation.playing import Turned
from trialkit.store.record import EntryView, Record

WIDTH = 118


def summary(trial: Trial, play: Play, turned: Sequence[Turned]) -> Iterator[str]:
    """Lines about subjects, forms, corrections, queries, alerts, deviations and refused attempts."""
    reader = trial.everything()
    entries = list(reader.entries())
    queries = list(reader.queries())
    yield from _subjects(play, list(reader.records()), queries)
    yield ""
    yield from _acts(entries)
    yield from _queries(entries, queries)
    yield from _deviations(trial, play)
    if turned:
        yield f"  {len(turned)} acts were refused, as they must be:"
        for one in turned:
            yield shorten(f"    {_attempt(one, play)}", WIDTH, placeholder=" ...").replace("", "", 1)


def _subjects(play: Play, records: list[Record], queries: list[Record]) -> Iterator[str]:
    yield f"  {'Subject':<8} {'Site':<24} {'Visits':>6} {'Forms':>6} {'Queries':>8}  Story"
    for story in sorted(play.stories.values(), key=lambda one: one.subject):
        own = [record for record in records if record.place.subject == story.subject]
        visits = {(record.place.event, record.place.event_repeat) for record in own} - {("LOG", 1)}
        asked = sum(1 for query in queries if query.place.subject == story.subject)
        site = play.cast.sites[story.site].name
        yield f"  {story.subject:<8} {site:<24} {len(visits):>6} {len(own):>6} {asked:>8}  {story.title}"


def _acts(entries: list[EntryView]) -> Iterator[str]:
    acts = Counter(entry.act for entry in entries)
    people = {entry.actor.id for entry in entries if entry.actor.id != "system"}
    corrected = sum(1 for entry in entries if entry.act == "record.correct" and entry.reason)
    worked_out = sum(len(entry.changes) for entry in entries if entry.act == "record.compute")
    saves, struck = acts["record.save"] + acts["record.correct"], acts["record.inactivate"]
    yield f"  {len(entries):,} entries in the ledger, by {len(people)} people and the system."
    yield f"  {saves:,} saves of forms, {corrected} of them corrections with a reason; {_many(struck, 'line')} struck."
    yield f"  {worked_out:,} values worked out by the system, each with what it was worked out from."


def _queries(entries: list[EntryView], queries: list[Record]) -> Iterator[str]:
    opened = Counter(_who(entry.actor) for entry in entries if entry.act == "query.open" and entry.version == 1)
    closed = Counter(_who(entry.actor) for entry in entries if entry.act == "query.close")
    left = sum(1 for query in queries if query.status != "CLOSED")
    yield f"  {len(queries)} queries, opened by {_counted(opened)}."
    yield f"  Closed by {_counted(closed)}; {left} are still open."
    for query in queries:
        if query.values.get("severity") == "alert":
            where = f"{query.place.subject} at {query.place.event}"
            yield f"  Alert {query.values['check']}, {where}, {query.status.lower()}: {query.values['text']}"


def _deviations(trial: Trial, play: Play) -> Iterator[str]:
    form = trial.study_at(next(iter(play.cast.sites))).study.file.deviation
    for line in trial.everything().records(form=form.form) if form else ():
        rule = line.values.get(form.rule) if form else None
        if rule and form:
            yield shorten(
                f"  Deviation by {rule}, {line.place.subject}: {line.values[form.term]}", WIDTH, placeholder=" ..."
            )


def _attempt(one: Turned, play: Play) -> str:
    act, story = one.step.act, one.step.story
    member = play.cast.people[act.who]
    verb = {"save": "enter", "correct": "change", "read": "open", "consent": "record"}.get(act.do, act.do)
    what = " ".join(
        part for part in (verb, act.form, f"at {act.event}" if act.event else "", f"of {story.subject}") if part
    )
    return f"{one.step.base:%d %b} {member.name}: {what if act.do != 'sign in' else 'sign in'}: {one.why.sentence}"


def _who(actor: Actor) -> str:
    return "checks" if actor.id == "system" else f"{actor.name} ({ROLES[actor.role].title})"


def _counted(count: Counter[str]) -> str:
    return ", ".join(f"{who}: {number}" for who, number in count.most_common())


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def indented(lines: Iterable[str]) -> str:
    """The lines with two blanks before each."""
    return "\n".join(f"  {line}" if line else "" for line in lines)
