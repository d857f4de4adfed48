"""What a play came to, read back from the ledger in words for somebody who sees a trial for the first time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill

from trialkit.access.table import ROLES
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Actor
from trialkit.simulation.loading import Play
from trialkit.simulation.playing import Turned
from trialkit.store.record import EntryView, Record
from trialkit.study.model import Form

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
        forms = trial.study_at(next(iter(play.cast.sites))).study.forms
        yield from (_wrapped(_attempt(one, play, forms), "    ") for one in turned)


def _subjects(play: Play, records: list[Record], queries: list[Record]) -> Iterator[str]:
    yield f"  {'Subject':<8} {'Site':<24} {'Visits':>6} {'Forms':>6} {'Queries':>8}  Story"
    for story in sorted(play.stories.values(), key=lambda one: one.subject):
        own = [record for record in records if record.place.subject == story.subject]
        visits = {(record.place.event, record.place.event_repeat) for record in own} - {("LOG", 1)}
        asked = sum(1 for query in queries if query.place.subject == story.subject)
        site = play.cast.sites[story.site].name
        yield f"  {story.subject:<8} {site:<24} {len(visits):>6} {len(own):>6} {asked:>8}  {story.title}"
    yield "  Forms: every one entered, struck lines and the pharmacy's forms included (a casebook may show fewer)."


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
    alerts: dict[tuple[str, str, str], list[Record]] = {}
    for query in queries:
        if query.values.get("severity") == "alert":
            alerts.setdefault((query.place.subject, query.place.event, str(query.values["check"])), []).append(query)
    for (subject, event, check), raised in alerts.items():
        state = "open" if any(query.status != "CLOSED" for query in raised) else "settled"
        times = f", {len(raised)} times" if len(raised) > 1 else ""
        yield _wrapped(f"Alert {check}, {subject} at {event}{times}, {state}: {raised[0].values['text']}", "  ")
        if state == "settled" and (last := _last(raised[-1])):
            yield _wrapped(f"Settled with: {last}", "    ")


def _last(query: Record) -> str:
    """What was said last in a query."""
    numbers = [int(name[7:-1]) for name in query.values if name.startswith("thread[")]
    return str(query.values[f"thread[{max(numbers)}]"]) if numbers else ""


def _deviations(trial: Trial, play: Play) -> Iterator[str]:
    form = trial.study_at(next(iter(play.cast.sites))).study.file.deviation
    for line in trial.everything().records(form=form.form) if form else ():
        rule = line.values.get(form.rule) if form else None
        if rule and form:
            yield _wrapped(f"Deviation by {rule}, {line.place.subject}: {line.values[form.term]}", "  ")


def _attempt(one: Turned, play: Play, forms: Mapping[str, Form]) -> str:
    act, story = one.step.act, one.step.story
    member = play.cast.people[act.who]
    verb = {"save": "enters", "correct": "changes", "read": "opens", "consent": "records"}.get(act.do, f"{act.do}s")
    form = f"{forms[act.form].title} ({act.form})" if act.form in forms else ""
    what = " ".join(part for part in (verb, form, f"at {act.event}" if act.event else "") if part)
    about = "signs in" if act.do == "sign in" else f"{what} of {story.subject}" if form else f"{what} {story.subject}"
    return f"{one.step.base:%d %b}: {member.name} {about}: {one.why.sentence}"


def _who(actor: Actor) -> str:
    return "checks" if actor.id == "system" else f"{actor.name} ({ROLES[actor.role].title})"


def _counted(count: Counter[str]) -> str:
    return ", ".join(f"{who}: {number}" for who, number in count.most_common())


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _wrapped(text: str, before: str) -> str:
    return fill(text, WIDTH, initial_indent=before, subsequent_indent=before + "  ")
