"""What no look at one copy alone can show: a cut tail, an old copy put back, a forged entry, a foreign signature."""

from __future__ import annotations

import pytest

from tests.attack.test_rows import found
from tests.attack.ward_round import COLUMNS, Strongest, a_busy_day
from tests.fixtures_store import PASSPHRASE, Made, MakeStore
from tests.store.drafts import EVERYTHING, VITALS, save
from trialkit.errors import Broken, NotContinuous, StoreRefused
from trialkit.ledger import checkpoint
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf, tag
from trialkit.store.database import open_store


def cut(strongest: Strongest, size: int, made: Made) -> None:
    """Leave the first `size` entries as a store of that moment would look like, to the last row."""
    with strongest.without_guards():
        for table in ("entry", "disclosure"):
            strongest.run(f"DELETE FROM {table} WHERE seq >= ?", size)
        strongest.run("DELETE FROM checkpoint WHERE size > ?", size)
    made.store.rebuild()


def test_a_copy_cut_at_its_tail_is_refused_by_the_signer_of_its_keys(made: Made) -> None:
    a_busy_day(made)
    first, _ = made.store.checkpoints()[1]
    strongest = Strongest(made)
    made.open()  # control: untouched, it opens
    cut(strongest, first, made)
    with pytest.raises(NotContinuous, match="were signed"):
        made.open()
    with pytest.raises(NotContinuous, match="were signed"):
        made.store.checkpoint()
    where = found(made)
    assert where is not None
    assert where[:2] == ("entry", first)
    strongest.close()


def test_an_old_copy_with_the_signers_old_state_is_found_by_who_kept_a_checkpoint(made: Made) -> None:
    """Root puts back an old store and an old key folder: all of it agrees, but not with what left the machine."""
    made.store.append([save({"PULSE": "61"})])
    early = made.store.checkpoint()
    state = (made.keys.path / "signer.json").read_bytes()
    delivered = (made.keys.path / "delivered").read_bytes()
    size = made.store.size
    made.store.append([save({"PULSE": "62"}, old={"PULSE": "61"})])
    kept = made.store.checkpoint()
    made.store.verify(since=kept)
    strongest = Strongest(made)
    cut(strongest, size, made)
    (made.keys.path / "signer.json").write_bytes(state)
    (made.keys.path / "delivered").write_bytes(delivered)
    made.store.verify(since=early)  # control: the copy is whole in itself, and continues what it once was
    with pytest.raises(Broken, match="was kept has seen") as broken:
        made.store.verify(since=kept)
    assert (broken.value.facts["table"], broken.value.facts["row"]) == ("entry", size)
    strongest.close()


def test_another_history_of_the_same_length_is_found_by_who_kept_a_checkpoint(make_store: MakeStore) -> None:
    ours, other = make_store(seed=1), make_store(seed=2)
    for made in (ours, other):
        made.store.append([save({"PULSE": "61"})])
    foreign = other.store.checkpoint()
    with pytest.raises(Broken, match="not signed by any of the keys"):
        ours.store.verify(since=foreign)


def test_an_entry_without_a_right_tag_is_never_signed_over(made: Made) -> None:
    """The database administrator writes a perfect entry, but for the key that only the application has."""
    made.store.append([save({"PULSE": "61"})])
    made.store.checkpoint()
    made.store.append([save({"PULSE": "62"}, old={"PULSE": "61"})])
    strongest = Strongest(made)
    forged = dict(zip(COLUMNS["entry"], strongest.rows("entry")[-1], strict=True))
    seq = forged["seq"]
    header = forged["header"].replace(b"Ana Souza", b"Dr Ken Ito")
    with strongest.without_guards():
        strongest.run("UPDATE entry SET header = ? WHERE seq = ?", header, seq)
        strongest.run("UPDATE entry SET tag = ? WHERE seq = ?", tag(bytes(32), leaf(header, forged["digests"])), seq)
        with pytest.raises(NotContinuous, match="no right tag"):
            made.store.checkpoint()
        with pytest.raises(Broken, match="tag"):
            made.store.verify()
        strongest.run("UPDATE entry SET header = ? WHERE seq = ?", forged["header"], seq)
        strongest.run("UPDATE entry SET tag = ? WHERE seq = ?", forged["tag"], seq)
    assert made.store.checkpoint()  # control: as it was, it is signed
    made.store.verify()
    strongest.close()


def test_a_checkpoint_signed_by_another_key_is_refused(made: Made, tmp_path_factory: pytest.TempPathFactory) -> None:
    a_busy_day(made)
    folder = tmp_path_factory.mktemp("foreign") / "keys"
    foreign = KeyFolder.create(folder, PASSPHRASE, made.keys.origin, work=2)
    strongest = Strongest(made)
    row = strongest.rows("checkpoint")[1]
    text = checkpoint.parse(row[2]).text
    with strongest.without_guards():
        strongest.change("checkpoint", row, "note", checkpoint.sign(text, [foreign.log_key]))
        assert found(made) == ("checkpoint", 1, "note")
        strongest.change("checkpoint", row, "note", checkpoint.sign(text, [made.keys.log_key]))
    assert found(made) is None  # control: the same text signed by the right key is the same note
    strongest.close()


def test_a_store_opens_with_its_own_keys_only(make_store: MakeStore) -> None:
    """Training and production never mix: each store has keys of its own."""
    training, production = make_store(kind="training"), make_store(kind="production")
    with pytest.raises(StoreRefused, match="these keys"):
        open_store(production.url, training.keys, clock=training.clock)
    assert production.open().kind == "production"


def test_keys_make_one_store_only(made: Made) -> None:
    from trialkit.store.database import create_store

    with pytest.raises(StoreRefused, match="already belong"):
        create_store(made.url + "x", kind="production", study_oid="X", keys=made.keys, clock=made.clock)


def test_a_rotated_key_leaves_old_checkpoints_verifiable(made: Made) -> None:
    from tests.cast import ADI

    a_busy_day(made)
    old = made.store.checkpoint()
    made.store.rotate_keys(ADI, "yearly")
    made.store.append([save({"TEMP": "36.80"}, old={"TEMP": "36.70"})])
    made.store.checkpoint()
    made.store.verify(since=old)
    again = made.open()
    again.verify(since=old)
    record = again.read(EVERYTHING).record("subject/01-001")
    assert record is not None
    assert record.values["INITIALS"] == "Q01-001"
    assert again.read(EVERYTHING).record(VITALS) is not None
