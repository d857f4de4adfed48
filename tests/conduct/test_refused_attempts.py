"""A refused attempt is written down with what the trial knows of the place; what was typed beside it is not kept."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.conduct import amend, enrol, erase, site
from trialkit.conduct.capture import save_form
from trialkit.errors import NotFound, OutOfOrder, Refused, TrialkitError, WrongValue
from trialkit.ledger.entry import Place
from trialkit.store.record import EntryView

FREE = "John Smith born 1970"


def _last(ward: Ward) -> EntryView:
    return list(ward.trial.everything().entries(act="attempt.refused"))[-1]


def test_free_text_typed_as_a_number_never_reaches_the_header_of_a_refusal(ward: Ward) -> None:
    for where, subject in (("01", FREE), (FREE, "01-0001"), ("x" * 100_000, "y" * 100_000), ("0\x001", "01\ud800")):
        with pytest.raises(Refused):
            enrol.enrol(ward.trial, ward.mo, where, subject)
        place = _last(ward).place
        assert place == Place(site="01" if where == "01" else "", subject=SUBJECT if subject == SUBJECT else "")
        told = str(_last(ward).changes)
        assert "Smith" not in told
        assert len(told) < 1_000


def test_a_refusal_says_where_it_was_as_far_as_the_study_has_such_a_place(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    with pytest.raises(Refused):
        ward.save("V1", "VS", {"SYSBP": "130"}, who=ward.mo)
    assert _last(ward).place == ward.place("V1", "VS")
    free = Place("01", SUBJECT, FREE, 10**30, FREE, -5)
    with pytest.raises(Refused):
        ward.trial.authorise(ward.mo, "record.save", free)
    assert _last(ward).place == Place("01", SUBJECT)


@pytest.mark.parametrize("number", ["", "0 1", "01/02", "é1", "x" * 41, "01\x00"])
def test_a_site_has_a_short_number_of_letters_and_digits(ward: Ward, number: str) -> None:
    with pytest.raises(WrongValue, match="no site number"):
        site.add_site(ward.trial, acting("administrator"), number, "Clinic South", "Europe/Paris", "FRA")


def test_the_name_and_country_of_a_site_are_lines_that_can_be_printed(ward: Ward) -> None:
    for name, country in (("", "FRA"), ("x" * 201, "FRA"), ("Clinic\x00", "FRA"), ("Clinic South", "\ud800")):
        with pytest.raises(WrongValue, match="can be printed"):
            site.add_site(ward.trial, acting("administrator"), "02", name, "Europe/Paris", country)
    assert ward.trial.site("02") is None


def test_what_no_store_can_name_is_not_found_rather_than_an_error_of_the_database(ward: Ward) -> None:
    for number in ("0\x001", "\ud800"):
        with pytest.raises(NotFound):
            amend.publish(ward.trial, ward.dee, ward.study, number)
        with pytest.raises(TrialkitError):
            save_form(ward.trial, ward.ana, Place("01", number, "V1", 1, "VS", 1), {"SYSBP": "120"}, based_on=0)


def test_p11_04_subjects_and_entries_of_other_sites_are_not_told_apart_from_none(ward: Ward) -> None:
    seq = ward.save("V1", "DM", {"BRTHDAT": "1980-01"}).receipts[0].seq
    bob = acting("investigator", sites=frozenset({"02"}), person=("bob", "Dr Bob Berg"))
    told = set()
    for subject in (SUBJECT, "01-9999", "01\x00"):
        with pytest.raises(NotFound) as unknown:
            erase.erase_subject(ward.trial, bob, ward.ito, subject, "asked for by the subject")
        told.add(str(unknown.value))
    for number in (seq, 99_999, -1):
        with pytest.raises(NotFound) as unknown:
            erase.redact(ward.trial, bob, number, [0], "a name was typed into the term")
        told.add(str(unknown.value).replace(str(number), "?"))
    assert len(told) == 2
    with pytest.raises(Refused, match="signed in"):
        erase.erase_subject(ward.trial, None, ward.ito, "01-9999", "asked for by the subject")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="signed in"):
        erase.redact(ward.trial, None, 99_999, [0], "asked for by the subject")  # type: ignore[arg-type]


def test_an_erasure_by_one_person_alone_is_refused_and_written_down(ward: Ward) -> None:
    ward.save("V1", "DM", {"BRTHDAT": "1980-01"})
    with pytest.raises(Refused, match="another"):
        erase.erase_subject(ward.trial, ward.ito, ward.ito, SUBJECT, "asked for by the subject")
    assert _last(ward).actor.id == "ito"


def test_a_deactivated_person_holds_no_role(ward: Ward) -> None:
    from trialkit.access import granting, people

    adi = acting("administrator")
    ward.store.append([granting.add_person(adi, [], "kim", "Kim Lee", "Clinic North")])
    kim = people.person(ward.store, "kim")
    ward.store.append([granting.grant(adi, kim, "investigator", ["01"], ward.clock())])
    assert ward.trial.roles_of("kim") == {"investigator"}
    ward.store.append([granting.deactivate(adi, people.person(ward.store, "kim"), "left the site in June")])
    assert ward.trial.roles_of("kim") == frozenset()
    assert ward.trial.roles_of("nobody") == frozenset()


def test_a_used_request_is_not_taken_for_another_act(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"}, request="r-1")
    with pytest.raises(TrialkitError, match="already used for another act"):
        enrol.enrol(ward.trial, ward.ana, "01", "01-0002", request="r-1")
    first = enrol.enrol(ward.trial, ward.ana, "01", "01-0002", request="r-2")
    assert enrol.enrol(ward.trial, ward.ana, "01", "01-0002", request="r-2") == first
    with pytest.raises(OutOfOrder):
        ward.trial.earlier("r-1", f"subject/{SUBJECT}", ("subject.enrol",))
    assert ward.trial.earlier("r-9", f"subject/{SUBJECT}", ("subject.enrol",)) == []


def test_who_asks_for_a_subject_of_another_site_is_told_of_none_and_leaves_an_entry(ward: Ward) -> None:
    bob = acting("investigator", sites=frozenset({"02"}), person=("bob", "Dr Bob Berg"))
    before = ward.store.size
    for number in ("01-9999", "", "0\x001", "x" * 100_000):
        assert ward.trial.subject(bob, number) is None
    assert ward.store.size == before
    assert ward.trial.subject(bob, SUBJECT) is None
    assert (_last(ward).actor.id, _last(ward).place) == ("bob", Place("01", SUBJECT))
    assert not [e for e in ward.trial.reader(bob).entries(act="attempt.refused") if e.place.subject], "nor is that"
    found = ward.trial.subject(ward.ana, SUBJECT)
    assert found is not None
    assert found.place.site == "01"
    assert ward.store.size == before + 1


def test_what_a_screen_refuses_is_written_down_with_its_words(ward: Ward) -> None:
    ward.trial.refused(ward.ana, "page.open", Place(), "Ana Souza asked for the page People.")
    assert {part.change.item: part.change.new for part in _last(ward).changes} == {
        "attempt": "page.open", "why": "Ana Souza asked for the page People."
    }  # fmt: skip
