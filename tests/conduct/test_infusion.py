"""An infusion tapped step by step: what has run in, what may follow, and a tap taken back that stays to be seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.fixtures_store import Made
from tests.ward import Clock, Ward
from trialkit.access.identity import Identity
from trialkit.conduct import infusion
from trialkit.conduct.capture import Act, Saved
from trialkit.conduct.infusion import given
from trialkit.conduct.preview import preview
from trialkit.conduct.reading import near, next_due, readings
from trialkit.conduct.reason import Reason
from trialkit.errors import Blocked, OutOfOrder, ReasonNeeded, Refused, StaleRecord

KET = Path(__file__).parents[2] / "forms" / "ket_trd_301"
MISTAKE = Reason("OTHER", "Tapped on the wrong subject, the pump was not touched")
HAPPENED = dict.fromkeys(("C02", "P07", "D04"), "Rehearsal of the ward before the first subject")


@dataclass
class Room:
    """The ward's dosing room at V4 of its subject."""

    ward: Ward
    nia: Identity

    @property
    def seen(self) -> tuple[int, int]:
        return self.ward.version(self.ward.place("V4", "EC")), self.ward.version(self.ward.place("V4", "ECS"))

    def tap(self, kind: str, rate: str = "", *, after: int = 0, who: Identity | None = None, **more: object) -> Saved:
        """Tap, `after` so many minutes."""
        self.ward.clock.moment += dt.timedelta(minutes=after)
        seen = more.pop("seen", self.seen)
        more.setdefault("act", Act(explanations=HAPPENED))
        return infusion.tap(self.ward.trial, who or self.nia, self.ward.place("V4", ""), kind, seen=seen,  # type: ignore[arg-type]
                            rate=rate, **more)  # type: ignore[arg-type]  # fmt: skip

    def course(self) -> infusion.Course:
        study = self.ward.trial.study_at("01")
        day = study.study.file.session
        assert day is not None
        zone = self.ward.trial.zone("01")
        return infusion.course(day, study.forms["ECS"], self.values("EC"), self.values("ECS"), zone)

    def values(self, form: str) -> Mapping[str, object]:
        return self.ward.values("V4", form)


