"""An index of a SQLite file that leaves out a correction hides nothing from verify."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures_store import PASSPHRASE, Clock
from tests.store.drafts import save
from trialkit.errors import Broken
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import Store, create_store
from trialkit.store.sqlite import driver

GUIDES = ("entry_stream", "entry_subject")


def partial(path: str, names: tuple[str, ...], left_out: int) -> None:
    """Make these indexes anew without one entry, under the definition that stood."""
    raw = driver().connect(path, isolation_level=None)
    wanted = dict(raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    for name in names:
        raw.execute(f"DROP INDEX {name}")
        raw.execute(f"{wanted[name]} {'AND' if ' WHERE ' in wanted[name] else 'WHERE'} seq <> {left_out}")
    raw.execute("PRAGMA writable_schema=ON")
    for name in names:
        raw.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (wanted[name], name))
    raw.execute("PRAGMA writable_schema=RESET")
    if "entry_stream" in names:  # what stands follows the index: the correction is out of sight
        raw.execute("UPDATE record SET doc = ?, version = 1, seq = ?", ('{"PULSE":"61"}', left_out - 1))
    raw.close()


@pytest.fixture
def corrected(tmp_path: Path) -> tuple[Store, int]:
    keys = KeyFolder.create(tmp_path / "keys", PASSPHRASE, "trial.example/T", work=2)
    store = create_store(tmp_path / "t.db", kind="training", study_oid="T", keys=keys, clock=Clock())
    store.append([save({"PULSE": "61"})])
    [last] = store.append([save({"PULSE": "180"}, old={"PULSE": "61"}, request="ana-2")])
    return store, last.seq


@pytest.mark.parametrize("name", GUIDES)
def test_an_index_that_leaves_out_an_entry_is_found_and_named(corrected: tuple[Store, int], name: str) -> None:
    store, seq = corrected
    store.verify()
    partial(str(store.engine.url).removeprefix("sqlite:///"), (name,), seq)
    with pytest.raises(Broken) as broken:
        store.verify()
    assert (broken.value.facts["row"], broken.value.facts["field"]) == (name, "index")
    store.engine.close()


def test_an_index_beside_the_passes_that_leaves_out_an_entry_is_found(corrected: tuple[Store, int]) -> None:
    store, seq = corrected
    partial(str(store.engine.url).removeprefix("sqlite:///"), ("entry_request",), seq)
    with pytest.raises(Broken, match="not whole") as broken:
        store.verify()
    assert broken.value.facts["row"] == "integrity"
    store.engine.close()
