"""How a casebook reads: who added what, rows by the clock, limits, conditions, the way a subject left, days in UTC."""

from __future__ import annotations

from pathlib import Path

from tests.cast import DEE, ITO
from tests.export.ketamine import AE, CODELISTS, EC, FILE, IM, stopped_infusion
from tests.export.ketamine import DM as DM_FORM
from tests.export.memory import MemoryTrial, study
from tests.export.test_casebook import casebook, flat, pages
from trialkit.export.pdf.fonts import BOLD, width
from trialkit.export.pdf.order import in_time
from trialkit.export.pdf.page import SIZE
from trialkit.export.pdf.table import Cell, fitting
from trialkit.export.wording import both
from trialkit.ledger.entry import Place

V4_IM = Place("01", "01-0001", "V4", 1, "IM")


def test_the_cover_tells_how_the_subject_left_from_the_disposition_form(tmp_path: Path) -> None:
    items = {
        "DSEP": {"label": "Period", "type": "code", "codelist": "EPOCH"},
        "DSDECOD": {"label": "Reason", "type": "code", "codelist": "LEFT"},
        "DSSTDAT": {"label": "Date", "type": "date"},
    }
    ds = {"oid": "DS", "title": "Disposition", "domain": "DS", "groups": {"END": {"title": "End", "items": items}}}
    lists = {
        "EPOCH": {"title": "Period", "codes": {"SCR": "Screening"}},
        "LEFT": {"title": "Reason", "codes": {"SF": "Screen failure"}},
    }
    trial = MemoryTrial(study({**FILE, "events": {"V1": {"title": "Screening", "forms": ["DS"]}}}, lists, [ds], "ds"))
    at = Place("01", "01-0001", "V1", 1, "DS")
    trial.save(at, {"DSEP": "SCR"})
    assert "Disposition Screening" in pages(casebook(trial.source(), tmp_path))[0]
    trial.save(at, {"DSDECOD": "SF", "DSSTDAT": "2026-01-14"})
    assert "Disposition Screening, Screen failure, 14-Jan-2026" in pages(casebook(trial.source(), tmp_path))[0]


def test_values_added_later_to_a_row_that_others_began_are_named(tmp_path: Path) -> None:
    trial = stopped_infusion()
    trial.save(V4_IM, {"GRID[PRE].IMTIM": "09:40", "GRID[PRE].SYSBP": "120"})
    trial.save(V4_IM, {"GRID[PRE].PULSE": "70", "GRID[PRE].RESP": "14", "GRID[T5].SYSBP": "121"}, who=ITO)
    text = flat("".join(pages(casebook(trial.source(), tmp_path))))
    assert flat(": GRID PRE (PULSE, RESP), GRID T5.") in text


def test_an_unplanned_reading_stands_in_its_place_by_the_clock(tmp_path: Path) -> None:
    page = pages(casebook(stopped_infusion().source(), tmp_path))[5]
    text = page[page.index("Monitoring grid") :] if "Monitoring grid" in page else ""
    places = [text.find(label) for label in ("Before infusion", "10 min", "Ad hoc 1", "20 min", "60 min after end")]
    assert -1 not in places
    assert places == sorted(places)


def test_rows_after_midnight_and_rows_without_a_time_keep_their_place() -> None:
    form = stopped_infusion().all_versions[0].forms["IM"]
    times = {"PRE": "23:40", "T5": "23:58", "T10": "00:03", "ADHOC.1": "00:01", "ADHOC.2": "23:30", "ADHOC.3": ""}
    rows = {row: {"IMTIM": at} if at else {} for row, at in times.items()}
    assert in_time(form, "GRID", rows) == ["ADHOC.2", "PRE", "T5", "ADHOC.1", "T10", "ADHOC.3"]


def test_a_visit_without_infusion_has_readings_and_no_infusion_as_it_happened(tmp_path: Path) -> None:
    trial = stopped_infusion()
    trial.save(V4_IM, {"GRID[PRE].IMTIM": "09:40", "GRID[PRE].SYSBP": "151"})
    assert "Readings; no start recorded" in "".join(pages(casebook(trial.source(), tmp_path)))
    trial.save(Place("01", "01-0001", "V4", 1, "EC"), {"ECCOMP": "N"})
    text = "".join(pages(casebook(trial.source(), tmp_path)))
    assert "Readings; no infusion was given" in text
    assert text.count("The infusion as it happened") == 1


