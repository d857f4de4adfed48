"""A query moved as one act of a sitting that commits later, by the same right as one moved on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trialkit.conduct.query import class_of, moved
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.words import said
from trialkit.errors import NotFound, OutOfOrder
from trialkit.ledger.entry import Written
from trialkit.store.record import Record

MOVES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "query.answer": (("OPEN",), "ANSWERED"),
    "query.close": (("OPEN", "ANSWERED"), "CLOSED"),
}
"""Act -> the statuses it moves a query from, and the one it moves it to."""


def move_in(sitting: Sitting, act: str, query: Record, text: str, origin: Mapping[str, object]) -> None:
    """Answer or close `query`, as the sitting's person.

    Raises Refused; NotFound for one that the person is not told of; OutOfOrder where its status forbids it.
    """
    before, after = MOVES[act]
    trial, who = sitting.trial, sitting.who
    study = trial.compiled(query.study)
    visibility = class_of(trial, query)
    form = study.forms[query.place.form].form
    with sitting.refusals_counted():
        trial.authorise(who, act, query.place, visibility, form=form, study=study.study)
    if not sitting.tells(study, str(query.values.get("check")), visibility, query.place.form):
        raise NotFound("there is no such query that you may see", "list them with `trialkit query list`")
    if query.status not in before:
        raise OutOfOrder(
            f"the query is {query.status.lower()}", f"only {' or '.join(before).lower()} queries can be moved so"
        )
    text = said(text)
    draft = moved(query, who, act, after, text, dict(origin), visibility)
    sitting.write(draft)
    number = 1 + sum(1 for item in query.values if item.startswith("thread["))
    values: dict[str, Written] = {**query.values, f"thread[{number}]": text}
    sitting.queries()[query.stream] = replace(query, status=after, version=query.version + 1, values=values)
