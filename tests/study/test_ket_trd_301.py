"""The reference study loads, proves its own checks, keeps blinded what must be, and calculates as worked by hand."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from trialkit.expressions import Row
from trialkit.study.building import compile_study
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study
from trialkit.study.model import Check
from trialkit.study.trials import try_cases, unproven
from trialkit.values import text

FOLDER = Path(__file__).parents[2] / "forms" / "ket_trd_301"
FORMS = "SV IC ICW IE DM MH CM VS DP EC ECS IM CDS DR MAD CSL AE SAE DV DS".split()
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


def handed_on(row: Row, group: str) -> object:
    """What a repeating group of a record hands to the case of another form."""
    return [{"ROW": inner.key, **{i: text(v) for i, v in inner.items() if i not in row}} for inner in row.groups[group]]


def of(form: str, row: Row) -> dict[str, object]:
    return {f"{form}.{item}": text(value) for item, value in row.items()}


def prepared(study: CompiledStudy, **changed: object) -> Row:
    asked = {"DPARM": "A", "DPLVL": "0", "DPWT": "82", "DPVIALN": "1"}
    drawn = {"DPVCONC": "10", "DPVOLA": "4.10", "DPTOTV": "50.0"}
    return calculated(study, "DP", {"EVENT": "V3", **asked, **drawn, **changed})


def infused(study: CompiledStudy, end: str, *steps: tuple[str, str, str]) -> tuple[Row, Row]:
    """Steps and infusion record of an infusion that began at 10:00 with the syringe of vector 1."""
    dose = of("DP", prepared(study))
    clock = {"ECSTDAT": DAY, "ECSTTIM": "10:00", "ECENDAT": DAY, "ECENTIM": end}
    rows = [{"ECSTIM": time, "ECSACT": act, "ECSRATE": rate} for time, act, rate in steps]
    around = {**{f"EC.{i}": v for i, v in clock.items()}, "EC.ECSTDTM": f"{DAY}T10:00", **dose}
    stepped = calculated(study, "ECS", {"EVENT": "V3", "STEPS": rows, **around})
    record = calculated(
        study, "EC", {"EVENT": "V3", "ECOCCUR": "Y", **clock, **dose, "ECS.STEPS": handed_on(stepped, "STEPS")}
    )
    return stepped, record


def monitored(study: CompiledStudy, pressures: dict[str, int], diastolic: int = 80) -> Row:
    """A grid of systolic pressures on schedule around an infusion from 10:00 to 10:40."""
    minute = {"PRE1": -30, "T5": 5, "T10": 10, "T20": 20, "T30": 30, "T40": 40}
    minute |= {f"E{m}": 40 + m for m in (20, 40, 60, 90, 120)} | {"X01": 190}
    start = dt.datetime.fromisoformat(f"{DAY}T10:00")
    rows = [
        {
            "ROW": row,
            "IMTIM": (start + dt.timedelta(minutes=minute[row])).strftime("%H:%M"),
            "SYSBP_VSORRES": str(systolic),
            "DIABP_VSORRES": str(diastolic),
            "OXYSAT_VSORRES": "97",
            "IMMOAA": "4" if row == "T30" else "5",
        }
        for row, systolic in pressures.items()
    ]
    around = {"SV.SVDAT": DAY, "EC.ECSTDTM": f"{DAY}T10:00", "EC.ECENDTM": f"{DAY}T10:40"}
    scores = [{"ROW": "T40", "CDSTPT": "T40", "CADSS24": "12"}, {"ROW": "E60", "CDSTPT": "E60", "CADSS24": "3"}]
    return calculated(study, "IM", {"EVENT": "V3", "GRID": rows, "CDS.GRID": scores, **around})


VECTOR_7 = {"PRE1": 128, "T5": 131, "T10": 139, "T20": 151, "T30": 158, "T40": 160}
VECTOR_7 |= {"E20": 149, "E40": 140, "E60": 133, "E90": 130, "E120": 129}


def test_the_study_has_its_twenty_forms_and_every_check_proves_itself_both_ways(study: CompiledStudy) -> None:
    assert sorted(study.forms) == sorted(FORMS)
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


def test_what_tells_drug_strength_or_milligrams_is_unblinded_and_volume_is_not(study: CompiledStudy) -> None:
    def visibility(form: str, *items: str) -> set[str]:
        return {study.forms[form].items[item].visibility for item in items}

    starred = "DPARM DPMGKG DPMG DPCAP DPVCONC DPVOLP DPVOLA DPCONC DPREM DPVIALN".split()
    assert visibility("DP", *starred) == {"unblinded"}
    assert visibility("EC", "ECDOSE", "ECMGKG") == visibility("ECS", "ECSMG") == {"unblinded"}
    assert visibility("EC", "ECVOLPL", "ECVOLT", "ECPCT", "ECRESID", "ECKIT") == {"open"}
    assert {study.checks[oid].visibility for oid in ("P10", "P11")} == {"unblinded"}
    assert {study.checks[oid].visibility for oid in ("I02", "P13", "P14")} == {"open"}


def test_no_blinded_role_of_a_site_or_sponsor_sees_dose_preparation(study: CompiledStudy) -> None:
    roles = study.study.file.roles
    blinded = {role for role in roles if role not in ("pharmacist", "auditor", "administrator")}
    assert blinded <= set(study.study.forms["DP"].hidden_from)
    assert [role for role in roles if "unblinded" in roles[role].sees] == ["pharmacist"]


def test_the_central_rater_sees_the_rating_and_nothing_else(study: CompiledStudy) -> None:
    open_to_rater = {oid for oid, form in study.study.forms.items() if "rater" not in form.hidden_from}
    assert open_to_rater == {"MAD"}


def test_a_birth_date_is_an_identifier_and_the_age_from_it_is_not(study: CompiledStudy) -> None:
    items = study.forms["DM"].items
    assert (items["BRTHDAT"].visibility, items["AGE"].visibility) == ("identifier", "open")
    consent = [{"ICTYPE": "MAIN", "ICSTDAT": "2026-03-02"}]
    assert calculated(study, "DM", {"BRTHDAT": "1980-03-03", "IC": consent})["AGE"] == 45
    assert calculated(study, "DM", {"BRTHDAT": "1980-03-02", "IC": consent})["AGE"] == 46
    assert calculated(study, "DM", {"BRTHDAT": "1980-04", "IC": consent})["AGE"] == 45
    assert "AGE" not in calculated(study, "DM", {"BRTHDAT": "1980-03", "IC": consent})


def test_vector_1_gives_the_body_mass_index(study: CompiledStudy) -> None:
    at_v1 = calculated(study, "VS", {"EVENT": "V1", "HEIGHT_VSORRES": "175.0", "WEIGHT_VSORRES": "82.0"})
    later = calculated(study, "VS", {"EVENT": "V11", "V1:VS.HEIGHT_VSORRES": "175.0", "WEIGHT_VSORRES": "82.0"})
    assert at_v1["BMI"] == later["BMI"] == Decimal("26.8")


def test_vector_1_gives_dose_volume_concentration_and_remainder(study: CompiledStudy) -> None:
    wanted = {"DPMG": "41.0", "DPVOLP": "4.10", "DPREM": "15.90"}
    row = prepared(study)
    assert shown(row, *wanted) == wanted
    assert row["DPCONC"] == Decimal("0.82")


def test_vector_1_gives_duration_pause_volume_percent_and_dose(study: CompiledStudy) -> None:
    steps, record = infused(
        study,
        "10:52:36",
        ("10:00", "START", "75"),
        ("10:20", "PAUSE", "0"),
        ("10:26", "RESUME", "56.3"),
        ("10:52:36", "END", "0"),
    )
    volumes = [row.get("ECSVOL") for row in steps.groups["STEPS"]]
    assert volumes == [Decimal("25.00"), 0, Decimal("24.96"), 0]
    wanted = {"ECDUR": "52.6", "ECRUN": "46.6", "ECINTP": "6.0", "ECVOLT": "49.96", "ECPCT": "99.9", "ECDOSE": "41.0"}
    assert {item: Decimal(str(record[item])) for item in wanted} == {i: Decimal(v) for i, v in wanted.items()}
    assert record["ECMGKG"] == Decimal("0.5")
    assert (record["ECADJYN"], record["ECNPAU"], record["ECNCUT"], record["ECNSTOP"]) == ("Y", 1, 0, 0)


def test_vector_2_gives_half_the_dose_and_the_residual(study: CompiledStudy) -> None:
    _, record = infused(study, "10:20", ("10:00", "START", "75"), ("10:20", "STOP", "0"))
    wanted = {"ECVOLT": "25", "ECPCT": "50", "ECDOSE": "20.5", "ECRESID": "25"}
    assert {item: Decimal(str(record[item])) for item in wanted} == {i: Decimal(v) for i, v in wanted.items()}
    waste = Decimal(str(record["ECRESID"])) * Decimal("0.82")
    assert 200 - Decimal(str(record["ECDOSE"])) - waste - Decimal("15.9") * 10 == 0


@pytest.mark.parametrize(
    ("arm", "level", "weight", "milligrams"),
    [
        ("A", "2", "118.0", "80.0"),  # vector 3: dosing weight 100 kg, and the cap
        ("A", "0", "118.0", "50.0"),
        ("A", "-1", "82.0", "32.8"),
        ("A", "1", "82.0", "53.3"),
        ("B", "-1", "82.0", "16.4"),
        ("B", "0", "82.0", "20.5"),
        ("B", "2", "82.0", "20.5"),
        ("B", "0", "118.0", "25.0"),
        ("C", "-1", "82.0", "1.64"),
        ("C", "0", "82.0", "2.05"),
        ("C", "1", "82.0", "2.67"),  # 2.665, half away from zero
        ("C", "2", "118.0", "4.00"),
    ],
)
def test_the_dose_ladder_holds_in_every_arm_and_at_the_cap(
    study: CompiledStudy, arm: str, level: str, weight: str, milligrams: str
) -> None:
    dose = prepared(study, DPARM=arm, DPLVL=level, DPWT=weight)["DPMG"]
    assert Decimal(str(dose)) == Decimal(milligrams)


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


def test_vector_7_gives_the_rise_and_the_time_until_pressure_was_back(study: CompiledStudy) -> None:
    row = monitored(study, VECTOR_7)
    assert (row["IMSBP0"], row["IMSBPMX"], row["IMSBPRI"]) == (128, 160, 32)
    assert (row["IMBACK"], row["IMOBS"], row["IMNTPT"]) == (40, 120, 10)
    assert (row["IMSPMIN"], row["IMMOMIN"], row["IMCDMAX"]) == (97, 4, 12)


def test_a_high_pressure_before_dosing_raises_the_discharge_limit_by_ten_over_five(study: CompiledStudy) -> None:
    row = monitored(study, {**VECTOR_7, "PRE1": 135}, diastolic=89)
    assert (row["IMLIMSBP"], row["IMLIMDBP"]) == (145, 94)
    assert monitored(study, {**VECTOR_7, "PRE1": 130}, diastolic=85)["IMLIMSBP"] == 140


@pytest.mark.parametrize(("second", "back"), [("50", 40), ("49", None)])
def test_pressure_is_back_by_two_readings_ten_minutes_apart(
    study: CompiledStudy, second: str, back: int | None
) -> None:
    within = {"SYSBP_VSORRES": "120", "DIABP_VSORRES": "80"}
    rows = [{"ROW": "E40", "IMAFTER": "40", **within}, {"ROW": "E60", "IMAFTER": second, **within}]
    before = {"IMSBP0": "120", "IMDBP0": "80"}
    assert calculated(study, "IM", {"EVENT": "V3", "GRID": rows, **before}).get("IMBACK") == back


def test_a_subject_may_leave_when_pressure_alertness_and_dissociation_are_back(study: CompiledStudy) -> None:
    im = monitored(study, VECTOR_7)
    grid, summary = handed_on(im, "GRID"), of("IM", im)
    scores = [{"ROW": "T40", "CADSS24": "12"}, {"ROW": "E120", "CADSS24": "4"}]
    case = {
        "EVENT": "V3",
        "SV.SVDAT": DAY,
        "EC.ECENDTM": f"{DAY}T10:40",
        "IM.GRID": grid,
        **summary,
        "CDS.GRID": scores,
    }
    row = calculated(study, "DR", {**case, "DRTIM": "12:40"})
    assert [row[item] for item in ("DRBPOK", "DROBSOK", "DRMOOK", "DRCDOK")] == ["Y", "Y", "Y", "Y"]
    assert calculated(study, "DR", {**case, "DRTIM": "12:39"})["DROBSOK"] == "N"
    dissociated = calculated(study, "DR", {**case, "CDS.GRID": [{"ROW": "E120", "CADSS24": "5"}], "DRTIM": "12:40"})
    assert dissociated["DRCDOK"] == "N"


def test_pressure_that_rises_again_at_the_last_reading_is_not_back(study: CompiledStudy) -> None:
    im = monitored(study, {**VECTOR_7, "E120": 141})
    row = calculated(study, "DR", {"EVENT": "V3", "IM.GRID": handed_on(im, "GRID"), **of("IM", im)})
    assert row["DRBPOK"] == "N"


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


def test_minutes_off_schedule_are_counted_from_start_end_or_the_row_before(study: CompiledStudy) -> None:
    row = monitored(study, {**VECTOR_7, "X01": 130})
    off = {inner.key: inner["IMOFF"] for inner in row.groups["GRID"]}
    assert off == {**dict.fromkeys(VECTOR_7, 0), "PRE1": 5, "X01": 0}


def test_infusions_of_seven_days_are_counted_with_the_one_at_hand(study: CompiledStudy) -> None:
    doses = [{"EVENT": v, "ECOCCUR": "Y", "ECSTDAT": d} for v, d in (("V3", "2026-03-17"), ("V4", "2026-03-20"))]
    third = {"EVENT": "V5", "ECOCCUR": "Y", "EC": doses}
    assert calculated(study, "EC", {**third, "ECSTDAT": "2026-03-24"})["ECN7D"] == 2
    assert calculated(study, "EC", {**third, "ECSTDAT": "2026-03-23"})["ECN7D"] == 3
