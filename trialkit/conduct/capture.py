"""Data entry: one saved form is one entry, with what it caused (computations, queries, deviations) in the same commit.

21 CFR 11.10(e), ICH E6(R3) 4.2: nothing is overwritten or deleted; a change names its reason; what was refused is given
back with the reason, and nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from trialkit.access.identity import Identity
from trialkit.conduct.answers import Typed, take
from trialkit.conduct.checking import FINISHED, Finding, findings, unanswered
from trialkit.conduct.computing import Touched, recompute
from trialkit.conduct.consequences import compute, deviate, enter, query
from trialkit.conduct.facts import Subject
from trialkit.conduct.reason import Reason, demanded
from trialkit.conduct.sitting import Desk, Sitting
from trialkit.conduct.standing import split
from trialkit.conduct.trial import Trial
from trialkit.errors import Blocked, NotFound, StaleRecord, WrongValue
from trialkit.ledger.entry import Place, Receipt, Written

SCREEN: Mapping[str, object] = {"kind": "screen"}
_TRIES = 8  # how often a save is judged anew when what it causes was moved by others meanwhile


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

    `submit` declares the form finished, so that missing required answers are queried; `whole` takes all answers or
    none; `explanations` (check id -> text) let a hard check on a past event pass.
    """

    reason: Reason | None = None
    explanations: Mapping[str, str] = field(default_factory=dict)
    submit: bool = False
    whole: bool = False
    happened_at: str | None = None
    origin: Mapping[str, object] = field(default_factory=lambda: SCREEN)


def save_form(
    trial: Trial, who: Identity, place: Place, typed: Mapping[str, Typed], *, based_on: int,
    reason: Reason | None = None, explanations: Mapping[str, str] | None = None, submit: bool = False,
    whole: bool = False, happened_at: str | None = None, request: str | None = None,
    origin: Mapping[str, object] = SCREEN,
) -> Saved:  # fmt: skip
    """Save what was typed into the form at `place`, seen at version `based_on` (0: nothing stood there), durably.

    `typed` maps item paths to texts, lists of codes, `Missing`, or "" to clear. Wrong answers come back in `refused`
    while the rest is saved, unless `whole`. A repeated `request` writes once. See `Act` for the other words.

    Raises Refused, NotFound, OutOfOrder, ReasonNeeded (a value that was saved before changes), Blocked (a hard check
    stands against it), StaleRecord (the record moved on; both versions are in it). Nothing is written in these cases.
    """
    act = Act(reason, explanations or {}, submit, whole, happened_at, origin)
    for last in (*[False] * _TRIES, True):
        sitting = Sitting(trial, who, place.subject, place.site, first=place.record)
        try:
            saved = save_in(sitting, place, typed, based_on, act)
        except StaleRecord:
            done = trial.store.receipts(request) if request else None
            if not done:
                raise
            return Saved(max((r.version for r in done if r.stream == place.record), default=based_on), tuple(done))
        try:
            return replace(saved, receipts=tuple(sitting.commit(request)))
        except StaleRecord:
            # Somebody else moved what this save causes (a query, a computed item of another form): judged anew. If it
            # was this record itself, the next look says so with both versions.
            if last:
                raise
    raise AssertionError("unreachable")


def save_in(sitting: Sitting, place: Place, typed: Mapping[str, Typed], based_on: int, act: Act) -> Saved:
    """The same as one act of a sitting that commits later."""
    desk = sitting.desk(place)
    items = desk.cform.items
    rules = [items[item] for path in typed if (item := split(path)[2]) in items]
    verb = "record.correct" if desk.standing.version else "record.save"
    classes = {rule.visibility for rule in rules} or {"open"}
    trial, who = sitting.trial, sitting.who
    form, study = desk.cform.form, desk.study.study
    right = "import.csv" if act.origin.get("kind") == "import" else verb
    trial.authorise(who, right, desk.place, classes, form=form, study=study)
    for role in {rule.item.entered_by for rule in rules if rule.item.entered_by}:
        trial.authorise(who, right, desk.place, form=form, study=study, roles=(role,))
    _fresh(desk, based_on, typed)
    with sitting.act(desk):
        answers = take(sitting.subject, desk.standing, typed)
        if act.whole and answers.refused:
            sentence = "; ".join(f"{path}: {wrong.sentence}" for path, wrong in answers.refused.items())
            raise WrongValue(sentence, next(iter(answers.refused.values())).hint, refused=answers.refused)
        corrected = [path for path, (old, _) in answers.changed.items() if old is not None]
        if corrected:
            if right != verb:  # an import brings values; to change one that stands takes the right to correct
                trial.authorise(who, "record.correct", desk.place, classes, form=form, study=study)
            demanded(act.reason, desk.study.study.file.change_reasons, ", ".join(corrected))
        touched: Touched = {(place.form, split(path)[2]) for path in answers.changed}
        if any(old is None and split(path)[0] for path, (old, _) in answers.changed.items()):
            touched.add((place.form, "*"))
        return _conclude(desk, verb, answers.changed, touched, act, answers.refused, typed)


