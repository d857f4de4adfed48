"""How good the checks are: how often each fired, and whether the value was changed before its query was closed.

A check that fires often and is closed with nothing changed asks too much of the sites (design: query hygiene).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trialkit.conduct.news import news
from trialkit.conduct.query import CONFORMS, STRUCK
from trialkit.store.asked import Asked
from trialkit.store.readers import Reader


@dataclass(slots=True)
class Figures:
    """One check: queries fired, still open, closed with its form's values changed meanwhile, closed unchanged."""

    check: str
    fired: int = 0
    open: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def useless(self) -> int:
        """Percent of the closed ones that changed nothing."""
        closed = self.changed + self.unchanged
        return round(100 * self.unchanged / closed) if closed else 0


def last_words(one: Asked) -> str:
    """What was said last in a query's thread; empty if nothing was said since it was asked."""
    said = [int(path[7:-1]) for path in one.query.values if path.startswith("thread[")]
    return str(one.query.values[f"thread[{max(said)}]"]) if said else ""


def figures(
    reader: Reader, queries: Iterable[Asked], progress: Callable[[int, int], None] | None = None
) -> list[Figures]:
    """The figures of every check among these queries, those that change least first.

    Changed means that, between asking and closing, the value asked about moved (for a query on a whole form: any), or
    that what the check reads elsewhere moved, so that the system closed its query by itself.
    """
    asked = list(queries)
    found: dict[str, Figures] = {}
    moved: dict[str, list[tuple[int, frozenset[str]]]] = {}
    for number, one in enumerate(asked):
        if progress is not None and number % 20 == 0:
            progress(number, len(asked))
        made = found.setdefault(one.check, Figures(one.check))
        made.fired += 1
        if one.query.status != "CLOSED":
            made.open += 1
            continue
        if one.state == "CANCELLED":
            continue  # nobody was to change anything for it
        if last_words(one) in (CONFORMS, STRUCK):
            made.changed += 1
            continue
        stream = one.place.record
        if stream not in moved:
            moved[stream] = [(entry.seq, frozenset(news(entry))) for entry in reader.history(stream=stream)]
        paths: set[str] = set()
        for seq, items in moved[stream]:
            if one.opened < seq <= one.query.seq:
                paths |= items
        changed = one.item in paths if one.item != "-" else any(not path.startswith("@") for path in paths)
        if changed:
            made.changed += 1
        else:
            made.unchanged += 1
    return sorted(found.values(), key=lambda one: (-one.useless, -one.fired, one.check))
