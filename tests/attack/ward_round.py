"""A store in which every table has rows, and the strongest user of its database: owner of the file, or superuser."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import psycopg

from tests.cast import ITO, MO
from tests.fixtures_store import Made
from tests.store.drafts import VITALS, person, redaction, save, subject
from trialkit.ledger.entry import Change, Draft, Place
from trialkit.store.migrations.guards import POSTGRES_TRIGGERS
from trialkit.store.postgres import split_url
from trialkit.store.tables import metadata

KEYS = {table.name: next(iter(table.primary_key.columns)).name for table in metadata.sorted_tables}
COLUMNS = {table.name: [column.name for column in table.columns] for table in metadata.sorted_tables}
Row = tuple[Any, ...]


def a_busy_day(made: Made) -> None:
    """Sites, people, subjects, records, queries, a signature, a redaction; two checkpoints and a few entries after."""
    store = made.store
    store.define("study", b"the study, version 1")
    store.define("study", b"the study, version 2")
    for site in ("01", "02"):
        store.append([Draft("site.add", MO, f"site/{site}", (Change("name", None, f"Clinic {site}"),), Place(site))])
        study = Draft("study.publish", MO, f"study/{site}", (Change("version", None, "1"),), Place(site))
        store.append([study])
    for name in ("ana", "ito"):
        store.set_credential(person(name), f"$argon2id$v=19$m=8,t=1,p=1${name}$hash")
    for number in ("01-001", "01-002", "01-003"):
        store.append([subject("INITIALS", f"Q{number}", number=number)])
        store.append([subject("ARM", "ketamine", visibility="unblinded", number=number)])
        place = Place("01", number, "V1", 1, "VS", 1)
        store.append([save({"PULSE": "61", "TEMP": "36.60", "NOTE": "Mrs Miller"}, place=place)])
        store.append([save({"PULSE": "62"}, old={"PULSE": "61"}, place=place, request=f"correct-{number}")])
        store.append([Draft("query.open", MO, f"query/{number}", (Change("text", None, "why?"),), place)])
        store.append([Draft("record.sign", ITO, f"signature/{number}", (Change("meaning", None, "approve"),), place)])
        store.checkpoint()
    [noted] = store.append([save({"COMMENT": "Mrs Miller fell"}, place=VITALS)])
    store.redact(redaction(noted.seq, 0))
    store.checkpoint()
    store.append([save({"TEMP": "36.70"}, old={"TEMP": "36.60"})])


class Strongest:
    """Whoever owns the database: no guard holds them."""

    def __init__(self, made: Made) -> None:
        self._lite = made.store.engine.name == "sqlite"
        self._raw: Any
        if self._lite:
            import trialkit.store.sqlite as engine

            self._raw = engine.driver().connect(made.url, isolation_level=None)
        else:
            url, schema = split_url(made.url)
            self._raw = psycopg.connect(url, autocommit=True)
            self._raw.execute(f"SET search_path = {schema}")

    def run(self, sql: str, *values: object) -> list[Row]:
        """Any statement, with `?` for its values."""
        cursor = self._raw.execute(sql if self._lite else sql.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def without_guards(self) -> Iterator[None]:
        """Take the triggers away and put them back, as a careful attacker does."""
        triggers: list[str] = []
        if self._lite:
            found = self.run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = [sql for _, sql in found]
            for name, _ in found:
                self.run(f"DROP TRIGGER {name}")
        else:
            for name, (table, _, _) in POSTGRES_TRIGGERS.items():
                self.run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        try:
            yield
        finally:
            for sql in triggers:
                self.run(sql)
            if not self._lite:
                for name, (table, _, _) in POSTGRES_TRIGGERS.items():
                    self.run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")

    def rows(self, table: str) -> list[Row]:
        """All rows in the order of their key."""
        return self.run(f"SELECT {', '.join(COLUMNS[table])} FROM {table} ORDER BY {KEYS[table]}")

    def insert(self, table: str, row: Row) -> None:
        """Put a row in."""
        columns = COLUMNS[table]
        self.run(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *row)

    def delete(self, table: str, row: Row) -> None:
        """Take a row out."""
        self.run(f"DELETE FROM {table} WHERE {KEYS[table]} = ?", row[COLUMNS[table].index(KEYS[table])])

    def change(self, table: str, row: Row, column: str, value: object) -> None:
        """Write over one column of one row."""
        key = row[COLUMNS[table].index(KEYS[table])]
        self.run(f"UPDATE {table} SET {column} = ? WHERE {KEYS[table]} = ?", value, key)

    def fingerprint(self) -> str:
        """The content of every table."""
        return sha256(repr([self.rows(table) for table in sorted(KEYS)]).encode()).hexdigest()

    def close(self) -> None:
        """Leave."""
        self._raw.close()


REFUSALS = (sqlite3.Error, psycopg.Error)
