"""The moment that an export shows: now, as of a time, or after so many of the ledger's first entries."""

from __future__ import annotations

from dataclasses import dataclass

from trialkit.access.gate import system_sight
from trialkit.errors import WrongValue
from trialkit.export.reading import published
from trialkit.store.database import Store
from trialkit.study.model import Study


@dataclass(frozen=True, slots=True)
class Moment:
    """The first `as_of` entries, the last of them written `at` (UTC), and the study version latest by then."""

    as_of: int
    at: str
    study: Study


def moment(store: Store, *, at: str = "", entries: int | None = None) -> Moment:
    """What stood at a time (UTC, as entries carry it), after the first `entries` of the ledger, or stands now.

    Raises WrongValue where the ledger has not so many, or none yet; NotFound where no study was published by then.
    """
    everything, size = store.read(system_sight()), store.size
    as_of = size if entries is None and not at else everything.size_at(at) if entries is None else entries
    if not 0 < as_of <= size:
        first = next(everything.entries()).recorded_at
        raise WrongValue(
            f"nothing was written by then: the first entry is of {first[:16].replace('T', ' ')} UTC" if at
            else f"the ledger has {size:,} entries", "choose a later moment" if at else f"choose 1 to {size:,}",
        )  # fmt: skip
    last = next(everything.entries(after_seq=as_of - 2))
    return Moment(as_of, last.recorded_at, published(store, store.read(system_sight(), as_of))[-1])
