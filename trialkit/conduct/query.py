"""Queries: questions about a value, opened by checks or people, answered by the site, closed when all is well.

GCDMP and ICH E6(R3) 4.2.4: a query never changes data; it asks. Automatic ones close themselves when the data conform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trialkit.access.identity import Identity
from trialkit.conduct.standing import not_locked, split
from trialkit.conduct.trial import Trial
from trialkit.conduct.words import said
from trialkit.errors import NotFound, OutOfOrder, Refused, StaleRecord, StoreRefused, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt, Visibility
from trialkit.store.asked import CANCELLED, Asked, state_of
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledForm
from trialkit.values import nearest

CONFORMS = "The data conform now."
STRUCK = "The line was struck."
"""What the system says when it closes a query by itself because what it asked about is no longer so."""
CANCEL = "query.cancel"
_NO_QUESTION = "no question can be asked about it"
_TRIES = 16  # how often it is tried again when others ask about the same item, or write of the same subject


_MOVED, _AGAIN = "somebody else moved this query in the meantime", "read it again and decide anew"


def query_stream(place: Place, check: str, item: str, number: int) -> str:
    """The name of the `number`th query of `check` on `item` of the record at `place`."""
    return f"{queries_of(place, check, item)}{number}"


def queries_of(place: Place, check: str, item: str) -> str:
    """What the names of all queries of `check` on `item` of the record at `place` begin with."""
    return "query/" + place.record.removeprefix("record/") + f"/{check}/{item or '-'}/"


def opening(
    actor: Identity, place: Place, item: str, text: str, *, check: str, severity: str, number: int,
    visibility: Visibility, study: str, origin: dict[str, object],
) -> Draft:  # fmt: skip
    """The draft that opens a query; its text inherits the strictest class of the values it speaks of."""
    changes = (
        Change("@status", None, "OPEN"),
        Change("item", None, item or "-"),
        Change("check", None, check),
        Change("severity", None, severity),
        Change("text", None, text, visibility),
    )
    stream = query_stream(place, check, item, number)
    return Draft("query.open", actor.actor, stream, changes, place, origin=origin, study=study, expected=0)


def moved(
    stands: Record,
    actor: Identity,
    act: str,
    status: str,
    text: str | None,
    origin: dict[str, object],
    visibility: Visibility = "open",
    *more: Change,
) -> Draft:
    """The draft that takes a standing query to `status`, with what was said."""
    changes = [Change("@status", stands.status, status), *more]
    if text is not None:
        number = 1 + sum(1 for item in stands.values if item.startswith("thread["))
        changes.append(Change(f"thread[{number}]", None, text, visibility))
    return Draft(
        act,
        actor.actor,
        stands.stream,
        tuple(changes),
        stands.place,
        origin=origin,
        study=stands.study,
        expected=stands.version,
    )


def class_of(trial: Trial, stands: Record) -> Visibility:
    """The class of a query's texts: that of what its check reads, or of the item it asks about."""
    form = trial.compiled(stands.study).forms[stands.place.form]
    check = form.check(str(stands.values.get("check")))
    return check.visibility if check else _class(form, str(stands.values.get("item", "-")))


def _class(form: CompiledForm, item: str) -> Visibility:
    rule = form.items.get(split(item)[2])
    return rule.visibility if rule else form.form.visibility


def _askable(form: CompiledForm, item: str, record: Record) -> str:
    """The path of an item, or `-` for the whole form. WrongValue for anything else: it becomes part of a name."""
    if item in ("", "-"):
        return "-"
    group, row, oid = split(item)
    rule = form.items.get(oid)
    if rule is not None and (rule.group if rule.repeating else "") == group:
        lines = form.groups[group].group.timepoints or {} if group else {}
        if not group or row in lines or any(path.startswith(f"{group}[{row}].") for path in record.values):
            return item
    near = nearest(oid[:40], list(form.items))
    raise WrongValue(
        f"form {form.oid} has no item {item[:80]!r} to ask about", f"did you mean {near}?" if near else "- for the form"
    )


