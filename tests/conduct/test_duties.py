"""What waits for each role: counts with where they lead, and nothing of what the role may not see or do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed
from tests.conduct.test_roll import PASSED, WINDOWED
from tests.conduct.test_timeline import EVENT
from tests.ward import SUBJECT, Ward
from tests.ward_study import STUDY
from trialkit.access.identity import Identity
from trialkit.access.table import ROLES
from trialkit.conduct import query
from trialkit.conduct.duties import Duty, duties
from trialkit.conduct.review import Shown, review, verify


def _of(ward: Ward, who: Identity) -> Mapping[str, Duty]:
    return {one.name: one for one in duties(ward.trial, who)}


def test_a_query_waits_for_the_site_with_its_age_then_for_who_closes_it(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "150"})
    ward.clock.moment += dt.timedelta(days=3)
    one = _of(ward, ward.ana)["open"]
    assert (one.count, one.page, one.asked, one.note) == (
        1,
        "queries",
        {"state": "OPEN"},
        "the oldest has waited 3 days",
    )
    stream = next(iter(ward.trial.everything().queries(subject=SUBJECT))).stream
    query.answer(ward.trial, ward.ana, stream, "measured twice, it is so")
    assert _of(ward, ward.ana)["open"].count == 0
    assert "answered" not in _of(ward, ward.ana)
    assert _of(ward, ward.mo)["answered"].count == 1
    assert _of(ward, ward.mo)["answered"].called == "Query answered, to be closed"
    query.close(ward.trial, ward.mo, stream, "seen in the source")
    assert _of(ward, ward.mo)["answered"].count == 0


def test_visits_become_due_and_then_overdue(make_ward: MakeWard) -> None:
    ward = make_ward(study=WINDOWED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    found = _of(ward, ward.ana)
    assert (found["due"].count, found["overdue"].count, found["overdue"].urgent) == (1, 0, False)
    ward.clock.moment += dt.timedelta(days=12)
    found = _of(ward, ward.ana)
    assert (found["due"].count, found["overdue"].count, found["overdue"].urgent) == (0, 1, True)
    assert found["overdue"].asked == {"show": "overdue"}


def test_a_visit_that_was_passed_over_counts_as_overdue(make_ward: MakeWard) -> None:
    ward = make_ward(**PASSED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    ward.save("V3", "VS", {"SYSBP": "120"})
    ward.clock.moment += dt.timedelta(days=12)
    assert _of(ward, ward.ana)["overdue"].count == 1


def test_a_finished_form_waits_for_the_monitor_and_comes_back_when_it_is_changed(ward: Ward) -> None:
    ward.save("V1", "DM", {"SEX": "F"})
    assert (_of(ward, ward.ana)["started"].count, _of(ward, ward.mo)["verify"].count) == (1, 0)
    ward.save("V1", "DM", {"BRTHDAT": "1980"}, submit=True)
    assert (_of(ward, ward.ana)["started"].count, _of(ward, ward.mo)["verify"].count) == (0, 1)
    place = ward.place("V1", "DM")
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), ("SEX",))])
    assert _of(ward, ward.mo)["verify"].count == 0
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    assert (_of(ward, ward.mo)["dropped"].count, _of(ward, ward.mo)["dropped"].urgent) == (1, True)


def test_what_fell_waits_for_whose_mark_it_was_and_is_counted_though_a_query_stands_on_the_form_too(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"}, submit=True)
    place = ward.place("V1", "VS")
    review(ward.trial, ward.dee, [Shown(place, ward.version(place))])
    ward.save("V1", "VS", {"SYSBP": "122"}, reason=SOURCE)
    assert {who.person: _of(ward, who)["dropped"].count for who in (ward.mo, ward.dee)} == {"mo": 0, "dee": 1}
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), ("SYSBP",))])
    ward.save("V1", "VS", {"SYSBP": "150"}, reason=SOURCE)
    assert _of(ward, ward.ana)["open"].count
    assert _of(ward, ward.mo)["dropped"].count == 1


def test_forms_to_verify_lead_to_a_subject_that_has_some(ward: Ward) -> None:
    assert _of(ward, ward.mo)["verify"].asked == {}
    ward.save("V1", "DM", {"SEX": "F", "BRTHDAT": "1980"}, submit=True)
    assert (_of(ward, ward.mo)["verify"].count, _of(ward, ward.mo)["verify"].asked) == (1, {"subject": SUBJECT})


def test_a_blinded_monitor_hears_nothing_of_a_query_about_a_masked_value(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    mona = acting("monitor", unblinded=True, person=("mona", "Mona Ek"))
    assert _of(ward, mona)["open"].count == _of(ward, ward.mo)["open"].count + 1


SERIOUS: Final = """\
oid: SAE
title: Serious event
groups:
  MAIN:
    title: Report
    items:
      AWARE:
        label: Site aware
        type: datetime
        sdtm:
        - target: SUPPAE.QVAL
          testcd: SAEAWDTM
      SENT:
        label: Sent to the sponsor
        type: datetime
        optional: yes
        sdtm:
        - target: SUPPAE.QVAL
          testcd: SAERPDTM