@pytest.fixture
def room(make_store: Callable[..., Made]) -> Room:
    clock = Clock()
    ward = Ward.open(make_store(study_oid="KET-TRD-301", clock=clock).store, clock, KET)
    nia = acting("nurse")
    ward.save("V4", "SV", {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2026-03-02", "SVMODE": "ON SITE"})
    clock.moment = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
    return Room(ward, nia)


def _at(minute: float) -> dt.datetime:
    return dt.datetime(2026, 3, 2, 10, 0) + dt.timedelta(minutes=minute)


def _flows(*steps: tuple[float, str]) -> list[tuple[dt.datetime | None, Decimal | None]]:
    return [(_at(minute), Decimal(flow)) for minute, flow in steps]


def test_the_volume_is_rate_by_time_step_after_step() -> None:
    # reference-trial.md 7.2, vector 1: 75 mL/h for 20 min = 25.0; pause 6 min; 56.3 mL/h for 26.6 min = 24.96
    steps = _flows((0, "75"), (20, "0"), (26, "56.3"), (52.6, "0"))
    assert given(steps, _at(20)) == Decimal("25")
    assert given(steps, _at(26)) == Decimal("25")
    assert round(given(steps, _at(52.6)) or 0, 2) == Decimal("49.96")
    assert round(given(steps, _at(600)) or 0, 2) == Decimal("49.96")
    # vector 2: stopped at 20 min
    assert given(_flows((0, "75"), (20, "0")), _at(60)) == Decimal("25")
    # half rate: 75 mL/h for 10 min = 12.5; 37.5 mL/h for 4 min = 2.5
    assert given(_flows((0, "75"), (10, "37.5")), _at(14)) == Decimal("15")


def test_the_volume_is_not_guessed_where_a_step_has_no_time_or_rate() -> None:
    assert given([(_at(0), None)], _at(5)) is None
    assert given([(None, Decimal(75))], _at(5)) is None
    assert given([], _at(5)) == 0
    assert given(_flows((10, "75")), _at(5)) == 0


def test_start_writes_the_step_and_the_record_of_the_dose_at_the_sites_clock(room: Room) -> None:
    room.tap("start", "75")
    assert room.values("ECS")["STEPS[1].ECSACT"] == "START"
    assert room.values("ECS")["STEPS[1].ECSRATE"] == "75"
    assert room.values("ECS")["STEPS[1].ECSBY"] == room.nia.person
    assert (room.values("EC")["ECOCCUR"], room.values("EC")["ECSTDAT"]) == ("Y", "2026-03-02")
    assert room.values("EC")["ECSTTIM"] == room.values("ECS")["STEPS[1].ECSTIM"]
    assert str(room.values("EC")["ECSTTIM"]).startswith("10:00")
    assert room.course().state == "running"


def test_a_start_against_a_hold_writes_neither_form_until_it_is_explained(room: Room) -> None:
    with pytest.raises(Blocked) as blocked:
        room.tap("start", "75", act=Act())
    assert blocked.value.facts["explainable"]
    assert {finding.check for finding in blocked.value.facts["findings"]} == {"C02", "P07"}
    assert (room.values("EC"), room.values("ECS")) == ({}, {})


def test_an_infusion_with_rate_change_pause_and_stop_gives_the_studys_own_volume(room: Room) -> None:
    room.tap("start", "75")
    room.tap("change", "37.5", after=10, why="SBP/DBP", ordered_by="ito")
    room.tap("pause", after=4, why="SBP/DBP", ordered_by="ito")
    room.tap("resume", "75", after=6)
    room.tap("stop", after=8, why="SUBJECT REQUEST", ordered_by="ito")
    course = room.course()
    assert [step.kind for step in course.steps] == ["start", "change", "pause", "resume", "stop"]
    assert course.state == "over"
    # 12.5 + 2.5 + 0 + 10.0 mL
    assert round(course.given(_at(90)) or 0, 1) == Decimal("25.0")
    assert room.values("EC")["ECVOLT"] == "25.00"
    assert room.values("EC")["ECENTIM"] == room.values("ECS")["STEPS[5].ECSTIM"]
    assert not {"I06", "I07"} & set(room.ward.queries())


def test_the_same_tap_twice_writes_once(room: Room) -> None:
    seen = room.seen
    first = room.tap("start", "75", seen=seen, request="tap-1")
    size = room.ward.store.size
    again = room.tap("start", "75", seen=seen, request="tap-1")
    assert (again.version, room.ward.store.size) == (first.version, size)
    assert len(room.course().steps) == 1


def test_a_stop_in_the_same_second_as_a_pause_is_not_refused(room: Room) -> None:
    room.tap("start", "75")
    room.tap("pause", after=3)
    room.tap("resume", "75")
    room.tap("stop")
    steps = room.course().steps
    assert [step.kind for step in steps] == ["start", "pause", "resume", "stop"]
    assert [f"{step.at:%S}" for step in steps[1:]] == ["00", "01", "02"]
    assert room.values("EC")["ECENTIM"] == room.values("ECS")["STEPS[4].ECSTIM"]


def test_who_taps_on_an_old_view_is_told_and_nothing_is_written(room: Room) -> None:
    seen = room.seen
    room.tap("start", "75")
    with pytest.raises(StaleRecord):
        room.tap("start", "75", seen=seen, request="another")
    assert len(room.course().steps) == 1


@pytest.mark.parametrize(("before", "kind"), [((), "pause"), (("start",), "resume"), (("start", "pause"), "change"),
                                              (("start", "stop"), "resume"), (("start",), "start")])  # fmt: skip
def test_what_the_pump_cannot_do_is_refused(room: Room, before: tuple[str, ...], kind: str) -> None:
    for step in before:
        room.tap(step, "75", after=1)
    size = len(room.course().steps)
    with pytest.raises((OutOfOrder, Blocked)):
        room.tap(kind, "75", after=1)
    assert len(room.course().steps) == size


def test_a_tap_taken_back_is_struck_with_its_reason_and_stays_to_be_seen(room: Room) -> None:
    room.tap("start", "75")
    room.tap("stop", after=5)
    infusion.undo(room.ward.trial, room.nia, room.ward.place("V4", ""), seen=room.seen, reason=MISTAKE)
    assert room.course().state == "running"
    assert "ECENTIM" not in room.values("EC")
    assert room.values("ECS")["STEPS[2].ECSACT"] == "STOP"
    assert room.values("ECS")["STEPS[2].@inactive"] == "Y"
    with pytest.raises(ReasonNeeded):  # the end was cleared once: it is filled again with a reason
        room.tap("stop", after=5)
    room.tap("stop", act=Act(Reason("OTHER", "Now the pump was really stopped")))
    assert room.values("ECS")["STEPS[3].ECSACT"] == "STOP"
    assert room.course().state == "over"


def test_a_start_taken_back_leaves_no_start_and_no_reason_no_undo(room: Room) -> None:
    room.tap("start", "75")
    with pytest.raises(ReasonNeeded):
        infusion.undo(room.ward.trial, room.nia, room.ward.place("V4", ""), seen=room.seen, reason=Reason("", ""))
    infusion.undo(room.ward.trial, room.nia, room.ward.place("V4", ""), seen=room.seen, reason=MISTAKE)
    assert room.course().state == "waiting"
    assert "ECSTTIM" not in room.values("EC")
    assert "ECOCCUR" not in room.values("EC")


def test_a_start_taken_back_leaves_what_was_typed_before_it(room: Room) -> None:
    room.ward.save("V4", "EC", {"ECOCCUR": "Y"}, who=room.nia, explanations=HAPPENED)
    room.tap("start", "75")
    infusion.undo(room.ward.trial, room.nia, room.ward.place("V4", ""), seen=room.seen, reason=MISTAKE)
    assert room.values("EC")["ECOCCUR"] == "Y"
    assert "ECSTTIM" not in room.values("EC")


def test_a_start_taken_back_leaves_nothing_of_it_though_its_time_was_corrected(room: Room) -> None:
    room.tap("start", "75")
    minute = str(room.values("EC")["ECSTTIM"])[:5]
    room.ward.save("V4", "EC", {"ECSTTIM": minute}, who=room.nia, reason=MISTAKE, explanations=HAPPENED)
    infusion.undo(room.ward.trial, room.nia, room.ward.place("V4", ""), seen=room.seen, reason=MISTAKE)
    assert {"ECOCCUR", "ECSTDAT", "ECSTTIM"} & room.values("EC").keys() == set()


def test_who_does_not_enter_these_forms_cannot_tap(room: Room) -> None:
    for role in ("coordinator", "monitor", "rater", "pharmacist"):
        with pytest.raises(Refused):
            room.tap("start", "75", who=acting(role))
    assert room.values("ECS") == {}


def test_the_next_reading_is_the_one_due_first_and_late_ones_are_told(room: Room) -> None:
    study = room.ward.trial.study_at("01")
    assert study.study.file.session is not None
    grid, group = study.study.file.session.monitoring, study.forms["IM"].groups["GRID"]

    def look(now: dt.datetime) -> list[object]:
        seen = preview(room.ward.trial, room.nia, room.ward.place("V4", "IM"), {})
        return readings(grid, group, seen.values, seen.targets, now, room.course().stopped)  # type: ignore[return-value]

    first = next_due(look(_at(-30)))  # type: ignore[arg-type]
    assert first is not None
    assert (first.row, first.due) == ("PRE1", None)
    room.tap("start", "75")
    state = {one.row: one.state for one in look(_at(12))}  # type: ignore[attr-defined]
    assert (state["PRE1"], state["T5"], state["T10"], state["T20"], state["T40"]) == (
        "open", "overdue", "due", "ahead", "open",
    )  # fmt: skip
    room.ward.save("V4", "IM", {"GRID[T5].IMTIM": "10:12"}, who=room.nia)
    found = {one.row: one for one in look(_at(13))}  # type: ignore[attr-defined]
    assert found["T5"].state == "off"
    assert found["T5"].off == 4  # read at 10:12, and its window ended at 10:08
    following = next_due(list(found.values()))
    assert following is not None
    assert following.row == "T10"
    room.tap("stop", after=20)
    after = {one.row: one for one in look(_at(21))}  # type: ignore[attr-defined]
    assert after["E20"].due is not None
    assert {row: after[row].state for row in ("T10", "T20", "T30", "T40", "E20")} == {
        "T10": "overdue", "T20": "due", "T30": "dropped", "T40": "due", "E20": "ahead",
    }  # fmt: skip
    room.ward.save("V4", "IM", {"GRID[T30].IMND": "Infusion stopped early"}, who=room.nia)
    assert {one.row: one.state for one in look(_at(31))}["T30"] == "not done"  # type: ignore[attr-defined]
    room.ward.save("V4", "IM", {"GRID[T20].PULSE_VSORRES": "70"}, who=room.nia)
    assert {one.row: one.state for one in look(_at(31))}["T20"] == "untimed"  # type: ignore[attr-defined]


def test_an_infusion_that_ended_as_planned_or_whose_stop_was_taken_back_owes_every_reading(room: Room) -> None:
    room.tap("start", "75")
    room.tap("stop", after=20)
    assert room.course().stopped == _at(20)
    infusion.undo(room.ward.trial, room.nia, room.ward.place("V4", ""), seen=room.seen, reason=MISTAKE)
    assert room.course().stopped is None
    room.tap("end", after=20, act=Act(MISTAKE, HAPPENED))
    assert room.course().stopped is None


def test_a_clock_time_belongs_to_the_nearest_day() -> None:
    late = dt.datetime(2026, 3, 2, 23, 50)
    assert near(dt.time(0, 5), late) == dt.datetime(2026, 3, 3, 0, 5)
    assert near(dt.time(23, 40), late) == dt.datetime(2026, 3, 2, 23, 40)


def test_the_visits_of_a_session_are_those_with_its_forms(room: Room) -> None:
    found = infusion.events(room.ward.trial.study_at("01").study)
    assert found[:2] == ("V3", "V4")
    assert "V3A" not in found
    assert "BOO" in found


def test_a_session_is_under_way_from_its_day_until_the_subject_is_let_go(room: Room) -> None:
    study, ward, visit = room.ward.trial.study_at("01").study, room.ward, room.ward.place("V4", "")
    ward.save("V3", "SV", {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2026-03-01", "SVMODE": "ON SITE"})
    assert infusion.under_way(ward.trial, room.nia, study) == [visit]  # its date is today; that of V3 is not
    ward.clock.moment += dt.timedelta(days=1)
    assert infusion.under_way(ward.trial, room.nia, study) == []
    room.tap("start", "75")
    assert infusion.under_way(ward.trial, room.nia, study) == [visit]
    assert infusion.under_way(ward.trial, acting("nurse", sites=frozenset({"02"})), study) == []
    room.tap("stop", after=5)
    ward.save("V4", "DR", {"DRDEC": "ADMIT/TRANSFER"}, who=room.nia, submit=True)
    assert infusion.under_way(ward.trial, room.nia, study) == []


@pytest.mark.parametrize("row", ["T5", "ADHOC.1"])
@pytest.mark.parametrize("date", ["", "2026-03-01"])
def test_the_stop_rule_is_judged_from_the_reading_alone_whatever_the_date_of_the_visit(
    room: Room, row: str, date: str
) -> None:
    room.ward.save("V4", "SV", {"SVDAT": date}, reason=Reason("OTHER", "The date was that of another visit"))
    assert room.values("SV").get("SVDAT") == (date or None)
    typed = {f"GRID[{row}].SYSBP_VSORRES": "190", f"GRID[{row}].DIABP_VSORRES": "115"}

    def told(**more: str) -> set[str]:
        look = preview(room.ward.trial, room.nia, room.ward.place("V4", "IM"), typed | more)
        return {finding.check for finding in look.findings if finding.severity == "alert"}

    assert ("I09-BP" in told()) == (row == "T5")  # before the start, a reading at any time stops nothing
    room.tap("start", "75")
    assert "I09-BP" in told()  # no clock time yet
    assert "I09-BP" in told(**{f"GRID[{row}].IMTIM": "10:05"})
    room.ward.save("V4", "IM", typed, who=room.nia)
    assert "I09-BP" in room.ward.queries()
    room.tap("stop", after=1)
    assert "I09-BP" not in told()


def test_one_tap_says_on_which_day_the_visit_is(room: Room) -> None:
    ward, visit, day = room.ward, room.ward.place("V5", ""), dt.date(2026, 3, 2)
    infusion.dated(ward.trial, room.nia, visit, day, seen=0)
    assert (ward.values("V5", "SV")["SVSTAT"], ward.values("V5", "SV")["SVDAT"]) == ("DONE", "2026-03-02")
    ward.clock.moment += dt.timedelta(days=1)
    with pytest.raises(ReasonNeeded):  # it has a date, which no tap overwrites
        infusion.dated(ward.trial, room.nia, visit, day + dt.timedelta(days=1), seen=1)
    with pytest.raises(StaleRecord):
        infusion.dated(ward.trial, room.nia, visit, day + dt.timedelta(days=1), seen=0)
    with pytest.raises(Refused):
        infusion.dated(ward.trial, acting("rater"), ward.place("V6", ""), day, seen=0)
