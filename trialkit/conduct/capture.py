"""Data entry: one saved form is one entry, with what it caused (computations, queries, deviations) in the same commit.

21 CFR 11.10(e), ICH E6(R3) 4.2: nothing is overwritten or deleted; a change names its reason; what was refused is given
back with the reason, and nothing typed is lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from trialkit.access.identity import Identity
from trialkit.conduct.alike import as_asked
from trialkit.conduct.answers import Typed, take
from trialkit.conduct.called import called
from trialkit.conduct.checking import FINISHED, Finding, asked_elsewhere, explained_before, findings, unanswered
from trialkit.conduct.computing import recompute
from trialkit.conduct.consent_version import judge
from trialkit.conduct.consequences import compute, enter, query, restate, settle
from trialkit.conduct.news import news
from trialkit.conduct.opened import follow
from trialkit.conduct.questionnaire import once
from trialkit.conduct.reason import Apart, Reason, demanded, in_parts
from trialkit.conduct.rights import may_consent, may_write
from trialkit.conduct.sitting import Desk, Sitting
from trialkit.conduct.standing import Standing, closed, split
from trialkit.conduct.touched import Touched
from trialkit.conduct.trial import Trial
from trialkit.conduct.words import said
from trialkit.errors import Blocked, NotFound, OutOfOrder, ReasonNeeded, StaleRecord, StoreRefused, WrongValue
from trialkit.ledger.entry import Place, Receipt, Visibility, Written
from trialkit.study.model import Study
from trialkit.values import parse

SCREEN: Mapping[str, object] = {"kind": "screen"}
_UNTOLD = "What stands in a form that you do not see speaks against it."
_TRIES = 12  # how often a save is judged anew when something else of the subject moved meanwhile
_TURNS = [threading.Lock() for _ in range(64)]


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: the record's new version, answers that were refused, and the findings that now fire."""

    version: int
    receipts: tuple[Receipt, ...] = ()
    refused: Mapping[str, WrongValue] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """How a save comes about, beside what was typed.

    `submit` declares the form finished, so that missing required answers are queried, unless an answer was refused: it
    is not missing. `whole` takes all answers or none; `explanations` (check id -> text) let a hard check on a past
    event pass; `apart` gives reasons of their own to some answers: judged together with the others, each is an entry.
    `study` is the hash of the version whose questions were answered: nothing is written as an answer to others, and no
    form is finished whose questions were not all seen.
    """

    reason: Reason | None = None
    explanations: Mapping[str, str] = field(default_factory=dict)
    submit: bool = False
    whole: bool = False
    happened_at: str | None = None
    origin: Mapping[str, object] = field(default_factory=lambda: SCREEN)
    apart: Apart = ()
    study: str = ""


def save_form(
    trial: Trial, who: Identity, place: Place, typed: Mapping[str, Typed], *, based_on: int,
    reason: Reason | None = None, explanations: Mapping[str, str] | None = None, submit: bool = False,
    whole: bool = False, happened_at: str | None = None, request: str | None = None,
    origin: Mapping[str, object] = SCREEN, study: str = "",
) -> Saved:  # fmt: skip
    """Save what was typed into the form at `place`, seen at version `based_on` (0: nothing stood there), durably.

    `typed` maps item paths to texts, lists of codes, `Missing`, or "" to clear. Wrong answers come back in `refused`
    while the rest is saved, unless `whole`. A repeated `request` writes once. See `Act` for the other words.

    Raises Refused, NotFound, OutOfOrder, ReasonNeeded (a value that was saved before changes), Blocked (a hard check
    stands against it), StaleRecord (the record moved on; both versions are in it). Nothing is written in these cases.
    """
    act = Act(reason, explanations or {}, submit, whole, happened_at, origin, study=study)
    return _settled(
        trial, who, place, request, based_on, ("record.save", "record.correct"),
        lambda sitting: save_in(sitting, place, typed, based_on, act),
    )  # fmt: skip


def inactivate(
    trial: Trial, who: Identity, place: Place, *, reason: Reason, based_on: int, row: str = "",
    request: str | None = None,
) -> Saved:  # fmt: skip
    """Strike a log line (or a row, as `GROUP[row]`): it stays in the record, with its reason, and counts nowhere."""
    return _settled(
        trial, who, place, request, based_on, ("record.inactivate",),
        lambda sitting: strike_in(sitting, place, row, based_on, reason),
    )  # fmt: skip


