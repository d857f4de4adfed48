"""Queries: questions about a value, opened by checks or people, answered by the site, closed when all is well.

GCDMP and ICH E6(R3) 4.2.4: a query never changes data; it asks. Automatic ones close themselves when the data conform.
"""

from __future__ import annotations

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt, Visibility
from trialkit.store.record import Record


def query_stream(place: Place, check: str, item: str, number: int) -> str:
    """The name of the `number`th query of `check` on `item` of the record at `place`."""
    return "query/" + place.record.removeprefix("record/") + f"/{check}/{item or '-'}/{number}"


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
) -> Draft:
    """The draft that takes a standing query to `status`, with what was said."""
    changes = [Change("@status", stands.status, status)]
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
    for check in form.checks:
        if check.oid == stands.values.get("check"):
            return check.visibility
    rule = form.items.get(str(stands.values.get("item", "")).rsplit(".", 1)[-1])
    return rule.visibility if rule else "open"


def ask(trial: Trial, who: Identity, place: Place, item: str, text: str, *, request: str | None = None) -> Receipt:
    """Open a query by hand on `item` of the record at `place`. NotFound if nothing stands there."""
    trial.authorise(who, "query.open", place)
    record = trial.reader(who).record(place.record)
    if record is None:
        raise NotFound(f"nothing has been entered at {place.record}", "a query stands on a saved form")
    text = said(text)
    reader = trial.everything()
    form = trial.compiled(record.study).forms[place.form]
    rule = form.items.get(item.rsplit(".", 1)[-1])
    visibility: Visibility = rule.visibility if rule else "open"
    taken = sum(
        1 for query in reader.queries(subject=place.subject, form=place.form) if query.values.get("check") == "MANUAL"
    )
    draft = opening(
        who, place, item, text, check="MANUAL", severity="query", number=taken + 1,
        visibility=visibility, study=record.study, origin={"kind": "screen"},
    )  # fmt: skip
    return trial.append([draft], request=request)[0]


def answer(trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None) -> Receipt:
    """The site answers an open query. OutOfOrder if it is not open."""
    return _move(trial, who, "query.answer", stream, {"OPEN"}, "ANSWERED", text, request)


def reask(trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None) -> Receipt:
    """The answer does not settle it: the query is open again."""
    return _move(trial, who, "query.open", stream, {"ANSWERED", "CLOSED"}, "OPEN", text, request)


def close(trial: Trial, who: Identity, stream: str, text: str, *, request: str | None = None) -> Receipt:
    """Who asks closes: the matter is settled. OutOfOrder if it is closed already."""
    return _move(trial, who, "query.close", stream, {"OPEN", "ANSWERED"}, "CLOSED", text, request)


def _move(
    trial: Trial, who: Identity, act: str, stream: str, before: set[str], after: str, text: str, request: str | None
) -> Receipt:
    stands = trial.reader(who).record(stream)
    if stands is None:
        raise NotFound(f"there is no query {stream}", "list them with `trialkit query list`")
    trial.authorise(who, act, stands.place)
    if stands.status not in before:
        done = trial.store.receipts(request) if request else None
        if done:
            return done[0]
        raise OutOfOrder(
            f"the query is {stands.status.lower()}",
            f"only {' or '.join(sorted(before)).lower()} queries can be {after.lower()}",
        )
    try:
        draft = moved(stands, who, act, after, said(text), {"kind": "screen"}, class_of(trial, stands))
        return trial.append([draft], request=request)[0]
    except StaleRecord:
        raise OutOfOrder("somebody else moved this query in the meantime", "read it again and decide anew") from None


def said(text: str) -> str:
    """The text, stripped. WrongValue if nothing was said."""
    if not text.strip(" .?!-"):
        raise WrongValue("the text is empty", "say what is asked or answered in a sentence")
    return text.strip()
