from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.cast import MO
from tests.fixtures_store import Made
from tests.store.drafts import EVERYTHING, SUBJECT, VITALS, redaction, save, subject
from trialkit.errors import OutOfOrder, StaleRecord, StoreRefused, WrongValue
from trialkit.ledger.entry import Change, Draft
from trialkit.store.database import Store


def test_a_save_is_an_entry_and_a_standing_record(store: Store) -> None:
    """P11-05: who, when and what are there as soon as the call returns, and with them what stands."""
    [receipt] = store.append([save({"PULSE": "61", "TEMP": "36.60"})])
    record = store.read(EVERYTHING).record(VITALS)
    assert record is not None
    assert record.values == {"PULSE": "61", "TEMP": "36.60"}
    assert (record.version, record.seq, receipt.version, receipt.seq) == (1, 1, 1, 1)
    [entry] = store.read(EVERYTHING).history(stream=VITALS.record)
    assert (entry.actor.name, entry.recorded_at) == ("Ana Souza", receipt.recorded_at)


def test_a_correction_leaves_what_was_there_before(store: Store) -> None:
    """P11-06: 35 becomes 53, and 35 can still be read."""
    store.append([save({"DOSE": "35"})])
    store.append([save({"DOSE": "53"}, old={"DOSE": "35"}, expected=1)])
    changes = [entry.changes[0].change for entry in store.read(EVERYTHING).history(stream=VITALS.record)]
    assert [(change.old, change.new) for change in changes] == [(None, "35"), ("35", "53")]
    record = store.read(EVERYTHING).record(VITALS)
    assert record is not None
    assert record.values == {"DOSE": "53"}


def test_who_saves_over_a_newer_version_is_told_and_nothing_is_written(store: Store) -> None:
    store.append([save({"PULSE": "61"})])
    size = store.size
    with pytest.raises(StaleRecord) as stale:
        store.append([save({"TEMP": "36.6"}, expected=0)])
    assert (stale.value.facts["expected"], stale.value.facts["found"]) == (0, 1)
    assert store.size == size


def test_a_wrong_old_value_is_stale_too(store: Store) -> None:
    store.append([save({"PULSE": "61"})])
    with pytest.raises(StaleRecord, match="PULSE"):
        store.append([save({"PULSE": "70"}, old={"PULSE": "60"})])


def test_all_drafts_of_one_call_are_written_or_none(store: Store) -> None:
    size = store.size
    with pytest.raises(StaleRecord):
        store.append([save({"PULSE": "61"}), save({"PULSE": "62"}, expected=0)])
    assert store.size == size
    assert store.read(EVERYTHING).record(VITALS) is None


def test_a_repeated_request_is_written_once(store: Store) -> None:
    first = store.append([save({"PULSE": "61"}), save({"TEMP": "36"})], request="save-1")
    again = store.append([save({"PULSE": "99"}), save({"TEMP": "40"})], request="save-1")
    assert again == first
    assert store.size == 3


def test_a_request_is_not_reused_for_another_act(store: Store) -> None:
    store.append([save({"PULSE": "61"})], request="save-1")
    with pytest.raises(StoreRefused, match="already used"):
        store.append([save({"PULSE": "61"}), save({"TEMP": "36"})], request="save-1")


def test_a_request_belongs_to_one_act_on_one_stream_at_one_version(store: Store) -> None:
    [first] = store.append([save({"PULSE": "61"}, expected=0)], request="save-1")
    other = replace(VITALS, event="V2")
    for draft in (
        save({"PULSE": "61"}, place=other),
        replace(save({"PULSE": "61"}), act="record.inactivate"),
        save({"PULSE": "62"}, old={"PULSE": "61"}, expected=1),
    ):
        with pytest.raises(StoreRefused, match="already used for another act"):
            store.append([draft], request="save-1")
    assert store.size == first.seq + 1
    assert store.append([save({"PULSE": "61"}, expected=0)], request="save-1") == [first]
    two = [save({"PULSE": "70"}, place=other), save({"TEMP": "36"}, place=replace(VITALS, event="V3"))]
    store.append(two, request="save-2")
    with pytest.raises(StoreRefused, match="already used for another act"):
        store.append(two[::-1], request="save-2")