def together(
    trial: Trial, who: Identity, acts: Sequence[tuple[Place, int, Callable[[Sitting, int], Saved]]], *,
    request: str | None = None,
) -> Saved:  # fmt: skip
    """Several acts on one subject, all of them or none: (place, version seen, a `save_in` or `strike_in` on a version).

    What the first of them makes the system compute in the form of the second makes that one no older.
    """

    def all_of(sitting: Sitting) -> Saved:
        before = [sitting.desk(place).standing.version for place, _, _ in acts]
        done = [
            act(sitting, seen + sitting.desk(place).standing.version - was)
            for (place, seen, act), was in zip(acts, before, strict=True)
        ]
        version = sitting.desk(acts[0][0]).standing.version
        refused = {path: wrong for saved in done for path, wrong in saved.refused.items()}
        found = tuple(f for saved in done for f in saved.findings)
        return replace(done[0], version=version, refused=refused, findings=found)

    verbs = ("record.save", "record.correct", "record.inactivate")
    return _settled(trial, who, acts[0][0], request, acts[0][1], verbs, all_of)


def save_apart(
    trial: Trial, who: Identity, place: Place, parts: Sequence[tuple[Mapping[str, Typed], Reason]], *, based_on: int,
    explanations: Mapping[str, str] | None = None, submit: bool = False, request: str | None = None, study: str = "",
) -> Saved:  # fmt: skip
    """`save_form` for changes with reasons of their own: judged together, an entry for each part, all or none.

    An answer that cannot be read is WrongValue for all of them.
    """
    typed = {path: raw for part, _ in parts for path, raw in part.items()}
    act = Act(None, explanations or {}, submit, whole=True, study=study,
              apart=[(tuple(part), reason) for part, reason in parts])  # fmt: skip
    return _settled(
        trial, who, place, request, based_on, ("record.save", "record.correct"),
        lambda sitting: save_in(sitting, place, typed, based_on, act),
    )  # fmt: skip


def _settled(
    trial: Trial, who: Identity, place: Place, request: str | None, based_on: int, acts: Collection[str],
    act: Callable[[Sitting], Saved],
) -> Saved:  # fmt: skip
    """Judge and commit; judge anew when something else of the subject moved in between."""
    for turn in range(_TRIES):
        # From the second try on one at a time, so that everybody gets their turn.
        with _TURNS[hash(place.subject) % len(_TURNS)] if turn else nullcontext():
            sitting = Sitting(trial, who, place.subject, place.site, first=place.record)
            try:
                saved = act(sitting)
                return replace(saved, receipts=tuple(sitting.commit(request)))
            except (StaleRecord, ReasonNeeded, OutOfOrder, StoreRefused) as refused:
                # The same request may have been written meanwhile, or long ago: then this is what it was given.
                done = trial.earlier(request, place.record, acts)
                if done and done[0].version == based_on + 1:
                    return Saved(max(r.version for r in done if r.stream == place.record), tuple(done))
                if not isinstance(refused, StaleRecord) or "mine" in refused.facts or turn == _TRIES - 1:
                    raise
    raise AssertionError("unreachable")


def save_in(sitting: Sitting, place: Place, typed: Mapping[str, Typed], based_on: int, act: Act) -> Saved:
    """The same as one act of a sitting that commits later."""
    desk = sitting.desk(place)
    verb = "record.correct" if desk.standing.version else "record.save"
    right = "import.csv" if act.origin.get("kind") == "import" else "record.save" if once(desk, typed) else verb
    with sitting.refusals_counted():
        may_write(desk, right, typed)
    if desk.standing.inactive:
        raise OutOfOrder("this line was struck", "enter what is right as a new line; struck ones stay as they are")
    _not_closed(desk.standing, desk.study.study)
    if act.happened_at is not None:
        parse("datetime", act.happened_at)
    _fresh(desk, based_on, typed)
    as_asked(desk, act.study, typed, whole=act.submit)
    with sitting.act(desk):
        answers = take(sitting.subject, desk.standing, typed)
        if act.whole and answers.refused:
            sentence = "; ".join(f"{path}: {wrong.sentence}" for path, wrong in answers.refused.items())
            raise WrongValue(sentence, next(iter(answers.refused.values())).hint, refused=answers.refused)
        act = replace(act, submit=act.submit and not answers.refused)
        changed = dict(answers.changed)
        consent = desk.study.study.file.consent
        if consent and place.form == consent.form and {consent.version, consent.signed_on} & changed.keys():
            judge(sitting.of_site, consent, desk.standing.written)
        corrected = _corrected(desk, changed)
        if corrected:
            if right != verb:  # an import brings values; to change one that stands takes the right to correct
                with sitting.refusals_counted():
                    may_write(desk, "record.correct", typed)
            for reason, own in in_parts(dict.fromkeys(corrected), act.reason, act.apart):
                demanded(reason, desk.study.study.file.change_reasons, ", ".join(desk.called(path) for path in own))
        touched = Touched()
        touched.typed(desk.standing, changed)
        return _conclude(desk, verb, changed, touched, act, answers.refused, typed)


