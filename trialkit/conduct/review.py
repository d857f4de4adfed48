"""What others than the site do to saved forms: verify against source, review, freeze, lock; and undo of each.

ICH E6(R3) 3.11.4 and 4.2.6: a mark stands on what was shown, in the version that was shown. A later change of a value
drops its verification and the form's reviews by itself (`DROPPED`), so that the work list tells what to look at again.
Marks are changes of the record like any other (`@verified[ITEM]`, `@reviewed[role]`, `@frozen`, `@locked`): who, when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.called import form_called, visit_called
from trialkit.conduct.standing import UNBLINDED, class_of_mark, not_locked, split
from trialkit.conduct.trial import Trial
from trialkit.conduct.words import said
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt, Visibility, Written
from trialkit.store.record import Record

_OF_OPEN = ("record.verify", "record.review", "record.freeze")
"""What is not done to a locked form: a mark on it would be of after the data were closed (ICH E6(R3) 4.2.6)."""
_TRIES = 12  # how often a lock is judged anew when something else of the subject was written meanwhile


@dataclass(frozen=True, slots=True)
class Shown:
    """A form as somebody saw it: the version on the screen, and the items meant (empty: all that are answered)."""

    place: Place
    version: int
    items: tuple[str, ...] = ()


def verify(trial: Trial, who: Identity, shown: Sequence[Shown], *, request: str | None = None) -> list[Receipt]:
    """State that these values agree with their source documents (SDV). All or none.

    Raises Refused, NotFound, StaleRecord (what is verified is what was shown), WrongValue (an item without a value).
    """
    return _mark(trial, who, "record.verify", shown, lambda record, one: _verified(trial, record, one, "Y"), request)


def unverify(trial: Trial, who: Identity, shown: Sequence[Shown], *, request: str | None = None) -> list[Receipt]:
    """Take a verification back, item by item."""
    return _mark(trial, who, "record.verify", shown, lambda record, one: _verified(trial, record, one, None), request)


def review(trial: Trial, who: Identity, shown: Sequence[Shown], *, request: str | None = None) -> list[Receipt]:
    """State that a form was looked at as a whole, in one's role (data review, medical review)."""
    path, whole = f"@reviewed[{who.role}]", f"@reviewed[{who.role}/{UNBLINDED}]"
    unblinded = "unblinded" in trial.reader(who).sight.visibility and trial.store.keys.unblinding is not None

    def reviewed(record: Record, one: Shown) -> Mapping[str, Written]:
        masked = "unblinded" in trial.compiled(record.study).forms[record.place.form].classes
        return {path: "Y", whole: "Y"} if unblinded and masked else {path: "Y"}

    return _mark(trial, who, "record.review", shown, reviewed, request)


def freeze(trial: Trial, who: Identity, shown: Sequence[Shown], *, request: str | None = None) -> list[Receipt]:
    """Nobody changes these forms until they are thawed; they may be reviewed, queries asked, answered and closed."""
    return _mark(trial, who, "record.freeze", shown, lambda record, one: {"@frozen": "Y"}, request)


def thaw(trial: Trial, who: Identity, shown: Sequence[Shown], *, request: str | None = None) -> list[Receipt]:
    """Let frozen forms be changed again."""
    return _mark(trial, who, "record.freeze", shown, lambda record, one: {"@frozen": None}, request)


def lock(trial: Trial, who: Identity, shown: Sequence[Shown], *, request: str | None = None) -> list[Receipt]:
    """Close these forms: complete, and no query open that the person is told of. Only two persons open them again.

    Raises OutOfOrder naming the first form that is not ready.
    """
    for last in (*[False] * _TRIES, True):
        try:
            return _locked(trial, who, shown, request)
        except StaleRecord as stale:  # of the subject: a query may have been opened since they were looked at
            if last or not str(stale.facts.get("stream")).startswith("subject/"):
                raise
    raise AssertionError("unreachable")


