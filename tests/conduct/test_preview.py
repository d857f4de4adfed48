"""What a form would be if it were saved now: the same verdicts as a save, and nothing written."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import MakeWard
from tests.ward import SUBJECT, Ward
from tests.ward_study import FORMS
from trialkit.conduct.preview import Rehearsal, preview
from trialkit.errors import NotFound, Refused


def test_a_preview_works_out_what_a_save_would_and_writes_nothing(ward: Ward) -> None:
    before = ward.store.size
    look = preview(ward.trial, ward.ana, ward.place("V1", "VS"), {"WEIGHT": "82.0", "HEIGHT": "175.0", "SYSBP": "x"})
    assert look.values["BMI"] == "26.8"
    assert "whole number" in str(look.refused["SYSBP"])
    assert ward.store.size == before
    assert ward.values("V1", "VS") == {}


def test_findings_are_told_before_the_save(ward: Ward) -> None:
    look = preview(ward.trial, ward.ana, ward.place("V1", "VS"), {"SYSBP": "100", "DIABP": "100"})
    [hard] = [finding for finding in look.findings if finding.severity == "hard"]
    assert "not below" in hard.message


def test_a_question_is_unasked_until_its_condition_is_true(ward: Ward) -> None:
    place = ward.place("V1", "VS")
    assert "SICKTXT" in preview(ward.trial, ward.ana, place, {}).unasked
    assert "SICKTXT" in preview(ward.trial, ward.ana, place, {"SICK": "N"}).unasked
    assert "SICKTXT" not in preview(ward.trial, ward.ana, place, {"SICK": "Y"}).unasked


def test_a_look_asks_its_own_form_alone_and_not_what_other_forms_would_say_of_it(make_ward: MakeWard) -> None:
    # the consent asks every dated form of the subject when the first procedure took place
    check = """\
checks:
  FIRST:
    severity: query
    require: date(earliest_date()) >= ICDAT
    message: A procedure before the consent.
    item: ICDAT
"""
    ward = make_ward(vs=FORMS["vs"].replace("title: Vital signs\n", "title: Vital signs\ndated_by: VSDAT\n", 1),
                     ic=f"{FORMS['ic']}{check}")  # fmt: skip
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-03-01"})
    ward.save("V1", "VS", {"VSDAT": "2026-02-01"})
    assert [str(query.values["check"]) for query in ward.trial.everything().queries(subject=SUBJECT)] == ["FIRST"]
    look = Rehearsal(ward.trial, ward.ana, ward.place("V1", "VS"))
    look.look({"SYSBP": "120"})
    assert look._sitting is not None
    assert look._sitting.subject.loaded("DM", "") == (False, None)


def test_what_the_person_may_not_see_is_not_in_it(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    masked = {oid for oid, item in ward.study.forms["DOSE"].items.items() if item.visibility == "unblinded"}
    assert masked
    look = preview(ward.trial, ward.ana, ward.place("V2", "DOSE"), {"DOSEDTM": "2026-03-02T07:30"})
    assert not masked & look.values.keys()
    assert masked <= look.hidden, "a screen does not even name them"
    assert not preview(ward.trial, ward.uma, ward.place("V2", "DOSE"), {}).hidden & masked
    rules = list(ward.trial.study_at("01").forms["DOSE"].items.values())
    shown = {who.person: {rule.oid for rule in preview(ward.trial, who, ward.place("V2", "DOSE"), {}).shown(rules)}
             for who in (ward.ana, ward.uma)}  # fmt: skip
    assert shown["uma"] - shown["ana"] == masked
    assert shown["ana"]


def test_a_form_of_another_site_cannot_be_previewed(ward: Ward) -> None:
    with pytest.raises((Refused, NotFound)):
        preview(ward.trial, acting("coordinator", sites=frozenset({"02"})), ward.place("V1", "VS"), {})