def ask(trial: Trial, who: Identity, place: Place, item: str, text: str, *, request: str | None = None) -> Receipt:
    """Open a query by hand on `item` (`-`: all) of the record at `place`, asked about for the first time or again.

    NotFound if nothing stands there, WrongValue if the form has no such item or nothing is said, OutOfOrder if it is
    locked.
    """
    trial.authorise(who, "query.open", place)
    record = _saved(trial, who, place)
    study, place = trial.compiled(record.study), record.place
    form = study.forms[place.form]
    item = _askable(form, item, record)
    visibility = _class(form, item)
    trial.authorise(who, "query.open", place, visibility, form=form.form, study=study.study)
    text = said(text)
    prefix, reader = queries_of(place, "MANUAL", item), trial.everything()
    for last in (*[False] * _TRIES, True):
        done = trial.earlier(request, prefix, ("query.open",))
        if done:
            return done[0]
        judged = reader.subject_no(place.subject)
        not_locked(_saved(trial, who, place), _NO_QUESTION)
        draft = opening(
            who, place, item, text, check="MANUAL", severity="query", number=reader.count_queries(prefix) + 1,
            visibility=visibility, study=record.study, origin={"kind": "screen"},
        )  # fmt: skip
        try:
            return trial.append([replace(draft, subject_seen=judged)], request=request)[0]
        except StaleRecord:  # somebody else asked about the item at the same moment, or locks the form
            if last:
                raise OutOfOrder("many ask about this item at once", "read what is asked, then ask again") from None
        except StoreRefused:
            if last or not trial.earlier(request, prefix, ("query.open",)):
                raise
    raise AssertionError("unreachable")


def _saved(trial: Trial, who: Identity, place: Place) -> Record:
    record = trial.reader(who).record(place.record)
    if record is None:
        raise NotFound("nothing has been entered there that you may see", "a query stands on a saved form")
    return record


def answer(
    trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None, seen: int | None = None
) -> Receipt:  # fmt: skip
    """The site answers an open query. OutOfOrder if it is not open."""
    return _move(trial, who, "query.answer", stream, {"OPEN"}, "ANSWERED", text, request, seen)


def reask(
    trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None, seen: int | None = None
) -> Receipt:  # fmt: skip
    """The answer does not settle it: the query is open again. OutOfOrder on a locked form, as for a new one."""
    return _move(trial, who, "query.open", stream, {"ANSWERED", "CLOSED"}, "OPEN", text, request, seen)


def close(
    trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None, seen: int | None = None
) -> Receipt:  # fmt: skip
    """Who asks closes: the matter is settled. OutOfOrder if it is closed already."""
    return _move(trial, who, "query.close", stream, {"OPEN", "ANSWERED"}, "CLOSED", text, request, seen)


def cancel(
    trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None, seen: int | None = None
) -> Receipt:  # fmt: skip
    """Take back a question that was asked by hand and is not answered: by who asked it, or a data manager.

    It is closed then, for ever, and says why. Raises Refused for others; OutOfOrder for a check's and an answered one.
    """
    return _move(trial, who, CANCEL, stream, {"OPEN"}, "CLOSED", text, request, seen)


def cancels(who: Identity, asker: str) -> bool:
    """Whether `who` may take back what this person asked, as far as it is theirs to take back."""
    return who.person == asker or who.role == "datamanager"


def next_to_act(one: Asked) -> str:
    """Whose turn it is: `site` while it is open; once answered the role that asked, for a check `datamanager`."""
    if one.state not in ("OPEN", "ANSWERED"):
        return ""
    return "site" if one.state == "OPEN" else one.asker.role if one.asker else "datamanager"