def _locked(trial: Trial, who: Identity, shown: Sequence[Shown], request: str | None) -> list[Receipt]:
    everything, subjects = trial.everything(), dict.fromkeys(one.place.subject for one in shown)
    judged = {subject: everything.subject_no(subject) for subject in subjects}
    # A refusal would tell that a query is open. One of which this person is not told stays open on the locked form, for
    # those who are (docs/decisions/0021).
    open_on = {place.record: stream for stream, place, _ in trial.reader(who).open_queries(list(subjects))}

    def locked(record: Record, one: Shown) -> Mapping[str, Written]:
        if record.status != "COMPLETE" and record.values.get("@inactive") != "Y":
            raise OutOfOrder(f"{_named(trial, record)} is not complete", "finish the form, then lock it")
        if record.stream in open_on:
            raise OutOfOrder(f"{_named(trial, record)} has an open query", "settle its queries, then lock it")
        return {"@locked": "Y"}

    return _mark(trial, who, "record.lock", shown, locked, request, judged)


def unlock(
    trial: Trial, who: Identity, approver: Identity | None, shown: Sequence[Shown], why: str, *,
    request: str | None = None,
) -> list[Receipt]:  # fmt: skip
    """Open locked forms, by two persons, with a reason (21 CFR 11.10(k), ICH E6(R3) 4.2.6)."""
    for one in shown:
        trial.second(who, approver, "record.unlock", one.place)
    assert approver is not None
    said_why = said(why)
    news: dict[str, Written] = {"@locked": None, "@unlocked": said_why, "@unlocked by": approver.person}
    return _mark(trial, who, "record.unlock", shown, lambda record, one: news, request)


def _verified(trial: Trial, record: Record, one: Shown, mark: Written) -> Mapping[str, Written]:
    answered = [path for path in record.values if not path.startswith("@") and not split(path)[2].startswith("@")]
    for item in one.items:
        if item not in answered:
            raise WrongValue(
                f"{item} of {_named(trial, record)} holds no value that you may see", "verify what is there"
            )
    return {f"@verified[{path}]": mark for path in one.items or answered}


def _mark(
    trial: Trial, who: Identity, act: str, shown: Sequence[Shown],
    news: Callable[[Record, Shown], Mapping[str, Written]], request: str | None,
    judged: Mapping[str, int] | None = None,
) -> list[Receipt]:  # fmt: skip
    """One entry a form, all in one transaction; what is marked already stays as it is.

    `judged`: how many entries the subjects had when it was judged whether they may be marked.
    """
    drafts, left = list[Draft](), dict(judged or {})
    reader = trial.reader(who)
    for one in shown:
        record = reader.record(one.place.record)
        if record is None:
            trial.authorise(who, act, one.place)
            raise NotFound(
                f"nothing has been entered at {one.place.record.removeprefix('record/')} that you may see",
                "only saved forms are verified, reviewed, frozen and locked",
            )
        study = trial.compiled(record.study)
        form = study.forms[record.place.form]
        visibility = _class_of(record, one)
        trial.authorise(who, act, record.place, visibility, form=form.form, study=study.study)
        done = trial.earlier(request, record.stream, (act,))
        if done:
            return done
        if record.version != one.version:
            raise StaleRecord(
                f"{_named(trial, record)} was changed since it was shown", "look at it again, then decide",
                stream=record.stream, expected=one.version, found=record.version,
            )  # fmt: skip
        if act in _OF_OPEN:
            not_locked(record, "it takes no more marks")
        changes = tuple(
            Change(path, record.values.get(path), new, class_of_mark(path, record.classes))
            for path, new in news(record, one).items()
            if record.values.get(path) != new
        )
        if changes:
            draft = Draft(
                act, who.actor, record.stream, changes, record.place, study=record.study, expected=record.version,
                subject_seen=left.pop(record.place.subject, None),
            )  # fmt: skip
            drafts.append(draft)
    return trial.append(drafts, request=request) if drafts else []


def _class_of(record: Record, one: Shown) -> list[Visibility]:
    # What is out of sight is not marked: only the classes of the named items count.
    return list({record.classes.get(item, "open") for item in one.items}) or ["open"]


def _named(trial: Trial, record: Record) -> str:
    """The form as people call it: Vital signs of 01-0001 at V3."""
    place, study = record.place, trial.compiled(record.study).study
    whose = f"{form_called(study, place)} of {place.subject.replace('@', 'site ')}"
    return " at ".join(filter(None, [whose, visit_called(study, place)]))
