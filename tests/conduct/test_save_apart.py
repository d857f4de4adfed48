"""Corrections with a reason for each answer: judged together, written each by itself, all of them or none."""

from __future__ import annotations

import pytest

from tests.ward import Ward
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, save_apart
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown, verify
from trialkit.errors import Blocked, ReasonNeeded, WrongValue

SOURCE = Reason("SOURCE", "the chart says otherwise")
VITALS = {"VSDAT": "2026-03-02", "SYSBP": "120", "DIABP": "80", "WEIGHT": "82.0"}


def test_changes_with_reasons_of_their_own_are_saved_together_or_not_at_all(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    place, version, size = ward.place("V1", "VS"), ward.version(ward.place("V1", "VS")), ward.store.size
    late = Reason("SOURCE", "the second cuff")

    def save(second: Reason) -> None:
        parts: list[tuple[dict[str, Typed], Reason]] = [({"SYSBP": "111"}, SOURCE), ({"DIABP": "71"}, second)]
        save_apart(ward.trial, ward.ana, place, parts, based_on=version)

    with pytest.raises(ReasonNeeded):
        save(Reason("", ""))
    assert ward.store.size == size
    save(late)
    assert (ward.values("V1", "VS")["SYSBP"], ward.values("V1", "VS")["DIABP"]) == ("111", "71")
    told = [one for one in ward.trial.everything().history(stream=place.record) if one.reason]
    assert [{seen.change.item: seen.change.new for seen in one.changes} for one in told] == [
        {"@reason": SOURCE.text, "SYSBP": "111"}, {"@reason": late.text, "DIABP": "71"},
    ]  # fmt: skip


def test_a_correction_that_cannot_be_read_keeps_the_others_from_being_written(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    place, version, size = ward.place("V1", "VS"), ward.version(ward.place("V1", "VS")), ward.store.size
    parts: list[tuple[dict[str, Typed], Reason]] = [({"SYSBP": "111"}, SOURCE), ({"WEIGHT": "8o.5"}, SOURCE)]
    with pytest.raises(WrongValue, match=r"8o\.5"):
        save_apart(ward.trial, ward.ana, place, parts, based_on=version)
    assert ward.store.size == size


def test_two_corrections_that_hold_only_together_are_judged_together_and_each_keeps_its_reason(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    place, version, size = ward.place("V1", "VS"), ward.version(ward.place("V1", "VS")), ward.store.size
    cuff = Reason("SOURCE", "the second cuff")

    def save(systolic: str, diastolic: str, second: Reason = cuff) -> Saved:
        parts: list[tuple[dict[str, Typed], Reason]] = [({"SYSBP": systolic}, SOURCE), ({"DIABP": diastolic}, second)]
        return save_apart(ward.trial, ward.ana, place, parts, based_on=version, request=f"{systolic}-{diastolic}")

    with pytest.raises(Blocked):  # the control: alone the first does not hold
        ward.save("V1", "VS", {"SYSBP": "70"}, reason=SOURCE)
    with pytest.raises(Blocked):
        save("70", "75")
    with pytest.raises(ReasonNeeded, match="DIABP"):
        save("70", "60", Reason("OTHER", "typo"))
    assert ward.store.size == size, "all or nothing"
    done = save("70", "60")
    assert done.version == ward.version(place) == version + 2
    assert [one.seq for one in save("70", "60").receipts] == [one.seq for one in done.receipts], "a second press"
    told = [one for one in ward.trial.everything().history(stream=place.record) if one.reason]
    assert [{seen.change.item: seen.change.new for seen in one.changes} for one in told] == [
        {"SYSBP": "70", "@reason": SOURCE.text}, {"DIABP": "60", "@reason": cuff.text},
    ]  # fmt: skip


def test_a_reason_of_its_own_takes_down_the_mark_of_its_own_answer(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    place = ward.place("V1", "VS")
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), ("SYSBP", "DIABP"))])
    parts: list[tuple[dict[str, Typed], Reason]] = [
        ({"SYSBP": VITALS["SYSBP"]}, Reason("OTHER", "nothing moved here")),
        ({"SYSBP": "111"}, SOURCE),
        ({"DIABP": "71"}, Reason("SOURCE", "the second cuff")),
    ]
    save_apart(ward.trial, ward.ana, place, parts, based_on=ward.version(place))
    told = [one for one in ward.trial.everything().history(stream=place.record) if one.reason]
    assert [{seen.change.item for seen in one.changes} for one in told] == [
        {"SYSBP", "@verified[SYSBP]", "@reason"}, {"DIABP", "@verified[DIABP]", "@reason"},
    ]  # fmt: skip
