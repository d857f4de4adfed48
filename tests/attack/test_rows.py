"""Whoever owns the database changes, deletes, adds or reorders rows: verify finds it and names the place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attack.ward_round import COLUMNS, KEYS, Row, Strongest, a_busy_day
from tests.fixtures_store import Made
from trialkit.errors import Broken

TABLES = sorted(KEYS)


@pytest.fixture
def attacked(made: Made) -> Iterator[tuple[Made, Strongest]]:
    """A store with a busy day in it, before anything was done to it."""
    a_busy_day(made)
    strongest = Strongest(made)
    made.store.verify()
    yield made, strongest
    strongest.close()


def found(made: Made) -> tuple[object, object, object] | None:
    """Table, row and field that verify names; None when it finds nothing."""
    try:
        made.store.verify()
    except Broken as broken:
        return broken.facts["table"], broken.facts["row"], broken.facts["field"]
    return None


def key(table: str, row: Row) -> object:
    return row[COLUMNS[table].index(KEYS[table])]


def altered(value: object) -> object:
    """The value with as little changed as can be."""
    if value is None:
        return 1
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\x00"
    if isinstance(value, int):
        return value + 1_000_000
    text = str(value)
    return text.replace("61", "71", 1) if "61" in text else text + "x"


def test_a_change_of_any_column_of_any_table_is_found(attacked: tuple[Made, Strongest]) -> None:
    """P11-01: one value changed by raw SQL, and verify names table, row and field."""
    made, strongest = attacked
    missed, misplaced, done = [], [], 0
    with strongest.without_guards():
        for table in TABLES:
            rows = strongest.rows(table)
            for row in (rows[0], rows[len(rows) // 2]):
                for column, value in zip(COLUMNS[table], row, strict=True):
                    fresh = altered(value)
                    if value is None and column not in ("subject_no", "target"):
                        fresh = "x"
                    strongest.change(table, row, column, fresh)
                    where = found(made)
                    back = tuple(
                        fresh if name == column else old for name, old in zip(COLUMNS[table], row, strict=True)
                    )
                    strongest.change(table, back, column, value)
                    done += 1
                    if where is None:
                        missed.append((table, column))
                    elif where[0] != table or where[1] not in (key(table, row), key(table, back)):
                        misplaced.append((table, column, key(table, row), where))
    assert missed == []
    assert misplaced == []
    assert done > 200
    assert found(made) is None


def test_the_field_that_was_changed_is_named(attacked: tuple[Made, Strongest]) -> None:
    made, strongest = attacked
    expected = {
        ("entry", "act"): "act",
        ("entry", "tag"): "tag",
        ("entry", "digests"): "digests",
        ("entry", "header"): "header",
        ("record", "status"): "status",
        ("record", "version"): "version",
        ("definition", "body"): "body",
        ("credential", "encoded"): "encoded",
        ("subject_key", "wrapped"): "wrapped",
        ("checkpoint", "note"): "note",
    }
    with strongest.without_guards():
        for (table, column), field in expected.items():
            row = strongest.rows(table)[1]
            value = row[COLUMNS[table].index(column)]
            strongest.change(table, row, column, altered(value))
            where = found(made)
            strongest.change(table, row, column, value)
            assert where == (table, key(table, row), field)
        row = strongest.rows("record")[0]
        doc = row[COLUMNS["record"].index("doc")]
        strongest.change("record", row, "doc", doc.replace('"PULSE":"62"', '"PULSE":"92"'))
        assert found(made) == ("record", row[0], "doc.PULSE")
        strongest.change("record", row, "doc", doc)
    assert found(made) is None


@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_found(attacked: tuple[Made, Strongest], table: str) -> None:
    made, strongest = attacked
    rows = strongest.rows(table)
    with strongest.without_guards():
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            strongest.delete(table, row)
            where = found(made)
            strongest.insert(table, row)
            assert where is not None
            assert where[1] == key(table, row)
            # of the newest entry, still unsigned, nothing but its disclosure tells
            assert where[0] == ("disclosure" if table == "entry" and row == rows[-1] else table)
    assert found(made) is None


@pytest.mark.parametrize("table", TABLES)
def test_an_added_row_is_found(attacked: tuple[Made, Strongest], table: str) -> None:
    made, strongest = attacked
    rows = strongest.rows(table)
    copy = dict(zip(COLUMNS[table], rows[0], strict=True))
    for column, value in copy.items():
        if column in (KEYS[table], "stream_no", "subject_no", "request"):
            copy[column] = value + len(rows) if isinstance(value, int) else f"{value}0" if value else value
    row = tuple(copy.values())
    with strongest.without_guards():
        strongest.insert(table, row)
        where = found(made)
        strongest.delete(table, row)
    assert where is not None
    assert where[:2] == (table, key(table, row))
    assert found(made) is None


@pytest.mark.parametrize("table", TABLES)
def test_two_rows_that_changed_places_are_found(attacked: tuple[Made, Strongest], table: str) -> None:
    made, strongest = attacked
    one, two = strongest.rows(table)[:2]
    at = COLUMNS[table].index(KEYS[table])
    with strongest.without_guards():
        for row in (one, two):
            strongest.delete(table, row)
        swapped = [(*a[:at], b[at], *a[at + 1 :]) for a, b in ((one, two), (two, one))]
        for row in swapped:
            strongest.insert(table, row)
        where = found(made)
        for row in swapped:
            strongest.delete(table, row)
        for row in (one, two):
            strongest.insert(table, row)
    assert where is not None
    assert where[0] == table
    assert where[1] in (key(table, one), key(table, two))
    assert found(made) is None


@pytest.mark.parametrize("table", TABLES)
def test_an_emptied_table_is_found(attacked: tuple[Made, Strongest], table: str) -> None:
    made, strongest = attacked
    rows = strongest.rows(table)
    with strongest.without_guards():
        strongest.run(f"DELETE FROM {table}" if made.store.engine.name == "sqlite" else f"TRUNCATE {table}")
        where = found(made)
        for row in rows:
            strongest.insert(table, row)
    assert where is not None
    assert where[:2] == (table, key(table, rows[0]))
    assert found(made) is None


def test_a_redacted_change_that_came_back_is_found(attacked: tuple[Made, Strongest]) -> None:
    made, strongest = attacked
    [redacted] = [row for row in strongest.rows("disclosure") if row[2] == b""]
    before = strongest.rows("disclosure")[redacted[0] - 1]
    with strongest.without_guards():
        strongest.change("disclosure", redacted, "lines", before[2])
        where = found(made)
        strongest.change("disclosure", redacted, "lines", b"")
    assert where is not None
    assert where[:2] == ("disclosure", redacted[0])
    assert found(made) is None


def test_a_change_taken_out_without_an_entry_that_says_so_is_found(attacked: tuple[Made, Strongest]) -> None:
    made, strongest = attacked
    row = strongest.rows("disclosure")[0]
    with strongest.without_guards():
        lines = row[2].split(b"\n")
        strongest.change("disclosure", row, "lines", b"\n".join([b"", *lines[1:]]))
        strongest.change("disclosure", row, "salts", bytes(16) + row[1][16:])
        assert found(made) == ("disclosure", 0, "lines[0]")


def test_guards_that_were_dropped_are_missed(attacked: tuple[Made, Strongest]) -> None:
    made, strongest = attacked
    with strongest.without_guards():
        where = found(made)
        assert where is not None
        assert where[2] == "schema"
    assert found(made) is None