def inactivate(
    trial: Trial,
    who: Identity,
    place: Place,
    *,
    reason: Reason,
    based_on: int,
    row: str = "",
    request: str | None = None,
) -> Saved:
    """Strike a log line (or a row, as `GROUP[row]`): it stays in the record, with its reason, and counts nowhere."""
    sitting = Sitting(trial, who, place.subject, place.site, first=place.record)
    desk = sitting.desk(place)
    trial.authorise(who, "record.inactivate", desk.place, form=desk.cform.form, study=desk.study.study)
    path = f"{row}.@inactive" if row else "@inactive"
    group, _, key = row.rstrip("]").partition("[")
    if not desk.standing.version or (row and key not in desk.standing.rows.get(group, {})):
        raise NotFound(f"nothing has been entered at {place.record} {row}".rstrip(), "only a saved line can be struck")
    done = trial.store.receipts(request) if request else None
    if done:
        return Saved(desk.standing.version, tuple(done))
    _fresh(desk, based_on, {path: "Y"})
    demanded(reason, desk.study.study.file.change_reasons, "the line")
    if desk.standing.written.get(path) == "Y":
        return Saved(desk.standing.version, unchanged=True)
    with sitting.act(desk):
        desk.standing.put(path, "Y")
        sitting.subject.touched(desk.standing)
        touched: Touched = {
            (place.form, oid) for oid, rule in desk.cform.items.items() if not row or rule.group == group
        }
        saved = _conclude(
            desk, "record.inactivate", {path: (None, "Y")}, touched | {(place.form, "*")}, Act(reason), {}, {}
        )
    return replace(saved, receipts=tuple(sitting.commit(request)))


def _fresh(desk: Desk, based_on: int, typed: Mapping[str, Typed]) -> None:
    if based_on != desk.standing.version:
        raise StaleRecord(
            f"{desk.place.form} at {desk.place.event} was changed since it was opened",
            "compare both versions and choose item by item",
            stream=desk.standing.stream, expected=based_on, found=desk.standing.version,
            mine=dict(typed), theirs=dict(desk.standing.written),
        )  # fmt: skip


def _conclude(
    desk: Desk, verb: str, changed: Mapping[str, tuple[Written, Written]], touched: Touched, act: Act,
    refused: Mapping[str, WrongValue], typed: Mapping[str, Typed],
) -> Saved:  # fmt: skip
    standing, subject = desk.standing, desk.sitting.subject
    was = standing.written.get("@status")
    if not changed and not (act.submit and was != "COMPLETE"):
        return Saved(standing.version, refused=refused, unchanged=True)
    if not standing.version:
        touched.add((desk.place.form, "*"))
    computed = recompute(subject, desk.study, standing, touched)
    others = [made.standing for made in computed if made.standing is not standing]
    finished = act.submit or was in FINISHED
    status = "INCOMPLETE" if not finished else "TO COMPLETE" if unanswered(subject, standing) else "COMPLETE"
    if not changed and not computed and status == was:
        return Saved(standing.version, refused=refused, unchanged=True)
    found = findings(subject, desk.study, [standing, *others], touched, finished)
    found = [f for f in found if f.place == desk.place or not _told_before(subject, f)]
    hard = [f for f in found if f.fires and f.severity == "hard" and f.place == desk.place]
    against = [f for f in hard if not (f.deviation and _explained(standing.written, act, f))]
    if against:
        raise Blocked(
            "; ".join(f"{f.check}: {f.message}" for f in against),
            "explain what happened, check by check" if all(f.deviation for f in against) else "correct the values",
            findings=against, values=dict(typed), explainable=all(f.deviation for f in against),
        )  # fmt: skip
    told = [f for f in hard if f.check in act.explanations]
    everything = {**changed, "@status": (was, status)} if status != was else changed
    if status != was:
        standing.put("@status", status)
    enter(
        desk,
        verb,
        everything,
        act.reason,
        {f.check: act.explanations[f.check] for f in told},
        act.origin,
        act.happened_at,
    )
    compute(desk, computed)
    news = query(desk, [f for f in found if f not in hard])
    deviate(desk, [*told, *(f for f in news if f.deviation)], act.explanations)
    return Saved(standing.version, refused=refused, findings=tuple(f for f in found if f.fires))


def _explained(written: Mapping[str, Written], act: Act, finding: Finding) -> bool:
    said = act.explanations.get(finding.check, "").strip(" .!?-")
    return len(said) >= 10 or f"@explanation[{finding.check}]" in written


def _told_before(subject: Subject, finding: Finding) -> bool:
    # What was explained when it was saved is not asked again because another form moved.
    return finding.deviation and any(
        standing.stream == finding.place.record and f"@explanation[{finding.check}]" in standing.written
        for standing in subject.every_standing(finding.place.form)
    )
