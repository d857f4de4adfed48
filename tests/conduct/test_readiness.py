"""Before a dose: what holds it, what stands against it, and what nobody can tell yet because it is not recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.fixtures_store import Made
from tests.ward import Clock, Ward
from trialkit.conduct.readiness import Readiness, readiness

KET = Path(__file__).parents[2] / "forms" / "ket_trd_301"
READING = {"SYSBP_VSORRES": "120", "DIABP_VSORRES": "80", "PULSE_VSORRES": "70", "OXYSAT_VSORRES": "98", "IMMOAA": "5"}
CHECK = {"PDDTM": "2026-03-02T09:30", "PDWT": "70", "PDFOOD": "8", "PDFLUID": "3", "PDINTER": "N", "PDESC": "Y"}


@pytest.fixture
def ward(make_store: Callable[..., Made]) -> Ward:
    clock = Clock()
    ward = Ward.open(make_store(study_oid="KET-TRD-301", clock=clock).store, clock, KET)
    clock.moment = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
    ward.save("V4", "SV", {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2026-03-02", "SVMODE": "ON SITE"})
    return ward


def _now(ward: Ward) -> Readiness:
    return readiness(ward.trial, acting("nurse"), ward.place("V4", ""))


def test_a_decision_to_dose_with_nothing_else_recorded_is_not_clear_and_says_what_is_missing(ward: Ward) -> None:
    ward.save("V4", "PD", {"PDGO": "GO"}, who=acting("nurse"))
    told = _now(ward)
    assert (told.clear, told.holds, told.decision) == (False, (), "GO")
    assert told.unknown["Hold for blood pressure"] == (
        "Diastolic pressure used for the decision",
        "Systolic pressure used for the decision",
    )
    assert told.unknown["Hold for a positive or absent pregnancy test"] == ("Pregnancy test clear",)
    assert told.unknown["Hold for the drug screen"] == ("Every visible result negative or explained",)
    assert told.unknown["Hold for alcohol"] == ("Breath alcohol",)
    assert told.unknown["Hold for suicidality"] == ("Suicidality clear",)
    assert told.unknown["Infusion record"] == ("Planned volume",)
    assert "Time of the check" in told.unknown["Pre-dose readiness, holds and override"]


def test_what_is_recorded_is_known_and_what_holds_is_told_as_a_hold(ward: Ward) -> None:
    nia = acting("nurse")
    ward.save("V4", "PD", CHECK | {"PDGO": "GO"}, who=nia)
    ward.save("V4", "IM", {f"GRID[PRE1].{item}": number for item, number in READING.items()}, who=nia)
    told = _now(ward).unknown
    assert not {"Hold for blood pressure", "Hold for a high pulse", "Hold for sedation", "Hold for not fasting",
                "Hold for want of an escort", "Hold for an interacting drug"} & set(told)  # fmt: skip
    ward.save("V4", "UD", {"UDBRAC": "0.2"}, who=nia)
    told_now = _now(ward)
    assert "Hold for alcohol" in told_now.holds
    assert "Hold for alcohol" not in told_now.unknown


def test_a_dose_is_clear_only_when_all_that_is_asked_before_it_is_there() -> None:
    assert Readiness((), (), {}, "GO").clear
    assert not Readiness((), (), {"Hold for alcohol": ("Breath alcohol",)}, "GO").clear
    assert not Readiness(("Hold for alcohol",), (), {}, "GO").clear
