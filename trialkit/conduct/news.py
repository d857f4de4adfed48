"""What an entry brought: the values it changed, as far as somebody sees them. What is withheld never counts."""

from __future__ import annotations

from collections.abc import Collection

from trialkit.conduct.standing import is_mark
from trialkit.store.record import EntryView

_BOOKS = {"@status", "@cleared"}


def news(entry: EntryView, classes: Collection[str] | None = None) -> list[str]:
    """The paths of values that an entry changed, as far as its reader sees them; of these `classes` (None: of all).

    Marks of review are none. Beside what is out of sight, neither is what the record notes down of itself.
    A masked value that was worked out anew and is what it was is no news to those who see it.
    """
    moved = (shown.change for shown in entry.changes if shown.change.old != shown.change.new)
    changes = [change for change in moved if not is_mark(change.item)]
    paths = [change.item for change in changes if classes is None or change.visibility in classes]
    alone = not entry.withheld and len(paths) == len(changes)
    return paths if alone or not _BOOKS.issuperset(paths) else []
