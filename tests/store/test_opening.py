from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from tests.attack.ward_round import Strongest, a_busy_day
from tests.fixtures_store import PASSPHRASE, Clock, Made
from tests.store.drafts import EVERYTHING, VITALS, person, save
from trialkit.errors import Broken, NotFound, StoreRefused, WrongValue
from trialkit.ledger.entry import Change, Draft
from trialkit.ledger.keys import KeyFolder
from trialkit.store import migrations, sqlite
from trialkit.store.database import create_store, open_store
from trialkit.store.migrations.guards import roles
from trialkit.store.postgres import split_url
from trialkit.store.tables import metadata


def keys_in(folder: Path) -> KeyFolder:
    return KeyFolder.create(folder / "keys", PASSPHRASE, "trial.example/T", work=2)


def test_the_first_entry_says_what_the_store_is(made: Made) -> None:
    [first] = made.store.read(EVERYTHING).history(stream="store")
    said = {shown.change.item: shown.change.new for shown in first.changes}
    assert said == {
        "@kind": "training",
        "@study": "KET-TRD-301",
        "@origin": made.keys.origin,
        "@vkey": made.keys.vkey,
    }
    again = made.open()
    assert (again.kind, again.study_oid, again.origin) == ("training", "KET-TRD-301", made.keys.origin)


def test_a_store_is_never_made_over_another(made: Made, tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="already exists"):
        create_store(made.url, kind="training", study_oid="X", keys=keys_in(tmp_path), clock=Clock())


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nowhere.db", "there is nothing at nowhere.db"),
        ("mysql://there/x", "no database this software uses"),
        ("sqlite://", "names no file"),
        ("postgresql://x@/y?host=/nowhere&schema=A;B", "no name of a schema"),
        ("postgresql://x@/y?host=/nowhere", "the database refused"),
    ],
)
def test_a_url_that_leads_nowhere_is_a_sentence(url: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match=sentence):
        open_store(url, keys_in(tmp_path), clock=Clock())


def test_a_file_that_is_no_store_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear doctor, " * 1000)
    with pytest.raises(StoreRefused):
        open_store(tmp_path / "letter.txt", keys_in(tmp_path), clock=Clock())


def test_a_kind_is_training_or_production(tmp_path: Path) -> None:
    with pytest.raises(WrongValue, match="no kind"):
        create_store(tmp_path / "s.db", kind="demo", study_oid="X", keys=keys_in(tmp_path), clock=Clock())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), ("DELETE", "EXTRA")),
        ((3, 44, 6), ("WAL", "FULL")),
        ((3, 50, 6), ("DELETE", "EXTRA")),
        ((3, 50, 7), ("WAL", "FULL")),
        ((3, 51, 2), ("DELETE", "EXTRA")),
        ((3, 51, 3), ("WAL", "FULL")),
        ((3, 53, 4), ("WAL", "FULL")),
    ],
)
def test_write_ahead_logging_only_where_its_bug_is_mended(version: tuple[int, int, int], mode: tuple[str, str]) -> None:
    assert sqlite.journal(version) == mode


