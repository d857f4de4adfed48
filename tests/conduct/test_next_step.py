"""The next thing to do for a subject: what a site would do first stands first, and leads to its form."""

from __future__ import annotations

import datetime as dt

from tests.access.staff import acting
from tests.conduct.pharmacy import MakeWard
from tests.conduct.test_roll import PASSED, WINDOWED
from tests.ward import SUBJECT, Ward
from tests.ward_study import FORMS, STUDY
from trialkit.access.identity import Identity
from trialkit.conduct import consent
from trialkit.conduct.next_step import Step, next_steps
from trialkit.conduct.schedule import standings


def _steps(ward: Ward, who: Identity | None = None) -> list[Step]:
    who = who or ward.ana
    [one] = standings(ward.trial, who, [(SUBJECT, "01")])
    return next_steps(ward.trial, who, ward.trial.study_at("01"), one)


CONSENTED = {"ICVER": "1.0", "ICDAT": "2026-02-01"}


def test_a_new_subject_begins_with_the_consent_and_then_its_first_visit(ward: Ward) -> None:
    [step] = _steps(ward)
    assert (step.words, step.place) == ("Record the informed consent", ward.place("LOG", "IC"))
    [step] = _steps(ward, acting("nurse"))
    assert (step.words, step.place) == ("The informed consent is not recorded yet", None)
    ward.save("LOG", "IC", CONSENTED, submit=True)
    [step] = _steps(ward)
    assert step.words == "Visit V1 Screening"
    assert step.place == ward.place("V1", "VS")


def test_consent_comes_before_queries_and_queries_before_unfinished_forms(ward: Ward) -> None:
    ward.save("LOG", "IC", CONSENTED, submit=True)
    ward.save("V1", "DM", {"SEX": "F"})
    ward.save("V1", "VS", {"SYSBP": "150"})
    consent.push_version(ward.trial, ward.dee, "01", "2.0", "2026-02-20", "2026-03-01")
    found = _steps(ward)
    assert [step.words for step in found][:3] == [
        "Consent again, on version 2.0 of the consent form", "Answer the query on Vital signs at V1",
        "Finish Demographics at V1",
    ]  # fmt: skip
    assert [step.place for step in found][:3] == [
        ward.place("LOG", "IC", 2), ward.place("V1", "VS"), ward.place("V1", "DM"),
    ]  # fmt: skip


def test_a_visit_tells_its_window_and_how_long_it_is_overdue(make_ward: MakeWard) -> None:
    ward = make_ward(study=WINDOWED)
    ward.save("LOG", "IC", CONSENTED, submit=True)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    assert _steps(ward)[-1].words == "Visit V2 Dosing, due 08-Mar-2026 to 11-Mar-2026"
    ward.clock.moment += dt.timedelta(days=10)
    assert _steps(ward)[-1].words == "Visit V2 Dosing, overdue by 1 day (window 08-Mar-2026 to 11-Mar-2026)"


def test_the_visit_that_is_overdue_longest_comes_before_the_one_that_is_next(make_ward: MakeWard) -> None:
    ward = make_ward(study=PASSED["study"].replace("  LOG:\n", "  V4:\n    title: Last\n    forms: [VS]\n  LOG:\n", 1),
                     ds=PASSED["ds"])  # fmt: skip
    ward.save("LOG", "IC", CONSENTED, submit=True)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    ward.save("V3", "VS", {"SYSBP": "120"})
    assert _steps(ward)[-1].words == "Visit V4 Last"
    ward.clock.moment += dt.timedelta(days=10)
    assert _steps(ward)[-1].words == "Visit V2 Dosing, overdue by 1 day (window 08-Mar-2026 to 11-Mar-2026)"


def test_who_enters_nothing_has_nothing_to_do(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "150"})
    assert _steps(ward, ward.ines) == []
    assert [step.words for step in _steps(ward, ward.mo)] == []


def test_nobody_is_sent_to_a_form_that_others_enter(make_ward: MakeWard) -> None:
    roles = "roles:\n" + "".join(f"  {role}:\n    title: {role}\n    sees: [open, identifier, unblinded]\n"
                                 for role in ("coordinator", "nurse", "pharmacist", "datamanager"))  # fmt: skip
    theirs = FORMS["vs"].replace("oid: VS\n", "oid: VS\nentered_by: [coordinator]\n", 1)
    ward = make_ward(study=STUDY + roles, vs=theirs)
    ward.save("LOG", "IC", CONSENTED, submit=True)
    ward.save("V1", "VS", {"SYSBP": "150"})
    assert [step.place for step in _steps(ward)][:1] == [ward.place("V1", "VS")]
    for role in ("pharmacist", "nurse"):
        assert not [step for step in _steps(ward, acting(role)) if step.place and step.place.form == "VS"], role
