"""The file of a site: records of no subject, through the same capture as any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.access.staff import acting
from tests.stockroom import shelf, stock, stockroom
from tests.ward import SUBJECT, Ward
from tests.ward_study import STUDY
from trialkit.conduct import enrol, query
from trialkit.conduct.capture import Act, inactivate, save_form, save_in
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.errors import Blocked, NotFound, ReasonNeeded, Refused, StaleRecord, WrongValue
from trialkit.ledger.entry import Place

SOURCE = Reason("SOURCE", "the delivery note says otherwise")


@pytest.fixture
def room(make_ward: Callable[..., Ward]) -> Ward:
    return stockroom(make_ward)


def values(ward: Ward, place: Place) -> dict[str, object]:
    record = ward.trial.everything().record(place)
    return dict(record.values) if record else {}


def test_the_first_record_opens_the_file_without_any_enrolment_or_consent(room: Ward) -> None:
    stock(room, shelf("KIT"), {"KITNO": "A7", "KITOK": "Y"})
    entry = next(room.trial.everything().history(stream="record/@01/SITE.1/KIT.1"))
    assert (entry.place.site, entry.place.subject, entry.act, entry.actor.id) == ("01", "@01", "record.save", "ana")
    assert values(room, shelf("KIT"))["KITNO"] == "A7"


def test_the_file_of_a_site_is_no_subject(room: Ward) -> None:
    stock(room, shelf("KIT"), {"KITNO": "A7"})
    reader = room.trial.everything()
    assert [row.place.subject for row in reader.subjects()] == [SUBJECT]
    assert reader.record("subject/@01") is None


def test_it_is_computed_checked_corrected_and_struck_as_any_form(room: Ward) -> None:
    stock(room, shelf("LEDGER", 1), {"TXIN": "10", "TXBY": "AS"}, submit=True)
    stock(room, shelf("LEDGER", 2), {"TXIN": "0", "TXOUT": "4"})
    assert values(room, shelf("LEDGER", 2))["TXBAL"] == "6"
    with pytest.raises(Blocked, match="below zero"):
        stock(room, shelf("LEDGER", 3), {"TXIN": "0", "TXOUT": "7"})
    with pytest.raises(ReasonNeeded):
        stock(room, shelf("LEDGER", 1), {"TXIN": "120"})
    saved = stock(room, shelf("LEDGER", 1), {"TXIN": "120"}, reason=SOURCE)
    assert [found.check for found in saved.findings] == ["G02"]
    assert values(room, shelf("LEDGER", 2))["TXBAL"] == "116"
    inactivate(room.trial, room.ana, shelf("LEDGER", 2), reason=SOURCE, based_on=room.version(shelf("LEDGER", 2)))
    assert values(room, shelf("LEDGER", 1))["TXBAL"] == "120"


def test_queries_stand_on_it_and_are_answered_and_closed(room: Ward) -> None:
    stock(room, shelf("LEDGER"), {"TXIN": "120"})
    asked = query.ask(room.trial, room.mo, shelf("LEDGER"), "TXIN", "Is that one delivery?")
    query.answer(room.trial, room.ana, asked.stream, "Two of the same day.")
    query.close(room.trial, room.mo, asked.stream, "Thank you, that is clear.")
    found = room.trial.everything().queries(subject="@01")
    assert {(str(q.values["check"]), q.status) for q in found} == {("G02", "OPEN"), ("MANUAL", "CLOSED")}


def test_a_subjects_form_reads_the_file_of_its_own_site(room: Ward) -> None:
    room.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    stock(room, shelf("KIT", site="02"), {"KITNO": "A7", "KITOK": "N"})
    assert not room.save("V2", "DOSE", {"DOSEKIT": "A7"}).findings
    stock(room, shelf("KIT"), {"KITNO": "B2", "KITOK": "N"})
    saved = room.save("V2", "DOSE", {"DOSEKIT": "B2"}, reason=SOURCE)
    assert [found.check for found in saved.findings] == ["P13"]


def test_a_form_of_the_site_is_not_kept_for_a_subject_nor_the_other_way_round(room: Ward) -> None:
    with pytest.raises(NotFound, match="kept for sites") as refused:
        save_form(room.trial, room.ana, Place("01", SUBJECT, "SITE", 1, "KIT"), {"KITNO": "A7"}, based_on=0)
    assert "@01/SITE/KIT" in refused.value.hint
    with pytest.raises(NotFound, match="kept for subjects"):
        save_form(room.trial, room.ana, Place("01", "@01", "V1", 1, "VS"), {"SYSBP": "120"}, based_on=0)


@pytest.mark.parametrize("name", ["@", "@77", "@01/x", "@02"])
def test_there_is_no_file_without_its_site(room: Ward, name: str) -> None:
    with pytest.raises(NotFound):
        save_form(room.trial, room.ana, Place("01", name, "SITE", 1, "KIT"), {"KITNO": "A7"}, based_on=0)


def test_whoever_is_of_another_site_is_refused_and_the_attempt_is_kept_where_it_was_made(room: Ward) -> None:
    bob = acting("coordinator", sites=frozenset({"02"}), person=("bob", "Bob Ray"))
    stock(room, shelf("KIT"), {"KITNO": "A7"})
    with pytest.raises(NotFound):
        stock(room, shelf("KIT", 2), {"KITNO": "A8"}, who=bob)
    with pytest.raises(Refused):
        stock(room, shelf("LEDGER"), {"TXIN": "1"}, who=room.mo)
    tried = list(room.trial.everything().entries(act="attempt.refused"))
    assert [(entry.actor.id, entry.place.subject) for entry in tried] == [("bob", "@01"), ("mo", "@01")]
    assert list(room.trial.reader(bob).records(subject="@01")) == []


def test_no_subject_gets_the_name_of_a_file(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=STUDY.replace("'[0-9]{2}-[0-9]{4}'", "'[@0-9-]+'"))
    with pytest.raises(WrongValue, match="no subject number"):
        enrol.enrol(ward.trial, ward.ana, "01", "@01")


def test_two_people_at_one_shelf_do_not_overdraw_it(room: Ward) -> None:
    """The file is judged as a whole, as a subject is (decision 0010)."""
    stock(room, shelf("LEDGER"), {"TXIN": "10"})
    one, two = (Sitting(room.trial, room.ana, "@01", "01") for _ in range(2))
    save_in(one, shelf("LEDGER", 2), {"TXIN": "0", "TXOUT": "6"}, 0, Act())
    save_in(two, shelf("LEDGER", 3), {"TXIN": "0", "TXOUT": "6"}, 0, Act())
    one.commit()
    with pytest.raises(StaleRecord):
        two.commit()
