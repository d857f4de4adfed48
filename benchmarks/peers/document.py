"""The physical limit: one JSON document inserted, one durable commit; no history, no check, no right asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
import psycopg

from trialkit.store.sqlite import driver


class BareSqlite:
    """A SQLite file with the settings that every contender has."""

    def __init__(self, path: Path) -> None:
        self.raw = driver().connect(str(path), isolation_level=None)
        self.raw.execute("PRAGMA journal_mode=WAL")
        self.raw.execute("PRAGMA synchronous=FULL")
        self.raw.execute("CREATE TABLE document (number INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def save(self, form: int, version: int, values: Mapping[str, str]) -> None:
        """One document, durably."""
        self.raw.execute("INSERT INTO document (body) VALUES (?)", (orjson.dumps(values).decode(),))


class BarePostgres:
    """A table of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.raw = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        self.raw.execute("CREATE TABLE document (number bigserial PRIMARY KEY, body text NOT NULL)")

    def save(self, form: int, version: int, values: Mapping[str, str]) -> None:
        """One document, durably."""
        self.raw.execute("INSERT INTO document (body) VALUES (%s)", (orjson.dumps(values).decode(),))
