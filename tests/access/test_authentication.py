"""Sign-in against a real store: roles, sites, times, delays, locks, temporary passwords, alerts."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures_office import CHEAP, WORDS, Office
from trialkit.access import authentication, granting
from trialkit.access.authentication import Strangers
from trialkit.access.gate import sight, system_sight
from trialkit.access.people import people, person
from trialkit.errors import Broken, Refused, SignInFailed, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place

WRONG = "some other words entirely"


def test_a_person_signs_in_in_their_role_at_their_sites(office: Office) -> None:
    office.hire("ana", "coordinator", "01", "02")
    ana = office.sign_in(" ANA ")
    assert (ana.person, ana.name, ana.role, ana.organisation) == ("ana", "Ana Person", "coordinator", "Clinic North")
    assert ana.sites == frozenset({"01", "02"})
    assert ana.sees == {"open", "identifier"}
    assert office.sign_in("ana", site="02").sites == frozenset({"02"})
    with pytest.raises(SignInFailed, match="does not work at site '03'"):
        office.sign_in("ana", site="03")


def test_p11_04_a_person_without_a_role_does_not_get_in(office: Office) -> None:
    office.hire("ana")
    with pytest.raises(SignInFailed, match="holds no role now"):
        office.sign_in("ana")


def test_p11_22_an_unblinded_pharmacist_is_granted_by_two_and_sees_the_unblinded(office: Office) -> None:
    office.hire("uma")
    office.hire("sol", "sponsor", organisation="Sponsor")
    uma, adi, sol = person(office.store, "uma"), office.sign_in("adi"), office.sign_in("sol")
    office.store.append([granting.grant(adi, uma, "pharmacist", ["01"], office.watch(), approver=sol)])
    assert office.sign_in("uma").sees == {"open", "identifier", "unblinded"}
    assert [held.approver for held in person(office.store, "uma").grants] == ["sol"]
    with pytest.raises(Refused, match="on the unblinded side"):
        office.give("uma", "coordinator", "01")


def test_who_holds_several_roles_chooses_one(office: Office) -> None:
    office.hire("ito", "investigator", "01")
    office.give("ito", "physician", "01")
    with pytest.raises(SignInFailed, match="several roles") as refused:
        office.sign_in("ito")
    assert refused.value.facts["roles"] == ("investigator", "physician")
    assert office.sign_in("ito", role="physician").role == "physician"
    with pytest.raises(SignInFailed, match="does not hold the role 'nurse'"):
        office.sign_in("ito", role="nurse")


def test_a_grant_holds_from_its_beginning_to_before_its_end(office: Office) -> None:
    office.hire("ana")
    adi, now = office.sign_in("adi"), office.watch()
    start, end = now + timedelta(days=1), now + timedelta(days=2)
    office.store.append([granting.grant(adi, person(office.store, "ana"), "nurse", ["01"], now, start=start, end=end)])
    with pytest.raises(SignInFailed):
        office.sign_in("ana")
    office.watch.pass_by(days=1)
    session = office.sign_in("ana")
    assert session.role == "nurse"
    office.watch.pass_by(days=1)
    with pytest.raises(SignInFailed):
        office.sign_in("ana")
    with pytest.raises(SignInFailed, match="holds no role now"):
        authentication.renew(office.store, session, office.watch)


def test_a_session_ends_when_its_role_is_revoked(office: Office) -> None:
    office.hire("ana", "coordinator", "01", "02")
    adi, ana = office.sign_in("adi"), office.sign_in("ana")
    office.store.append([granting.revoke(adi, person(office.store, "ana"), 2, office.watch(), "only at site 01 now")])
    assert authentication.renew(office.store, ana, office.watch).sites == frozenset({"01"})
    office.store.append([granting.deactivate(adi, person(office.store, "ana"), "left the clinic")])
    with pytest.raises(SignInFailed):
        authentication.renew(office.store, ana, office.watch)
    with pytest.raises(SignInFailed, match="account is closed"):
        office.sign_in("ana")


def test_p11_18_the_id_of_who_left_is_not_given_again(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    adi = office.sign_in("adi")
    office.store.append([granting.deactivate(adi, person(office.store, "ana"), "left the clinic")])
    for again in ("ana", "Ana", "аna", "an-a"):
        with pytest.raises(WrongValue):
            granting.add_person(adi, people(office.store), again, "Ana Other", "Clinic South")
    with pytest.raises(StaleRecord):  # even by a caller who hides the people from the check: the stream exists
        office.store.append([granting.add_person(adi, [], "ana", "Ana Other", "Clinic South")])


def test_p11_22_a_password_set_by_an_administrator_is_changed_before_anything_else(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    adi = office.sign_in("adi")
    session = office.sign_in("ana")
    authentication.reset_password(
        office.store, adi, person(office.store, "ana"), "granite lantern orbit", office.watch, policy=CHEAP
    )
    with pytest.raises(SignInFailed, match="set by somebody else") as refused:
        office.sign_in("ana", "granite lantern orbit")
    assert refused.value.facts["must_change"]
    with pytest.raises(SignInFailed, match="was reset"):
        authentication.renew(office.store, session, office.watch)
    with pytest.raises(WrongValue, match="the old one"):
        authentication.change_password(
            office.store, "ana", "granite lantern orbit", "granite lantern orbit", office.watch, policy=CHEAP
        )
    authentication.change_password(office.store, "ana", "granite lantern orbit", WORDS, office.watch, policy=CHEAP)
    assert office.sign_in("ana").person == "ana"
    with pytest.raises(SignInFailed):
        office.sign_in("ana", "granite lantern orbit")


def test_p11_26_a_temporary_password_runs_out(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    ana = person(office.store, "ana")
    authentication.reset_password(
        office.store, office.sign_in("adi"), ana, "granite lantern orbit", office.watch, policy=CHEAP
    )
    office.watch.pass_by(hours=73)
    with pytest.raises(SignInFailed, match="has run out"):
        authentication.change_password(office.store, "ana", "granite lantern orbit", WORDS, office.watch, policy=CHEAP)


def test_p11_22_only_administrators_reset_and_never_their_own(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    ana, adi = person(office.store, "ana"), person(office.store, "adi")
    with pytest.raises(Refused, match=r"may not do person\.reset"):
        authentication.reset_password(office.store, office.sign_in("ana"), adi, WORDS, office.watch, policy=CHEAP)
    with pytest.raises(Refused, match="resets their own"):
        authentication.reset_password(office.store, office.sign_in("adi"), adi, WORDS, office.watch, policy=CHEAP)
    with pytest.raises(WrongValue, match="15 to 256"):
        authentication.reset_password(office.store, office.sign_in("adi"), ana, "short", office.watch, policy=CHEAP)


def test_p11_22_only_the_person_signed_in_confirms_and_others_raise_an_alert(office: Office) -> None:
    office.hire("ito", "investigator", "01")
    office.hire("ana", "coordinator", "01")
    ito = office.sign_in("ito")
    authentication.confirm(office.store, ito, "ito", WORDS, office.watch, policy=CHEAP)
    with pytest.raises(SignInFailed, match="Only the person who is signed in"):
        authentication.confirm(office.store, ito, "ana", WORDS, office.watch, policy=CHEAP)
    assert person(office.store, "ito").alert == "open"


def test_p11_25_an_aged_password_is_changed_where_the_policy_says_so(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    office.watch.pass_by(days=91)
    assert office.sign_in("ana").person == "ana"
    with pytest.raises(SignInFailed, match="too old"):
        authentication.sign_in(office.store, "ana", WORDS, office.watch, policy=replace(CHEAP, age_days=90))


def test_p11_27_failures_are_delayed_listed_and_raise_an_alert(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    for attempt in range(1, 11):
        with pytest.raises(SignInFailed, match="do not belong together") as refused:
            authentication.sign_in(office.store, "ana", WRONG, office.watch, policy=CHEAP, address=f"192.0.2.{attempt}")
        wait = CHEAP.delay(attempt)
        assert refused.value.facts["try_again"] == (office.watch() + timedelta(seconds=wait) if wait else None)
        if wait:
            with pytest.raises(SignInFailed, match="too many failed attempts") as refused:
                office.sign_in("ana")  # even the right password waits
            assert refused.value.facts["try_again"] == office.watch() + timedelta(seconds=wait)
            office.watch.pass_by(seconds=wait)
    stands = person(office.store, "ana")
    assert (stands.failures, stands.alert) == (10, "open")
    tried = [one for one in office.store.read(system_sight()).history(stream="person/ana") if one.act == "signin.fail"]
    assert len(tried) == 10
    assert all(one.actor.id == "system" for one in tried)
    assert [shown.change.new for one in tried for shown in one.changes if shown.change.item == "signin.address"] == [
        f"192.0.2.{attempt}" for attempt in range(1, 11)
    ]
    office.store.append([granting.acknowledge(office.sign_in("adi"), stands)])
    assert person(office.store, "ana").alert == "seen"
    assert office.sign_in("ana").person == "ana"
    assert person(office.store, "ana").failures == 0


def test_p11_27_a_hundred_failures_lock_the_account_until_it_is_reset(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    policy = replace(CHEAP, disable_at=5)
    for _ in range(5):
        with pytest.raises(SignInFailed):
            authentication.sign_in(office.store, "ana", WRONG, office.watch, policy=policy)
        office.watch.pass_by(hours=1)
    size = office.store.size
    with pytest.raises(SignInFailed, match="locked"):
        authentication.sign_in(office.store, "ana", WORDS, office.watch, policy=policy)
    assert office.store.size == size, "an attempt on a locked account costs the ledger nothing"
    adi, ana = office.sign_in("adi"), person(office.store, "ana")
    authentication.reset_password(office.store, adi, ana, "granite lantern orbit", office.watch, policy=policy)
    with pytest.raises(SignInFailed, match="set by somebody else"):
        authentication.sign_in(office.store, "ana", "granite lantern orbit", office.watch, policy=policy)


def test_an_id_that_nobody_has_gets_the_answers_of_one_that_somebody_has(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    strangers = Strangers()
    answers: dict[str, list[tuple[str, object]]] = {}
    for user in ("ana", "nobody.at.all"):
        answers[user] = []
        for _ in range(6):
            with pytest.raises(SignInFailed) as refused:
                authentication.sign_in(office.store, user, WRONG, office.watch, policy=CHEAP, strangers=strangers)
            answers[user].append((str(refused.value), refused.value.facts))
    assert answers["ana"] == answers["nobody.at.all"]


def test_strangers_are_summarised_and_cannot_fill_memory_or_ledger(office: Office) -> None:
    strangers, size = Strangers(most=3), office.store.size
    for number in range(20):
        with pytest.raises(SignInFailed):
            authentication.sign_in(
                office.store, f"guess{number}", "my real password typed in the wrong field", office.watch,
                policy=CHEAP, strangers=strangers,
            )  # fmt: skip
    assert len(strangers.failed) == 3
    assert office.store.size == size
    summary = strangers.summary()
    assert summary is not None
    assert [change.new for change in summary.changes] == ["20"]
    office.store.append([summary])
    assert strangers.summary() is None


def test_of_many_parallel_guesses_one_counts_and_the_rest_meet_the_delay(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    policy = replace(CHEAP, free_failures=0, first_delay=60)

    def guess(_: int) -> str:
        with pytest.raises(SignInFailed) as refused:
            authentication.sign_in(office.store, "ana", WRONG, office.watch, policy=policy)
        return refused.value.sentence

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guess, range(24)))
    assert person(office.store, "ana").failures == 1
    assert told.count("User id and password do not belong together.") == 1


def test_no_password_reaches_the_ledger_or_an_error(office: Office, tmp_path: Path) -> None:
    office.hire("ana", "coordinator", "01")
    with pytest.raises(SignInFailed) as refused:
        office.sign_in("ana", WRONG)
    assert WRONG not in str(refused.value) + repr(refused.value.facts)
    office.store.checkpoint()
    for file in tmp_path.glob("t1.db*"):
        kept = file.read_bytes()
        for secret in (WORDS, WRONG, "granite lantern orbit"):
            assert secret.encode() not in kept


def test_a_hash_is_made_anew_when_the_parameters_grew(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    stronger = replace(CHEAP, memory_cost=16)
    authentication.sign_in(office.store, "ana", WORDS, office.watch, policy=stronger)
    encoded = office.store.credential("ana")
    assert encoded is not None
    assert "m=16" in encoded
    assert office.store.verify()


def test_a_hash_put_into_the_table_past_the_software_opens_nothing(office: Office, tmp_path: Path) -> None:
    office.hire("ana", "coordinator", "01")
    office.store.close()
    with sqlite3.connect(tmp_path / "t1.db") as raw:
        (adis,) = raw.execute("SELECT encoded FROM credential WHERE person = 'adi'").fetchone()
        raw.execute("UPDATE credential SET encoded = ? WHERE person = 'ana'", (adis,))
    raw.close()
    with pytest.raises(Broken):
        office.sign_in("ana")


def test_each_sign_in_is_an_entry_by_the_person(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    office.sign_in("ana")
    last = list(office.store.read(system_sight()).history(stream="person/ana"))[-1]
    assert (last.act, last.actor.id) == ("signin.accept", "ana")


def test_only_the_first_person_opens_the_accounts(office: Office) -> None:
    with pytest.raises(Refused, match="has people already"):
        authentication.open_accounts(office.store, "eve", "Eve Black", "Elsewhere", WORDS, office.watch, policy=CHEAP)


def test_a_site_person_reads_no_sign_in_of_others_in_the_ledger(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    office.hire("ito", "investigator", "01")
    with pytest.raises(SignInFailed):
        office.sign_in("ito", WRONG)
    seen = office.store.read(sight(office.sign_in("ana"))).entries()
    assert {one.actor.id for one in seen if one.stream.startswith("person/")} == {"ana"}


def test_p11_04_subjects_are_seen_by_their_site_and_by_no_administrator(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    office.hire("noor", "nurse", "02")
    ana, noor, adi = office.sign_in("ana"), office.sign_in("noor"), office.sign_in("adi")
    place = Place(site="01", subject="01-0001")
    site = Draft("site.add", adi.actor, "site/01", (Change("name", None, "North"),), Place(site="01"))
    office.store.append([site, Draft("subject.enrol", ana.actor, "subject/01-0001", (), place)])
    seen = {one.person: [row.stream for row in office.store.read(sight(one)).subjects()] for one in (ana, noor, adi)}
    assert seen == {"ana": ["subject/01-0001"], "noor": [], "adi": []}
    assert [row.stream for row in office.store.read(sight(adi)).sites()] == ["site/01"]
    assert not [one for one in office.store.read(sight(adi)).entries() if one.place.subject]


def test_p11_24_the_database_itself_holds_one_row_for_an_id(office: Office, tmp_path: Path) -> None:
    office.hire("ana", "coordinator", "01")
    office.store.close()
    raw = sqlite3.connect(tmp_path / "t1.db")
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: person\.stream"):
        raw.execute("INSERT INTO person SELECT * FROM person WHERE stream = 'person/ana'")
    raw.close()


def test_people_stand_as_they_stood(office: Office) -> None:
    size = office.store.size
    office.hire("ana", "coordinator", "01")
    assert [one.id for one in people(office.store)] == ["adi", "ana"]
    assert [one.id for one in people(office.store, as_of=size)] == ["adi"]


def test_everything_verifies_and_rebuilds(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    before = people(office.store)
    office.store.rebuild()
    assert people(office.store) == before
    assert office.store.verify()
