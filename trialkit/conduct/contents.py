"""What a signature covers, value by value: every answer and open query that its signer may see, form by form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.sign import waiting
from trialkit.conduct.trial import Trial
from trialkit.conduct.worklist import Line, lines_of
from trialkit.ledger.entry import Place
from trialkit.store.asked import Asked
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy


@dataclass(frozen=True, slots=True)
class Contents:
    """One form as it stands: its answers in the order of the paper, and the queries on it that are not closed."""

    record: Record
    study: CompiledStudy
    lines: tuple[Line, ...]
    asked: tuple[Asked, ...]


def contents(trial: Trial, who: Identity, places: Sequence[Place]) -> list[Contents]:
    """The forms of one subject at these places as `who` may see them; a form out of sight is not there."""
    reader = trial.reader(who)
    records, _ = reader.together([place.record for place in places])
    on = waiting(reader, places[0].subject, places) if places else []
    found = []
    for record in filter(None, (records.get(place.record) for place in places)):
        study = trial.compiled(record.study)
        lines = lines_of(study.forms[record.place.form], record, reader.sight.visibility)
        asked = tuple(one for one in on if one.place.record == record.stream)
        found.append(Contents(record, study, tuple(lines), asked))
    return found
