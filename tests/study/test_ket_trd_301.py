"""The reference study loads, proves its own checks, keeps blinded what must be, and calculates as worked by hand."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from trialkit.cli import app
from trialkit.conduct.checking import usual
from trialkit.expressions import Row
from trialkit.study.building import compile_study
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledStudy
from trialkit.study.generic import NUMBERS, own_numbers
from trialkit.study.loading import load_study
from trialkit.study.model import Check
from trialkit.study.trials import try_cases, unproven
from trialkit.values import text

FOLDER = Path(__file__).parents[2] / "forms" / "ket_trd_301"
NO_RULE = Check(require="1 == 1", message="none")
DAY = "2026-03-17"


@pytest.fixture(scope="module")
def study() -> CompiledStudy:
    return compile_study(load_study(FOLDER))


def calculated(study: CompiledStudy, form: str, case: dict[str, object]) -> Row:
    """The record of a case with everything calculated that can be."""
    return CaseFacts(study, form, NO_RULE, case).record


def shown(row: Row, *items: str) -> dict[str, str]:
    return {item: str(text(row[item])) for item in items if item in row}


def test_the_study_has_its_53_forms_and_every_check_proves_itself_both_ways(study: CompiledStudy) -> None:
    assert len(study.forms) == 53
    assert (len(own_numbers(study.checks)) + len(NUMBERS), len(study.checks)) == (141, 233)  # as README says
    assert [str(result) for result in try_cases(study) if not result.good] == []
    assert unproven(study) == []


def test_every_visit_of_the_schedule_is_there_and_doses_where_it_should(study: CompiledStudy) -> None:
    events = study.study.file.events
    visits = "V1 V2 V3 V3A V4 V5 V6 V7 V8 V9 V10 V11 M1 M2 M3 M4 M5 M6 M7 M8 V12 F1 F2 F3 F4".split()
    assert [oid for oid, event in events.items() if event.kind == "scheduled"] == visits
    assert [oid for oid, event in events.items() if event.kind == "unscheduled"] == ["UNS", "BOO", "SIA", "REC", "ET"]
    dosing = {oid for oid, event in events.items() if event.dosing}
    assert dosing == {"BOO", "V3", *(f"V{n}" for n in range(4, 11)), *(f"M{n}" for n in range(1, 9))}
    assert dosing == {oid for oid, forms in study.events.items() if "EC" in forms}
    rated = {"V1", "V2", "V3A", "V5", "V7", "V9", "V11", "V12", "F1", "F2", "F3", *(f"M{n}" for n in range(1, 9))}
    assert {oid for oid, forms in study.events.items() if "MAD" in forms} == rated | {"BOO", "ET"}


def test_the_monitoring_grid_has_the_timepoints_of_the_protocol(study: CompiledStudy) -> None:
    points = study.study.forms["IM"].groups["GRID"].timepoints
    assert points is not None
    numbered = [f"X{n:02}" for n in range(1, 13)]
    assert list(points) == [*"PRE1 PRE2 PRE3 T5 T10 T20 T30 T40 E20 E40 E60 E90 E120".split(), *numbered, "ADHOC"]
    assert [points[code].minute for code in ("T5", "T40", "E120", "X01", "X12")] == [5, 0, 120, 150, 480]
    assert points["ADHOC"].repeats


def test_the_elapsed_time_in_the_datasets_is_the_planned_one_of_the_timepoint(study: CompiledStudy) -> None:
    """SDTM IG: VSELTM is planned; what really passed is told by VSDTC and VSRFTDTC."""
    told = [rule.oid for rule in study.forms["IM"].items.values()
            if any(target.target == "VS.VSELTM" for target in rule.item.sdtm)]  # fmt: skip
    assert told == ["VSTPT"]


def test_the_central_rater_sees_the_ratings_that_a_rater_enters_and_nothing_else(study: CompiledStudy) -> None:
    forms = study.study.forms
    open_to_rater = {oid for oid, form in forms.items() if "rater" not in form.hidden_from}
    assert open_to_rater == {"MAD", "CGI", "YMR"}
    assert all(forms[oid].entered_by == ["rater"] for oid in open_to_rater)


def test_every_check_has_its_cases_and_they_notice_nearly_every_small_mistake() -> None:
    done = CliRunner().invoke(app, ["study", "test", str(FOLDER), "--least", "99"])
    assert done.exit_code == 0, done.output
    assert "0 failed" in done.output


def test_a_birth_date_is_an_identifier_and_the_age_from_it_is_not(study: CompiledStudy) -> None:
    items = study.forms["DM"].items
    assert (items["BRTHDAT"].visibility, items["AGE"].visibility) == ("identifier", "open")
    consent = [{"ICTYPE": "MAIN", "ICSTDAT": "2026-03-02"}]
    assert calculated(study, "DM", {"BRTHDAT": "1980-03-03", "IC": consent})["AGE"] == 45
    assert calculated(study, "DM", {"BRTHDAT": "1980-03-02", "IC": consent})["AGE"] == 46
    assert calculated(study, "DM", {"BRTHDAT": "1980-04", "IC": consent})["AGE"] == 45
    assert "AGE" not in calculated(study, "DM", {"BRTHDAT": "1980-03", "IC": consent})


def test_vector_5_gives_response_without_remission(study: CompiledStudy) -> None:
    total = dict(zip([f"MADRS1{n:02}" for n in range(1, 11)], "2222221121", strict=True))
    row = calculated(study, "MAD", {"EVENT": "V11", **total, "V2:MAD.MADRS111": "34", "FIRST_DOSE": f"{DAY}T10:00"})
    wanted = {"MADRS111": "17", "MADBL": "34", "MADCHG": "-17", "MADPCT": "50.0", "MADRESP": "Y", "MADREM": "N"}
    assert shown(row, *wanted) == wanted


@pytest.mark.parametrize(
    ("total", "remission", "relapse"), [(10, "Y", "N"), (11, "N", "N"), (21, "N", "N"), (22, "N", "Y")]
)
def test_remission_and_relapse_level_turn_at_their_thresholds(
    study: CompiledStudy, total: int, remission: str, relapse: str
) -> None:
    row = calculated(study, "MAD", {"EVENT": "M2", "MADRS111": str(total)})
    assert (row["MADREM"], row["MADREL"]) == (remission, relapse)


def test_a_rating_total_is_unknown_while_one_item_is_missing(study: CompiledStudy) -> None:
    nine = {f"MADRS1{n:02}": "3" for n in range(1, 10)}
    assert "MADRS111" not in calculated(study, "MAD", {"EVENT": "V1", **nine})
    assert calculated(study, "MAD", {"EVENT": "V1", **nine, "MADRS110": "0"})["MADRS111"] == 27
    scores = {f"CADSS{n:02}": "1" for n in range(1, 24)}
    rows = calculated(
        study, "CDS", {"EVENT": "V3", "GRID": [{"ROW": "PRE1", **scores}, {"ROW": "T40", "CADSS01": "4"}]}
    )
    assert [row.get("CADSS24") for row in rows.groups["GRID"]] == [23, None]


@pytest.mark.parametrize(
    ("answers", "level", "alert"),
    [("NN", 0, "N"), ("YN", 1, "N"), ("NYNNN", 2, "N"), ("YYYNN", 3, "N"), ("YYYYN", 4, "Y"), ("YYNNY", 5, "Y")],
)
def test_the_ideation_score_is_the_highest_level_and_alerts_from_four(
    study: CompiledStudy, answers: str, level: int, alert: str
) -> None:
    asked = {f"CSS020{n}": answer for n, answer in enumerate(answers, start=1)}
    none = dict.fromkeys(("CSS0212", "CSS0215", "CSS0217", "CSS0219", "CSS0220", "CSS0221"), "N")
    row = calculated(study, "CSL", {"EVENT": "V4", **asked, **none})
    assert (row["CSLID"], row["CSLBEH"], row["CSLPOS"]) == (level, "N", alert)


def test_one_kind_of_behaviour_alerts_though_other_answers_are_missing(study: CompiledStudy) -> None:
    row = calculated(study, "CSL", {"EVENT": "V4", "CSS0217": "Y"})
    assert (row["CSLBEH"], row["CSLPOS"]) == ("Y", "Y")


@pytest.mark.parametrize(("score", "tries", "passed"), [("8", "2", "Y"), ("7", "2", "N"), ("10", "1", "Y")])
def test_comprehension_is_shown_by_eight_of_ten_within_two_tries(
    study: CompiledStudy, score: str, tries: str, passed: str
) -> None:
    assert calculated(study, "IC", {"ICQSCORE": score, "ICQTRY": tries})["ICQPASS"] == passed


def test_an_event_knows_its_infusion_and_the_minutes_since_it_began(study: CompiledStudy) -> None:
    doses = [
        {"EVENT": "V3", "ECOCCUR": "Y", "ECSTDAT": "2026-03-17", "ECSTDTM": "2026-03-17T10:00"},
        {"EVENT": "V4", "ECOCCUR": "Y", "ECSTDAT": "2026-03-20", "ECSTDTM": "2026-03-20T09:30"},
    ]
    row = calculated(study, "AE", {"AESTDAT": "2026-03-20", "AESTTIM": "09:55", "EC": doses})
    assert (row["AEINF"], row["AERELM"]) == (2, 25)
    assert calculated(study, "AE", {"AESTDAT": "2026-03-16", "EC": doses})["AEINF"] == 0
    assert calculated(study, "AE", {"AESTDAT": "2026-02", "EC": doses})["AEINF"] == 0
    assert "AEINF" not in calculated(study, "AE", {"AESTDAT": "2026-03", "EC": doses})


@pytest.mark.parametrize(("fatal", "due"), [("Y", "2026-03-27"), ("N", "2026-04-04")])
def test_a_suspected_unexpected_serious_reaction_is_due_in_seven_or_fifteen_days(
    study: CompiledStudy, fatal: str, due: str
) -> None:
    event = {"AESPID": "1", "AESER": "Y", "AEREL": "Y", "AESDTH": "N", "AESLIFE": fatal}
    row = calculated(study, "SAE", {"SAEAESP": "1", "SAEEXP": "N", "SAEDAY0": "2026-03-20T15:00", "AE": [event]})
    assert (row["SAESUS"], text(row["SAEDUE"])) == ("Y", due)


def test_a_question_about_an_unusual_value_tells_the_range_in_words(study: CompiledStudy) -> None:
    said = {
        path: usual(study.forms[path.split(".")[0]].items[path.split(".")[1]]) for path in ("CSL.CSLID", "IM.IMSBPMX")
    }
    assert said == {"CSL.CSLID": "0", "IM.IMSBPMX": "at most 164 mmHg"}
    assert usual(study.forms["VS"].items["SYSBP_VSORRES"]) == "between 90 and 140 mmHg"
