"""The next thing to do for a subject: what a site would do first stands first, and leads to its form."""

from __future__ import annotations

import datetime as dt

from tests.conduct.pharmacy import MakeWard
from tests.conduct.test_roll import WINDOWED
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct import consent
from trialkit.conduct.next_step import Step, next_steps
from trialkit.conduct.schedule import standings


def _steps(ward: Ward, who: Identity | None = None) -> list[Step]:
    who = who or ward.ana
    [one] = standings(ward.trial, who, [(SUBJECT, "01")])
    return next_steps(ward.trial, who, ward.trial.study_at("01"), one)


def test_a_new_subject_begins_with_its_first_visit(ward: Ward) -> None:
    [step] = _steps(ward)
    assert step.words == "Visit V1 Screening"
    assert step.place == ward.place("V1", "VS")


def test_consent_comes_before_queries_and_queries_before_unfinished_forms(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"}, submit=True)
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
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    assert _steps(ward)[-1].words == "Visit V2 Dosing, due 08-Mar-2026 to 11-Mar-2026"
    ward.clock.moment += dt.timedelta(days=10)
    assert _steps(ward)[-1].words == "Visit V2 Dosing, overdue since 1 day (window 08-Mar-2026 to 11-Mar-2026)"


def test_who_enters_nothing_has_nothing_to_do(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "150"})
    assert _steps(ward, ward.ines) == []
    assert [step.words for step in _steps(ward, ward.mo)] == []
