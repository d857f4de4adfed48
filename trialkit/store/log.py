"""One page of the change log, newest first. Entries are looked for by their headers; only what is shown is opened.

A page costs what it shows plus the headers it passes by, however long the ledger is (1.8 million values and more).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from trialkit.ledger.header import Header, parse
from trialkit.ledger.leaf import leaf
from trialkit.store.record import EntryView
from trialkit.store.session import Session, one

MOST = 60_000
"""Headers passed by in one look, at most; the next look goes on where this one stopped."""
_AT_ONCE = 2_000

Reaches = Callable[[Header], bool]
View = Callable[[Header, bytes, bytes, bytes, bytes], EntryView]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; an empty field asks for anything.

    `acts` are acts or their beginnings (`query.`), and `but` those that are left out; `item` an item or a whole path;
    `reason` a reason's code or a part of its text; `since` and `until` UTC times as entries carry them; `stream` one
    thing, or all that begin so where a `/` ends it; `before` and `after` numbers of entries, left out themselves.
    """

    person: str = ""
    role: str = ""
    site: str = ""
    subject: str = ""
    form: str = ""
    item: str = ""
    acts: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    reason: str = ""
    since: str = ""
    until: str = ""
    stream: str = ""
    before: int | None = None
    after: int = -1
    most: int = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found, newest first. `next` is the `before` of the next look, None when everything was seen."""

    entries: tuple[EntryView, ...]
    passed: int
    next: int | None


def look(session: Session, wanted: Wanted, reaches: Reaches, view: View) -> Look:
    """The newest entries that fit, up to `wanted.most` of them or MOST headers passed by.

    An entry that says nothing but what is out of sight is not among them, and neither is a query whose words are.
    """
    first, last = _bounds(session, wanted)
    found: list[EntryView] = []
    passed = 0
    for seq, header in _headers(session, wanted, first, last):
        if passed >= MOST or len(found) >= wanted.most:
            return Look(tuple(found), passed, last)
        passed += 1
        last = seq
        if not all(needle in header for needle in _needles(wanted)):
            continue
        said = parse(header)
        if not _fits(said, wanted) or not reaches(said):
            continue
        shown = _opened(session, said, header, wanted, view)
        if shown is not None and _told(shown):
            found.append(shown)
    return Look(tuple(found), passed, None)


def size_at(session: Session, at: str) -> int:
    """How many entries had been written by a moment (UTC): times never go back, so it is found by halving."""
    low, high = 0, _size(session)
    while low < high:
        middle = (low + high) // 2
        row = one(session, "SELECT at FROM entry WHERE seq = ?", middle)
        if row is not None and row[0] <= at:
            low = middle + 1
        else:
            high = middle
    return low


def _bounds(session: Session, wanted: Wanted) -> tuple[int, int]:
    """The first number looked at, and the number before which looking starts."""
    # without its Z the bound lies just before the moment itself
    first = max(size_at(session, wanted.since[:-1]) if wanted.since else 0, wanted.after + 1)
    last = size_at(session, wanted.until) if wanted.until else _size(session)
    return first, last if wanted.before is None else min(last, wanted.before)


def _size(session: Session) -> int:
    row = one(session, "SELECT max(seq) FROM entry")
    return 0 if row is None or row[0] is None else int(row[0]) + 1


def _headers(session: Session, wanted: Wanted, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    """(number, header) from before `last` down to `first`, a block at a time."""
    condition, values, order, number = "", list[object](), "seq", "seq"
    if wanted.stream.endswith("/"):
        number = order = "+seq"  # few things among many entries: the plan does not walk through the numbers of all
        condition, values = " AND stream >= ? AND stream < ?", [wanted.stream, f"{wanted.stream[:-1]}0"]
    elif wanted.stream:
        condition, values, order = " AND stream = ?", [wanted.stream], "stream_no"
    elif wanted.subject:
        condition, values, order = " AND subject = ?", [wanted.subject], "subject_no"
    block = min(_AT_ONCE, max(200, wanted.most * 4))
    while last > first:
        sql = (
            f"SELECT seq, header FROM entry WHERE {number} < ? AND {number} >= ?{condition} "
            f"ORDER BY {order} DESC LIMIT {block}"
        )
        rows = session.all(sql, last, first, *values)
        yield from ((int(seq), bytes(header)) for seq, header in rows)
        if len(rows) < block:
            return
        last, block = int(rows[-1][0]), _AT_ONCE


def _needles(wanted: Wanted) -> Iterator[bytes]:
    """What the bytes of a fitting header must hold: it saves reading those that do not."""
    for key, value in (
        ("id", wanted.person), ("role", wanted.role), ("site", wanted.site), ("subject", wanted.subject),
        ("form", wanted.form),
    ):  # fmt: skip
        if value:
            yield b'"%s":%s' % (key.encode(), orjson.dumps(value))


def _fits(said: Header, wanted: Wanted) -> bool:
    return (
        wanted.person in ("", said.actor.id)
        and wanted.role in ("", said.actor.role)
        and wanted.site in ("", said.place.site)
        and wanted.subject in ("", said.place.subject)
        and wanted.form in ("", said.place.form)
        and (not wanted.acts or said.act.startswith(wanted.acts))
        and not (wanted.but and said.act.startswith(wanted.but))
    )


def _opened(session: Session, said: Header, header: bytes, wanted: Wanted, view: View) -> EntryView | None:
    """The entry with its changes, if item and reason fit as well."""
    row = one(
        session,
        "SELECT e.digests, d.salts, d.lines FROM entry e JOIN disclosure d ON d.seq = e.seq WHERE e.seq = ?",
        said.seq,
    )
    if row is None:
        return None
    digests, salts, lines = (bytes(part) for part in row)
    if wanted.item and orjson.dumps(wanted.item)[1:] not in lines:
        return None
    if wanted.reason and wanted.reason != said.reason and b'"i":"@reason' not in lines:
        return None
    shown = view(said, digests, salts, lines, leaf(header, digests))
    changes = [part.change for part in shown.changes]
    if wanted.item and not any(item_is(change.item, wanted.item) for change in changes):
        return None
    if wanted.reason and wanted.reason != said.reason:
        texts = [str(change.new).casefold() for change in changes if change.item.startswith("@reason")]
        if not any(wanted.reason.casefold() in text for text in texts):
            return None
    return shown


def item_is(path: str, wanted: str) -> bool:
    """Whether a path is the one that is wanted, or one of the item that is wanted."""
    return path == wanted or path.endswith(f"].{wanted}")


def _told(shown: EntryView) -> bool:
    if not shown.withheld:
        return True
    return bool(shown.changes) and not shown.stream.startswith("query/")