def test_the_limits_that_a_calculation_of_the_rows_reads_stand_above_them(tmp_path: Path) -> None:
    limits = {
        "P_STOP": {"label": "Systolic limit", "value": "180", "unit": "mmHg"},
        "P_X": {"label": "No", "value": "1"},
    }
    grid = IM["groups"]["GRID"]  # type: ignore[index]
    stop = {"label": "Stop", "type": "yesno", "compute": "'Y' if SYSBP >= P_STOP else 'N'"}
    im = {**IM, "groups": {"GRID": {**grid, "items": {**grid["items"], "IMSTOP": stop}}}}
    trial = MemoryTrial(study({**FILE, "parameters": limits}, CODELISTS, [DM_FORM, EC, im, AE], "limits"))
    trial.save(Place("01", "01-0001", "V3", 1, "IM"), {"GRID[PRE].IMTIM": "09:40", "GRID[PRE].SYSBP": "128"})
    assert "Limits of the study: Systolic limit 180 mmHg." in "".join(pages(casebook(trial.source(), tmp_path)))


def test_a_question_whose_condition_does_not_hold_was_not_asked(tmp_path: Path) -> None:
    trial = stopped_infusion()
    ec = Place("01", "01-0001", "V4", 1, "EC")
    trial.save(ec, {"ECCOMP": "Y"})
    assert "(ECWHY) not asked" in "".join(pages(casebook(trial.source(), tmp_path)))
    trial.save(ec, {"ECCOMP": "N"}, reason="NEWINFO", text="read again")
    assert "(ECWHY) blank\r\n" in "".join(pages(casebook(trial.source(), tmp_path)))


def test_the_day_in_utc_is_told_where_it_is_not_the_day_at_the_site() -> None:
    assert both("2025-02-23T23:02:00.000000Z", "Australia/Sydney") == "24-Feb-2025 10:02 AEDT (23-Feb 23:02:00 UTC)"
    assert both("2025-02-24T01:02:00.000000Z", "Australia/Sydney") == "24-Feb-2025 12:02 AEDT (01:02:00 UTC)"
    assert both("2025-01-01T02:00:00.000000Z", "America/New_York") == "31-Dec-2024 21:00 EST (01-Jan 02:00:00 UTC)"


def test_a_reason_that_ends_with_a_full_stop_gets_no_second_one(tmp_path: Path) -> None:
    trial = stopped_infusion()
    at = Place("01", "01-0001", "LOG", 1, "AE")
    trial.save(at, {"@inactive": "Y"}, who=DEE, reason="NEWINFO", text="Entered twice.", act="record.inactivate")
    text = "".join(pages(casebook(trial.source(), tmp_path)))
    assert "Entered twice." in text
    assert ".." not in text


def test_rows_that_a_code_names_are_headed_by_it_and_named_once(tmp_path: Path) -> None:
    points = {"ALCOHOL": {"label": "Alcohol"}, "PCP": {"label": "Phencyclidine"}}
    items = {
        "SUTRT": {"label": "Substance", "type": "code", "codelist": "SUBST"},
        "SUNCF": {"label": "Days of use", "type": "integer"},
    }
    groups = {"SUBSTANCES": {"title": "Substances", "timepoints": points, "items": items}}
    lists = {"SUBST": {"title": "Substance", "codes": {"ALCOHOL": "Alcohol", "PCP": "Phencyclidine"}}}
    su = {"oid": "SU", "title": "Substance use", "groups": groups}
    trial = MemoryTrial(study({**FILE, "events": {"V1": {"title": "Screening", "forms": ["SU"]}}}, lists, [su], "su"))
    at = Place("01", "01-0001", "V1", 1, "SU")
    trial.save(at, {"SUBSTANCES[ALCOHOL].SUTRT": "ALCOHOL", "SUBSTANCES[ALCOHOL].SUNCF": "3"})
    text = flat("".join(pages(casebook(trial.source(), tmp_path))))
    assert flat("Substance Days of use Alcohol (ALCOHOL) 3") in text
    trial.save(at, {"SUBSTANCES[PCP].SUTRT": "ALCOHOL"})  # the row and its code disagree: both must stand
    text = flat("".join(pages(casebook(trial.source(), tmp_path))))
    assert flat("Row Substance Days of use Alcohol Alcohol (ALCOHOL) 3 Phencyclidine Alcohol (ALCOHOL)") in text


def test_a_column_holds_its_longest_word_and_its_numbers_and_gives_way_where_there_is_no_room() -> None:
    header, rows = ["Minute", "Pressure", "Action"], [["+18", Cell("185 / 112", bold=True), "Physician called"]]
    wide = fitting(header, rows, [1, 1, 18], 200)
    assert wide[0] > width("Minute", BOLD, SIZE) > 200 / 20
    assert wide[1] > width("185 / 112", BOLD, SIZE) > 200 / 20
    assert abs(sum(wide) - 200) < 0.001
    assert fitting(header, rows, [1, 1, 18], 90) == [1, 1, 18]
    assert fitting(header, rows, [1, 1, 2], 400) == [100, 100, 200]