def test_time_never_runs_backwards_and_a_step_back_is_stated(made: Made) -> None:
    made.store.append([save({"PULSE": "61"})])
    before = made.clock.now
    made.clock.now = before.replace(year=2020)
    [late] = made.store.append([save({"TEMP": "36"})])
    assert late.recorded_at == before.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    made.store.verify()


def test_an_item_changes_once_in_an_entry(store: Store) -> None:
    draft = Draft("record.save", MO, VITALS.record, (Change("A", None, "1"), Change("A", "1", "2")), VITALS)
    with pytest.raises(WrongValue, match="twice"):
        store.append([draft])


def test_protected_values_stand_as_pointers_only(made: Made) -> None:
    made.store.append([subject("INITIALS", "ZQX"), subject("ARM", "ketamine", visibility="unblinded")])
    with made.store.engine.reading() as session:
        tables = session.all("SELECT doc FROM subject") + session.all("SELECT lines FROM disclosure")
        tables += session.all("SELECT header FROM entry")
    for (stored,) in tables:
        text = stored if isinstance(stored, bytes) else stored.encode()
        assert b"ZQX" not in text
        assert b"ketamine" not in text
    found = made.store.read(EVERYTHING).record("subject/01-001")
    assert found is not None
    assert found.values == {"INITIALS": "ZQX", "ARM": "ketamine"}


def test_a_protected_value_is_corrected_and_cleared(store: Store) -> None:
    store.append([subject("INITIALS", "ZQX"), subject("INITIALS", "ZQY", "ZQX")])
    with pytest.raises(StaleRecord):
        store.append([subject("INITIALS", "ZQZ", "ZQX")])
    with pytest.raises(WrongValue, match="protected"):
        store.append([subject("INITIALS", "ZQZ", "ZQY", "open")])
    store.append([subject("INITIALS", None, "ZQY")])
    record = store.read(EVERYTHING).record("subject/01-001")
    assert record is not None
    assert record.values == {}
    store.verify()


def test_one_stale_save_does_not_harm_the_others_of_its_commit(store: Store) -> None:
    """Sixteen people save at once; one of them is late, and only that one is told so."""
    store.append([save({"PULSE": "61"})])
    refused: list[StaleRecord] = []

    def saves(number: int) -> None:
        for i in range(10):
            draft = save({f"ITEM{number}": str(i)}, old={f"ITEM{number}": str(i - 1) if i else None})
            store.append([draft])
            try:
                store.append([save({"PULSE": "70"}, expected=0)])
            except StaleRecord as stale:
                refused.append(stale)

    threads = [threading.Thread(target=saves, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 160
    record = store.read(EVERYTHING).record(VITALS)
    assert record is not None
    assert record.version == 161
    assert store.verify().entries == 162


def test_an_erased_subject_takes_no_new_identifiers(store: Store) -> None:
    store.append([subject("INITIALS", "ZQX")])
    store.erase_subject(Draft("subject.erase", MO, "erasure/01-001", (), SUBJECT))
    with pytest.raises(OutOfOrder, match="erased"):
        store.append([subject("INITIALS", "ZQX")])


def test_a_redaction_takes_out_the_change_and_says_so(store: Store) -> None:
    """ICH E6(R3) 4.2.2: a name typed into a comment goes, who took it out and why stays."""
    [receipt] = store.append([save({"COMMENT": "Mrs Miller fell", "PULSE": "61"})])
    store.redact(redaction(receipt.seq, 0))
    with store.engine.reading() as session:
        for (stored,) in session.all("SELECT lines FROM disclosure") + session.all("SELECT doc FROM record"):
            assert b"Miller" not in (stored if isinstance(stored, bytes) else stored.encode())
    record = store.read(EVERYTHING).record(VITALS)
    assert record is not None
    assert record.values == {"COMMENT": {"m": "redacted"}, "PULSE": "61"}
    assert store.verify().redacted == 1


def test_a_thousand_rows_of_an_import_are_one_commit(store: Store) -> None:
    places = [replace(VITALS, subject=f"01-{n // 10:03d}", form_repeat=n % 10 + 1) for n in range(1_000)]
    drafts = [save({"PULSE": str(n), "TEMP": "36"}, place=place) for n, place in enumerate(places)]
    receipts = store.append(drafts, request="import-1")
    assert [receipt.seq for receipt in receipts] == list(range(1, 1_001))
    assert store.append(drafts, request="import-1") == receipts
    assert sum(1 for _ in store.read(EVERYTHING).records()) == 1_000
    assert store.verify().entries == 1_001
