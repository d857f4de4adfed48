"""The application's role is taken over: the database refuses to change, delete or hide what was written (P11-07)."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.attack.ward_round import REFUSALS, Strongest, a_busy_day
from tests.fixtures_store import Made
from trialkit.store import sqlite
from trialkit.store.migrations.guards import roles
from trialkit.store.postgres import PostgresEngine, app_url, split_url

LEDGER = ("entry", "disclosure", "checkpoint", "definition")
REST = "header, digests, tag, at, act, stream, stream_no"
ROW = f"(seq, {REST})"
BOTH = [
    "UPDATE entry SET act = 'x' WHERE seq = 1",
    "UPDATE entry SET header = header",
    "UPDATE disclosure SET lines = salts WHERE seq = 1",
    "UPDATE checkpoint SET size = 1",
    "UPDATE definition SET kind = 'x'",
    *(f"DELETE FROM {table}" for table in (*LEDGER, "subject_key", "credential")),
    *(f"DROP TABLE {table}" for table in LEDGER),
    *(f"ALTER TABLE {table} RENAME TO gone" for table in LEDGER),
    "ALTER TABLE entry ADD COLUMN extra TEXT",
    "DROP INDEX entry_request",
    "CREATE TABLE extra (a INTEGER)",
    "CREATE VIEW entry_view AS SELECT * FROM entry",
]
SQLITE = [
    *(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1" for table in LEDGER),
    f"REPLACE INTO entry {ROW} SELECT 0, header, digests, tag, at, 'x', stream, stream_no FROM entry WHERE seq = 1",
    f"INSERT OR REPLACE INTO entry {ROW} SELECT (SELECT max(seq) + 1 FROM entry), {REST} FROM entry WHERE seq = 1",
    f"INSERT INTO entry {ROW} SELECT seq, {REST} FROM entry WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET act = 'x'",
    f"INSERT INTO entry {ROW} VALUES (999999, x'00', x'00', x'00', '', '', 's', 1)",
    "DROP TRIGGER entry_no_update",
    "ATTACH DATABASE ':memory:' AS other",
    "PRAGMA writable_schema = ON",
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "CREATE TEMP TRIGGER hides BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TEMP TABLE entry (seq INTEGER)",
    "UPDATE sqlite_master SET sql = '' WHERE name = 'entry_no_update'",
    "SELECT load_extension('x')",
]
POSTGRES = [
    *(f"TRUNCATE {table}" for table in (*LEDGER, "subject_key", "credential")),
    "INSERT INTO entry SELECT * FROM entry WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET act = 'x'",
    "SET session_replication_role = replica",
    "ALTER TABLE entry DISABLE TRIGGER ALL",
    "DROP TRIGGER entry_no_update ON entry",
    "CREATE RULE hide AS ON INSERT TO entry DO INSTEAD NOTHING",
    "CREATE TRIGGER hides BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION guard_forbid()",
    "CREATE OR REPLACE FUNCTION guard_forbid() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
    "SELECT redact_disclosure(1, '', '')",
    "SELECT erase_subject_key('01-001')",
    "ALTER TABLE entry OWNER TO CURRENT_USER",
    "COPY entry TO PROGRAM 'cat'",
    "ALTER TABLE entry DISABLE ROW LEVEL SECURITY",
]
LATER = {"sqlite": SQLITE, "postgresql": POSTGRES}


def tried(run: Callable[[str], object], statements: list[str]) -> list[str]:
    """The statements that were not refused."""
    passed = []
    for statement in statements:
        try:
            run(statement)
        except (*REFUSALS, sqlite.driver().Error):
            continue
        passed.append(statement)
    return passed


def test_the_application_can_add_and_nothing_else(made: Made) -> None:
    """Each statement is refused and not one row changes; a control shows that it may write what it should."""
    a_busy_day(made)
    strongest = Strongest(made)
    before = strongest.fingerprint()
    with made.store.engine.reading() as session:
        assert tried(session.run, BOTH + LATER[made.store.engine.name]) == []
    assert strongest.fingerprint() == before
    with made.store.engine.reading() as session:
        session.run("UPDATE record SET status = 'x'")
    assert strongest.fingerprint() != before
    strongest.close()


def test_the_application_role_itself_can_log_in_and_is_held(made: Made) -> None:
    """On PostgreSQL it is a login of its own; on SQLite another program on the file meets the triggers."""
    a_busy_day(made)
    strongest = Strongest(made)
    before = strongest.fingerprint()
    if made.store.engine.name == "sqlite":
        raw = sqlite.driver().connect(made.url, isolation_level=None)
        raw.execute("PRAGMA recursive_triggers = OFF")
        guarded = [
            sql for sql in BOTH + SQLITE if sql.startswith(("UPDATE e", "UPDATE d", "DELETE", "REPLACE", "INSERT"))
        ]
        assert len(guarded) > 12
        assert tried(raw.execute, guarded) == []
    else:
        url, schema = split_url(app_url(made.url))
        raw = psycopg.connect(url, autocommit=True)
        raw.execute(f"SET search_path = {schema}")
        raw.execute("GRANT ALL ON entry TO PUBLIC")  # the server warns and grants nothing: verify below finds no change
        assert tried(raw.execute, [*BOTH, *POSTGRES, f"SET ROLE {roles(schema)[0]}", "SET ROLE postgres"]) == []
    raw.close()
    assert strongest.fingerprint() == before
    made.store.verify()
    strongest.close()


def test_the_store_opens_as_the_application_role(made: Made) -> None:
    """The URL that `init` derives needs no more rights than the application has."""
    if made.store.engine.name == "postgresql":
        engine = PostgresEngine(app_url(made.url))
        with engine.reading() as session:
            [(user, login)] = session.all("SELECT current_user, session_user")
        engine.close()
        assert user == login == roles(engine.schema)[1]
    else:
        with (
            made.store.engine.reading() as session,
            pytest.raises(sqlite.driver().DatabaseError, match="not authorized"),
        ):
            session.run("PRAGMA writable_schema = ON")
