"""Of which checks of the reference study a role is told: of those that are its to settle, of none of a hidden form."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.access.staff import acting
from trialkit.access.gate import sight, system_sight
from trialkit.access.table import permission
from trialkit.store.sight import Sight
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.loading import load_study

CLINIC = ("coordinator", "nurse", "physician", "investigator")
OFFICE = ("monitor", "datamanager", "medicalmonitor", "sponsor")
BETWEEN = {"C01", "D09", "P13", "P14"}
"""Checks on forms of the clinic that read the pharmacy's."""


@cache
def reference() -> CompiledStudy:
    return compile_study(load_study(Path(__file__).parents[2] / "forms/ket_trd_301"))


def of(role: str) -> Sight:
    return sight(acting(role), reference().study, [reference()])


def told(role: str) -> dict[str, CompiledCheck]:
    """The checks on forms that the role sees, by their ids."""
    seen = of(role)
    return {
        oid: check for oid, check in reference().checks.items()
        if (seen.forms is None or check.form in seen.forms) and oid not in seen.untold
        and check.visibility in seen.visibility
    }  # fmt: skip


def test_the_pharmacist_is_told_of_no_check_that_reads_what_is_hidden_but_the_one_on_her_own_form() -> None:
    seen = of("pharmacist").forms
    assert seen is not None
    hidden = {oid for oid, check in told("pharmacist").items() if not seen.issuperset(form for form, _ in check.reads)}
    assert hidden == {"P16"}
    assert len(of("pharmacist").untold & {oid for oid, check in reference().checks.items() if check.form in seen}) == 18


@pytest.mark.parametrize("role", ["nurse", "irt", "pharmacist", "sponsor", "rater"])
def test_the_words_of_a_check_print_nothing_of_a_hidden_form(role: str) -> None:
    seen = of(role).forms
    assert seen is not None
    assert all(seen.issuperset(form for form, _ in check.message.reads) for check in told(role).values())


@pytest.mark.parametrize("role", [*CLINIC, *OFFICE])
def test_who_answers_and_who_closes_is_told_of_consent_death_and_kit_though_the_pharmacy_is_read(role: str) -> None:
    assert set(told(role)) >= BETWEEN


def test_every_open_check_is_told_to_people_who_answer_it_and_on_the_forms_of_the_office_to_those_who_close() -> None:
    def by(act: str, roles: tuple[str, ...]) -> set[str]:
        return set().union(*(told(role) for role in roles if permission(role, act) is not None))

    checks = {oid: check for oid, check in reference().checks.items() if check.visibility == "open"}
    assert by("query.answer", (*CLINIC, "rater", "pharmacist")) >= checks.keys()
    forms = of("datamanager").forms
    assert forms is not None
    assert by("query.close", OFFICE) >= {oid for oid, check in checks.items() if check.form in forms}


def test_the_system_is_told_of_everything() -> None:
    assert system_sight().untold == frozenset()
    assert of("system").untold == frozenset()
