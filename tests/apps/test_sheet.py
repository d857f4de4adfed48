"""The open form: what lies in it unsaved when it is opened anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from apps import here
from apps.form import opening
from apps.form.cells import in_place_of
from apps.form.draft import AT_TABLET
from apps.form.sheet import Sheet
from apps.widgets import typed_of
from trialkit.conduct.standing import split
from trialkit.ledger.entry import Place, Written
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study

PULSE, PRESSURE = "READINGS[2].PULSE_VSORRES", "READINGS[1].SYSBP_VSORRES"
STOOD: dict[str, Written] = {PULSE: {"m": "ND"}, PRESSURE: "127"}


@pytest.fixture(scope="module")
def study() -> CompiledStudy:
    return compile_study(load_study(Path(__file__).parents[2] / "forms" / "ket_trd_301"))


NEW = {"at": "9999-01-01T00:00:00+00:00"}


def _opened(study: CompiledStudy, **more: Written) -> Sheet:
    form, stood = study.forms["VS"], {**STOOD, **more}
    sheet = Sheet(Place("02", "02-0012", "V1", 1, "VS"), study, form, 3, stood, "COMPLETE")
    for path, value in STOOD.items():
        group, row, item = split(path)
        sheet.rows.setdefault(group, {}).setdefault(row, {})[item] = typed_of(form.items[item], value)
        if isinstance(value, dict):
            sheet.missing[path] = value["m"]
    return sheet


def test_a_reason_for_no_answer_that_was_taken_back_is_still_taken_back_when_the_form_is_opened_anew(
    study: CompiledStudy,
) -> None:
    sheet = _opened(study)
    sheet.missing.pop(PULSE)
    left = sheet.typed()
    assert left == {PULSE: ""}
    again = _opened(study)
    assert again.typed() == {}
    again.put(PULSE, left[PULSE])
    assert again.typed() == left


def test_a_number_takes_the_place_of_a_reason_for_having_none_and_an_empty_box_does_not(study: CompiledStudy) -> None:
    sheet = _opened(study)
    sheet.take(PULSE, "")
    assert sheet.typed() == {}
    sheet.take(PULSE, "77")
    assert sheet.typed() == {PULSE: "77"}
    sheet.missing[PULSE] = "ND"  # chosen again
    assert sheet.typed() == {}
    sheet.take(PULSE, "78")
    sheet.take(PULSE, "")  # erased: the reason stands as before
    assert sheet.typed() == {}


def test_what_was_typed_in_a_row_that_was_struck_under_it_goes_off_the_sheet_and_the_rest_stays(
    study: CompiledStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = list[Any]()
    monkeypatch.setattr(Sheet, "keep", lambda sheet: kept.append(dict(sheet.gone)))
    sheet = _opened(study)
    sheet.take(PRESSURE, "131")
    sheet.take(PULSE, "77")
    sheet.let_go({**STOOD, "READINGS[1].@inactive": "Y"})
    assert sheet.typed() == {PULSE: "77"}
    assert sheet.gone == {PRESSURE: "131"}
    assert kept == [{PRESSURE: "131"}]


@pytest.mark.parametrize(("age", "forgotten"), [(AT_TABLET / 2, False), (AT_TABLET, True)])
def test_a_participant_who_comes_back_finds_what_was_typed_for_half_an_hour(
    study: CompiledStudy, monkeypatch: pytest.MonkeyPatch, age: timedelta, forgotten: bool
) -> None:
    sheet, note = _opened(study), {"at": (datetime.now(UTC) - age).isoformat()}
    monkeypatch.setattr(here, "who", lambda: SimpleNamespace(role="subject", person="eptablet"))
    monkeypatch.setattr(opening, "window", lambda: "window")
    monkeypatch.setattr(opening.draft, "kept", lambda name: {"window": note, "another tablet": NEW})
    assert opening._too_old(sheet) is forgotten
    sheet.on_screen.add(PULSE)  # it lies before them
    assert not opening._too_old(sheet)


def test_what_was_typed_in_a_row_that_somebody_struck_meanwhile_is_told_and_is_no_answer(study: CompiledStudy) -> None:
    again = _opened(study, **{"READINGS[1].@inactive": "Y"})
    again.put(PRESSURE, "131")
    again.put(PULSE, "77")
    assert again.gone == {PRESSURE: "131"}
    assert again.typed() == {PULSE: "77"}


def test_a_reason_for_no_answer_names_the_answer_whose_place_it_takes_and_no_unit_where_there_is_none(
    study: CompiledStudy,
) -> None:
    sheet = _opened(study)
    row = sheet.rows["READINGS"]["2"]
    assert in_place_of(sheet, PULSE) == ""
    row["PULSE_VSORRES"] = "74"
    assert in_place_of(sheet, PULSE) == ", in place of 74 beats/min"


@pytest.fixture
def laid(study: CompiledStudy, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is laid back of a note in which Lea weighed in a study of before, where that was asked otherwise."""
    form, laid = study.forms["VS"], list[Any]()
    weight = form.items["WEIGHT_VSORRES"]
    other = replace(weight, item=weight.item.model_copy(update={"label": "Weight after the meal"}))
    before = replace(form, items={**form.items, weight.oid: other})
    note = {"typed": {weight.oid: "81.5", PULSE: "77"}, "stood": {}, "version": 0, "said": {}, "study": "before",
            "at": "2026-03-02T09:00:00+00:00"}  # fmt: skip
    monkeypatch.setattr(here, "who", lambda: SimpleNamespace(role="coordinator", person="lea"))
    monkeypatch.setattr(
        here, "trial", lambda: SimpleNamespace(compiled={"before": SimpleNamespace(forms={"VS": before})}.get)
    )
    monkeypatch.setattr(opening.draft, "kept", lambda name: {"window": note})
    monkeypatch.setattr(opening, "lay", lambda sheet, typed, *more: laid.append(typed))
    return laid


def test_an_answer_is_laid_back_under_the_question_that_it_was_given_to_and_told_where_that_is_another(
    study: CompiledStudy, laid: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "entered", lambda sheet: frozenset({""}))
    sheet = _opened(study)
    opening._lay_back(sheet)
    assert laid == [{PULSE: "77"}]
    assert sheet.others == ["Weight after the meal: 81.5"]
    assert sheet.taken == {"window": "2026-03-02T09:00:00+00:00"}


def test_what_lea_typed_before_her_role_was_another_stays_on_the_desk(
    study: CompiledStudy, laid: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "entered", lambda sheet: frozenset())
    sheet = _opened(study)
    opening._lay_back(sheet)
    assert laid == []
    assert sheet.taken == {}  # so that nothing takes the note away
