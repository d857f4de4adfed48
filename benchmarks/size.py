"""What one 30-item save adds to a store: entry, disclosure, record and their indexes, files as they lie on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import psycopg

from benchmarks.clinic import Clinic
from benchmarks.measure import Figure, at_most
from benchmarks.options import Options
from benchmarks.server import postgresql, with_schema
from trialkit.store.sqlite import driver

BYTES = 6 * 1024
_TABLES = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'bench' AND c.relkind = 'r'
"""


def run(options: Options, folder: Path) -> list[Figure]:
    forms = 500 if options.quick else 2000
    path = folder / "store.db"
    clinic = Clinic.make(str(path), folder)
    figures = list(_grown("SQLite", clinic, forms, lambda: _file(path)))
    with postgresql() as url, psycopg.connect(url, autocommit=True) as raw:
        clinic = Clinic.make(with_schema(url, "bench"), folder / "pg")
        figures += _grown("PostgreSQL", clinic, forms, lambda: _server(raw))
    return figures


def _grown(engine: str, clinic: Clinic, forms: int, size: Callable[[], int]) -> Iterator[Figure]:
    ready = list(islice(clinic.places(), forms))
    for what, version in (("a first entry adds", 0), ("a change of all 30 items with a reason adds", 1)):
        before = size()
        for n, place in enumerate(ready):
            clinic.save(place, n, version)
        grown = (size() - before) / forms
        yield Figure(f"size, {engine}", what, grown, "bytes", at_most(BYTES), "indexes included")
    clinic.store.close()


def _file(path: Path) -> int:
    raw = driver().connect(str(path))
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages, free, size = (
        raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    raw.close()
    return int((pages - free) * size)


def _server(raw: psycopg.Connection[tuple[int]]) -> int:
    raw.execute("VACUUM")
    found = raw.execute(_TABLES).fetchone()
    assert found is not None
    return int(found[0])
