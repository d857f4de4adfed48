"""How things stand without what they hold: one line a form, enough to draw a matrix of many subjects quickly."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from trialkit.ledger.entry import Place
from trialkit.store.session import Session
from trialkit.store.sight import Sight

# What was typed is no mark: its quotes are escaped in a document, and a key begins it or follows a comma. Keys stand in
# order, and after the marks of review and verification there is none that ends in a bracket.
_MARKS = (
    ('%"@inactive":"Y"%',), ('%"@locked":"Y"%',), ('%"@frozen":"Y"%',),
    tuple(f'{before}"@{mark}[%]":"DROPPED"%' for before in ("{", "%,") for mark in ("reviewed", "verified")),
    ('{"@verified[%', '%,"@verified[%'),
)  # fmt: skip
_TESTS = (" OR ".join(f"doc LIKE '{pattern}'" for pattern in mark) for mark in _MARKS)
_FLAGS = ", ".join(f"CASE WHEN {test} THEN 1 ELSE 0 END" for test in _TESTS)
_PLACE = "stream, site, subject, event, event_repeat, form, form_repeat, status, version, seq, study"
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Outline:
    """A form instance by its place and state. `dropped`: a verification or review fell; `verified`: some item is."""

    stream: str
    place: Place
    status: str
    version: int
    seq: int
    study: str
    inactive: bool
    locked: bool
    frozen: bool
    dropped: bool
    verified: bool


def outlines(session: Session, sight: Sight, subjects: Sequence[str], forms: Collection[str] = ()) -> Iterator[Outline]:
    """The form instances of these subjects that the sight reaches, of some forms or all, in stream order."""
    only = f" AND form IN ({', '.join('?' for _ in forms)})" if forms else ""
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        holes = ", ".join("?" for _ in some)
        sql = f"SELECT {_PLACE}, {_FLAGS} FROM record WHERE subject IN ({holes}){only} ORDER BY stream"
        for stream, site, subject, event, repeat, form, number, status, version, seq, study, *flags in session.all(
            sql, *some, *forms
        ):
            place = Place(site, subject, event, repeat, form, number)
            if sight.reaches(stream, place):
                yield Outline(stream, place, status, version, seq, study, *map(bool, flags))


def open_queries(session: Session, sight: Sight, subjects: Sequence[str]) -> Iterator[tuple[str, Place, str]]:
    """(stream, place, status) of the queries of these subjects that are not closed.

    A query whose words are out of sight is none: its very number would tell of the values it speaks of.
    """
    hidden = [name for name in ("identifier", "unblinded") if name not in sight.visibility]
    seen = "".join(f""" AND doc NOT LIKE '%"text":{{"c":"{name}"%'""" for name in hidden)
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        holes = ", ".join("?" for _ in some)
        sql = (
            "SELECT stream, site, subject, event, event_repeat, form, form_repeat, status FROM query "
            f"WHERE subject IN ({holes}) AND status <> 'CLOSED'{seen} ORDER BY stream"
        )
        for stream, site, subject, event, repeat, form, number, status in session.all(sql, *some):
            place = Place(site, subject, event, repeat, form, number)
            if sight.reaches(stream, place):
                yield stream, place, status