def close_answered(
    trial: Trial, who: Identity, shown: Sequence[tuple[str, int]], text: str, *, request: str | None = None
) -> list[Receipt]:  # fmt: skip
    """Close these answered queries together, each in the version that was shown: all or none.

    Raises OutOfOrder for one that is not answered and for an alert, which is settled by itself; StaleRecord for one
    that moved since it was shown.
    """
    drafts, reader = list[Draft](), trial.reader(who)
    for stream, version in shown:
        stands = reader.record(stream) if stream.startswith("query/") else None
        if stands is None:
            raise NotFound("there is no such query that you may see", "read the list again")
        study, visibility = trial.compiled(stands.study), class_of(trial, stands)
        form = study.forms[stands.place.form].form
        trial.authorise(who, "query.close", stands.place, visibility, form=form, study=study.study)
        done = trial.earlier(request, stands.stream, ("query.close",)) if not drafts else []
        if done:
            return done
        if stands.version != version:
            raise StaleRecord(
                "one of the queries moved since it was shown", "read the list again, then decide",
                stream=stream, expected=version, found=stands.version,
            )  # fmt: skip
        if stands.status != "ANSWERED" or stands.values.get("severity") == "alert":
            raise OutOfOrder(
                "only answered queries that are no alerts are closed together", "open the others one by one"
            )
        drafts.append(moved(stands, who, "query.close", "CLOSED", said(text), {"kind": "screen"}, visibility))
    return trial.append(drafts, request=request) if drafts else []


def _move(
    trial: Trial, who: Identity, act: str, stream: str, before: set[str], after: str, text: str,
    request: str | None, seen: int | None,
) -> Receipt:  # fmt: skip
    """`seen` is the version that was shown, where one was: words on another question are no answer to this."""
    stands = trial.reader(who).record(stream) if stream.startswith("query/") else None
    if stands is None:
        raise NotFound("there is no such query that you may see", "list them with `trialkit query list`")
    study, visibility = trial.compiled(stands.study), class_of(trial, stands)
    trial.authorise(
        who, act, stands.place, visibility, form=study.forms[stands.place.form].form, study=study.study
    )  # fmt: skip
    done = trial.earlier(request, stream, (act,))
    if done:
        return done[0]
    if act == CANCEL:
        _may_cancel(trial, who, stands)
    if seen is not None and stands.version != seen:
        raise OutOfOrder(_MOVED, _AGAIN)
    if (state := state_of(stands)) not in before:
        to = {"query.open": "asked again", CANCEL: "cancelled"}.get(act, after.lower())
        only = f"only {' or '.join(sorted(before)).lower()} queries can be {to}"
        raise OutOfOrder(f"the query is {state.lower()}", only)
    more = [Change(CANCELLED, None, "Y")] if act == CANCEL else []
    draft, reader = (
        moved(stands, who, act, after, said(text), {"kind": "screen"}, visibility, *more),
        trial.everything(),
    )
    if act == "query.open":
        draft = replace(draft, subject_seen=reader.subject_no(stands.place.subject))
        if form := reader.record(stands.place.record):
            not_locked(form, _NO_QUESTION)
    try:
        return trial.append([draft], request=request)[0]
    except StaleRecord as stale:
        done = trial.earlier(request, stream, (act,))
        if done:
            return done[0]
        if str(stale.facts.get("stream")).startswith("subject/"):  # the form may have been locked meanwhile
            return _move(trial, who, act, stream, before, after, text, request, seen)
        raise OutOfOrder(_MOVED, _AGAIN) from None


def _may_cancel(trial: Trial, who: Identity, stands: Record) -> None:
    if stands.values.get("check") != "MANUAL":
        raise OutOfOrder("a check asked this", "it closes by itself when the data conform; or close it with your words")
    asker = next(trial.everything().history(stream=stands.stream)).actor
    if not cancels(who, asker.id):
        why = f"{who.name} did not ask this query and may not cancel it."
        trial.refused(who, CANCEL, stands.place, why)
        raise Refused(why, f"it is cancelled by {asker.name}, who asked, or by a data manager")
