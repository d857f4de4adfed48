"""Several statements in one round trip to PostgreSQL: sent together, answered together, each prepared once.

The driver's own pipeline looks at the network after every statement, which costs more than the statements of a save.
A rollback has to come this way, too: where the driver sees one, it makes the server forget what was prepared.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import generators
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from trialkit.store.session import Rows

_BINARY = int(Format.BINARY)
_names = count()
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = WeakKeyDictionary()


def together(raw: psycopg.Connection[Any], statements: Iterable[tuple[str, Sequence[object]]]) -> list[Rows]:
    """The rows of each statement (`$1`, `$2` for texts, whole numbers and bytes), all in one implicit order.

    Raises what the first failing statement says, after which none of the later ones was executed. A connection that
    breaks on the way is closed.
    """
    known, fresh = _prepared.setdefault(raw, {}), dict[str, bytes]()
    conn, sent = raw.pgconn, list[bool]()
    try:
        conn.enter_pipeline_mode()
        for statement, values in statements:
            name = known.get(statement) or fresh.get(statement)
            if name is None:
                name = fresh[statement] = b"together_%d" % next(_names)
                conn.send_prepare(name, statement.encode())
                sent.append(False)
            binary = [int(type(value) is bytes) for value in values]
            conn.send_query_prepared(name, [_dumped(value) for value in values], binary, _BINARY)
            sent.append(True)
        conn.pipeline_sync()
        answers = raw.wait(_answers(conn, len(sent)))
        conn.exit_pipeline_mode()
    except BaseException:
        raw.close()  # what it was in the middle of cannot be told
        raise
    for answer in answers:
        if answer.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(answer)
    known |= fresh
    return [_rows(raw, answer) for answer, wanted in zip(answers, sent, strict=True) if wanted]


def _dumped(value: object) -> bytes | None:
    if value is None or type(value) is bytes:
        return value
    return str(value).encode()


def _answers(conn: PGconn, expected: int) -> Generator[Any, Any, list[PGresult]]:
    yield from generators.send(conn)
    found = []
    for _ in range(expected):
        found += yield from generators.fetch_many(conn)
    yield from generators.fetch_many(conn)  # the end of the round trip
    return found


def _rows(raw: psycopg.Connection[Any], answer: PGresult) -> Rows:
    if not answer.ntuples:
        return []
    load = Transformer(raw)
    load.set_pgresult(answer)
    return load.load_rows(0, answer.ntuples, tuple)
