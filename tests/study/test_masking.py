"""What is left of the reference study for a reader: nothing of it speaks of what is hidden."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from trialkit.export.web.describe import described
from trialkit.study.building import compile_study, visibility_of
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study
from trialkit.study.masking import masked

BLINDED = ("coordinator", "nurse", "investigator", "rater", "monitor", "sponsor")


@cache
def reference() -> CompiledStudy:
    return compile_study(load_study(Path(__file__).parents[2] / "forms/ket_trd_301"))


def seen_by(role: str, unblinded: bool = False) -> CompiledStudy:
    forms = [oid for oid, form in reference().study.forms.items() if role not in form.hidden_from]
    return masked(reference(), forms, unblinded)


def hidden_names(shown: CompiledStudy) -> set[str]:
    """Ids of items that are left out and stand in no form that is left."""
    every = {oid for form in reference().forms.values() for oid in form.items}
    return every - {oid for form in shown.forms.values() for oid in form.items}


@pytest.mark.parametrize("role", BLINDED)
def test_nothing_that_is_left_names_a_hidden_item(role: str) -> None:
    shown = seen_by(role)
    words = set(re.findall(r"[A-Z][A-Z0-9_]+", described(shown).decode()))
    assert len(hidden_names(shown)) > 50
    assert words & hidden_names(shown) == set()


def test_the_whole_study_names_them_all() -> None:
    """The control: the search does find what it looks for."""
    words = set(re.findall(r"[A-Z][A-Z0-9_]+", described(reference()).decode()))
    assert hidden_names(seen_by("coordinator")) <= words


@pytest.mark.parametrize("role", BLINDED)
def test_masked_items_are_in_no_form_section_or_study_text(role: str) -> None:
    for form in seen_by(role).forms.values():
        whole = reference().study.forms[form.oid]
        for oid, item in form.items.items():
            assert visibility_of(whole, whole.group_of[oid], item.item) != "unblinded"
        assert set(form.form.items) == set(form.items)
        assert set(form.form.checks) == {check.oid for check in form.checks}


def test_a_coordinator_gets_no_arm_no_dose_ladder_and_no_rule_of_the_pharmacy() -> None:
    shown = seen_by("coordinator")
    assert not shown.study.file.arms
    assert {"ARM", "TXTYPE"}.isdisjoint(shown.study.codelists)
    assert {"LADDER", "ARMDOSE", "PRODUCT"}.isdisjoint(shown.study.tables)
    assert {"D09", "P12-DP", "L07-MASKED"}.isdisjoint(shown.checks)
    assert {"D01", "C02"} & set(shown.checks)


def test_a_pharmacist_has_the_dose_and_no_scale() -> None:
    shown = seen_by("pharmacist", unblinded=True)
    assert {"DP", "DAW"} <= set(shown.forms)
    assert "DPMG" in shown.forms["DP"].items
    assert "MAD" not in shown.forms


def test_who_may_see_everything_has_the_study_as_it_is() -> None:
    assert masked(reference(), None, True) is reference()


def test_events_list_only_the_forms_that_are_left() -> None:
    shown = seen_by("rater")
    assert {form for event in shown.events for form in shown.study.event_forms[event]} == set(shown.forms)
