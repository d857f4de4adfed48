"""The gate: places, classes, what the study itself demands, sights, second persons, refused attempts."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from trialkit.access.gate import authorise, refusal, second, sight, system_sight
from trialkit.errors import Refused
from trialkit.ledger.entry import Change, Place
from trialkit.study.model import Form, Item, ItemGroup, Role, Study, StudyFile

NORTH, SOUTH = Place(site="01", subject="01-0001"), Place(site="02", subject="02-0001")


def form(oid: str, **more: object) -> Form:
    return Form.model_validate({"oid": oid, "title": oid, "groups": {"G": ItemGroup(title="G", items={})}, **more})


VS = form("VS", entered_by=["nurse", "coordinator"], hidden_from=["rater"])
MAD = form("MAD", entered_by=["rater"])
DP = form("DP", entered_by=["pharmacist"], visibility="unblinded")
IE = form("IE", signed_by="investigator")
FORMS = {one.oid: one for one in (VS, MAD, DP, IE)}


def study(**roles: list[str]) -> Study:
    said = {role: Role.model_validate({"title": role, "sees": sees}) for role, sees in roles.items()}
    file = StudyFile(oid="S", title="Study", version="1", events={}, roles=said)
    return Study(file=file, codelists={}, forms=FORMS, hash="0", canonical=b"")


def test_p11_09_a_monitor_edits_no_value() -> None:
    with pytest.raises(Refused, match=r"Mo Haddad \(monitor\) may not do record.correct"):
        authorise(acting("monitor"), "record.correct", NORTH)


def test_p11_09_a_coordinator_does_not_sign_as_investigator() -> None:
    with pytest.raises(Refused, match=r"Ana Souza \(study coordinator\) may not do record.sign") as refused:
        authorise(acting("coordinator"), "record.sign", NORTH, form=IE)
    assert "investigator" in refused.value.hint
    authorise(acting("investigator"), "record.sign", NORTH, form=IE)


def test_p11_09_a_user_of_site_01_does_not_read_site_02() -> None:
    assert sight(acting("coordinator")).sites == frozenset({"01"})
    with pytest.raises(Refused, match="at site 02") as refused:
        authorise(acting("coordinator"), "record.read", SOUTH)
    assert refused.value.hint == "your sites: 01"
    assert refused.value.facts["place"] == SOUTH


def test_a_site_person_does_not_act_for_the_whole_study() -> None:
    with pytest.raises(Refused, match="for all sites"):
        authorise(acting("investigator"), "export.create")


def test_a_monitor_of_all_sites_reads_each() -> None:
    authorise(acting("monitor", sites=None), "record.read", SOUTH)
    assert sight(acting("monitor", sites=None)).sites is None


def test_a_save_of_several_classes_needs_the_right_to_each() -> None:
    ana = acting("coordinator")
    authorise(ana, "record.save", NORTH, ["open", "identifier"])
    with pytest.raises(Refused, match="values of this kind"):
        authorise(ana, "record.save", NORTH, ["open", "unblinded"])


def test_a_form_is_entered_by_the_roles_that_it_names() -> None:
    authorise(acting("nurse"), "record.save", NORTH, form=VS)
    with pytest.raises(Refused, match="on this form") as refused:
        authorise(acting("physician"), "record.save", NORTH, form=VS)
    assert refused.value.hint == "it is done by: nurse, coordinator"


def test_a_form_that_names_nobody_is_entered_by_the_clinic() -> None:
    authorise(acting("nurse"), "record.save", NORTH, form=IE)
    with pytest.raises(Refused):
        authorise(acting("pharmacist"), "record.save", NORTH, form=IE)


def test_an_item_may_name_other_roles_than_its_form() -> None:
    authorise(acting("physician"), "record.save", NORTH, form=VS, roles=["physician"])
    with pytest.raises(Refused):
        authorise(acting("nurse"), "record.save", NORTH, form=VS, roles=["physician"])


def test_an_unblinded_pharmacist_writes_no_blinded_form() -> None:
    uma = acting("pharmacist")
    authorise(uma, "record.save", NORTH, ["open", "unblinded"], form=DP)
    for other in (VS, IE):
        with pytest.raises(Refused, match="on this form"):
            authorise(uma, "record.save", NORTH, form=other)


def test_a_hidden_form_is_not_there_for_any_act() -> None:
    ravi = acting("rater")
    for act in ("record.read", "record.save", "query.answer"):
        with pytest.raises(Refused, match="has no form VS"):
            authorise(ravi, act, NORTH, form=VS)


def test_a_role_that_the_study_leaves_out_may_nothing_in_it() -> None:
    small = study(coordinator=["open"], investigator=["open", "identifier"])
    with pytest.raises(Refused, match="values of this kind"):
        authorise(acting("nurse"), "record.save", NORTH, study=small)
    assert sight(acting("nurse"), small).visibility == frozenset()
    authorise(acting("coordinator"), "record.save", NORTH, study=small)
    with pytest.raises(Refused):
        authorise(acting("coordinator"), "record.save", NORTH, "identifier", study=small)


def test_a_study_cannot_widen_what_the_table_gives() -> None:
    wide = study(monitor=["open", "identifier", "unblinded"], coordinator=["open", "unblinded"])
    assert sight(acting("monitor"), wide).visibility == {"open"}
    assert sight(acting("coordinator"), wide).visibility == {"open"}


def test_the_blinded_do_not_see_that_a_whole_form_is_unblinded() -> None:
    assert sight(acting("coordinator"), study()).forms == frozenset({"VS", "MAD", "IE"})
    assert sight(acting("pharmacist"), study()).forms is None
    assert sight(acting("rater"), study()).forms == frozenset({"MAD", "IE"})


def test_an_auditor_sees_what_their_blinding_allows() -> None:
    assert sight(acting("auditor")).visibility == {"open", "identifier"}
    assert sight(acting("auditor", unblinded=True)).visibility == {"open", "identifier", "unblinded"}
    authorise(acting("auditor"), "record.read", NORTH, study=study(coordinator=["open"]))


def test_an_administrator_sees_sites_but_no_subject_and_no_form() -> None:
    seen = sight(acting("administrator"))
    assert (seen.sites, seen.subjects, seen.forms) == (None, frozenset(), frozenset())
    assert seen.visibility == {"open"}


def test_the_system_sees_all_that_the_keys_open() -> None:
    seen = system_sight()
    assert (seen.sites, seen.forms) == (None, None)
    assert seen.visibility == {"open", "identifier", "unblinded"}


def test_two_persons_are_two() -> None:
    adi, sol = acting("administrator"), acting("sponsor")
    assert second(adi, sol, "person.approve") is sol
    with pytest.raises(Refused, match="takes two persons"):
        second(adi, None, "person.approve")
    with pytest.raises(Refused, match="must be another one"):
        second(adi, adi, "person.approve")
    with pytest.raises(Refused, match=r"may not do person\.approve"):
        second(adi, acting("coordinator"), "person.approve")


def test_a_refused_attempt_becomes_an_entry_of_its_own() -> None:
    mo = acting("monitor")
    with pytest.raises(Refused) as refused:
        authorise(mo, "record.correct", NORTH)
    draft = refusal(mo, "record.correct", NORTH, refused.value.sentence)
    assert (draft.act, draft.stream, draft.place) == ("attempt.refused", "refusal/mo", NORTH)
    assert draft.actor.role == "monitor"
    assert draft.changes[0] == Change("attempt", None, "record.correct")
    assert draft.changes[1].new == refused.value.sentence


def test_a_data_manager_enters_what_the_study_names_them_for_and_nothing_else() -> None:
    dee = acting("datamanager")
    for act in ("record.save", "record.correct"):
        authorise(dee, act, NORTH, form=VS, roles=["datamanager"])
        authorise(dee, act, NORTH, form=form("EX", entered_by=["datamanager"]))
        for refused in (VS, IE):
            with pytest.raises(Refused, match="on this form"):
                authorise(dee, act, NORTH, form=refused)
        with pytest.raises(Refused, match="values of this kind"):
            authorise(dee, act, NORTH, "identifier", form=VS, roles=["datamanager"])


def test_a_laboratory_and_the_randomisation_system_are_shown_what_they_enter_and_nothing_else() -> None:
    diary = form("DIA", entered_by=["subject"], visibility="open")
    kits = form("DI", entered_by=["irt"], visibility="unblinded")
    result = Item(label="Result", entered_by="laboratory")
    blood = form("LB", entered_by=["nurse"], groups={"G": ItemGroup(title="G", items={"LBORRES": result})})
    small = study().model_copy(update={"forms": {one.oid: one for one in (VS, IE, diary, kits, blood)}})
    for role, own in (("irt", kits), ("laboratory", blood)):
        who = acting(role)
        assert sight(who, small).forms == {own.oid}
        assert sight(who).forms == frozenset()
        authorise(who, "record.read", NORTH, own.visibility, form=own)
        with pytest.raises(Refused, match="has no form VS"):
            authorise(who, "record.read", NORTH, form=VS)
    authorise(acting("laboratory"), "record.save", SOUTH, form=blood, roles=["laboratory"])


def test_a_participants_tablet_writes_its_questionnaires_and_reads_nothing_not_even_those() -> None:
    diary = form("DIA", entered_by=["subject"], visibility="open")
    small = study().model_copy(update={"forms": {one.oid: one for one in (VS, diary)}})
    tablet = acting("subject")
    for seen in (sight(tablet), sight(tablet, small)):
        assert (seen.sites, seen.forms, seen.subjects, seen.visibility) == (frozenset(),) * 4
    with pytest.raises(Refused, match=r"may not do record\.read"):
        authorise(tablet, "record.read", NORTH, form=diary)
    authorise(tablet, "questionnaire.open", NORTH, form=diary)
    authorise(tablet, "record.save", NORTH, form=diary)
    for place, asked, told in ((SOUTH, diary, "at site 02"), (NORTH, VS, "has no form VS")):
        with pytest.raises(Refused, match=told):
            authorise(tablet, "record.save", place, form=asked)