def _corrected(desk: Desk, changed: dict[str, tuple[Written, Written]]) -> list[str]:
    """The changed items that had a value once; those cleared are remembered, so that filling them needs a reason."""
    was = desk.standing.written.get("@cleared")
    before = set(was) if isinstance(was, list) else set()
    cleared = before | {path for path, (old, new) in changed.items() if old is not None and new is None}
    corrected = [path for path, (old, _) in changed.items() if old is not None or path in before]
    if cleared != before:
        changed["@cleared"] = (was, sorted(cleared))
        desk.standing.put("@cleared", sorted(cleared))
    return corrected


def strike_in(sitting: Sitting, place: Place, row: str, based_on: int, reason: Reason) -> Saved:
    """`inactivate` as one act of a sitting that commits later."""
    desk = sitting.desk(place)
    path = f"{row}.@inactive" if row else "@inactive"
    group, _, key = row.rstrip("]").partition("[")
    struck = [rule for rule in desk.cform.items.values() if not row or rule.group == group]
    held = {split(path)[2] for path in (*desk.standing.written, *desk.standing.classes)}
    # what was worked out goes with what it was worked out of: striking it tells nothing of it
    classes: set[Visibility] = {rule.visibility for rule in struck if rule.oid in held and rule.compute is None}
    form, study = desk.cform.form, desk.study.study
    sitting.trial.authorise(sitting.who, "record.inactivate", desk.place, classes or {"open"}, form=form, study=study)
    may_consent(desk)
    if not desk.standing.version or (row and key not in desk.standing.rows.get(group, {})):
        raise NotFound(f"nothing has been entered at {place.record} {row}".rstrip(), "only a saved line can be struck")
    _not_closed(desk.standing, desk.study.study)
    _fresh(desk, based_on, {path: "Y"})
    demanded(reason, study.file.change_reasons, "the line")
    if desk.standing.written.get(path) == "Y":
        return Saved(desk.standing.version, unchanged=True)
    with sitting.act(desk):
        desk.standing.put(path, "Y")
        sitting.subject.touched(desk.standing)
        touched = Touched()
        touched.struck(desk.standing, group if row else "", key)
        about: Visibility = next((c for c in ("unblinded", "identifier") if c in classes), "open")
        return _conclude(desk, "record.inactivate", {path: (None, "Y")}, touched, Act(reason), {}, {}, about)


def _not_closed(standing: Standing, study: Study) -> None:
    how = closed(standing.written) if standing.marked else ""
    if how:
        hint = "two data managers unlock it together" if how == "locked" else "the monitor or data manager thaws it"
        # named, for it may be another form, which would be calculated anew
        raise OutOfOrder(f"{called(study, standing.place, ' at ')} is {how} and takes no changes", hint)


def _fresh(desk: Desk, based_on: int, typed: Mapping[str, Typed]) -> None:
    standing = desk.standing
    if based_on != standing.version and not _nothing_new(desk, based_on):
        seen = desk.sitting.read(desk.study)
        theirs = {path: value for path, value in standing.written.items() if standing.class_of(path) in seen}
        raise StaleRecord(
            f"{desk.place.form} at {desk.place.event} was changed since it was opened",
            "compare both versions and choose item by item",
            stream=standing.stream, expected=based_on, found=standing.version, mine=dict(typed), theirs=theirs,
        )  # fmt: skip


