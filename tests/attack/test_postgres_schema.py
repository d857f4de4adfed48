"""Whoever owns the database loosens its guards, rights or shape: verify finds it, and opening refuses the worst."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psycopg
import pytest

from tests.fixtures_store import PASSPHRASE, Clock
from trialkit.errors import Broken, StoreRefused
from trialkit.ledger.keys import KeyFolder
from trialkit.store import postgres_schema
from trialkit.store.database import Store, create_store, open_store
from trialkit.store.migrations.guards import roles
from trialkit.store.postgres import PostgresSession, split_url

ATTACKS = {
    "a right on columns": "GRANT UPDATE (header, act) ON entry TO {app}",
    "a right on a column for all": "GRANT SELECT (lines) ON disclosure TO PUBLIC",
    "a right that may be passed on": "GRANT SELECT ON entry TO {app} WITH GRANT OPTION",
    "a right on a table for all": "GRANT SELECT ON entry TO PUBLIC",
    "a right taken away": "REVOKE SELECT ON entry FROM {app}",
    "redaction for all": "GRANT EXECUTE ON FUNCTION redact_disclosure TO PUBLIC",
    "redaction taken away": "REVOKE EXECUTE ON FUNCTION redact_disclosure FROM {app}",
    "a guard owned by another": "ALTER FUNCTION guard_forbid() OWNER TO CURRENT_USER",
    "a definer owned by a superuser": "ALTER FUNCTION redact_disclosure OWNER TO postgres",
    "a guard of another kind": "ALTER FUNCTION guard_forbid() IMMUTABLE",
    "a guard without its search path": "ALTER FUNCTION guard_forbid() RESET search_path",
    "a guard emptied": "CREATE OR REPLACE FUNCTION guard_forbid() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = {schema}, pg_temp AS $$BEGIN RETURN NEW; END$$",
    "a function beside a guard": "CREATE FUNCTION guard_dense(int) RETURNS int LANGUAGE sql AS 'select 1'",
    "an operator": "CREATE OPERATOR ### (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)",
    "a type": "CREATE DOMAIN text_too AS text",
    "the schema open to the application": "GRANT ALL ON SCHEMA {schema} TO {app}",
    "the schema open to all": "GRANT ALL ON SCHEMA {schema} TO PUBLIC",
    "the schema owned by the application": "ALTER SCHEMA {schema} OWNER TO {app}",
    "rights of tables to come": "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT ALL ON TABLES TO PUBLIC",
    "row security": "ALTER TABLE entry ENABLE ROW LEVEL SECURITY",
    "row security for the owner": "ALTER TABLE entry FORCE ROW LEVEL SECURITY",
    "a policy that waits": "CREATE POLICY p ON record USING (stream <> 'x')",
    "an index redefined": "DROP INDEX entry_request; CREATE INDEX entry_request ON entry (target)",
    "an index gone": "DROP INDEX record_form",
    "an index too many": "CREATE UNIQUE INDEX evil ON record (status, form, event, version)",
    "a primary key gone": "ALTER TABLE entry DROP CONSTRAINT entry_pkey",
    "a primary key beside the ledger gone": "ALTER TABLE credential DROP CONSTRAINT credential_pkey",
    "a check": "ALTER TABLE entry ADD CONSTRAINT c CHECK (seq < 1000000)",
    "a foreign key": "ALTER TABLE record ADD CONSTRAINT f FOREIGN KEY (seq) REFERENCES entry ON DELETE CASCADE",
    "a default": "ALTER TABLE entry ALTER COLUMN act SET DEFAULT 'x'",
    "a column of another type": "ALTER TABLE checkpoint ALTER COLUMN number TYPE integer",
    "a column with another collation": 'ALTER TABLE record ALTER COLUMN status TYPE text COLLATE "POSIX"',
    "a column that may be empty": "ALTER TABLE entry ALTER COLUMN tag DROP NOT NULL",
    "a column too many": "ALTER TABLE entry ADD COLUMN extra text",
    "a view": "CREATE VIEW v AS SELECT * FROM disclosure",
    "a materialised view": "CREATE MATERIALIZED VIEW v AS SELECT * FROM disclosure",
    "a sequence": "CREATE SEQUENCE sq",
    "a table too many": "CREATE TABLE x (a int)",
    "a table gone": "DROP TABLE publication",
    "a table owned by another": "ALTER TABLE record OWNER TO {app}",
    "a child table elsewhere": "CREATE SCHEMA other; CREATE TABLE other.child () INHERITS (record)",
    "a parent table elsewhere": "CREATE SCHEMA other; CREATE TABLE other.parent (); ALTER TABLE record INHERIT "
    "other.parent",
    "a table that a crash empties": "ALTER TABLE entry SET UNLOGGED",
    "a rule": "CREATE RULE r AS ON INSERT TO entry DO ALSO NOTHING",
    "a trigger gone": "DROP TRIGGER entry_no_update ON entry",
    "a trigger off": "ALTER TABLE entry DISABLE TRIGGER entry_no_update",
    "a trigger too many": "CREATE TRIGGER t BEFORE INSERT ON record FOR EACH ROW EXECUTE FUNCTION guard_forbid()",
    "a member of the owner": "CREATE ROLE joined LOGIN; GRANT {owner} TO joined",
    "the application a member of the owner": "GRANT {owner} TO {app}",
    "the application may write everywhere": "GRANT pg_write_all_data TO {app}",
    "the application past row security": "ALTER ROLE {app} BYPASSRLS",
    "the application makes roles": "ALTER ROLE {app} CREATEROLE",
    "the owner logs in": "ALTER ROLE {owner} LOGIN",
    "saves that are not waited for": "ALTER ROLE {app} SET synchronous_commit = off",
    "an event trigger": "CREATE FUNCTION public.ev() RETURNS event_trigger LANGUAGE plpgsql AS $$begin end$$; "
    "CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION public.ev()",
}


@pytest.fixture(scope="module")
def standing(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on PostgreSQL; every test undoes what it does to it."""
    random = Random(7).randbytes
    keys = KeyFolder.create(
        tmp_path_factory.mktemp("pg") / "keys", PASSPHRASE, "trial.example/P", random=random, work=2
    )
    url = f"{postgresql}{'&' if '?' in postgresql else '?'}schema=guarded{os.getpid()}"
    store = create_store(url, kind="training", study_oid="KET-TRD-301", keys=keys, clock=Clock(), random=random)
    yield store
    store.engine.close()


