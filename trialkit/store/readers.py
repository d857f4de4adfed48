"""Every way to read a store. A reader is made with a sight and applies it to each row, value, entry and count.

`as_of` N shows the store as it stood after its first N entries, folded from the ledger: the same bytes for ever,
but for what was lawfully erased since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

import orjson

from trialkit.errors import KeysMissing
from trialkit.ledger.commitment import SALT, WITHHELD, aad, disclose, parse_change
from trialkit.ledger.entry import Place, Visibility, Written
from trialkit.ledger.header import Header, parse
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf
from trialkit.ledger.seals import Seals
from trialkit.store import log, past
from trialkit.store.asked import Asked, asked
from trialkit.store.fold import Row, pointed, table_of
from trialkit.store.outline import Outline, open_queries, outlines
from trialkit.store.record import EntryView, Proven, Record, Shown
from trialkit.store.rows import rows
from trialkit.store.session import Engine, Session, one
from trialkit.store.sight import Sight
from trialkit.store.tables import COLUMNS

_PRIVATE = ("export/", "refusal/", "review/", "person/", "store", "definition/")
_ONE = f"SELECT {', '.join(COLUMNS)} FROM {{}} WHERE stream = ?"
_QUERIES = f"SELECT {', '.join(COLUMNS)} FROM query WHERE subject = ? AND status <> 'CLOSED'"
# The number of a subject's entries in the shape of a row without a stream, so that one statement gives all.
_COUNT = "SELECT '', '', '', '', 0, '', 0, '', coalesce(max(subject_no), 0), 0, '', '{}' FROM entry WHERE subject = ?"
_ENTRY = (
    "SELECT e.seq, e.header, e.digests, d.salts, d.lines FROM entry e JOIN disclosure d ON d.seq = e.seq "
    "WHERE {} ORDER BY e.seq"
)


class Reader:
    """The store as one sight may see it, now or after its first `as_of` entries."""

    def __init__(self, engine: Engine, keys: KeyFolder, sight: Sight, as_of: int | None = None) -> None:
        self._engine = engine
        self.sight = sight
        self.as_of = as_of
        self._wrapped: dict[str, bytes | None] = {}
        self._seals = Seals(keys, self._wrapped_key)

    # what stands

    def record(self, where: Place | str) -> Record | None:
        """The thing at a place (a form instance) or of a stream, None where there is none or the sight ends."""
        stream = where.record if isinstance(where, Place) else where
        table = table_of(stream)
        if table is None or not stream.isprintable():  # what no stream can be named is not asked of the database
            return None
        with self._engine.reading() as session:
            if self.as_of is None:
                found = one(session, f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE stream = ?", stream)
                row = Row.of(found) if found else None
            else:
                row = past.stream_row(session, stream, self.as_of)
            return self._record(session, row) if row and self.sight.reaches(row.stream, row.place) else None

    def together(self, streams: Sequence[str], of: str = "") -> tuple[dict[str, Record], int]:
        """The things of several streams, from one look at the store; `of` a subject also its queries, but the closed.

        The number is that of the subject's entries at the same moment (0 without one).
        """
        of = of if of.isprintable() else ""
        if self.as_of is not None:
            then = [self.record(stream) for stream in streams]
            then += [query for query in self.queries(subject=of) if query.status != "CLOSED"] if of else []
            return {found.stream: found for found in then if found}, self.subject_no(of) if of else 0
        asked = [(stream, table) for stream in streams if stream.isprintable() and (table := table_of(stream))]
        parts = [_ONE.format(table) for _, table in asked]
        values = [stream for stream, _ in asked]
        if of:
            parts += [_QUERIES, _COUNT]
            values += [of, of]
        with self._engine.reading() as session:
            rows = [Row.of(columns) for columns in session.all(" UNION ALL ".join(parts), *values)] if parts else []
            count = rows.pop(next(n for n, row in enumerate(rows) if not row.stream)).version if of else 0
            return {
                row.stream: self._record(session, row) for row in rows if self.sight.reaches(row.stream, row.place)
            }, count

    def subject_no(self, subject: str) -> int:
        """How many entries the subject has (as of the reader's moment)."""
        sql = "SELECT max(subject_no) FROM entry WHERE subject = ?"
        with self._engine.reading() as session:
            if self.as_of is None:
                found = one(session, sql, subject)
            else:
                found = one(session, f"{sql} AND seq < ?", subject, self.as_of)
        return int(found[0]) if found and found[0] is not None else 0

    def records(
        self,
        *,
        subject: str | None = None,
        site: str | None = None,
        event: str | None = None,
        form: str | None = None,
        limit: int | None = None,
        after: str = "",
    ) -> Iterator[Record]:
        """Form instances in stream order; `after` and `limit` page through them."""
        return self._stand("record", subject=subject, site=site, event=event, form=form, limit=limit, after=after)

    def outlines(self, subjects: Sequence[str], forms: Collection[str] = ()) -> list[Outline]:
        """The form instances (of some forms) of these subjects by place and state, without values. Of the present."""
        with self._engine.reading(snapshot=True) as session:
            return list(outlines(session, self.sight, subjects, forms))

    def open_queries(self, subjects: Sequence[str]) -> list[tuple[str, Place, str]]:
        """(stream, place, status) of the queries of these subjects that are not closed. Only of the present."""
        with self._engine.reading(snapshot=True) as session:
            return list(open_queries(session, self.sight, subjects))

    def asked(self, **equal: str | None) -> list[Asked]:
        """Queries with their moments, oldest first, by site, subject, form or status. Only of the present."""
        with self._engine.reading(snapshot=True) as session:
            return list(asked(session, self.sight, self._record, **equal))

    def subjects(self, site: str | None = None) -> Iterator[Record]:
        """Subjects in stream order."""
        return self._stand("subject", site=site)

    def queries(
        self,
        *,
        subject: str | None = None,
        site: str | None = None,
        event: str | None = None,
        form: str | None = None,
        status: str | None = None,
    ) -> Iterator[Record]:
        """Queries in stream order; one whose words are out of sight is not there."""
        for found in self._stand("query", subject=subject, site=site, event=event, form=form, status=status):
            if found.classes.get("text", "open") in self.sight.visibility:
                yield found

    def count_queries(self, prefix: str) -> int:
        """How many queries stand under `prefix` (`query/<record>/<check>/<item>/`), the closed ones too."""
        values: list[object] = [prefix, prefix[:-1] + "0"]  # "0" follows "/": one range of the index
        sql = "SELECT site, subject, form FROM query WHERE stream >= ? AND stream < ?"
        with self._engine.reading() as session:
            if self.as_of is not None:
                bounded = "e.stream >= ? AND e.stream < ? AND e.seq < ?"
                return sum(
                    1
                    for row in past.rows(session, bounded, *values, self.as_of)
                    if self.sight.reaches(row.stream, row.place)
                )
            return sum(
                1
                for site, subject, form in session.all(sql, *values)
                if self.sight.reaches(prefix, Place(site=site, subject=subject, form=form))
            )

    def signatures(self, *, subject: str | None = None, form: str | None = None) -> Iterator[Record]:
        """Signatures in stream order."""
        return self._stand("signature", subject=subject, form=form)

    def people(self) -> Iterator[Record]:
        """Users in stream order."""
        return self._stand("person")

    def sites(self) -> Iterator[Record]:
        """Sites in stream order."""
        return self._stand("site")

    def publications(self) -> Iterator[Record]:
        """Which study versions sites work with, in stream order."""
        return self._stand("publication")

    def _stand(self, table: str, *, limit: int | None = None, after: str = "", **equal: str | None) -> Iterator[Record]:
        wanted = {column: value for column, value in equal.items() if value is not None}
        with self._engine.reading(snapshot=True) as session:
            found = rows(session, table, wanted, after, self.as_of)
            given = 0
            for row in found:
                if limit is not None and given >= limit:
                    return
                if self.sight.reaches(row.stream, row.place):
                    given += 1
                    yield self._record(session, row)

    def _record(self, session: Session, row: Row) -> Record:
        values: dict[str, Written] = {}
        classes: dict[str, Visibility] = {}
        for item, value in row.doc.items():
            where = pointed(value)
            if where is not None:
                classes[item] = cast("Visibility", where[2])
            if not self.sight.shows(row.stream, item):
                continue
            if where is None:
                if "open" in self.sight.visibility:
                    values[item] = value
            elif where[2] in self.sight.visibility:
                opened = self._unsealed(session, *where[:2])
                if opened is not None:
                    values[item] = opened
        return Record(row.stream, row.place, row.status, row.version, row.seq, row.study, values, classes)

    def _unsealed(self, session: Session, seq: int, n: int) -> Written:
        found = one(session, "SELECT lines FROM disclosure WHERE seq = ?", seq)
        line = found[0].split(b"\n")[n] if found else b""
        try:
            return parse_change(self._seals.unseal(orjson.loads(line), aad(seq, n))[SALT:]).new if line else None
        except KeysMissing:
            return None

    def _wrapped_key(self, subject: str) -> bytes | None:
        if subject not in self._wrapped:
            with self._engine.reading() as session:
                found = one(session, "SELECT wrapped FROM subject_key WHERE subject = ?", subject)
            self._wrapped[subject] = found[0] if found else None
        return self._wrapped[subject]

    # what happened

    def history(self, *, stream: str | None = None, subject: str | None = None) -> Iterator[EntryView]:
        """The entries of one stream or one subject, oldest first."""
        return self.entries(stream=stream, subject=subject)

    def look(self, wanted: log.Wanted) -> log.Look:
        """A page of the change log, newest entry first."""
        with self._engine.reading(snapshot=True) as session:
            return log.look(session, wanted, self._reaches, self._view)

    def size_at(self, moment: str) -> int:
        """How many entries there were at a moment (UTC, as entries carry it): what `as_of` takes."""
        with self._engine.reading() as session:
            return log.size_at(session, moment)

    def entries(
        self,
        *,
        after_seq: int = -1,
        stream: str | None = None,
        subject: str | None = None,
        act: str | None = None,
        request: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[EntryView]:
        """Entries in order that the sight reaches; `since` and `until` are UTC times as entries carry them."""
        for said, header, digests, salts, lines in self._entries(
            after_seq, stream=stream, subject=subject, act=act, request=request, since=since, until=until
        ):
            yield self._view(said, digests, salts, lines, leaf(header, digests))

    def _entries(
        self, after_seq: int, *, since: str | None = None, until: str | None = None, **equal: str | None
    ) -> Iterator[tuple[Header, bytes, bytes, bytes, bytes]]:
        conditions, values = ["e.seq > ?"], list[object]([after_seq])
        for column, value in equal.items():
            if value is not None:
                conditions.append(f"e.{column} = ?")
                values.append(value)
        for test, bound in (("e.at >= ?", since), ("e.at <= ?", until), ("e.seq < ?", self.as_of)):
            if bound is not None:
                conditions.append(test)
                values.append(bound)
        with self._engine.reading(snapshot=True) as session:
            for _, header, digests, salts, lines in session.each(_ENTRY.format(" AND ".join(conditions)), *values):
                said = parse(header)
                if self._reaches(said):
                    yield said, header, digests, salts, lines

    def _reaches(self, said: Header) -> bool:
        if self.sight.sites is not None and not said.place.site and said.stream.startswith(_PRIVATE):
            return said.actor.id == self.sight.person
        return self.sight.reaches(said.stream, said.place)

    def _changes(self, said: Header, digests: bytes, salts: bytes, lines: bytes) -> Iterator[Any]:
        """Each change as the sight may have it: (salt, line) or why not."""
        allowed = self.sight.visibility

        def unseal(sealed: Any, bound: bytes) -> bytes:
            if sealed.get("c") not in allowed:
                raise KeysMissing("outside the sight")
            return self._seals.unseal(sealed, bound)

        for part in disclose(said.seq, len(digests) // 32, salts, lines, unseal):
            shown = part.line is None or part.line.startswith(b'{"c"') or "open" in allowed
            if shown and part.line and (said.stream.startswith("person/") or b'"@explanation[' in part.line):
                shown = self.sight.shows(said.stream, parse_change(part.line).item)
            yield part if shown else WITHHELD

    def _view(self, said: Header, digests: bytes, salts: bytes, lines: bytes, mark: bytes) -> EntryView:
        shown, withheld, erased = list[Shown](), 0, list[int]()
        for n, part in enumerate(self._changes(said, digests, salts, lines)):
            if part.line is not None:
                shown.append(Shown(n, parse_change(part.line)))
            elif part.why == "erased":
                erased.append(n)
            else:
                withheld += 1
        return EntryView(
            said.seq, said.at, said.actor, said.act, said.place, said.stream, said.stream_no, said.happened,
            said.reason, said.origin, said.study, said.software, said.request, said.target,
            tuple(shown), withheld, tuple(erased), mark, said.skew,
        )  # fmt: skip

    # what an export proves with

    def proven(self, *, subject: str | None = None) -> Iterator[Proven]:
        """Every entry (or every entry of one subject) with header and digests; its changes as far as the sight goes.

        Entries outside the sight are given with all their changes withheld: completeness needs them.
        """
        conditions, values = ["e.seq >= 0"], list[object]()
        for test, bound in (("e.subject = ?", subject), ("e.seq < ?", self.as_of)):
            if bound is not None:
                conditions.append(test)
                values.append(bound)
        with self._engine.reading(snapshot=True) as session:
            for seq, header, digests, salts, lines in session.each(_ENTRY.format(" AND ".join(conditions)), *values):
                said = parse(header)
                reached = self._reaches(said)
                parts = [
                    part if reached or part.why == "erased" else WITHHELD
                    for part in self._changes(said, digests, salts, lines)
                ]
                yield Proven(
                    seq,
                    header,
                    digests,
                    leaf(header, digests),
                    tuple(part.salt for part in parts),
                    tuple(part.line for part in parts),
                    tuple(n for n, part in enumerate(parts) if part.why == "erased"),
                )
