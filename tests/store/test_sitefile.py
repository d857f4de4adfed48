"""The file of a site in the ledger: numbered, sealed, read as of, rebuilt and verified like a subject, and none."""

from __future__ import annotations

from collections.abc import Callable

from tests.stockroom import shelf, stock, stockroom
from tests.ward import Ward
from trialkit.conduct.reason import Reason

SOURCE = Reason("SOURCE", "the delivery note says otherwise")


def test_the_past_of_a_file_is_read_and_its_projections_are_made_anew(make_ward: Callable[..., Ward]) -> None:
    ward = stockroom(make_ward)
    stock(ward, shelf("LEDGER"), {"TXIN": "10", "TXBY": "AS"})
    then = ward.store.size
    stock(ward, shelf("LEDGER"), {"TXIN": "12"}, reason=SOURCE)
    stock(ward, shelf("KIT"), {"KITNO": "A7"})
    before = list(ward.trial.everything().records(subject="@01"))
    assert [record.stream for record in before] == ["record/@01/SITE.1/KIT.1", "record/@01/SITE.1/LEDGER.1"]
    past = ward.trial.reader(ward.ana, then)
    assert [(r.place.form, r.values["TXIN"], r.values["TXBY"]) for r in past.records(subject="@01")] == [
        ("LEDGER", "10", "AS")
    ]
    assert ward.store.rebuild()["subject"] == 1
    assert list(ward.trial.everything().records(subject="@01")) == before
    report = ward.store.verify()
    assert (report.rows["record"], report.rows["subject"], report.unseen) == (2, 1, 0)


def test_its_entries_are_numbered_without_gaps_as_those_of_a_subject(make_ward: Callable[..., Ward]) -> None:
    ward = stockroom(make_ward)
    stock(ward, shelf("KIT"), {"KITNO": "A7"})
    stock(ward, shelf("KIT", site="02"), {"KITNO": "B1"})
    stock(ward, shelf("KIT", 2), {"KITNO": "A8"})
    reader = ward.trial.everything()
    assert (reader.subject_no("@01"), reader.subject_no("@02")) == (2, 1)
