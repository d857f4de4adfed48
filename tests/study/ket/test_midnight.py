"""An infusion of the reference study that goes over midnight, or over a night in which the clocks are set."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.study.ket.infusion_day import DAY, NO_RULE, START, Elsewhere, calculated, filled
from trialkit.expressions import Row, row_for
from trialkit.study.building import compile_study
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study

FOLDER = Path(__file__).parents[3] / "forms" / "ket_trd_301"


@pytest.fixture(scope="module")
def study() -> CompiledStudy:
    return compile_study(load_study(FOLDER))


LATE = {"EC.ECSTDAT": DAY, "EC.ECSTDTM": f"{DAY}T23:20"}
PUMP = (("23:20", "START", "75"), ("23:53", "PAUSE", "0"), ("00:02", "RESUME", "75"), ("00:32", "STOP", "0"))


def _steps(study: CompiledStudy, around: dict[str, object], *steps: tuple[str, str, str]) -> list[Row]:
    rows = [{"ECSTIM": time, "ECSACT": act, "ECSRATE": rate} for time, act, rate in steps]
    return list(calculated(study, "ECS", {"EVENT": "V3", "STEPS": rows, **around}).groups["STEPS"])


def test_the_steps_of_an_infusion_that_goes_over_midnight_are_of_two_days(study: CompiledStudy) -> None:
    steps = _steps(study, LATE, *PUMP)
    assert [f"{row['ECSDTM']:%d %H:%M}" for row in steps] == ["17 23:20", "17 23:53", "18 00:02", "18 00:32"]
    assert [row["ECSELAP"] for row in steps] == [0, 33, 42, 72]
    assert [row["ECSMIN"] for row in steps] == [33, 9, 30, 0]
    assert [row["ECSVOL"] for row in steps] == [Decimal("41.25"), 0, Decimal("37.5"), 0]


def test_until_the_start_is_known_steps_are_of_the_day_of_the_infusion_and_last_by_the_clock(
    study: CompiledStudy,
) -> None:
    pump = (("10:00", "START", "75"), ("10:20", "END", "0"))
    dated = _steps(study, {"EC.ECSTDAT": DAY}, *pump)
    assert [row["ECSDTM"] for row in dated] == [START, START + dt.timedelta(minutes=20)]
    undated = _steps(study, {}, *pump)
    assert not any("ECSDTM" in row for row in undated)
    assert [row["ECSMIN"] for row in (*dated, *undated)] == [20, 0, 20, 0]


@pytest.mark.parametrize(
    ("day", "minutes"), [("2026-03-28", 12), ("2026-03-21", 72)], ids=["the night of the change", "another night"]
)
def test_a_step_lasts_as_long_as_it_did_though_the_clocks_were_set_forward_meanwhile(
    study: CompiledStudy, day: str, minutes: int
) -> None:
    clock = [dt.time(1, 55), dt.time(3, 7)]
    pairs = [(str(n), {"ECSTIM": time}) for n, time in enumerate(clock, start=1)]
    began = dt.datetime.fromisoformat(day) + dt.timedelta(days=1, hours=1, minutes=55)
    facts = Elsewhere({"EC.ECSTDTM": began})
    facts.zone = ZoneInfo("Europe/Berlin")  # type: ignore[assignment]
    steps = filled(study, "ECS", row_for({}, {"STEPS": pairs}), "ECSDTM ECSMIN", facts)
    assert [row["ECSMIN"] for row in steps.groups["STEPS"]] == [minutes, 0]


@pytest.mark.parametrize(
    ("start", "read", "dated"),
    [
        ("17T23:20", "22:50", "17T22:50"),
        ("17T23:20", "23:59", "17T23:59"),
        ("17T23:20", "00:00", "18T00:00"),
        ("17T23:20", "09:20", "18T09:20"),
        ("18T00:10", "23:40", "17T23:40"),
        ("17T10:00", "04:00", "17T04:00"),
        ("17T10:00", "23:59", "17T23:59"),
    ],
)
def test_a_reading_is_of_the_day_on_which_it_was_taken(study: CompiledStudy, start: str, read: str, dated: str) -> None:
    began = dt.datetime.fromisoformat(f"2026-03-{start}")
    case = {"EVENT": "V3", "SV.SVDAT": DAY, "EC.ECSTDTM": f"{began:%Y-%m-%dT%H:%M}"}
    row = calculated(study, "IM", {**case, "GRID": [{"ROW": "ADHOC.1", "IMTIM": read}]}).groups["GRID"][0]
    assert row["IMDTM"] == dt.datetime.fromisoformat(f"2026-03-{dated}")
    assert row["IMELAP"] == Decimal(str((row["IMDTM"] - began).total_seconds())) / 60  # type: ignore[operator]


def test_before_the_start_a_reading_is_of_the_date_of_monitoring(study: CompiledStudy) -> None:
    case = {"EVENT": "V3", "SV.SVDAT": DAY, "GRID": [{"ROW": "PRE1", "IMTIM": "09:30"}]}
    [row] = calculated(study, "IM", case).groups["GRID"]
    assert row["IMDTM"] == START - dt.timedelta(minutes=30)


@pytest.mark.parametrize(("assessed", "observed"), [("01:49", "N"), ("01:50", "Y"), ("09:30", "Y"), ("23:40", "N")])
def test_the_observation_of_two_hours_may_end_after_midnight(
    study: CompiledStudy, assessed: str, observed: str
) -> None:
    case: dict[str, object] = {"EVENT": "V3", "SV.SVDAT": DAY, "EC.ECENDTM": f"{DAY}T23:50"}
    assert calculated(study, "DR", {**case, "DRTIM": assessed})["DROBSOK"] == observed
    assert "DROBSOK" not in calculated(study, "DR", {"EVENT": "V3", "SV.SVDAT": DAY, "DRTIM": assessed})


@pytest.mark.parametrize(
    ("began", "day", "asked"),
    [("10:00", DAY, True), ("10:00", "2026-03-18", False), ("17:59", "2026-03-18", False), ("23:20", DAY, True),
     ("18:00", "2026-03-18", True), ("23:20", "2026-03-18", True), ("23:20", "2026-03-19", False)],
)  # fmt: skip
def test_the_time_of_an_adverse_event_is_asked_on_the_dosing_day_and_after_midnight_of_a_late_one(
    study: CompiledStudy, began: str, day: str, asked: bool
) -> None:
    dose = {"EVENT": "V3", "ECOCCUR": "Y", "ECSTDAT": DAY, "ECSTTIM": began}
    facts = CaseFacts(study, "AE", NO_RULE, {"EC": [dose], "AESTDAT": day, "AEENDAT": day})
    for item in ("AESTTIM", "AEENTIM"):
        when = study.forms["AE"].items[item].when
        assert when is not None
        assert when.evaluate(facts.record, facts) is asked