@pytest.fixture
def superuser(standing: Store) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A transaction of the strongest role there is, rolled back at the end."""
    url, schema = split_url(standing.url)
    with psycopg.connect(url, cursor_factory=psycopg.RawCursor) as raw:
        raw.execute(f"SET search_path = {schema}")
        yield raw
        raw.rollback()


def faults(raw: psycopg.Connection[tuple[object, ...]], schema: str) -> list[tuple[str, str, str]]:
    return list(postgres_schema.faults(PostgresSession(raw, True), schema))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_of_guards_rights_or_shape_is_found(
    attack: str, standing: Store, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    """P11-01: the untouched schema has no fault; after one change there is at least one."""
    _, schema = split_url(standing.url)
    owner, app = roles(schema)
    assert faults(superuser, schema) == []
    superuser.execute(ATTACKS[attack].format(schema=schema, owner=owner, app=app))
    assert faults(superuser, schema) != []


@pytest.mark.parametrize("schema", ["order", "x", "a_b1"])
def test_a_schema_of_any_name_has_no_faults(schema: str, postgresql: str, tmp_path: Path) -> None:
    """A name that PostgreSQL must quote is written quoted in every definition that it gives back."""
    random = Random(7).randbytes
    keys = KeyFolder.create(tmp_path / "keys", PASSPHRASE, "trial.example/Q", random=random, work=2)
    url = f"{postgresql}{'&' if '?' in postgresql else '?'}schema={schema}"
    with create_store(url, kind="training", study_oid="KET", keys=keys, clock=Clock(), random=random) as store:
        assert store.verify().entries == store.size


@pytest.mark.parametrize(
    ("attack", "undone", "word"),
    [
        ("ALTER TABLE record SET UNLOGGED", "ALTER TABLE record SET LOGGED", "UNLOGGED"),
        ("ALTER TABLE record ENABLE ROW LEVEL SECURITY", "ALTER TABLE record DISABLE ROW LEVEL SECURITY", "security"),
    ],
)
def test_a_store_that_could_lose_or_hide_rows_is_not_opened(
    attack: str, undone: str, word: str, standing: Store
) -> None:
    """Opening refuses, verify of a store already open finds it, and after the change is undone all is well."""
    url, schema = split_url(standing.url)
    keys = KeyFolder.open(standing.keys.path, PASSPHRASE)
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"SET search_path = {schema}")
        raw.execute(attack)
        try:
            with pytest.raises(StoreRefused, match=word):
                open_store(standing.url, keys, clock=Clock())
            with pytest.raises(Broken, match=word):
                standing.verify()
        finally:
            raw.execute(undone)
    with open_store(standing.url, keys, clock=Clock()) as store:
        store.verify()
