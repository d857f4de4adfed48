"""What is written beside the ledger: checkpoints, credentials, definitions, erasures, and the projections made anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

from trialkit.ledger.commitment import ERASED, SALT
from trialkit.store.append_rows import (
    EMPTY,
    INSERT_CHECKPOINT,
    INSERT_DEFINITION,
    PUT_CREDENTIAL,
    REWRAP,
    UPSERT,
)
from trialkit.store.append_state import After
from trialkit.store.fold import SHREDDED, Row, pointed, table_of
from trialkit.store.past import stream_row
from trialkit.store.session import Session, one
from trialkit.store.tables import COLUMNS, PROJECTIONS


def put_checkpoint(session: Session, size: int, note: str) -> None:
    """Keep a signed head, unless it is there already (the signer repeats itself after a crash)."""
    last = one(session, "SELECT number, note FROM checkpoint ORDER BY number DESC LIMIT 1")
    if last is None or last[1] != note:
        session.run(INSERT_CHECKPOINT, last[0] + 1 if last else 0, size, note)


def put_credential(person: str, encoded: str) -> After:
    """Keep a person's encoded password."""
    return lambda session: session.run(PUT_CREDENTIAL, person, encoded)


def put_definition(kind: str, body: bytes) -> After:
    """Keep a definition under its hash."""
    return lambda session: session.run(INSERT_DEFINITION, sha256(body).hexdigest(), kind, body)


def rewrap(session: Session, wrapped: dict[str, bytes]) -> None:
    """Keep the subjects' data keys as wrapped by a new key-encryption key."""
    session.many(REWRAP, [(box, subject) for subject, box in wrapped.items()])


def redact(seq: int, numbers: Sequence[int], stream: str, definer: bool) -> After:
    """Take salt and bytes of these changes out of a disclosure, and their values out of what stands."""

    def work(session: Session) -> None:
        found = one(session, "SELECT salts, lines FROM disclosure WHERE seq = ?", seq)
        assert found is not None
        salts, lines = bytearray(found[0]), found[1].split(b"\n")
        for n in numbers:
            salts[n * SALT : (n + 1) * SALT] = ERASED
            lines[n] = b""
        values = (bytes(salts), b"\n".join(lines))
        if definer:
            session.run("SELECT redact_disclosure(?, ?, ?)", seq, *values)
        else:
            session.run("UPDATE disclosure SET salts = ?, lines = ? WHERE seq = ?", *values, seq)
        table = table_of(stream)
        if table is not None:
            row = stream_row(session, stream)
            assert row is not None
            session.run(UPSERT[table], *row.columns)

    return work


def erase_subject(subject: str, definer: bool) -> After:
    """Destroy a subject's data key; what it sealed stands as erased."""

    def work(session: Session) -> None:
        if definer:
            session.run("SELECT erase_subject_key(?)", subject)
        else:
            session.run("DELETE FROM subject_key WHERE subject = ?", subject)
        for table in PROJECTIONS:
            for columns in session.all(f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE subject = ?", subject):
                row = Row.of(columns)
                if any(map(_identifier, row.doc.values())):
                    row.doc = {item: SHREDDED if _identifier(value) else value for item, value in row.doc.items()}
                    session.run(UPSERT[table], *row.columns)

    return work


def _identifier(value: object) -> bool:
    where = pointed(value)
    return where is not None and where[2] == "identifier"


def replace_projections(session: Session, rows: Iterable[Row]) -> dict[str, int]:
    """Empty the projections and write these rows; gives how many went into each."""
    for table in PROJECTIONS:
        session.run(EMPTY[table])
    counts = dict.fromkeys(PROJECTIONS, 0)
    for some in _parts(rows, 500):
        for table in PROJECTIONS:
            these = [row.columns for row in some if table_of(row.stream) == table]
            if these:
                session.many(UPSERT[table], these)
                counts[table] += len(these)
    return counts


def _parts(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some
