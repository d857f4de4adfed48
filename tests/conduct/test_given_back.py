"""What a save gives back never tells people what they may not see, and never makes a record uncorrectable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ward import Ward
from tests.ward_study import FORMS
from trialkit.access.identity import system
from trialkit.conduct.capture import inactivate
from trialkit.conduct.reason import Reason
from trialkit.errors import Blocked, Refused, StaleRecord

SOURCE = Reason("SOURCE", "the chart says otherwise")
MASKED_CHECKS = """\
  D01:
    when: present(DOSEDTM)
    finding: DOSEMG > 50
    severity: hard
    deviation: yes
    message: Dose {DOSEMG} mg above plan.
    item: DOSEMG
    cases:
      fires:
      - DOSEDTM: 2026-03-01T09:00
        DOSEMG: '51'
      passes:
      - DOSEDTM: 2026-03-01T09:00
        DOSEMG: '50'
"""


@pytest.fixture
def masked(make_ward: Callable[..., Ward]) -> Ward:
    ward = make_ward(dose=FORMS["dose"].replace("checks:\n", "checks:\n" + MASKED_CHECKS))
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    return ward


def test_the_version_given_back_on_a_conflict_leaves_out_what_the_person_may_not_see(masked: Ward) -> None:
    masked.save("V2", "DOSE", {"DOSEMG": "40.0", "DOSEDTM": "2026-03-01T09:00"}, who=system())
    with pytest.raises(StaleRecord) as stale:
        masked.save("V2", "DOSE", {"DOSEDTM": "2026-03-01T09:10"}, based_on=0, reason=SOURCE)
    theirs = stale.value.facts["theirs"]
    assert isinstance(theirs, dict)
    assert theirs["DOSEDTM"] == "2026-03-01T09:00"
    assert "DOSEMG" not in theirs


def test_a_hard_check_on_masked_values_neither_blocks_nor_speaks_to_a_blinded_person(masked: Ward) -> None:
    masked.save("V2", "DOSE", {"DOSEMG": "56.0"}, who=system())
    saved = masked.save("V2", "DOSE", {"DOSEDTM": "2026-03-01T09:00"})
    assert "56" not in str(saved)
    assert masked.queries() == ["D01"]
    assert list(masked.trial.reader(masked.ana).queries(status="OPEN")) == []


def test_who_sees_the_values_is_blocked_and_explains(masked: Ward) -> None:
    typed = {"DOSEMG": "56.0", "DOSEDTM": "2026-03-01T09:00"}
    with pytest.raises(Blocked, match=r"56\.0"):
        masked.save("V2", "DOSE", typed, who=system())
    masked.save("V2", "DOSE", typed, who=system(), explanations={"D01": "The pharmacy prepared a wrong syringe."})
    record = masked.trial.reader(masked.ana).record(masked.place("LOG", "DV"))
    assert record is not None
    assert "DVTERM" not in record.values
    masked.save("LOG", "DV", {"DVTERM": "Overdose, reported to the sponsor"}, who=system(), reason=SOURCE)
    with pytest.raises(Refused):
        masked.save("LOG", "DV", {"DVTERM": "What was it?"}, reason=SOURCE)


def test_a_reason_for_a_protected_item_does_not_stop_later_corrections_of_open_ones(ward: Ward) -> None:
    ward.save("V1", "DM", {"BRTHDAT": "1980-04", "SEX": "F"})
    ward.save("V1", "DM", {"BRTHDAT": "1981-04"}, reason=SOURCE)
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    ward.save("V1", "DM", {"BRTHDAT": "1982-04"}, reason=Reason("SOURCE", "the passport says otherwise"))
    assert ward.values("V1", "DM")["@reason[identifier]"] == "the passport says otherwise"


def test_a_blinded_person_strikes_no_row_that_holds_masked_values(make_ward: Callable[..., Ward]) -> None:
    masked = (
        FORMS["dose"]
        .replace("        label: Volume\n", "        label: Volume\n        visibility: unblinded\n")
        .replace("        label: Volume given\n", "        label: Volume given\n        visibility: unblinded\n")
    )
    ward = make_ward(dose=masked)
    ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "20.0"}, who=system())
    place = ward.place("V2", "DOSE")
    with pytest.raises(Refused):
        inactivate(ward.trial, ward.ana, place, reason=SOURCE, based_on=ward.version(place), row="STEPS[1]")


def test_an_explanation_counts_for_what_it_explained_and_not_for_the_next_violation(ward: Ward) -> None:
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30"}, explanations={"C02": "Signed an hour after the start."})
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-20"})
    with pytest.raises(Blocked, match="consent"):
        ward.save("V2", "DOSE", {"DOSEDTM": "2026-02-10T07:30"}, reason=SOURCE)
    with pytest.raises(Blocked, match="consent"):
        ward.save("V2", "DOSE", {"DOSEDTM": "2026-02-10T07:30"}, reason=SOURCE, explanations={"C02": " . "})
    again = {"C02": "The subject was dosed before the visit of consent."}
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-02-10T07:30"}, reason=SOURCE, explanations=again)
    assert ward.values("LOG", "DV", 2)["DVRULE"] == "C02"
    assert ward.values("LOG", "DV", 3) == {}
