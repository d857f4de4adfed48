"""What one 30-item save adds to a store: entry, disclosure, record and their indexes, files as they lie on disk."""

from __future__ import annotations

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
    figures = []
    path = folder / "store.db"
    clinic = Clinic.make(str(path), folder)
    for what, version in (("first entry", 0), ("change of all 30 items with a reason", 1)):
        ready = list(islice(clinic.places(), forms)) if version == 0 else ready
        before = _file(path)
        for n, place in enumerate(ready):
            clinic.save(place, n, version)
        figures.append(_figure("SQLite", what, (_file(path) - before) / forms))
    clinic.store.close()
    with postgresql() as url, psycopg.connect(url, autocommit=True) as raw:
        clinic = Clinic.make(with_schema(url, "bench"), folder / "pg")
        for what, version in (("first entry", 0), ("change of all 30 items with a reason", 1)):
            ready = list(islice(clinic.places(), forms)) if version == 0 else ready
            before = _server(raw)
            for n, place in enumerate(ready):
                clinic.save(place, n, version)
            figures.append(_figure("PostgreSQL", what, (_server(raw) - before) / forms))
        clinic.store.close()
    return figures


def _figure(engine: str, what: str, size: float) -> Figure:
    return Figure(f"size, {engine}", f"a {what} adds", size, "bytes", at_most(BYTES), "indexes included")


def _file(path: Path) -> int:
    raw = driver().connect(str(path))
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages, free, size = (raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    raw.close()
    return int((pages - free) * size)


def _server(raw: psycopg.Connection[tuple[int]]) -> int:
    raw.execute("VACUUM")
    found = raw.execute(_TABLES).fetchone()
    assert found is not None
    return int(found[0])
