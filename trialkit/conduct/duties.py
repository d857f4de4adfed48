"""What waits for a person, by role: counts that lead somewhere. Nothing is counted that the person may not see."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.roll import Line, consent_due, roll
from trialkit.conduct.safety import alerts, running
from trialkit.conduct.staff import staff
from trialkit.conduct.trial import Trial
from trialkit.conduct.worklist import signer
from trialkit.expressions.elapsed import read
from trialkit.store.asked import Asked

ENDING = 30
"""Days before the end of a grant at which an administrator is told."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of work: how much of it, what it is called, the page that lists it, what to say beside it."""

    name: str
    count: int
    words: str
    page: str
    asked: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    urgent: bool = False

    @property
    def called(self) -> str:
        """The words for its count: Query open, Queries open."""
        return _PLURAL.sub(_single, self.words, count=1) if self.count == 1 else self.words


_PLURAL = re.compile(r"\bPeople\b|\b\w+s\b")


def _single(found: re.Match[str]) -> str:
    many = found[0]
    return "Person" if many == "People" else f"{many[:-3]}y" if many.endswith("ies") else many[:-1]


def duties(trial: Trial, who: Identity) -> list[Duty]:
    """Every kind of work of this role, also where nothing of it waits; the most urgent kinds first."""
    if permission(who.role, "record.read") is None:
        return list(_access(trial, who))
    reader, lines = trial.reader(who), roll(trial, who)
    asked = {status: reader.asked(status=status) for status in ("OPEN", "ANSWERED")}
    states = Counter[str]()
    for line in lines:
        states.update(line.states)
    return [
        *_safety(trial, who, asked), *_visits(trial, who, lines), *_queries(trial, who, asked),
        *_forms(who, lines, states), *_signatures(trial, who, lines), *_consents(trial, who, lines),
    ]  # fmt: skip


def _may(who: Identity, *acts: str) -> bool:
    return any(permission(who.role, act) is not None for act in acts)


def _named(who: Identity, act: str) -> bool:
    """Whether the act is of this role in general, and not on single forms that name it."""
    allowed = permission(who.role, act)
    return allowed is not None and not allowed.named


def _safety(trial: Trial, who: Identity, asked: Mapping[str, Sequence[Asked]]) -> Iterator[Duty]:
    study = trial.latest(who.sites)
    sight = trial.reader(who).sight.forms
    forms = {rule.form for form in study.forms.values() for rule in form.items.values()
             if any(target.target == "AE.AETERM" for target in rule.item.sdtm)} if study else set()  # fmt: skip
    if not forms or (sight is not None and not forms <= sight):
        return
    waits = alerts(trial, who, waiting=[*asked["OPEN"], *asked["ANSWERED"]])
    yield Duty("alerts", len(waits), "Safety alerts open", "safety", note=_oldest(trial, [one.at for one in waits]),
               urgent=bool(waits))  # fmt: skip
    clocks = running(trial, who)
    late = sum(clock.state(now) == "overdue" for clock, now in clocks)
    first = min(clocks, key=lambda one: one[0].left(one[1]))[0] if clocks else None
    note = f"{late} overdue" if late else f"the next is due {read(first.due, first.zone)}" if first else ""
    shown = {"view": "Serious events"}
    yield Duty("clocks", len(clocks), "Reporting clocks running", "safety", shown, note, bool(late))


def _visits(trial: Trial, who: Identity, lines: Sequence[Line]) -> Iterator[Duty]:
    if not _may(who, "record.save", "record.verify") or all(line.coming is None and not line.passed for line in lines):
        return
    today: dict[str, dt.date] = {site: trial.now(site).date() for site in {line.site for line in lines}}
    late = sum(len(line.late(today[line.site])) for line in lines)
    yield Duty("overdue", late, "Visits overdue", "subjects", {"show": "overdue"}, urgent=bool(late))
    near = sum(line.near(today[line.site]) for line in lines)
    yield Duty("due", near, "Visits due within 7 days", "subjects", {"show": "due"})


def _queries(trial: Trial, who: Identity, asked: Mapping[str, Sequence[Asked]]) -> Iterator[Duty]:
    for status, words, acts in (
        ("OPEN", "Queries open", ("query.answer", "query.open", "query.close", "ledger.read")),
        ("ANSWERED", "Queries answered, to be closed", ("query.close",)),
    ):
        if _may(who, *acts):
            moments = [one.opened_at if status == "OPEN" else one.moved_at for one in asked[status]]
            yield Duty(status.lower(), len(moments), words, "queries", {"state": status}, _oldest(trial, moments))


def _forms(who: Identity, lines: Sequence[Line], states: Counter[str]) -> Iterator[Duty]:
    if _may(who, "record.save"):
        begun = states["started"] + states["to complete"]
        yield Duty("started", begun, "Forms in progress", "subjects", {"show": "started"})
    if _may(who, "record.verify"):
        waits = [line for line in lines if line.unverified]
        yield Duty("verify", sum(line.unverified for line in waits), "Forms to verify", "review",
                   {"subject": waits[0].subject} if waits else {}, note="complete, no value verified yet")  # fmt: skip
    if _may(who, "record.verify", "record.review"):
        dropped = sum(line.fallen for line in lines)
        yield Duty("dropped", dropped, "Verifications dropped by a change", "review", {"view": "dropped"},
                   urgent=dropped > 0)  # fmt: skip


def _signatures(trial: Trial, who: Identity, lines: Sequence[Line]) -> Iterator[Duty]:
    if not signer(trial, who):
        return
    first = next((line.subject for line in lines if line.unsigned), "")
    to = {"subject": first} if first else {}
    yield Duty("sign", sum(line.unsigned for line in lines), "Forms to sign", "sign", to)
    fell = [line for line in lines if line.superseded]
    yield Duty("superseded", sum(line.superseded for line in fell), "Signatures dropped by a change", "sign",
               {"subject": fell[0].subject} if fell else {}, urgent=bool(fell))  # fmt: skip


def _consents(trial: Trial, who: Identity, lines: Sequence[Line]) -> Iterator[Duty]:
    if not _may(who, "consent.obtain", "record.verify") or not lines:
        return
    found = list(consent_due(trial, lines))
    version = ", ".join(sorted({version for _, version in found}))
    note = f"version {version} is in force" if found else ""
    yield Duty("consent", len(found), "Subjects to consent again", "subjects", {"show": "consent"}, note)


def _access(trial: Trial, who: Identity) -> Iterator[Duty]:
    if not _may(who, "person.grant"):
        return
    now, active = trial.store.clock(), [one for one in staff(trial, who) if one.active]
    soon = now + dt.timedelta(days=ENDING)
    alarmed = sum(bool(one.alert) for one in active)
    yield Duty("signins", alarmed, "Sign-in alarms to look at", "people", urgent=bool(alarmed))
    yield Duty("roleless", sum(not list(one.holding(now)) for one in active), "People without a role now", "people")
    ending = sum(any(grant.end and grant.end <= soon for grant in one.holding(now)) for one in active)
    yield Duty("ending", ending, f"People whose role ends within {ENDING} days", "people")


def _oldest(trial: Trial, moments: Sequence[str]) -> str:
    if not moments:
        return ""
    began = dt.datetime.fromisoformat(min(moments).replace("Z", "+00:00"))
    days = max(0, (trial.store.clock() - began).days)
    return "the oldest came today" if not days else f"the oldest has waited {days} day{'s' if days > 1 else ''}"
