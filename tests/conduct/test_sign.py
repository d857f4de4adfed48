"""Signatures: what was shown is what is signed; a later change leaves a signature standing for what it covered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, MakeWard
from tests.fixtures_office import CHEAP, WORDS, Office
from tests.ward import Ward
from tests.ward_study import FORMS
from trialkit.access import authentication
from trialkit.access.identity import Identity
from trialkit.conduct import query
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown, verify
from trialkit.conduct.sign import Signing, prepare, sign, signatures
from trialkit.errors import NotFound, OutOfOrder, Refused, SignInFailed, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft

SOURCE = Reason("SOURCE", "the chart of the ward says otherwise")


@pytest.fixture
def ito(ward: Ward) -> Identity:
    """Dr Ito, who has an account with a password, and what he is asked to sign."""
    authentication.open_accounts(ward.store, "adi", "Adi Okafor", "CRO", WORDS, ward.clock, policy=CHEAP)
    office = Office(ward.store, ward.clock)  # type: ignore[arg-type]
    office.hire("ito", "investigator", "01")
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    return office.sign_in("ito")


def _put_before(ward: Ward, who: Identity, meaning: str = "APPROVAL") -> Signing:
    return prepare(ward.trial, who, [ward.place("V1", "VS")], meaning)


def _signed(ward: Ward, who: Identity) -> None:
    sign(ward.trial, who, _put_before(ward, who), "ito", WORDS, policy=CHEAP)


def test_p11_15_a_signature_says_name_time_and_meaning_and_the_record_says_so_too(ward: Ward, ito: Identity) -> None:
    _signed(ward, ito)
    [found] = signatures(ward.trial, ward.ana, "01-0001")
    assert (found.name, found.person, found.role, found.state) == ("Ito Person", "ito", "investigator", "valid")
    assert found.meaning == "I have reviewed these data and approve them."
    assert found.covers == ("01-0001/V1.1/VS.1",)
    assert found.at.startswith("2026-03-02T")


def test_the_text_that_is_shown_names_every_form_its_version_and_its_leaf(ward: Ward, ito: Identity) -> None:
    put = _put_before(ward, ito)
    leaf = list(ward.trial.everything().history(stream="record/01-0001/V1.1/VS.1"))[-1].leaf.hex()
    assert put.covers[0].leaf == leaf
    assert "01-0001/V1.1/VS.1 Vital signs, version" in put.text
    assert leaf[:16] in put.text


def test_a_signature_is_sealed_by_a_checkpoint_at_once(ward: Ward, ito: Identity) -> None:
    _signed(ward, ito)
    report = ward.store.verify()
    assert report.signed == report.entries


def test_p11_21_both_components_are_asked_at_each_signing(ward: Ward, ito: Identity) -> None:
    put = _put_before(ward, ito)
    with pytest.raises(SignInFailed):
        sign(ward.trial, ito, put, "ito", "not the right words", policy=CHEAP)
    with pytest.raises(SignInFailed, match="Only the person who is signed in"):
        sign(ward.trial, ito, put, "adi", WORDS, policy=CHEAP)
    assert signatures(ward.trial, ward.ana, "01-0001") == []


def test_what_moved_since_it_was_shown_is_not_signed(ward: Ward, ito: Identity) -> None:
    put = _put_before(ward, ito)
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    with pytest.raises(StaleRecord, match="since they were shown"):
        sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP)


def test_a_query_that_mo_opens_after_the_page_was_shown_is_not_signed_over_unseen(ward: Ward, ito: Identity) -> None:
    ward.save("V1", "DM", {"SEX": "F"})
    put = _put_before(ward, ito)
    query.ask(ward.trial, ward.mo, ward.place("V1", "DM"), "SEX", "Is this the right sex?")  # on a form not signed here
    asked = query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Is this the right subject at all?")
    with pytest.raises(StaleRecord, match="a query on these forms was opened, answered or closed"):
        sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP)
    put = _put_before(ward, ito)
    assert [version for _, version in put.open] == [1]
    stream = next(e.stream for e in ward.trial.everything().entries(after_seq=asked.seq - 1))
    query.answer(ward.trial, ward.ana, stream, "Yes, it is.")
    with pytest.raises(StaleRecord, match="a query on these forms was opened, answered or closed"):
        sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP)
    assert signatures(ward.trial, ward.ana, "01-0001") == []
    _signed(ward, ito)  # an open query that was shown keeps nobody from signing


@pytest.mark.parametrize(("form", "signed"), [("VS", False), ("DM", True)])
def test_a_query_opened_while_the_password_is_looked_at_is_noticed_too(
    ward: Ward, ito: Identity, monkeypatch: pytest.MonkeyPatch, form: str, signed: bool
) -> None:
    ward.save("V1", "DM", {"SEX": "F"})
    real = authentication.confirm

    def slow(*given: Any, **more: Any) -> None:
        real(*given, **more)
        query.ask(ward.trial, ward.mo, ward.place("V1", form), "-", "Is this the right subject at all?")

    monkeypatch.setattr("trialkit.conduct.sign.confirm", slow)
    if signed:
        _signed(ward, ito)
    else:
        with pytest.raises(StaleRecord, match="a query on these forms was opened"):
            _signed(ward, ito)
    assert bool(signatures(ward.trial, ward.ana, "01-0001")) is signed


def test_another_text_than_the_one_shown_is_not_signed(ward: Ward, ito: Identity) -> None:
    put = replace(_put_before(ward, ito), text="I have seen nothing.")
    with pytest.raises(StaleRecord):
        sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP)


def test_a_second_click_signs_nothing_more_and_asks_for_nothing_again(ward: Ward, ito: Identity) -> None:
    put = _put_before(ward, ito)
    first = sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP, request="one")
    assert sign(ward.trial, ito, put, "ito", "a code that is used up", policy=CHEAP, request="one") == first
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)  # somebody corrects it between the two clicks
    assert sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP, request="one") == first
    assert len(signatures(ward.trial, ward.ana, "01-0001")) == 1


def test_a_form_out_of_sight_neither_breaks_a_signature_nor_is_named(make_ward: MakeWard) -> None:
    hidden = FORMS["dm"].replace("title: Demographics\n", "title: Demographics\nhidden_from: [monitor]\n")
    ward = make_ward(dm=hidden, study=PHARMACY["study"])
    authentication.open_accounts(ward.store, "adi", "Adi Okafor", "CRO", WORDS, ward.clock, policy=CHEAP)
    office = Office(ward.store, ward.clock)  # type: ignore[arg-type]
    office.hire("ito", "investigator", "01")
    ward.save("V1", "VS", {"SYSBP": "128"})
    ward.save("V1", "DM", {"SEX": "F"})
    ito = office.sign_in("ito")
    put = prepare(ward.trial, ito, [ward.place("V1", "VS"), ward.place("V1", "DM")], "APPROVAL")
    sign(ward.trial, ito, put, "ito", WORDS, policy=CHEAP)
    [whole], [seen] = signatures(ward.trial, ward.ana, "01-0001"), signatures(ward.trial, ward.mo, "01-0001")
    assert (whole.state, len(whole.covers)) == ("valid", 2)  # the control
    assert (seen.state, seen.covers) == ("valid", ("01-0001/V1.1/VS.1",))
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    assert [one.state for one in signatures(ward.trial, ward.mo, "01-0001")] == ["valid"]
    assert [one.state for one in signatures(ward.trial, ward.ana, "01-0001")] == ["superseded"]


def test_a_later_change_leaves_it_standing_for_what_it_covered_and_names_the_items(ward: Ward, ito: Identity) -> None:
    _signed(ward, ito)
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    [found] = signatures(ward.trial, ward.ana, "01-0001")
    assert found.state == "superseded"
    assert "SYSBP" in found.changed["01-0001/V1.1/VS.1"]
    assert "DIABP" not in found.changed["01-0001/V1.1/VS.1"]
    _signed(ward, ito)
    assert [one.state for one in signatures(ward.trial, ward.ana, "01-0001")] == ["superseded", "valid"]


def test_verification_after_signing_supersedes_nothing(ward: Ward, ito: Identity) -> None:
    _signed(ward, ito)
    place = ward.place("V1", "VS")
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place))])
    assert [one.state for one in signatures(ward.trial, ward.ana, "01-0001")] == ["valid"]


def test_only_who_may_sign_is_shown_what_there_is_to_sign(ward: Ward, ito: Identity) -> None:
    for role in ("coordinator", "monitor", "sponsor", "auditor"):
        with pytest.raises(Refused):
            _put_before(ward, acting(role))


def test_a_signature_needs_a_meaning_a_saved_form_and_one_subject(ward: Ward, ito: Identity) -> None:
    with pytest.raises(WrongValue, match="no meaning"):
        _put_before(ward, ito, "BECAUSE")
    with pytest.raises(NotFound, match="nothing has been entered"):
        prepare(ward.trial, ito, [ward.place("V2", "VS")], "APPROVAL")
    with pytest.raises(OutOfOrder, match="one subject"):
        prepare(ward.trial, ito, [], "APPROVAL")


def test_p11_17_a_signature_carried_over_to_other_values_is_broken(ward: Ward, ito: Identity) -> None:
    _signed(ward, ito)
    stands = next(ward.trial.everything().signatures(subject="01-0001"))
    version, leaf, study = str(stands.values["covers[01-0001/V1.1/VS.1]"]).split(" ")
    forged = {**stands.values, "covers[01-0001/V1.1/VS.1]": f"{version} {'0' * len(leaf)} {study}"}
    changes = tuple(Change(item, None, value) for item, value in forged.items())
    ward.store.append([Draft("record.sign", ito.actor, "signature/01-0001/9", changes, stands.place)])
    assert [one.state for one in signatures(ward.trial, ward.ana, "01-0001")] == ["valid", "broken"]