def _nothing_new(desk: Desk, based_on: int) -> bool:
    """Whether nothing came since but marks of review and what this person is not shown: nothing to compare."""
    if not 0 < based_on < desk.standing.version:
        return False
    seen = desk.sitting.seen(desk.study)
    since = [e for e in desk.sitting.reader.history(stream=desk.standing.stream) if e.version > based_on]
    # what not even the system can open here (a blinded process) is news to who might see it elsewhere
    moved = any(news(entry, seen) or (entry.withheld and "unblinded" in seen) for entry in since)
    return based_on + len(since) == desk.standing.version and not moved


def _conclude(
    desk: Desk, verb: str, changed: Mapping[str, tuple[Written, Written]], touched: Touched, act: Act,
    refused: Mapping[str, WrongValue], typed: Mapping[str, Typed], about: Visibility = "open",
) -> Saved:  # fmt: skip
    sitting, standing, subject = desk.sitting, desk.standing, desk.sitting.subject
    was = standing.written.get("@status")
    if not changed and not (act.submit and was != "COMPLETE"):
        return Saved(standing.version, refused=refused, unchanged=True)
    if not standing.version:
        touched.came(standing)
    computed = recompute(subject, sitting.studies, standing, touched)
    others = [made.standing for made in computed if made.standing is not standing]
    for made in computed:
        if made.standing.marked:
            _not_closed(made.standing, desk.study.study)
            made.changed.update(made.standing.dropped(made.changed, desk.study.study, always=True))
    parts = in_parts(changed, act.reason, act.apart)
    if standing.marked:
        for _, own in parts:
            own.update(standing.dropped(own, desk.study.study))
    finished = act.submit or was in FINISHED
    status = "INCOMPLETE" if not finished else "TO COMPLETE" if unanswered(subject, standing) else "COMPLETE"
    if not changed and not computed and status == was:
        return Saved(standing.version, refused=refused, unchanged=True)
    readings = subject.readings(touched)
    found = findings(subject, readings, [standing, *others], touched, finished, sitting.queries())
    found = [f for f in found if f.place == desk.place or not (f.fires and explained_before(subject, f))]
    told = _weighed(desk, found, act, typed)
    if status != was and not standing.inactive:
        parts[0][1]["@status"] = was, status
        standing.put("@status", status)
    explained = [(f, said(act.explanations[f.check])) for f in told]
    old = {f.check: standing.written.get(f"@explanation[{f.check}]") for f in told}
    for reason, own in parts:
        enter(desk, verb, own, reason, explained, act.origin, act.happened_at, about)
        explained = []
    compute(desk, computed)
    had = settle(desk, [standing, *others], told)
    news = query(desk, [f for f in found if f not in told])
    elsewhere = asked_elsewhere(subject, readings, standing, touched)
    restate(desk, dict.fromkeys([*others, *elsewhere]))
    new = [f for f in told if (f.check, f.item) not in had and old[f.check] != said(act.explanations[f.check])]
    follow(desk, [*new, *news], act.explanations)
    return Saved(standing.version, refused=refused, findings=tuple(f for f in found if f.fires and desk.told(f)))


def _weighed(desk: Desk, found: list[Finding], act: Act, typed: Mapping[str, Typed]) -> list[Finding]:
    """The hard findings of this record that were explained; Blocked if any stands against the save.

    A finding of a class that the person may not see neither blocks nor speaks: it is queried to those who may. One
    whose words tell of a hidden form blocks in others.
    """
    seen = desk.sitting.seen(desk.study)
    hard = [f for f in found if f.fires and f.severity == "hard" and f.place == desk.place and f.visibility in seen]
    against = [f for f in hard if not (f.deviation and _says_something(act.explanations.get(f.check, "")))]
    if against:
        against = [f if desk.told(f) else f._replace(message=_UNTOLD) for f in against]
        raise Blocked(
            "; ".join(f"{f.check}: {f.message}" for f in against),
            "explain what happened, check by check" if all(f.deviation for f in against) else "correct the values",
            findings=against, values=dict(typed), explainable=all(f.deviation for f in against),
        )  # fmt: skip
    return hard


def _says_something(text: str) -> bool:
    return sum(map(str.isalnum, text)) >= 10
