"""What an act has moved, item by item with record and row, and which records and rows have to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialkit.conduct.facts import Subject
from trialkit.conduct.standing import Standing, split
from trialkit.expressions.reach import Reach, Read
from trialkit.ledger.entry import Written

Rows = set[str] | None
"""Keys of rows of a record's groups ("" is the record's own), None: the whole record."""
Due = dict[Standing, Rows]
Pair = tuple[str, str]


class Touched(dict[Pair, list[tuple[Standing, str]]]):
    """(form, item) -> the records and rows in which it moved, in the order in which it did.

    In place of an item, a group stands for rows that came or went, `*` for records that did.
    """

    __slots__ = ("fresh", "only")

    def __init__(self) -> None:
        super().__init__()
        self.only: Standing | None = None  # the record in which everything moved, if it is one
        self.fresh: Due = {}  # records that came, and rows that came or went in others

    def note(self, standing: Standing, group: str, row: str, item: str) -> None:
        """An item moved."""
        if standing is not self.only:
            self.only = None if self else standing
        self.setdefault((standing.cform.oid, item), []).append((standing, row))

    def typed(self, standing: Standing, changed: Mapping[str, tuple[Written, Written]]) -> None:
        """Items were entered, changed or cleared; with the first or last value of a row, the row comes or goes."""
        for path, (old, new) in changed.items():
            group, row, item = split(path)
            self.note(standing, group, row, item)
            if group and (old is None or new is None):
                self.rows_moved(standing, group, row)

    def rows_moved(self, standing: Standing, group: str, row: str) -> None:
        """A row may have come or gone."""
        if standing not in self.fresh or self.fresh[standing] is not None:
            rows = self.fresh.setdefault(standing, set())
            if rows is not None and row not in rows:
                rows.add(row)
                self.note(standing, group, "", group)

    def came(self, standing: Standing) -> None:
        """A record came into being."""
        self.fresh[standing] = None
        self.note(standing, "", "", "*")

    def add_fresh(self, form: str, records: Due) -> None:
        """Add the new records of a form, and the new rows of others, to what is due."""
        for standing, rows in self.fresh.items():
            if standing.cform.oid == form:
                known = records.setdefault(standing, set())
                records[standing] = None if rows is None or known is None else known | rows

    def struck(self, standing: Standing, group: str, row: str) -> None:
        """A record (group and row empty) or one row of it was struck: everything in it counts no more."""
        for rule in standing.cform.items.values():
            if not group or rule.group == group:
                self.note(standing, group, row, rule.oid)
        if group:
            self.rows_moved(standing, group, row)
        else:
            self.note(standing, "", "", "*")
            for oid, section in standing.cform.groups.items():
                if section.group.repeating:
                    self.note(standing, "", "", oid)


def due(subject: Subject, form: str, reach: Reach, touched: Touched, seen: dict[Pair, int] | None = None) -> Due:
    """The records of `form` in which an expression that reads what moved may have another value now, and their rows.

    `seen` says how much of what moved was looked at already, pair by pair, and is brought up to date.
    """
    if touched.only is not None and reach.near_only and seen is None and not touched.only.rows:
        return {touched.only: None}  # as with most saves: a record without rows, and nothing that looks beyond it
    found: Due = {}
    started = dict(seen) if seen else {}
    everywhere = False
    for pair in reach.far:
        if pair in touched and len(touched[pair]) > started.get(pair, 0):
            everywhere = True
            if seen is not None:
                seen[pair] = len(touched[pair])
    for read in reach.near:
        pair = read.form, read.item
        moved = touched.get(pair)
        if moved is None or len(moved) <= started.get(pair, 0):
            continue
        if seen is not None:
            seen[pair] = len(moved)
        if not everywhere:
            everywhere = _follow(subject, form, read, moved[started.get(pair, 0) :], found)
    return dict.fromkeys(subject.standings(form)) if everywhere else found


def _follow(subject: Subject, form: str, read: Read, news: Iterable[tuple[Standing, str]], found: Due) -> bool:
    """Add what is due for one read; True if every record of the form is."""
    how = read.how
    if how == "row":
        for standing, row in news:
            rows = found.setdefault(standing, set())
            if rows is not None:
                rows.add(row)
    elif how == "record":
        found.update((standing, None) for standing, _ in news)
    elif how == "at":
        return any(standing.place.event == read.event for standing, _ in news)
    elif how == "visit":
        if subject.roams(form, read.form):
            return True
        records = subject.records(form)
        visits = {(standing.place.event, standing.place.event_repeat) for standing, _ in news}
        found.update((standing, None) for visit in sorted(visits) for standing in records.at(*visit))
    else:
        event, repeat, _ = min(subject.place_in_study(standing.place) for standing, _ in news)
        found.update((standing, None) for standing in subject.records(form).after(event, repeat))
    return False


def sources(subject: Subject, reach: Reach, of: Standing) -> set[str]:
    """The streams of the records that an expression of this reach may have read for the record `of`."""
    found = {standing.stream for form in {form for form, _ in reach.far} for standing in subject.standings(form)}
    for form, how, event in {(read.form, read.how, read.event) for read in reach.near}:
        if how in ("row", "record"):
            found.add(of.stream)
        elif how == "visit":
            meant = subject.in_visit(form, of.place.event, of.place.event_repeat)
            found |= {meant.stream} if meant is not None else set()
        else:
            records = subject.records(form)
            event_no, repeat, _ = subject.place_in_study(of.place)
            read = records.before(event_no, repeat) if how == "before" else records.active
            found |= {s.stream for s in read if how == "before" or s.place.event == event}
    return found
