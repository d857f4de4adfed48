"""Forms as work: what is left to verify, review and sign, counted over what the person sees."""

from __future__ import annotations

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed, give
from tests.conduct.test_roll import SIGNED, dr_ito
from tests.fixtures_office import CHEAP, WORDS
from tests.ward import SUBJECT, Ward
from tests.ward_study import FORMS
from trialkit.access.identity import Identity
from trialkit.conduct.query import ask
from trialkit.conduct.review import Shown, lock, review, verify
from trialkit.conduct.sign import prepare, sign
from trialkit.conduct.worklist import Work, signer, to_sign, wanting, works


def _work(ward: Ward, form: str, who: Identity | None = None) -> Work:
    [one] = works(ward.trial, who or ward.mo, SUBJECT, form=form)
    return one


def _shown(ward: Ward, event: str, form: str, *items: str) -> Shown:
    place = ward.place(event, form)
    return Shown(place, ward.version(place), items)


def test_critical_items_come_first_and_are_counted_apart(make_ward: MakeWard) -> None:
    critical = FORMS["vs"].replace("        label: Diastolic blood pressure\n",
                                   "        label: Diastolic blood pressure\n        critical: yes\n")  # fmt: skip
    ward = make_ward(vs=critical)
    ward.save("V1", "VS", {"VSDAT": "2026-02-23", "SYSBP": "120", "DIABP": "80"})
    assert [line.path for line in _work(ward, "VS").lines][:2] == ["DIABP", "VSDAT"]
    verify(ward.trial, ward.mo, [_shown(ward, "V1", "VS", "SYSBP")])
    one = _work(ward, "VS")
    assert one.count(critical=True) == (0, 1)
    assert one.count()[0] == 1
    verify(ward.trial, ward.mo, [_shown(ward, "V1", "VS", "DIABP")])
    assert _work(ward, "VS").count(critical=True) == (1, 1)


def test_what_fell_by_a_change_is_dropped_work_until_it_is_looked_at_again(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    verify(ward.trial, ward.mo, [_shown(ward, "V1", "VS", "SYSBP", "DIABP")])
    review(ward.trial, ward.dee, [_shown(ward, "V1", "VS")])
    assert (_work(ward, "VS").dropped, _work(ward, "VS", ward.dee).dropped) == (0, 0)
    ward.save("V1", "VS", {"SYSBP": "121"}, reason=SOURCE)
    assert _work(ward, "VS").dropped == 1
    assert _work(ward, "VS", ward.dee).dropped == 2  # her review fell as well
    verify(ward.trial, ward.mo, [_shown(ward, "V1", "VS", "SYSBP")])
    assert _work(ward, "VS").dropped == 0


def test_queries_that_wait_are_counted_on_their_form_alone(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    ward.save("V1", "DM", {"SEX": "F"})
    ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Does the chart say 120?")
    assert (_work(ward, "VS").queries, _work(ward, "DM").queries) == (1, 0)


def test_forms_stand_in_the_order_of_the_visits(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"SYSBP": "120"})
    ward.save("V1", "DM", {"SEX": "F"})
    ward.save("V1", "VS", {"SYSBP": "120"})
    found = [(one.place.event, one.place.form) for one in works(ward.trial, ward.mo, SUBJECT)]
    order = list(ward.study.forms)
    assert [event for event, _ in found] == ["V1", "V1", "V2", "LOG"]
    first = [form for event, form in found if event == "V1"]
    assert first == sorted(first, key=order.index)


def test_masked_values_are_no_work_of_who_may_not_see_them(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    mona = acting("monitor", unblinded=True, person=("mona", "Mona Ek"))
    seen, blinded = _work(ward, "DOSE", mona), _work(ward, "DOSE")
    assert {line.path for line in seen.lines} - {line.path for line in blinded.lines} == {"DOSEMG", "MGKG"}
    assert seen.queries == blinded.queries + 1  # D01 asks about the dose
    verify(ward.trial, mona, [_shown(ward, "V2", "DOSE", "DOSEMG")])
    give(ward, "61.5", reason=SOURCE)
    assert _work(ward, "DOSE", mona).dropped == 1
    assert _work(ward, "DOSE") == blinded or _work(ward, "DOSE").dropped == 0
    for path in ward.trial.reader(ward.mo).record(ward.place("V2", "DOSE")).values:  # type: ignore[union-attr]
        assert "DOSEMG" not in path


def test_locked_frozen_and_struck_are_told(ward: Ward) -> None:
    ward.save("V1", "DM", {"SEX": "F", "BRTHDAT": "1980"}, submit=True)
    assert _work(ward, "DM").closed == ""
    lock(ward.trial, ward.dee, [_shown(ward, "V1", "DM")])
    assert (_work(ward, "DM").closed, _work(ward, "DM").struck) == ("locked", False)


def test_a_form_to_sign_tells_what_is_open_and_what_became_of_its_signature(make_ward: MakeWard) -> None:
    ward = make_ward(**SIGNED)
    ito = dr_ito(ward)
    ward.save("V1", "DM", {"SEX": "F"})
    [one] = to_sign(ward.trial, ito, SUBJECT)
    assert (one.state, one.open, one.waits) == ("unsigned", ("not complete",), True)
    ward.save("V1", "DM", {"BRTHDAT": "1980"}, submit=True)
    ask(ward.trial, ward.mo, ward.place("V1", "DM"), "SEX", "Does the chart say so?")
    [one] = to_sign(ward.trial, ito, SUBJECT)
    assert one.open == ("1 open query",)
    sign(ward.trial, ito, prepare(ward.trial, ito, [ward.place("V1", "DM")], "APPROVAL"), "ito", WORDS, policy=CHEAP)
    [one] = to_sign(ward.trial, ito, SUBJECT)
    assert (one.state, one.signed and one.signed.name, one.waits) == ("valid", "Ito Person", False)
    assert wanting(ward.trial, ward.dee, works(ward.trial, ward.dee, SUBJECT)) == (0, 1)
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    [one] = to_sign(ward.trial, ito, SUBJECT)
    assert (one.state, one.waits) == ("superseded", True)
    assert wanting(ward.trial, ward.dee, works(ward.trial, ward.dee, SUBJECT)) == (1, 1)


def test_a_form_that_names_no_signer_may_be_signed_and_waits_for_it_only_when_the_subject_has_ended(ward: Ward) -> None:
    ward.save("V1", "DM", {"SEX": "F"})
    [going] = to_sign(ward.trial, ward.ito, SUBJECT, ended=False)
    [ended] = to_sign(ward.trial, ward.ito, SUBJECT, ended=True)
    assert (going.waits, ended.waits) == (False, True)


def test_nobody_is_offered_what_others_sign(make_ward: MakeWard) -> None:
    signed = FORMS["ae"].replace("repeating: yes\n", "repeating: yes\nsigned_by: physician\n")
    ward = make_ward(ae=signed, study=PHARMACY["study"])
    ward.save("V1", "DM", {"SEX": "F"})
    ward.save("LOG", "AE", {"AETERM": "Headache"})
    forms = {who.role: [one.work.place.form for one in to_sign(ward.trial, who, SUBJECT)]
             for who in (ward.ito, acting("physician"), ward.ana, ward.mo)}  # fmt: skip
    assert forms == {"investigator": ["DM"], "physician": ["AE"], "coordinator": [], "monitor": []}
    roles = ("investigator", "physician", "pharmacist", "rater", "coordinator")
    assert [role for role in roles if signer(ward.trial, acting(role))] == ["investigator", "physician"]
