"""The second factor: set up with proof, asked for at every sign-in and signature, good once, taken away on record."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyotp import TOTP

from tests.fixtures_office import CHEAP, WORDS, Office
from trialkit.access import authentication, code, second_factor
from trialkit.access.gate import system_sight
from trialkit.access.people import person
from trialkit.errors import Broken, OutOfOrder, ReasonNeeded, Refused, SignInFailed

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
GIVEN = "granite lantern orbit"


def shown(office: Office, seconds: int = 0) -> str:
    """What the app shows now, or will in some seconds."""
    return TOTP(SECRET).at(int(office.watch().timestamp()) + seconds)


def set_up(office: Office, user: str = "ana") -> None:
    who = office.sign_in(user)
    second_factor.set_up(office.store, who, WORDS, SECRET, shown(office), office.watch, policy=CHEAP)
    office.watch.pass_by(seconds=30)


@pytest.fixture
def ana(office: Office) -> Office:
    office.hire("ana", "coordinator", "01")
    set_up(office)
    return office


def test_the_codes_are_those_of_rfc_6238() -> None:
    # Appendix B, SHA-1, the last six of the eight digits
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        moment = datetime.fromtimestamp(at, tz=UTC)
        assert code.step_of(secret, digits, moment, 0) == at // 30


def test_the_password_alone_does_not_open_an_account_with_a_second_factor(ana: Office) -> None:
    with pytest.raises(SignInFailed, match="asks for a code") as refused:
        ana.sign_in("ana")
    assert refused.value.facts["needs_code"] is True
    assert person(ana.store, "ana").failures == 0
    assert ana.sign_in("ana", code=shown(ana)).person == "ana"


def test_a_code_is_good_once_and_older_ones_are_gone_with_it(ana: Office) -> None:
    late, now = shown(ana, -30), shown(ana)
    ana.sign_in("ana", code=now)
    for old in (now, late):
        with pytest.raises(SignInFailed, match="wrong, or was used"):
            ana.sign_in("ana", code=old)
    assert ana.sign_in("ana", code=shown(ana, 30)).person == "ana"


def test_of_many_sign_ins_at_once_with_one_code_one_gets_in(ana: Office) -> None:
    now = shown(ana)

    def attempt(_: int) -> bool:
        try:
            ana.sign_in("ana", code=now)
        except SignInFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


@pytest.mark.parametrize("off", [-30, 0, 30])
def test_a_clock_that_is_half_a_minute_off_is_forgiven(ana: Office, off: int) -> None:
    ana.watch.pass_by(seconds=60)
    assert ana.sign_in("ana", code=shown(ana, off)).person == "ana"


@pytest.mark.parametrize("typed", ["{old}", "{far}", "12345", "abcdef", "١٢٣٤٥٦", "é" * 6, " ", "0" * 5000])
def test_another_code_is_refused_and_counted(ana: Office, typed: str) -> None:
    ana.watch.pass_by(seconds=120)
    given = typed.format(old=shown(ana, -60), far=shown(ana, 60))
    with pytest.raises(SignInFailed):
        ana.sign_in("ana", code=given)
    assert person(ana.store, "ana").failures == 1


def test_wrong_codes_slow_a_guesser_down_as_wrong_passwords_do(ana: Office) -> None:
    for _ in range(3):
        with pytest.raises(SignInFailed, match="wrong, or was used"):
            ana.sign_in("ana", code="000000")
    with pytest.raises(SignInFailed, match="too many failed") as refused:
        ana.sign_in("ana", code=shown(ana))
    assert refused.value.facts["try_again"]
    with pytest.raises(SignInFailed, match="too many failed"):
        ana.sign_in("ana")  # the password alone does not start the count anew


def test_a_code_with_the_blank_that_apps_show_is_taken(ana: Office) -> None:
    digits = shown(ana)
    assert ana.sign_in("ana", code=f" {digits[:3]} {digits[3:]}").person == "ana"


def test_a_wrong_password_is_answered_the_same_whether_there_is_a_second_factor_or_not(ana: Office) -> None:
    ana.hire("ben", "nurse", "01")
    said = []
    for user in ("ana", "ben"):
        with pytest.raises(SignInFailed) as refused:
            ana.sign_in(user, "not the right words at all", code="123456")
        said.append((refused.value.sentence, refused.value.hint, sorted(refused.value.facts)))
    assert said[0] == said[1]


def test_who_holds_several_roles_is_asked_for_role_and_code_at_once(ana: Office) -> None:
    ana.give("ana", "nurse", "01")
    with pytest.raises(SignInFailed) as refused:
        ana.sign_in("ana")
    assert refused.value.facts["roles"] == ("coordinator", "nurse")
    assert ana.sign_in("ana", role="nurse", code=shown(ana)).role == "nurse"


def test_setting_it_up_takes_the_password_and_a_code_that_the_app_shows(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    who = office.sign_in("ana")
    with pytest.raises(SignInFailed, match="do not belong together"):
        second_factor.set_up(
            office.store, who, "not the right words", SECRET, shown(office), office.watch, policy=CHEAP
        )
    with pytest.raises(SignInFailed, match="not the code"):
        second_factor.set_up(office.store, who, WORDS, SECRET, "000000", office.watch, policy=CHEAP)
    assert not person(office.store, "ana").second
    set_up(office)
    assert person(office.store, "ana").second
    with pytest.raises(OutOfOrder, match="already"):
        second_factor.set_up(office.store, who, WORDS, SECRET, shown(office), office.watch, policy=CHEAP)


def test_the_code_that_set_it_up_does_not_open_the_account_too(office: Office) -> None:
    office.hire("ana", "coordinator", "01")
    set_up(office)
    with pytest.raises(SignInFailed, match="wrong, or was used"):
        office.sign_in("ana", code=shown(office, -30))


def test_the_secret_cannot_be_read_from_the_database_nor_moved_to_another_person(ana: Office, tmp_path: Path) -> None:
    _, sealed = code.split(ana.store.credential("ana") or "")
    assert SECRET not in sealed
    assert SECRET.encode() not in (tmp_path / "t1.db").read_bytes()
    assert code.unseal(ana.store.keys, "ana", sealed) == SECRET
    with pytest.raises(Broken):
        code.unseal(ana.store.keys, "adi", sealed)


def test_taking_the_secret_out_of_the_database_opens_nothing(ana: Office, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t1.db") as raw:
        raw.execute("DROP TRIGGER IF EXISTS credential_no_change")
        encoded = raw.execute("SELECT encoded FROM credential WHERE person = 'ana'").fetchone()[0]
        raw.execute("UPDATE credential SET encoded = ? WHERE person = 'ana'", (code.split(encoded)[0],))
    raw.close()
    with pytest.raises(Broken, match="not the one the ledger binds"):
        ana.sign_in("ana")


def test_a_new_password_keeps_the_second_factor(ana: Office) -> None:
    change = authentication.change_password
    with pytest.raises(SignInFailed, match="asks for a code"):
        change(ana.store, "ana", WORDS, "copper willow seven tides", ana.watch, policy=CHEAP)
    change(ana.store, "ana", WORDS, "copper willow seven tides", ana.watch, policy=CHEAP, code=shown(ana))
    ana.watch.pass_by(seconds=30)
    with pytest.raises(SignInFailed, match="asks for a code"):
        ana.sign_in("ana", "copper willow seven tides")


def test_a_temporary_password_is_changed_without_a_code_and_opens_nothing_else(ana: Office) -> None:
    authentication.reset_password(
        ana.store, ana.sign_in("adi"), person(ana.store, "ana"), GIVEN, ana.watch, policy=CHEAP
    )
    with pytest.raises(SignInFailed, match="set by somebody else"):
        ana.sign_in("ana", GIVEN)
    authentication.change_password(ana.store, "ana", GIVEN, WORDS, ana.watch, policy=CHEAP)
    with pytest.raises(SignInFailed, match="asks for a code"):
        ana.sign_in("ana")


def test_stronger_hashing_keeps_the_second_factor(ana: Office) -> None:
    stronger = replace(CHEAP, time_cost=2)
    authentication.sign_in(ana.store, "ana", WORDS, ana.watch, policy=stronger, code=shown(ana))
    assert "t=2" in (ana.store.credential("ana") or "")
    with pytest.raises(SignInFailed, match="asks for a code"):
        authentication.sign_in(ana.store, "ana", WORDS, ana.watch, policy=stronger)


def test_an_administrator_takes_a_lost_one_away_with_a_reason_and_it_is_an_entry(ana: Office) -> None:
    adi = ana.sign_in("adi")
    with pytest.raises(ReasonNeeded):
        second_factor.take_away(ana.store, adi, person(ana.store, "ana"), "", ana.watch)
    second_factor.take_away(ana.store, adi, person(ana.store, "ana"), "Her telephone was stolen.", ana.watch)
    [entry] = [e for e in ana.store.read(system_sight()).entries() if e.act == "person.unfactor"]
    assert (entry.actor.id, entry.stream) == ("adi", "person/ana")
    assert ana.sign_in("ana").person == "ana"
    with pytest.raises(OutOfOrder):
        second_factor.take_away(ana.store, adi, person(ana.store, "ana"), "Once more, please.", ana.watch)


def test_nobody_else_takes_it_away_and_no_administrator_their_own(ana: Office) -> None:
    who = ana.sign_in("ana", code=shown(ana))
    set_up(ana, "adi")
    adi = ana.sign_in("adi", code=shown(ana))
    for by, whose in ((who, "adi"), (adi, "adi")):
        with pytest.raises(Refused):
            second_factor.take_away(ana.store, by, person(ana.store, whose), "I would like that.", ana.watch)


def test_signing_takes_a_new_code_too(office: Office) -> None:
    office.hire("ito", "investigator", "01")
    set_up(office, "ito")
    ito = office.sign_in("ito", code=shown(office))
    office.watch.pass_by(seconds=30)
    with pytest.raises(SignInFailed, match="asks for a code"):
        authentication.confirm(office.store, ito, "ito", WORDS, office.watch, policy=CHEAP)
    with pytest.raises(SignInFailed, match="wrong, or was used"):
        authentication.confirm(office.store, ito, "ito", WORDS, office.watch, policy=CHEAP, code=shown(office, -30))
    authentication.confirm(office.store, ito, "ito", WORDS, office.watch, policy=CHEAP, code=shown(office))


def test_a_store_can_ask_it_of_whoever_signs(office: Office) -> None:
    office.hire("ito", "investigator", "01")
    ito, asks = office.sign_in("ito"), replace(CHEAP, second_to_sign=True)
    with pytest.raises(SignInFailed, match="needs a second factor"):
        authentication.confirm(office.store, ito, "ito", WORDS, office.watch, policy=asks)
    set_up(office, "ito")
    authentication.confirm(office.store, ito, "ito", WORDS, office.watch, policy=asks, code=shown(office))


def test_a_store_with_second_factors_verifies(ana: Office) -> None:
    ana.sign_in("ana", code=shown(ana))
    assert ana.store.verify().entries == ana.store.size
