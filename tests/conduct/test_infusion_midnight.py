"""An infusion that goes over midnight, and one over the night in which the clocks are set: saved, dated and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.access.staff import acting
from tests.conduct.test_infusion import HAPPENED, KET, MISTAKE, Room
from tests.fixtures_store import Made
from tests.ward import Clock, Ward
from trialkit.conduct.capture import Act
from trialkit.conduct.infusion import given
from trialkit.conduct.preview import preview
from trialkit.conduct.reading import readings
from trialkit.errors import Blocked

Opened = Callable[[str], Room]
at = dt.datetime.fromisoformat


@pytest.fixture
def opened(make_store: Callable[..., Made]) -> Opened:
    """The dosing room at V4 of a subject in London, at this moment (UTC)."""

    def open_at(moment: str) -> Room:
        clock = Clock()
        ward = Ward.open(make_store(study_oid="KET-TRD-301", clock=clock).store, clock, KET)
        ward.save("V4", "SV", {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": moment[:10], "SVMODE": "ON SITE"})
        clock.moment = at(moment).replace(tzinfo=dt.UTC)
        return Room(ward, acting("nurse"))

    return open_at


def _over_midnight(opened: Opened) -> Room:
    room = opened("2026-03-02T23:20")
    room.tap("start", "75")
    room.tap("pause", after=33, why="SUBJECT REQUEST", ordered_by="ito")
    room.tap("stop", after=39, why="SUBJECT REQUEST", ordered_by="ito")
    return room


def test_a_stop_after_midnight_is_saved_and_of_the_next_day(opened: Opened) -> None:
    room = _over_midnight(opened)
    steps, dose = room.values("ECS"), room.values("EC")
    dated = [str(steps[f"STEPS[{n}].ECSDTM"])[:16] for n in (1, 2, 3)]
    assert dated == ["2026-03-02T23:20", "2026-03-02T23:53", "2026-03-03T00:32"]
    assert (dose["ECSTDAT"], dose["ECENDAT"], dose["ECENTIM"]) == ("2026-03-02", "2026-03-03", steps["STEPS[3].ECSTIM"])
    assert (dose["ECVOLT"], dose["ECDUR"], dose["ECRUN"], dose["ECINTP"]) == ("41.25", "72.0", "33.0", "39.0")
    assert not {"I01", "I06", "I06-TIME", "I07"} & set(room.ward.queries())


def test_the_course_of_the_session_page_says_what_the_study_says(opened: Opened) -> None:
    course = _over_midnight(opened).course()
    assert [f"{step.at:%d %H:%M}" for step in course.steps] == ["02 23:20", "02 23:53", "03 00:32"]
    assert (course.state, course.started, course.ended) == ("over", course.steps[0].at, course.steps[-1].at)
    volumes = [course.given(at(f"2026-03-{moment}")) for moment in ("02T23:40", "03T00:10", "03T03:00")]
    assert volumes == [Decimal("25"), Decimal("41.25"), Decimal("41.25")]


def test_a_step_typed_earlier_than_the_one_before_it_is_refused_on_both_sides_of_midnight(opened: Opened) -> None:
    room = _over_midnight(opened)
    correct = {"who": room.nia, "reason": MISTAKE}
    for time in ("23:52", "23:53", "12:00"):
        with pytest.raises(Blocked) as blocked:
            room.ward.save("V4", "ECS", {"STEPS[3].ECSTIM": time}, **correct)  # type: ignore[arg-type]
        assert "I06-TIME" in {finding.check for finding in blocked.value.facts["findings"]}


def test_readings_and_discharge_after_midnight_are_of_the_next_day(opened: Opened) -> None:
    room = _over_midnight(opened)
    ward = room.ward
    ward.clock.moment = at("2026-03-03T03:00+00:00")
    times = {"PRE1": "22:50", "T5": "23:25", "T30": "23:50", "T40": "00:32", "E20": "00:52", "E120": "02:32"}
    ward.save("V4", "IM", {f"GRID[{row}].IMTIM": time for row, time in times.items()}, who=room.nia)
    grid = room.values("IM")
    assert {row: str(grid[f"GRID[{row}].IMDTM"])[8:16] for row in times} == {
        "PRE1": "02T22:50", "T5": "02T23:25", "T30": "02T23:50", "T40": "03T00:32", "E20": "03T00:52",
        "E120": "03T02:32",
    }  # fmt: skip
    assert (grid["IMOBS"], grid["IMDAT"]) == ("120.0", "2026-03-02")
    assert not {"T01", "T02", "P09"} & set(ward.queries())
    day = ward.trial.study_at("01").study.file.session
    assert day is not None
    look = preview(ward.trial, room.nia, ward.place("V4", "IM"), {})
    group = ward.trial.study_at("01").forms["IM"].groups["GRID"]
    seen = {one.row: one for one in readings(day.monitoring, group, look.values, look.targets, at("2026-03-03T03:00"))}
    assert {row: seen[row].state for row in times} == dict.fromkeys(times, "done")
    assert {f"{seen[row].at:%dT%H:%M}" for row in times} == {str(grid[f"GRID[{row}].IMDTM"])[8:16] for row in times}
    left = {"DRTIM": "02:40", "DRDEC": "DISCHARGED", "DRDTM": "2026-03-03T02:45"}
    ward.save("V4", "DR", left, who=room.nia, explanations={"T06": "As rehearsed", "T07": "As rehearsed"})
    assert room.values("DR")["DROBSOK"] == "Y"
    assert "T05" not in ward.queries()


def test_an_end_stamped_a_second_after_a_tap_at_the_last_second_of_a_day_is_of_the_next(opened: Opened) -> None:
    room = opened("2026-03-02T23:40")
    room.tap("start", "75")
    room.ward.clock.moment = dt.datetime(2026, 3, 2, 23, 59, 59, tzinfo=dt.UTC)
    room.tap("pause")
    room.tap("stop")
    dose = room.values("EC")
    assert (dose["ECENDAT"], dose["ECENTIM"]) == ("2026-03-03", room.values("ECS")["STEPS[3].ECSTIM"])
    assert room.course().ended == room.course().steps[-1].at == at("2026-03-03T00:00")


def test_a_tap_of_a_day_to_come_is_none_though_a_step_may_be_a_second_ahead(opened: Opened) -> None:
    room = opened("2026-03-02T23:40")
    room.tap("start", "75")
    saved = room.tap("stop", at=at("2026-03-03T00:05"))
    assert "ECENDAT" in saved.refused
    assert "ECENDAT" not in room.values("EC")


def test_the_volume_counts_what_went_by_where_the_clocks_were_set_forward(opened: Opened) -> None:
    room = opened("2026-03-29T00:50")  # at 01:00 London shows 02:00
    room.tap("start", "75")
    targets = preview(room.ward.trial, room.nia, room.ward.place("V4", "IM"), {}).targets
    assert [f"{targets['GRID', row]:%H:%M}" for row in ("T5", "T10", "T20")] == ["00:55", "02:00", "02:10"]
    assert round(room.course().given(at("2026-03-29T02:10")) or 0, 2) == 25
    room.tap("stop", after=20, why="SUBJECT REQUEST", ordered_by="ito")
    assert str(room.values("EC")["ECENTIM"])[:5] == "02:10"
    assert (room.values("EC")["ECDUR"], room.values("EC")["ECVOLT"]) == ("20.0", "25.00")
    assert round(room.course().given(at("2026-03-29T09:00")) or 0, 2) == 25


def test_without_a_zone_the_volume_is_counted_by_the_clock() -> None:
    flows: list[tuple[dt.datetime | None, Decimal | None]] = [(at("2026-03-29T00:50"), Decimal(75))]
    assert given(flows, at("2026-03-29T02:10")) == 100


def test_a_start_after_midnight_is_preceded_by_readings_of_the_day_before(opened: Opened) -> None:
    room = opened("2026-03-02T23:30")
    room.ward.save("V4", "IM", {"GRID[PRE1].IMTIM": "23:30"}, who=room.nia)
    assert str(room.values("IM")["GRID[PRE1].IMDTM"])[:16] == "2026-03-02T23:30"
    room.tap("start", "75", after=40, act=Act(explanations=HAPPENED))
    assert room.values("IM")["IMDAT"] == "2026-03-03"
    assert str(room.values("IM")["GRID[PRE1].IMDTM"])[:16] == "2026-03-02T23:30"
    assert room.values("IM")["GRID[PRE1].IMELAP"] == "-40.0"
