"""The people as somebody may see them, and the acts on them: two persons for the unblinded, nobody for themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.access.staff import acting
from tests.fixtures_office import CHEAP, WORDS
from tests.ward import Ward
from trialkit.access import authentication
from trialkit.access.identity import Identity
from trialkit.conduct import staff
from trialkit.conduct.named import named
from trialkit.conduct.site import add_site
from trialkit.errors import NotFound, OutOfOrder, Refused, SignInFailed, WrongValue
from trialkit.study.model import Item

FIRST = "granite lantern orbit"


@pytest.fixture
def adi(ward: Ward) -> Identity:
    """The first administrator, signed in."""
    authentication.open_accounts(ward.store, "adi", "Adi Okafor", "CRO", WORDS, ward.clock, policy=CHEAP)
    return authentication.sign_in(ward.store, "adi", WORDS, ward.clock, policy=CHEAP)


def _hired(ward: Ward, adi: Identity, user: str, role: str, *sites: str) -> None:
    staff.add(ward.trial, adi, user, user.title() + " Person", "Clinic North", FIRST, policy=CHEAP)
    staff.grant(ward.trial, adi, user, role, sites or ("*",))


def _attempts(ward: Ward) -> list[tuple[str, object]]:
    return [(one.actor.id, one.changes[0].change.new) for one in ward.trial.everything().entries(act="attempt.refused")]


def test_a_new_person_holds_nothing_until_it_is_granted(ward: Ward, adi: Identity) -> None:
    made = staff.add(ward.trial, adi, "noor", "Noor Ali", "Clinic North", FIRST, policy=CHEAP)
    assert (made.grants, made.temporary) == ((), True)
    staff.grant(ward.trial, adi, "noor", "nurse", ["01"])
    [one] = [one for one in staff.staff(ward.trial, adi) if one.id == "noor"]
    assert [(held.role, held.site) for held in one.holding(ward.clock())] == [("nurse", "01")]


def test_a_site_that_is_not_there_is_named_with_those_that_are(ward: Ward, adi: Identity) -> None:
    staff.add(ward.trial, adi, "noor", "Noor Ali", "Clinic North", FIRST, policy=CHEAP)
    with pytest.raises(NotFound, match="'07'"):
        staff.grant(ward.trial, adi, "noor", "nurse", ["07"])


def test_a_weak_password_adds_nobody(ward: Ward, adi: Identity) -> None:
    with pytest.raises(WrongValue):
        staff.add(ward.trial, adi, "noor", "Noor Ali", "Clinic North", "noor", policy=CHEAP)
    assert [one.id for one in staff.staff(ward.trial, adi)] == ["adi"]


@pytest.mark.parametrize(
    ("role", "unblinded", "two"),
    [("pharmacist", False, True), ("monitor", True, True), ("monitor", False, False), ("nurse", False, False),
     ("nobody", True, False)],
)  # fmt: skip
def test_an_unblinded_role_takes_two_persons(role: str, unblinded: bool, two: bool) -> None:
    assert staff.takes_two(role, unblinded) is two


def test_an_unblinded_grant_without_a_second_person_is_refused_and_written_down(ward: Ward, adi: Identity) -> None:
    staff.add(ward.trial, adi, "uma", "Uma Rao", "Clinic North", FIRST, policy=CHEAP)
    for other in (None, adi):
        with pytest.raises(Refused):
            staff.grant(ward.trial, adi, "uma", "pharmacist", ["01"], approver=other)
    assert _attempts(ward) == [("adi", "person.grant")] * 2
    staff.grant(ward.trial, adi, "uma", "pharmacist", ["01"], approver=acting("sponsor"))
    [one] = [one for one in staff.staff(ward.trial, adi) if one.id == "uma"]
    assert (one.grants[0].unblinded, one.grants[0].approver) == (True, "sol")


def test_nobody_changes_their_own_access(ward: Ward, adi: Identity) -> None:
    acts: list[Callable[[], object]] = [
        lambda: staff.grant(ward.trial, adi, "adi", "monitor", ["01"]),
        lambda: staff.revoke(ward.trial, adi, "adi", 1, "no longer wanted here"),
        lambda: staff.deactivate(ward.trial, adi, "adi", "no longer works here"),
    ]
    for act in acts:
        with pytest.raises(Refused):
            act()
    assert [who for who, _ in _attempts(ward)] == ["adi"] * 3


def test_only_an_administrator_acts_on_people(ward: Ward, adi: Identity) -> None:
    _hired(ward, adi, "noor", "nurse", "01")
    for who in (ward.ana, ward.ito, ward.mo, ward.dee, ward.ines, acting("sponsor")):
        with pytest.raises(Refused):
            staff.grant(ward.trial, who, "noor", "coordinator", ["01"])
        with pytest.raises(Refused):
            staff.reset(ward.trial, who, "noor", FIRST, policy=CHEAP)
        with pytest.raises(Refused):
            staff.add(ward.trial, who, "new", "New Person", "Clinic North", FIRST, policy=CHEAP)
    assert len(_attempts(ward)) == 18


def test_revoked_and_closed_hold_nothing_more(ward: Ward, adi: Identity) -> None:
    _hired(ward, adi, "noor", "nurse", "01")
    staff.revoke(ward.trial, adi, "noor", 1, "left the site in June")
    [one] = [one for one in staff.staff(ward.trial, adi) if one.id == "noor"]
    assert (one.active, one.holding(ward.clock())) == (True, ())
    staff.deactivate(ward.trial, adi, "noor", "no longer works in this trial")
    with pytest.raises(OutOfOrder):
        staff.grant(ward.trial, adi, "noor", "nurse", ["01"])


def test_people_of_other_sites_are_not_shown_to_who_works_at_one(ward: Ward, adi: Identity) -> None:
    _hired(ward, adi, "noor", "nurse", "01")
    _hired(ward, adi, "dee", "datamanager")
    away = acting("monitor", sites=frozenset({"02"}))
    assert {one.id for one in staff.staff(ward.trial, ward.ines)} == {"adi", "noor", "dee"}  # the control
    assert "noor" in {one.id for one in staff.staff(ward.trial, ward.mo)}
    assert "noor" not in {one.id for one in staff.staff(ward.trial, away)}
    with pytest.raises(Refused):
        staff.staff(ward.trial, acting("nurse"))


def test_how_sign_ins_went_is_shown_to_administrators_alone(ward: Ward, adi: Identity) -> None:
    _hired(ward, adi, "noor", "nurse", "01")
    for _ in range(2):
        with pytest.raises(SignInFailed):
            authentication.sign_in(
                ward.store, "noor", "not the right words", ward.clock, policy=replace(CHEAP, alert_at=2)
            )
    [one] = [one for one in staff.staff(ward.trial, adi) if one.id == "noor"]
    assert (one.alert, one.failures > 0) == ("open", True)  # the control
    for who in (ward.dee, ward.ines, ward.mo, acting("sponsor")):
        [one] = [one for one in staff.staff(ward.trial, who) if one.id == "noor"]
        assert (one.alert, one.failures, one.wait_until) == ("", 0, None)
        assert not any(item.startswith("signin.") for item in one.values)
    staff.acknowledge(ward.trial, adi, "noor")
    [one] = [one for one in staff.staff(ward.trial, adi) if one.id == "noor"]
    assert one.alert != "open"


def test_the_people_of_a_site_are_those_who_hold_a_role_there_now(ward: Ward, adi: Identity) -> None:
    _hired(ward, adi, "noor", "nurse", "01")
    _hired(ward, adi, "otto", "nurse", "01")
    _hired(ward, adi, "sol", "sponsor")
    staff.revoke(ward.trial, adi, "otto", 1, "Left the clinic")
    found = named(ward.trial, "01")
    assert found.roles == {"noor": frozenset({"nurse"}), "sol": frozenset({"sponsor"})}
    assert named(ward.trial, "02").keys() == {"sol"}
    form = ward.study.forms["VS"]
    assert found.fit(form, Item(label="By", type="person")) == {"noor": "Noor Person"}


def test_who_is_bound_to_a_site_meets_in_the_change_log_nobody_who_works_at_another_only(
    ward: Ward, adi: Identity
) -> None:
    add_site(ward.trial, acting("administrator"), "02", "Clinic South", "Europe/London", "GBR")
    _hired(ward, adi, "ana", "coordinator", "01")
    _hired(ward, adi, "lea", "nurse", "01")
    staff.revoke(ward.trial, adi, "lea", 1, "She left the clinic.")
    _hired(ward, adi, "olga", "nurse", "02")
    _hired(ward, adi, "ravi", "rater")
    assert staff.met(ward.trial, ward.ana) == {
        "adi": "Adi Okafor", "ana": "Ana Person", "lea": "Lea Person", "ravi": "Ravi Person",
    }  # fmt: skip
    for reader in (ward.dee, ward.ines, adi, acting("monitor", sites=None)):
        assert "olga" in staff.met(ward.trial, reader)
    assert list(staff.met(ward.trial, acting("nurse", person=("lea", "Lea Person")))) == ["lea"]
    assert not _attempts(ward)
