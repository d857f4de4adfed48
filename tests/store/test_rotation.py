"""Rotation of the keys: interrupted anywhere, or beside another process, it loses no identifier and can be repeated."""

from __future__ import annotations

from tests.cast import ADI
from tests.fixtures_store import Made
from tests.store.drafts import EVERYTHING, save, subject
from trialkit.ledger.entry import Change, Draft
from trialkit.ledger.signer import ROTATE, rotation_changes
from trialkit.store import append_beside
from trialkit.store.database import Store


def initials(store: Store, number: str) -> object:
    record = store.read(EVERYTHING).record(f"subject/{number}")
    assert record is not None
    return record.values["INITIALS"]


def interrupted(store: Store, *, committed: bool) -> None:
    """What a kill leaves: the new key beside the old, the rows wrapped anew or not."""
    with store.engine.writing() as session:
        rows = {name: bytes(box) for name, box in session.all("SELECT subject, wrapped FROM subject_key")}
        fresh = store.keys.rotate_kek(rows)
        if committed:
            append_beside.rewrap(session, fresh)


def test_a_rotation_killed_after_its_commit_is_completed_at_the_next_start(made: Made) -> None:
    made.store.append([subject("INITIALS", "Q")])
    interrupted(made.store, committed=True)
    assert initials(made.store, "01-001") == "Q", "meanwhile both keys open"
    made.store.engine.close()
    store = made.open()
    assert "was completed" in str(store.opened)
    assert not (made.keys.path / "kek-next.key").exists()
    store.append([subject("INITIALS", "R", "Q")])
    store.append([subject("INITIALS", "S", number="01-002")])
    store.rotate_keys(ADI, "yearly rotation")
    store.verify()
    assert (initials(store, "01-001"), initials(store, "01-002")) == ("R", "S")


def test_a_rotation_killed_before_its_commit_is_given_up_at_the_next_start(made: Made) -> None:
    made.store.append([subject("INITIALS", "Q")])
    interrupted(made.store, committed=False)
    made.store.engine.close()
    store = made.open()
    assert "was given up" in str(store.opened)
    store.verify()
    assert initials(store, "01-001") == "Q"


def test_a_subject_enrolled_between_commit_and_settling_keeps_its_identifiers(made: Made) -> None:
    made.store.append([subject("INITIALS", "Q")])
    interrupted(made.store, committed=True)
    made.store.append([subject("INITIALS", "S", number="01-002")])  # under the old key, which is still in force
    made.store.engine.close()
    store = made.open()
    store.verify()
    assert (initials(store, "01-001"), initials(store, "01-002")) == ("Q", "S")


def test_a_process_that_was_open_during_a_rotation_wraps_with_the_new_key(made: Made) -> None:
    made.store.append([subject("INITIALS", "Q")])
    other = made.open()
    other.rotate_keys(ADI, "yearly rotation")
    made.store.append([subject("INITIALS", "R", "Q")])
    made.store.append([subject("INITIALS", "S", number="01-002")])
    fresh = made.open()
    fresh.verify()
    assert (initials(fresh, "01-001"), initials(fresh, "01-002")) == ("R", "S")
    fresh.rotate_keys(ADI, "again")
    made.store.verify()


def test_a_rotation_killed_after_its_entry_is_completed_before_the_next_begins(made: Made) -> None:
    """Two entries with the same old and new key would leave exports that nobody can verify."""
    made.store.append([save({"PULSE": "61"})])
    made.store.checkpoint()
    first, second = made.keys.vkey, made.keys.rotate()
    made.store.append(
        [Draft(ROTATE, ADI, "store", (*rotation_changes(first, second), Change("reason", None, "yearly")))]
    )
    made.store.engine.close()
    store = made.open()
    third = store.rotate_keys(ADI, "yearly, again")
    store.verify()
    assert [key.vkey for key in store.keys.held] == [first, second, third]
