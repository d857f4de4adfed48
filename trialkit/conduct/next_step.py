"""The next thing to do for one subject, in the order in which a site would do it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.roll import consent_due, roll
from trialkit.conduct.schedule import Standing, forms_at
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.store.outline import Outline
from trialkit.study.compiled import CompiledForm, CompiledStudy


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and the form to do it on if it is one form; `page` else."""

    words: str
    place: Place | None = None
    page: str = ""


def next_steps(trial: Trial, who: Identity, study: CompiledStudy, one: Standing) -> list[Step]:
    """The steps that wait, the first one first; empty when nothing of this subject waits for the role."""
    return list(_steps(trial, who, study, one))


def _steps(trial: Trial, who: Identity, study: CompiledStudy, one: Standing) -> Iterator[Step]:
    enters = permission(who.role, "record.save") is not None
    line = next((found for found in roll(trial, who) if found.subject == one.subject), None)
    if enters and line is not None and not line.ended and not line.consented and _sees_consent(study, who):
        first = _next_consent(study, one, who)
        yield Step("Record the informed consent" if first else "The informed consent is not recorded yet", first)
        return
    if enters and line is not None:
        for _, version in consent_due(trial, [line]):
            yield Step(f"Consent again, on version {version} of the consent form", _next_consent(study, one, who))
    asked = _mine(study, who, _in_order(study, one, "query"))
    if asked and permission(who.role, "query.answer") is not None:
        first = asked[0].place
        title = study.study.forms[first.form].title
        many = f" and {len(asked) - 1} more form{'s' if len(asked) > 2 else ''}" if len(asked) > 1 else ""
        yield Step(f"Answer the query on {title} at {first.event}{many}", first)
    begun = _mine(study, who, _in_order(study, one, "started", "to complete"))
    if enters and begun:
        place = begun[0].place
        yield Step(f"Finish {study.study.forms[place.form].title} at {place.event}", place)
    today = trial.now(one.site).date()
    for awaited in line.awaited(today)[:1] if enters and line is not None else ():
        event, due = awaited.event, awaited.due
        title = study.study.file.events[event].title
        forms = [form for form in forms_at(study.study, event, who.role) if enters_form(study.forms[form], who)]
        when = "" if due is None else _when(due.first, due.last, today)
        if forms:
            yield Step(f"Visit {event} {title}{when}", Place(one.site, one.subject, event, 1, forms[0]))
    if line is not None and permission(who.role, "record.sign") is not None and line.unsigned + line.superseded:
        number = line.unsigned + line.superseded
        yield Step(f"Sign {number} form{'s' if number > 1 else ''}", page="sign")


def enters_form(form: CompiledForm, who: Identity) -> bool:
    """Whether this role enters the form, or some item of it."""
    allowed = permission(who.role, "record.save")
    if allowed is None or who.role in form.form.hidden_from:
        return False
    if who.role in form.form.entered_by or who.role in form.named.values():
        return True
    return not form.form.entered_by and not allowed.named


def _mine(study: CompiledStudy, who: Identity, found: list[Outline]) -> list[Outline]:
    return [outline for outline in found if enters_form(study.forms[outline.place.form], who)]


def _in_order(study: CompiledStudy, one: Standing, *states: str) -> list[Outline]:
    """The forms in these states in the order of the visits, logs last."""
    events = {oid: (event.kind == "common", n) for n, (oid, event) in enumerate(study.study.file.events.items())}
    forms = {oid: n for n, oid in enumerate(study.forms)}
    return sorted(
        (outline for outline, state in one.forms.values() if state.name in states),
        key=lambda outline: (events.get(outline.place.event, (True, 0)), outline.place.event_repeat,
                             forms.get(outline.place.form, 0), outline.place.form_repeat),
    )  # fmt: skip


def _when(first: dt.date, last: dt.date, today: dt.date) -> str:
    window = f"{first:%d-%b-%Y}" if first == last else f"{first:%d-%b-%Y} to {last:%d-%b-%Y}"
    if last < today:
        days = (today - last).days
        return f", overdue by {days} day{'s' if days > 1 else ''} (window {window})"
    return f", due {window}"


def _sees_consent(study: CompiledStudy, who: Identity) -> bool:
    consent = study.study.file.consent
    return consent is not None and who.role not in study.forms[consent.form].form.hidden_from


def _next_consent(study: CompiledStudy, one: Standing, who: Identity) -> Place | None:
    """The next line of the consent log, for who may take consent."""
    consent = study.study.file.consent
    if permission(who.role, "consent.obtain") is None or (consent and not enters_form(study.forms[consent.form], who)):
        return None
    home = next((event for event, forms in study.events.items() if consent and consent.form in forms), "")
    if consent is None or not home:
        return None
    taken = [outline.place.form_repeat for outline, _ in one.forms.values() if outline.place.form == consent.form]
    return Place(one.site, one.subject, home, 1, consent.form, max(taken, default=0) + 1)
