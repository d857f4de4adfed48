"""Records that checks open, in the same commit and once for each time their query opens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stockroom import KIT, shelf, stock, stockroom
from tests.ward import Ward
from tests.ward_study import FORMS, STUDY
from trialkit.access.identity import system
from trialkit.conduct.reason import Reason
from trialkit.errors import Refused

SOURCE = Reason("SOURCE", "the chart says otherwise")
ALERTS = """\
oid: SAL
title: Safety alert
repeating: yes
groups:
  MAIN:
    title: Alert
    items:
      SALTRIG:
        label: Trigger
        length: '8'
        entered_by: system
      SALDTM:
        label: Time
        type: datetime
        entered_by: system
      SALDOSE:
        label: Pressure then
        type: integer
        entered_by: system
        optional: yes
      SALACT:
        label: What was done
"""
HIGH = """\
  R09:
    finding: SYSBP > 200
    severity: alert
    message: Call the investigator.
    item: SYSBP
    opens:
      form: SAL
      values:
        SALTRIG: "'BP STOP AT ONCE'"
        SALDTM: now
        SALDOSE: SYSBP
"""
WITH_ALERTS = STUDY.replace("    - DV\n", "    - DV\n    - SAL\n")
VS = FORMS["vs"] + HIGH


@pytest.fixture
def alarmed(make_ward: Callable[..., Ward]) -> Ward:
    return make_ward(study=WITH_ALERTS, vs=VS, sal=ALERTS)


def test_a_check_that_newly_fires_opens_a_record_with_its_values_in_the_same_commit(alarmed: Ward) -> None:
    receipts = alarmed.save("V1", "VS", {"SYSBP": "210"}).receipts
    assert {r.stream.split("/")[0] for r in receipts} == {"record", "query"}
    assert "record/01-0001/LOG.1/SAL.1" in {r.stream for r in receipts}
    opened = alarmed.values("LOG", "SAL")
    assert opened["SALTRIG"] == "BP STOP "  # as long as the item is
    assert (opened["SALDOSE"], opened["@status"]) == ("210", "INCOMPLETE")
    assert str(opened["SALDTM"]).startswith("2026-03-02T08:00")
    entry = next(alarmed.trial.everything().history(stream="record/01-0001/LOG.1/SAL.1"))
    assert (entry.actor.id, entry.act, entry.origin) == ("system", "record.save", {"kind": "check", "check": "R09"})


def test_it_opens_once_for_each_time_its_query_opens(alarmed: Ward) -> None:
    alarmed.save("V1", "VS", {"SYSBP": "210"})
    alarmed.save("V1", "VS", {"SYSBP": "220"}, reason=SOURCE)
    assert alarmed.values("LOG", "SAL", 2) == {}
    alarmed.save("V1", "VS", {"SYSBP": "120"}, reason=SOURCE)
    alarmed.save("V1", "VS", {"SYSBP": "230"}, reason=SOURCE)
    assert alarmed.values("LOG", "SAL", 2)["SALDOSE"] == "230"
    assert alarmed.values("LOG", "SAL", 3) == {}


def test_a_form_that_is_no_log_is_opened_if_none_stands(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=WITH_ALERTS, vs=VS, sal=ALERTS.replace("repeating: yes\n", ""))
    ward.save("V1", "VS", {"SYSBP": "210"})
    ward.save("V2", "VS", {"SYSBP": "220"})
    assert ward.values("LOG", "SAL")["SALDOSE"] == "210"
    assert ward.version(ward.place("LOG", "SAL")) == 1


def test_an_opened_record_is_checked_and_may_open_another(make_ward: Callable[..., Ward]) -> None:
    more = ALERTS + (
        "checks:\n  R11:\n    finding: SALDOSE > 200\n    message: Not acknowledged.\n    item: SALACT\n"
        "    opens:\n      form: AE\n      values:\n        AETERM: \"'Hypertension'\"\n"
    )
    ward = make_ward(study=WITH_ALERTS, vs=VS, sal=more)
    ward.save("V1", "VS", {"SYSBP": "210"})
    assert ward.values("LOG", "AE")["AETERM"] == "Hypertension"
    assert "R11" in ward.queries()


def test_a_circle_of_records_that_open_each_other_ends(make_ward: Callable[..., Ward]) -> None:
    there = ALERTS + (
        "checks:\n  R11:\n    finding: SALDOSE > 200\n    message: Not acknowledged.\n    item: SALACT\n"
        "    opens:\n      form: AE\n      values:\n        AETERM: \"'Hypertension'\"\n"
    )
    back = FORMS["ae"] + (
        "  R12:\n    finding: AETERM == 'Hypertension'\n    message: Again.\n    item: AETERM\n"
        "    opens:\n      form: SAL\n      values:\n        SALDOSE: '210'\n"
    )
    ward = make_ward(study=WITH_ALERTS, vs=VS, sal=there, ae=back)
    ward.save("V1", "VS", {"SYSBP": "210"})
    made = [record.place.form for record in ward.trial.everything().records(event="LOG")]
    assert sorted(made) == ["AE", "AE", "SAL", "SAL"]


def test_what_the_system_writes_nobody_types(alarmed: Ward) -> None:
    alarmed.save("V1", "VS", {"SYSBP": "210"})
    for who in (alarmed.ana, system()):
        refused = alarmed.save("LOG", "SAL", {"SALTRIG": "other"}, who=who).refused["SALTRIG"]
        assert refused.sentence == "SALTRIG is written by the system"
    saved = alarmed.save("LOG", "SAL", {"SALACT": "called"}, submit=True)
    assert not saved.refused
    assert alarmed.values("LOG", "SAL")["@status"] == "COMPLETE"


def test_what_the_system_left_empty_is_required_of_nobody(alarmed: Ward) -> None:
    alarmed.save("LOG", "SAL", {"SALACT": "called"}, submit=True)
    assert alarmed.values("LOG", "SAL")["@status"] == "COMPLETE"
    assert alarmed.queries() == []


def test_a_form_of_the_system_is_entered_by_nobody(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=WITH_ALERTS, vs=VS, sal=ALERTS.replace("groups:", "entered_by: [system]\ngroups:", 1))
    with pytest.raises(Refused, match="on this form") as refused:
        ward.save("LOG", "SAL", {"SALACT": "called"})
    assert refused.value.hint == "the system writes it, and nobody types it"


def test_a_check_in_the_file_of_a_site_opens_a_form_of_that_file(make_ward: Callable[..., Ward]) -> None:
    bad = KIT + (
        "  K04:\n    finding: KITOK == 'N'\n    message: Not released.\n    item: KITOK\n"
        "    opens:\n      form: LEDGER\n      values:\n        TXIN: '0'\n"
    )
    ward = stockroom(make_ward, kit=bad)
    stock(ward, shelf("KIT"), {"KITNO": "A7", "KITOK": "N"})
    record = ward.trial.everything().record(shelf("LEDGER"))
    assert record is not None
    assert (record.values["TXIN"], record.values["TXBAL"]) == ("0", "0")
