"""Lawful removal leaves the proof whole: who, why and which stay; the words or the key go."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.conduct import erase
from trialkit.conduct.reason import Reason
from trialkit.errors import NotFound, OutOfOrder, Refused


def test_a_name_typed_into_a_text_is_redacted_and_the_store_still_verifies(ward: Ward) -> None:
    saved = ward.save("LOG", "AE", {"AETERM": "Headache, told by John Miller", "AESTDAT": "2026-03", "AESER": "N"})
    seq = saved.receipts[0].seq
    entry = next(ward.trial.everything().entries(after_seq=seq - 1))
    number = next(s.n for s in entry.changes if s.change.item == "AETERM")
    erase.redact(ward.trial, ward.dee, seq, [number], "a person's name was typed into the term")
    assert "Miller" not in str(ward.values("LOG", "AE"))
    entry = next(ward.trial.everything().entries(after_seq=seq - 1))
    assert entry.erased == (number,)
    ward.store.checkpoint()
    ward.store.verify()


def test_a_subject_is_erased_by_two_persons_and_takes_no_new_identifiers(ward: Ward) -> None:
    ward.save("V1", "DM", {"BRTHDAT": "1980-04", "SEX": "F"})
    assert ward.values("V1", "DM")["BRTHDAT"] == "1980-04"
    with pytest.raises(Refused, match="another"):
        erase.erase_subject(ward.trial, ward.ito, ward.ito, SUBJECT, "asked for by the subject")
    other = acting("investigator", person=("ida", "Dr Ida Lund"))
    erase.erase_subject(ward.trial, ward.ito, other, SUBJECT, "asked for by the subject")
    assert ward.values("V1", "DM")["BRTHDAT"] == {"m": "erased"}
    assert ward.values("V1", "DM")["SEX"] == "F"
    with pytest.raises(OutOfOrder, match="erased"):
        ward.save("V1", "DM", {"BRTHDAT": "1980"}, reason=Reason("SOURCE", "the subject told it again"))
    assert not ward.save("V1", "DM", {"SEX": "M"}, reason=Reason("SOURCE", "the chart says so"), submit=True).unchanged
    assert ward.values("V1", "DM")["@status"] == "COMPLETE"
    ward.store.checkpoint()
    ward.store.verify()


def test_nothing_to_erase_is_said(ward: Ward) -> None:
    with pytest.raises(NotFound):
        erase.redact(ward.trial, ward.dee, 999, [0], "there is no such entry")


def test_identifiers_are_never_stored_as_plain_text(ward: Ward) -> None:
    ward.save("V1", "DM", {"BRTHDAT": "1931-04-05", "SEX": "F"})
    with ward.store.engine.reading() as session:
        everything = str(session.all("SELECT lines FROM disclosure")) + str(session.all("SELECT doc FROM record"))
    assert "1931-04-05" not in everything
    assert "SEX" in everything