"""
ALARMING: Final = (
    EVENT
    + """\
checks:
  A09:
    finding: AESER == 'Y'
    severity: alert
    message: A serious event is on record.
    item: AESER
    cases:
      fires:
      - AESER: 'Y'
      passes:
      - AESER: 'N'
"""
)


def test_an_alert_waits_until_it_is_settled_and_a_clock_until_the_report_is_sent(make_ward: MakeWard) -> None:
    ward = make_ward(ae=ALARMING, sae=SERIOUS, study=STUDY.replace("    - DV\n", "    - DV\n    - SAE\n"))
    assert {name: _of(ward, ward.ana)[name].count for name in ("alerts", "clocks")} == {"alerts": 0, "clocks": 0}
    ward.save("LOG", "AE", {"AETERM": "Fall", "AESTDAT": "2026-03-01", "AESER": "Y"})
    found = _of(ward, ward.ana)
    assert (found["clocks"].count, found["clocks"].urgent) == (1, False), "no supplement says when the site was aware"
    assert found["clocks"].note == "the next is due 03-Mar-2026 08:00"
    ward.clock.moment += dt.timedelta(days=2)
    assert _of(ward, ward.ana)["clocks"].note == "1 overdue"
    ward.clock.moment -= dt.timedelta(days=2)
    ward.save("LOG", "SAE", {"AWARE": "2026-03-02T07:00"})
    found = _of(ward, ward.ana)
    assert (found["alerts"].count, found["alerts"].urgent, found["alerts"].page) == (1, True, "safety")
    assert (found["clocks"].count, found["clocks"].urgent) == (1, False)
    assert found["clocks"].note == "the next is due 03-Mar-2026 07:00"
    ward.clock.moment += dt.timedelta(days=2)
    assert (_of(ward, ward.ana)["clocks"].note, _of(ward, ward.ana)["clocks"].urgent) == ("1 overdue", True)
    ward.save("LOG", "SAE", {"SENT": "2026-03-04T07:00"})
    assert _of(ward, ward.ana)["clocks"].count == 0
    stream = next(iter(ward.trial.everything().queries(subject=SUBJECT, form="AE"))).stream
    query.answer(ward.trial, ward.ana, stream, "seen by the physician")
    assert _of(ward, ward.mo)["alerts"].count == 1
    query.close(ward.trial, ward.mo, stream, "reported")
    assert _of(ward, ward.mo)["alerts"].count == 0


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("coordinator", {"overdue", "due", "open", "started", "consent"}),
        ("physician", {"overdue", "due", "open", "started", "consent"}),  # no form of the ward names one as its signer
        ("investigator", {"overdue", "due", "open", "started", "sign", "superseded", "consent"}),
        ("monitor", {"overdue", "due", "open", "answered", "verify", "dropped", "consent"}),
        ("sponsor", {"open"}),
        ("auditor", {"open"}),
        ("administrator", {"signins", "roleless", "ending"}),
    ],
)
def test_each_role_has_its_own_kinds_of_work(ward: Ward, role: str, names: set[str]) -> None:
    assert set(_of(ward, acting(role))) == names


def test_every_role_has_an_answer(ward: Ward) -> None:
    for role in ROLES:
        if role != "system":
            for one in duties(ward.trial, acting(role)):
                assert one.words
                assert one.page
