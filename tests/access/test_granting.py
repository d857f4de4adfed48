"""Adding, granting, revoking, deactivating: what is refused, and what the draft says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.access.staff import acting
from trialkit.access import granting
from trialkit.access.people import Grant, Person
from trialkit.errors import NotFound, OutOfOrder, ReasonNeeded, Refused, WrongValue

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ADI, SOL = acting("administrator"), acting("sponsor")


def somebody(user: str, *grants: Grant, active: bool = True) -> Person:
    return Person(user, user.title(), "Clinic North", active, grants, 3, False, 0, None, "", {})


ANA = somebody("ana")


def test_p11_18_who_left_keeps_their_id() -> None:
    gone = somebody("ana", active=False)
    with pytest.raises(WrongValue, match="given before"):
        granting.add_person(ADI, [gone], "Ana", "Ana Other", "Clinic South")


def test_a_new_person_has_no_right_yet() -> None:
    draft = granting.add_person(ADI, [ANA], "Ito", "Dr  Kenji Ito", "Clinic North")
    assert (draft.act, draft.stream, draft.expected) == ("person.add", "person/ito", 0)
    assert {change.item: change.new for change in draft.changes} == {
        "active": "yes",
        "name": "Dr Kenji Ito",
        "organisation": "Clinic North",
    }


@pytest.mark.parametrize("name", ["", " ", "A", "Ana\nSouza\x00", "x" * 201, "Ana\u202eSouza"])
def test_a_printed_name_can_be_printed(name: str) -> None:
    with pytest.raises(WrongValue, match="no name"):
        granting.add_person(ADI, [], "ana", name, "Clinic North")


def test_a_grant_says_role_site_side_and_times() -> None:
    draft = granting.grant(ADI, ANA, "coordinator", ["02", "01"], NOW, end=NOW + 30 * DAY)
    said = {change.item: change.new for change in draft.changes}
    assert draft.expected == ANA.version
    assert said["grant[1].role"] == said["grant[2].role"] == "coordinator"
    assert (said["grant[1].site"], said["grant[2].site"]) == ("01", "02")
    assert said["grant[1].blinding"] == "blinded"
    assert (said["grant[1].from"], said["grant[1].to"]) == (
        "2026-11-22T09:00:00.000000Z",
        "2026-12-22T09:00:00.000000Z",
    )


def test_only_administrators_grant() -> None:
    for role in ("coordinator", "investigator", "datamanager", "sponsor", "auditor", "system"):
        with pytest.raises(Refused, match=r"may not do person\.grant"):
            granting.grant(acting(role), ANA, "nurse", ["01"], NOW)


def test_p11_22_nobody_changes_their_own_access() -> None:
    adi = somebody("adi", Grant(1, "administrator", "*", False, NOW))
    with pytest.raises(Refused, match="Nobody changes their own access"):
        granting.grant(ADI, adi, "investigator", ["01"], NOW)
    with pytest.raises(Refused, match="Nobody changes their own access"):
        granting.revoke(ADI, adi, 1, NOW, "leaves the study")
    with pytest.raises(Refused, match="Nobody changes their own access"):
        granting.deactivate(ADI, adi, "leaves the study")


def test_p11_22_an_unblinded_grant_takes_two_persons_and_names_the_second() -> None:
    uma = somebody("uma")
    with pytest.raises(Refused, match="two persons"):
        granting.grant(ADI, uma, "pharmacist", ["01"], NOW)
    with pytest.raises(Refused, match="must be another one"):
        granting.grant(ADI, uma, "pharmacist", ["01"], NOW, approver=ADI)
    with pytest.raises(Refused, match="their own access"):
        granting.grant(ADI, somebody("sol"), "pharmacist", ["01"], NOW, approver=SOL)
    said = {c.item: c.new for c in granting.grant(ADI, uma, "pharmacist", ["01"], NOW, approver=SOL).changes}
    assert (said["grant[1].blinding"], said["grant[1].approver"]) == ("unblinded", "sol")


def test_what_was_seen_cannot_be_unseen() -> None:
    pharmacist = Grant(1, "pharmacist", "01", True, NOW - 9 * DAY, NOW - DAY)
    with pytest.raises(Refused, match="on the unblinded side"):
        granting.grant(ADI, somebody("uma", pharmacist), "coordinator", ["01"], NOW)


def test_nobody_is_blinded_and_unblinded_at_once() -> None:
    coordinator = Grant(1, "coordinator", "01", False, NOW - DAY)
    with pytest.raises(Refused, match="on the blinded side"):
        granting.grant(ADI, somebody("ana", coordinator), "monitor", ["02"], NOW, unblinded=True, approver=SOL)
    ended = replace(coordinator, end=NOW)
    granting.grant(ADI, somebody("ana", ended), "monitor", ["02"], NOW, unblinded=True, approver=SOL)


def test_a_grant_that_never_began_does_not_count() -> None:
    void = Grant(1, "pharmacist", "01", True, NOW + DAY, NOW + DAY)
    draft = granting.grant(ADI, somebody("uma", void), "coordinator", ["01"], NOW)
    assert ("grant[2].role", "coordinator") in [(change.item, change.new) for change in draft.changes]


@pytest.mark.parametrize(
    ("has", "asked", "site"),
    [("administrator", "coordinator", "01"), ("coordinator", "administrator", "*"), ("coordinator", "monitor", "01"),
     ("investigator", "datamanager", "*"), ("auditor", "nurse", "02")],
)  # fmt: skip
def test_p11_22_nobody_oversees_what_they_record_and_who_grants_access_does_neither(
    has: str, asked: str, site: str
) -> None:
    bo = somebody("bo", Grant(1, has, "01", False, NOW))
    with pytest.raises(Refused, match="at the same time"):
        granting.grant(ADI, bo, asked, [site], NOW)
    ended = somebody("bo", Grant(1, has, "01", False, NOW - timedelta(days=9), NOW))
    draft = granting.grant(ADI, ended, asked, [site], NOW)
    assert ("grant[2].role", asked) in [(change.item, change.new) for change in draft.changes]


def test_a_coordinator_may_be_a_nurse_too() -> None:
    ana = somebody("ana", Grant(1, "coordinator", "01", False, NOW))
    draft = granting.grant(ADI, ana, "nurse", ["01"], NOW)
    assert ("grant[2].role", "nurse") in [(change.item, change.new) for change in draft.changes]


@pytest.mark.parametrize(
    ("role", "sites"),
    [("coordinator", ["*"]), ("coordinator", []), ("rater", ["01"]), ("sponsor", ["01"]), ("monitor", ["*", "01"])],
)
def test_sites_suit_the_role(role: str, sites: list[str]) -> None:
    with pytest.raises(WrongValue):
        granting.grant(ADI, ANA, role, sites, NOW)


def test_a_role_that_does_not_exist_is_named_with_what_was_meant() -> None:
    with pytest.raises(NotFound) as refused:
        granting.grant(ADI, ANA, "cordinator", ["01"], NOW)
    assert refused.value.hint == "did you mean coordinator?"
    with pytest.raises(NotFound):
        granting.grant(ADI, ANA, "system", ["*"], NOW)


def test_a_coordinator_is_never_unblinded() -> None:
    with pytest.raises(WrongValue, match="never unblinded"):
        granting.grant(ADI, ANA, "coordinator", ["01"], NOW, unblinded=True, approver=SOL)


@pytest.mark.parametrize(("start", "end"), [(NOW - DAY, None), (NOW, NOW), (NOW + DAY, NOW)])
def test_a_grant_is_neither_backdated_nor_over_before_it_begins(start: datetime, end: datetime | None) -> None:
    with pytest.raises(WrongValue, match="begins now or later"):
        granting.grant(ADI, ANA, "coordinator", ["01"], NOW, start=start, end=end)


def test_a_revoked_grant_ends_now_and_keeps_its_number() -> None:
    held = Grant(1, "coordinator", "01", False, NOW - DAY)
    draft = granting.revoke(ADI, somebody("ana", held), 1, NOW, "moved to another clinic")
    assert [(change.item, change.new) for change in draft.changes] == [
        ("grant[1].to", "2026-11-22T09:00:00.000000Z"),
        ("@reason", "moved to another clinic"),
    ]
    assert not replace(held, end=NOW).holds(NOW)
    again = granting.grant(ADI, somebody("ana", replace(held, end=NOW)), "coordinator", ["01"], NOW)
    assert again.changes[0].item == "grant[2].role"


def test_a_grant_revoked_before_it_began_never_holds() -> None:
    later = Grant(1, "coordinator", "01", False, NOW + DAY)
    draft = granting.revoke(ADI, somebody("ana", later), 1, NOW, "granted to the wrong person")
    assert draft.changes[0].new == "2026-11-23T09:00:00.000000Z"
    assert replace(later, end=later.start).void


def test_a_revocation_says_why_and_which() -> None:
    held = somebody(
        "ana", Grant(1, "coordinator", "01", False, NOW - DAY), Grant(2, "nurse", "01", False, NOW - DAY, NOW)
    )
    with pytest.raises(ReasonNeeded):
        granting.revoke(ADI, held, 1, NOW, " - ")
    with pytest.raises(NotFound, match="no grant 7"):
        granting.revoke(ADI, held, 7, NOW, "moved to another clinic")
    with pytest.raises(OutOfOrder, match="has ended"):
        granting.revoke(ADI, held, 2, NOW, "moved to another clinic")


def test_a_deactivated_person_holds_nothing_and_is_granted_nothing() -> None:
    gone = somebody("ana", Grant(1, "coordinator", "01", False, NOW - DAY), active=False)
    assert gone.holding(NOW) == ()
    with pytest.raises(OutOfOrder):
        granting.grant(ADI, gone, "coordinator", ["01"], NOW)
    with pytest.raises(OutOfOrder):
        granting.deactivate(ADI, gone, "left the clinic")


def test_the_first_administrator_is_first() -> None:
    with pytest.raises(Refused, match="has people already"):
        granting.first_administrator([ANA], "adi", "Adi Okafor", "Contract Research", NOW)


def test_another_name_needs_a_reason_and_a_difference() -> None:
    ana = replace(ANA, values={"name": "Ana", "organisation": "Clinic North"})
    draft = granting.change_person(ADI, ana, "married in June", name="Ana Souza")
    first = draft.changes[0]
    assert (first.item, first.old, first.new) == ("name", "Ana", "Ana Souza")
    with pytest.raises(WrongValue, match="Nothing would change"):
        granting.change_person(ADI, ana, "married in June", name="Ana")


@pytest.mark.parametrize("reason", ["", "....", "left \x00 the site", "left \ud800 the site", "left " * 401])
def test_a_reason_about_a_person_says_something_and_can_be_kept(reason: str) -> None:
    with pytest.raises(ReasonNeeded):
        granting.deactivate(ADI, ANA, reason)