def test_a_server_that_may_lose_commits_is_refused(made: Made, engine: str) -> None:
    """On SQLite the durable settings are the software's own; on PostgreSQL they are looked at."""
    if engine == "sqlite":
        with made.store.engine.reading() as session:
            found = [session.all(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")]
        assert found in (["wal", 2], ["delete", 3])
        return
    url, schema = split_url(made.url)
    with psycopg.connect(url, autocommit=True) as strongest:
        login = strongest.execute("SELECT current_user").fetchone()
        assert login is not None
        database = strongest.execute("SELECT current_database()").fetchone()
        assert database is not None
        strongest.execute(f"ALTER ROLE {login[0]} SET synchronous_commit = off")
        try:
            with pytest.raises(StoreRefused, match="synchronous_commit off"):
                made.open()
        finally:
            strongest.execute(f"ALTER ROLE {login[0]} RESET synchronous_commit")
        owner, app = roles(schema)
        strongest.execute(f"GRANT {owner} TO {app}")
        with pytest.raises(StoreRefused, match="owns the tables"):
            made.open()
        strongest.execute(f"REVOKE {owner} FROM {app}")
    made.open()


@contextmanager
def a_full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_refuses_the_save_and_keeps_the_others(tmp_path: Path) -> None:
    """What bad input gets: the last acknowledged save is there, and the sentence says so."""
    keys = keys_in(tmp_path)
    store = create_store(tmp_path / "s.db", kind="training", study_oid="X", keys=keys, clock=Clock())
    acknowledged = 0

    def saves() -> None:
        nonlocal acknowledged
        for number in range(1_000):
            store.append([save({f"ITEM{number}": "x" * 2000})])
            acknowledged += 1

    with a_full_disk(2_000_000), pytest.raises(StoreRefused, match="every save that was acknowledged is there"):
        saves()
    assert acknowledged > 10
    store.append([save({"AFTER": "1"})])
    record = store.read(EVERYTHING).record(VITALS)
    assert record is not None
    assert len(record.values) == acknowledged + 1
    store.verify()
    store.close()


def test_models_and_migrations_agree(made: Made, engine: str) -> None:
    if engine == "sqlite":
        database = create_engine("sqlite://", creator=lambda: sqlite.driver().connect(made.url), module=sqlite.driver())
    else:
        url, schema = split_url(made.url)
        options = f"-csearch_path={schema}"
        database = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url, options=options))
    with database.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == migrations.HEAD
        assert ScriptDirectory.from_config(migrations.config(connection)).get_heads() == [migrations.HEAD]
    database.dispose()


def test_migrations_leave_every_row_of_the_ledger_alone(made: Made, engine: str) -> None:
    a_busy_day(made)
    strongest = Strongest(made)
    before = strongest.fingerprint()
    if engine == "sqlite":
        database = create_engine("sqlite://", creator=lambda: sqlite.driver().connect(made.url), module=sqlite.driver())
        schema = ""
    else:
        url, schema = split_url(made.url)
        options = f"-csearch_path={schema}"
        database = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url, options=options))
    with database.begin() as connection:
        migrations.upgrade(connection, schema)
    database.dispose()
    assert strongest.fingerprint() == before
    made.store.verify()
    strongest.close()


def test_a_definition_is_kept_once_under_its_hash(made: Made) -> None:
    body = b"a study"
    name = made.store.define("study", body)
    assert made.store.define("study", body) == name == sha256(body).hexdigest()
    assert made.open().definition(name) == body
    assert made.store.size == 2
    with pytest.raises(NotFound):
        made.store.definition("00" * 32)


def test_a_credential_that_the_ledger_does_not_bind_opens_nothing(made: Made) -> None:
    made.store.set_credential(person("ana"), "$argon2id$one")
    made.store.set_credential(Draft("person.password", person().actor, "person/ana"), "$argon2id$two")
    assert made.store.credential("ana") == "$argon2id$two"
    assert made.store.credential("nobody") is None
    strongest = Strongest(made)
    strongest.run("UPDATE credential SET encoded = '$argon2id$mine'")
    with pytest.raises(Broken, match="not the one the ledger binds"):
        made.store.credential("ana")
    strongest.close()


def test_closing_signs_what_is_not_signed(made: Made) -> None:
    made.store.append([Draft("site.add", person().actor, "site/01", (Change("name", None, "North"),))])
    made.store.close()
    assert made.open().opened.signed == 2


def test_a_thirty_item_save_adds_at_most_six_thousand_bytes(made: Made) -> None:
    """Speed: entry, disclosure and record together, indexes included, on both engines."""
    from dataclasses import replace

    def size() -> int:
        with made.store.engine.reading() as session:
            if made.store.engine.name == "sqlite":
                session.all("PRAGMA wal_checkpoint")
                return Path(made.url).stat().st_size
            [(total,)] = session.all(
                "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = ?::regnamespace",
                split_url(made.url)[1],
            )
            return int(total)

    values: dict[str, str | None] = {f"VSITEM{n:02d}": f"{n}.{n}" for n in range(30)}
    saves = [save(values, place=replace(VITALS, form_repeat=n)) for n in range(1, 401)]
    before = size()
    for n in range(0, 400, 20):
        made.store.append(saves[n : n + 20], request=f"save-{n}")
    assert (size() - before) / 400 < 6_000
