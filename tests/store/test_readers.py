from __future__ import annotations

from dataclasses import replace

from tests.attack.ward_round import a_busy_day
from tests.cast import MO
from tests.fixtures_store import Made
from tests.store.drafts import BLINDED, EVERYTHING, SUBJECT, VITALS, erasure, save, subject
from trialkit.ledger import tree
from trialkit.ledger.commitment import commitment
from trialkit.ledger.entry import Change, Draft, Place
from trialkit.store.record import Record
from trialkit.store.sight import Sight
from trialkit.store.tables import PROJECTIONS

OPEN = Sight(None, frozenset({"open"}))
NORTH = Sight(frozenset({"01"}), frozenset({"open", "identifier"}), person="ana")


def standing(made: Made, as_of: int | None = None) -> list[Record]:
    reader = made.store.read(EVERYTHING, as_of)
    return [
        *reader.records(), *reader.subjects(), *reader.queries(), *reader.sites(), *reader.people(),
        *reader.signatures(), *reader.publications(),
    ]  # fmt: skip


def test_the_past_reads_as_it_stood_then(made: Made) -> None:
    """Shows 8: after every entry of a day, what stood is kept; at the end each moment reads the same."""
    kept: list[list[Record]] = []
    steps = [
        [save({"PULSE": "61", "TEMP": "36"})],
        [subject("INITIALS", "ZQX"), save({"PULSE": None}, old={"PULSE": "61"})],
        [save({"PULSE": "62"}, place=replace(VITALS, event="V2"))],
        [subject("INITIALS", "ZQY", "ZQX"), subject("ARM", "ketamine", visibility="unblinded")],
        [subject("ARM", None, "ketamine", "unblinded")],
    ]
    sizes = []
    for drafts in steps:
        made.store.append(drafts)
        kept.append(standing(made))
        sizes.append(made.store.size)
    assert [standing(made, size) for size in sizes] == kept
    assert standing(made, 1) == []


def test_what_is_rebuilt_from_the_ledger_equals_what_stood(made: Made) -> None:
    """Shows 8: every row of every projection, with redactions and an erasure in between."""
    a_busy_day(made)
    made.store.erase_subject(erasure())

    def rows() -> list[object]:
        with made.store.engine.reading() as session:
            return [session.all(f"SELECT * FROM {table} ORDER BY stream") for table in PROJECTIONS]

    before = rows()
    assert all(before)
    counts = made.store.rebuild()
    assert rows() == before
    assert counts["record"] == 3
    assert made.store.verify().shredded == 1


def test_a_sight_ends_where_its_sites_end(made: Made) -> None:
    away = Place("02", "02-001", "V1", 1, "VS", 1)
    made.store.append([save({"PULSE": "61"}), save({"PULSE": "90"}, place=away)])
    made.store.append([Draft("refusal.write", MO, "refusal/mo", (Change("act", None, "dose"),))])
    north = made.store.read(NORTH)
    assert [record.place.site for record in north.records()] == ["01"]
    assert north.record(away) is None
    assert {entry.place.site for entry in north.entries()} == {"01"}
    assert list(north.history(subject="02-001")) == []
    assert [entry.act for entry in made.store.read(EVERYTHING).entries(act="refusal.write")] == ["refusal.write"]


def test_values_outside_the_sight_are_left_out_everywhere(made: Made) -> None:
    made.store.append([subject("SEX", "F", visibility="open"), subject("INITIALS", "ZQX")])
    made.store.append([subject("ARM", "ketamine", visibility="unblinded")])
    seen = {
        sight: (record.values if (record := made.store.read(sight).record("subject/01-001")) else None)
        for sight in (OPEN, BLINDED, EVERYTHING)
    }
    assert seen[OPEN] == {"SEX": "F"}
    assert seen[BLINDED] == {"SEX": "F", "INITIALS": "ZQX"}
    assert seen[EVERYTHING] == {"SEX": "F", "INITIALS": "ZQX", "ARM": "ketamine"}
    last = list(made.store.read(BLINDED).history(subject="01-001"))[-1]
    assert (last.changes, last.withheld) == ((), 1)


def test_forms_outside_the_sight_are_not_there(made: Made) -> None:
    made.store.append([save({"PULSE": "61"})])
    sight = Sight(None, frozenset({"open"}), forms=frozenset({"AE"}))
    assert made.store.read(sight).record(VITALS) is None
    assert list(made.store.read(sight).history(stream=VITALS.record)) == []


def test_records_are_paged_in_stream_order(made: Made) -> None:
    made.store.append([save({"PULSE": "61"}, place=replace(VITALS, form_repeat=n)) for n in range(1, 8)])
    reader = made.store.read(OPEN)
    first = list(reader.records(limit=3))
    rest = list(reader.records(after=first[-1].stream))
    assert [record.stream for record in first + rest] == sorted(record.stream for record in reader.records())
    assert len(first) == 3
    assert len(list(reader.records(form="VS", event="V1", subject="01-001", site="01"))) == 7
    assert list(reader.records(form="AE")) == []


def test_what_a_proof_discloses_is_what_was_committed_to(made: Made) -> None:
    a_busy_day(made)
    note = made.store.checkpoint()
    proven = list(made.store.read(BLINDED).proven())
    assert [one.seq for one in proven] == list(range(made.store.size))
    assert tree.root(one.leaf for one in proven) == tree.root(made.store.leaves())
    withheld = 0
    for one in proven:
        for n, (salt, line) in enumerate(zip(one.salts, one.lines, strict=True)):
            if salt is None or line is None:
                withheld += n not in one.erased
            else:
                assert commitment(salt, line) == one.digests[32 * n : 32 * n + 32]
    assert withheld == 3
    assert note == made.store.checkpoints()[-1][1]
    assert {one.seq for one in made.store.read(BLINDED).proven(subject="01-002")} < {one.seq for one in proven}


def test_an_erased_identifier_is_gone_and_says_so(made: Made) -> None:
    """Crypto-shredding: the key is destroyed after an entry that says who and why; everything still verifies."""
    [first] = made.store.append([subject("INITIALS", "ZQX")])
    made.store.erase_subject(erasure())
    for sight in (EVERYTHING, OPEN):
        record = made.store.read(sight).record("subject/01-001")
        assert record is not None
        assert record.values == {"INITIALS": {"m": "erased"}}
    entries = list(made.store.read(EVERYTHING).history(subject="01-001"))
    assert [entry.act for entry in entries] == ["subject.enter", "subject.erase"]
    assert entries[0].changes == ()
    with made.store.engine.reading() as session:
        assert session.all("SELECT * FROM subject_key") == []
    assert made.store.verify().shredded == 1
    assert first.seq == 1


def test_a_blinded_process_verifies_what_it_can_and_says_what_it_cannot(made: Made) -> None:
    made.store.append([subject("ARM", "ketamine", visibility="unblinded")])
    made.store.append([subject("ARM", "midazolam", "ketamine", "unblinded")])
    (made.keys.path / "unblinding.key").unlink()
    blinded = made.open()
    report = blinded.verify()
    assert report.unseen == 2
    assert "could not be looked into" in str(report)
    assert blinded.rebuild()["subject"] == 1
    blinded.verify()
    record = blinded.read(EVERYTHING).record(f"subject/{SUBJECT.subject}")
    assert record is not None
    assert record.values == {}
