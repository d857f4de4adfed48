"""What follows from a save follows everywhere: versions of the study, conditions, struck lines, parallel saves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ward import SUBJECT, Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.access.identity import system
from trialkit.conduct import amend
from trialkit.conduct.capture import Act, inactivate, save_in
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.errors import Blocked, NotFound, OutOfOrder, ReasonNeeded, StaleRecord, StoreRefused
from trialkit.study.loading import load_study

SOURCE = Reason("SOURCE", "the chart says otherwise")


def test_of_two_saves_that_read_each_others_records_the_second_is_judged_anew(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-01T09:00"})
    dose, weight = (Sitting(ward.trial, system(), SUBJECT) for _ in range(2))
    save_in(dose, ward.place("V2", "DOSE"), {"DOSEMG": "40.0"}, ward.version(ward.place("V2", "DOSE")), Act())
    save_in(weight, ward.place("V2", "VS"), {"WEIGHT": "50.0"}, ward.version(ward.place("V2", "VS")), Act(SOURCE))
    dose.commit()
    with pytest.raises(StaleRecord):
        weight.commit()
    ward.save("V2", "VS", {"WEIGHT": "50.0"}, reason=SOURCE)
    assert ward.values("V2", "DOSE")["MGKG"] == "0.80"


def test_a_request_id_belongs_to_one_act(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"}, request="r-1")
    with pytest.raises((OutOfOrder, StoreRefused), match="another act"):
        ward.save("V1", "DM", {"SEX": "F"}, request="r-1")
    assert ward.values("V1", "DM") == {}


def test_striking_a_line_or_a_row_closes_the_queries_on_it(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-15"})
    ward.save("LOG", "AE", {"AETERM": "Cold", "AESTDAT": "2026-01"}, submit=True)
    ward.save("V2", "GRID", {"READING[PRE].RSYS": "120", "READING[T5].RSYS": "175"})
    assert ward.queries() == ["A14", "G02", "G03", "T03"]
    line, grid = ward.place("LOG", "AE"), ward.place("V2", "GRID")
    inactivate(ward.trial, ward.ana, line, reason=SOURCE, based_on=ward.version(line))
    inactivate(ward.trial, ward.ana, grid, reason=SOURCE, based_on=ward.version(grid), row="READING[T5]")
    assert ward.queries() == []
    assert ward.values("V2", "GRID")["RMAX"] == "120"


def test_what_was_struck_is_not_edited(ward: Ward) -> None:
    ward.save("LOG", "AE", {"AETERM": "Cold", "AESTDAT": "2026-01", "AESER": "N"})
    ward.save("V2", "GRID", {"READING[T5].RSYS": "120"})
    line, grid = ward.place("LOG", "AE"), ward.place("V2", "GRID")
    inactivate(ward.trial, ward.ana, line, reason=SOURCE, based_on=ward.version(line))
    inactivate(ward.trial, ward.ana, grid, reason=SOURCE, based_on=ward.version(grid), row="READING[T5]")
    with pytest.raises(OutOfOrder, match="struck"):
        ward.save("LOG", "AE", {"AESER": "Y"}, reason=SOURCE)
    assert "READING[T5].RSYS" in ward.save("V2", "GRID", {"READING[T5].RSYS": "130"}, reason=SOURCE).refused


def test_records_of_an_older_study_version_move_what_a_newer_one_computes(ward: Ward, tmp_path: Path) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    double = "      TWICE:\n        label: Twice\n        type: decimal\n        compute: VS.WEIGHT * 2\n  STEPS:\n"
    newer = write_study(
        tmp_path / "newer",
        STUDY.replace("version: '1'", "version: '2'"),
        dose=FORMS["dose"].replace("  STEPS:\n", double),
    )
    amend.publish(ward.trial, ward.dee, load_study(newer), "01")
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-01T09:00"})
    assert ward.values("V2", "DOSE")["TWICE"] == "160.0"
    ward.save("V2", "VS", {"WEIGHT": "50.0"}, reason=SOURCE)
    assert ward.values("V2", "DOSE")["TWICE"] == "100.0"


def test_a_computed_item_goes_and_comes_with_its_condition(make_ward: Callable[..., Ward]) -> None:
    bmi = "        label: Body mass index\n"
    ward = make_ward(vs=FORMS["vs"].replace(bmi, bmi + "        when: SICK == 'Y'\n"))
    ward.save("V1", "VS", {"WEIGHT": "82.0", "HEIGHT": "175.0", "SICK": "Y"})
    assert ward.values("V1", "VS")["BMI"] == "26.8"
    ward.save("V1", "VS", {"SICK": "N"}, reason=SOURCE)
    assert "BMI" not in ward.values("V1", "VS")


def test_a_question_of_another_form_that_is_asked_now_is_asked_for(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(
        ae=FORMS["ae"].replace("        label: Serious\n", "        label: Serious\n        when: DM.SEX == 'F'\n")
    )
    ward.save("V1", "DM", {"SEX": "M", "BRTHDAT": "1980"})
    ward.save("LOG", "AE", {"AETERM": "Cold", "AESTDAT": "2026-01"}, submit=True)
    assert ward.values("LOG", "AE")["@status"] == "COMPLETE"
    ward.save("V1", "DM", {"SEX": "F"}, reason=SOURCE)
    assert ward.queries() == ["G03"]
    assert ward.values("LOG", "AE")["@status"] == "TO COMPLETE"
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    assert ward.queries() == []
    assert ward.values("LOG", "AE")["@status"] == "COMPLETE"


def test_an_answer_left_over_blocks_the_change_that_unasks_it(ward: Ward) -> None:
    ward.save("V1", "VS", {"SICK": "Y", "SICKTXT": "cough"})
    with pytest.raises(Blocked, match="not asked"):
        ward.save("V1", "VS", {"SICK": "N"}, reason=SOURCE)
    ward.save("V1", "VS", {"SICK": "N", "SICKTXT": ""}, reason=SOURCE)
    assert "SICKTXT" not in ward.values("V1", "VS")


def test_filling_what_was_cleared_needs_a_reason_too(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    ward.save("V1", "VS", {"SYSBP": ""}, reason=SOURCE)
    with pytest.raises(ReasonNeeded):
        ward.save("V1", "VS", {"SYSBP": "139"})


@pytest.mark.parametrize(
    ("event", "form", "repeats"), [("V1", "VS", (1, 7)), ("LOG", "AE", (0, 1)), ("LOG", "AE", (10_000, 1))]
)
def test_repeats_that_cannot_be_are_refused(ward: Ward, event: str, form: str, repeats: tuple[int, int]) -> None:
    from trialkit.conduct.capture import save_form

    with pytest.raises((NotFound, OutOfOrder)):
        save_form(ward.trial, ward.ana, ward.place(event, form, *repeats), {"SYSBP": "120"}, based_on=0)


@pytest.mark.parametrize(
    "path", ["READING[ADHOC.0].RSYS", "READING[ADHOC.01].RSYS", "READING[ADHOC.99999].RSYS", "", "[].RSYS"]
)
def test_rows_that_cannot_be_are_refused(ward: Ward, path: str) -> None:
    assert path in ward.save("V2", "GRID", {path: "120", "READING[T5].RSYS": "120"}).refused


@pytest.mark.parametrize("raw", [0, False, 12, {"m": "ND"}, [{}], 1.5])
def test_only_texts_and_lists_of_codes_are_answers(ward: Ward, raw: object) -> None:
    assert "SYSBP" in ward.save("V1", "VS", {"SYSBP": raw, "DIABP": "80"}).refused


def test_the_origin_of_a_computed_value_names_the_version_it_was_computed_from(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    ward.save("V2", "DOSE", {"DOSEMG": "40.0"}, who=system())
    ward.save("V2", "VS", {"WEIGHT": "50.0"}, reason=SOURCE)
    last = [
        e for e in ward.trial.everything().history(stream=ward.place("V2", "DOSE").record) if e.act == "record.compute"
    ][-1]
    reads = last.origin["reads"]
    assert isinstance(reads, dict)
    assert reads[f"{SUBJECT}/V2.1/VS.1"] == 2


def test_a_time_that_came_twice_when_the_clocks_went_back_is_not_in_the_future(ward: Ward) -> None:
    import datetime as dt

    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.clock.moment = dt.datetime(2026, 10, 25, 1, 10, tzinfo=dt.UTC)  # 01:10 in London, for the second time
    assert not ward.save("V2", "DOSE", {"DOSEDTM": "2026-10-25T01:50"}).refused
    assert "DOSEDTM" in ward.save("V2", "DOSE", {"DOSEDTM": "2026-10-25T02:50"}, reason=SOURCE).refused


def test_what_is_worked_out_from_a_worked_out_item_follows_in_every_line_of_a_log(
    make_ward: Callable[..., Ward],
) -> None:
    counted = "      AEALL:\n        label: Lines\n        type: integer\n        compute: count(AE)\n"
    counted += "      AELEFT:\n        label: Lines left\n        type: integer\n        compute: 10 - AEALL\nchecks:\n"
    ward = make_ward(ae=FORMS["ae"].replace("checks:\n", counted))
    ward.save("LOG", "AE", {"AETERM": "Cold"})
    assert ward.values("LOG", "AE")["AELEFT"] == "9"
    ward.save("LOG", "AE", {"AETERM": "Cough"}, repeat=2)
    assert [ward.values("LOG", "AE", n)["AELEFT"] for n in (1, 2)] == ["8", "8"]


def test_an_item_of_a_form_of_several_other_visits_is_unknown_here(make_ward: Callable[..., Ward]) -> None:
    reads = "checks:\n  X01:\n    finding: present(DM.SEX) and SYSBP > 0\n    message: Sex is known here.\n"
    visits = STUDY.replace("    - GRID\n", "    - GRID\n    - DM\n  V3:\n    title: Later\n    forms:\n    - VS\n", 1)
    ward = make_ward(study=visits, vs=FORMS["vs"].replace("checks:\n", reads, 1))
    ward.save("V1", "DM", {"SEX": "F"})
    ward.save("V3", "VS", {"SYSBP": "120"})
    assert "X01" not in ward.queries()
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert "X01" in ward.queries()
