"""What a line of a log is about: its SDTM topic, in the order of the study, and nothing that the reader may not see."""

from __future__ import annotations

from tests.conduct.pharmacy import PHARMACY, MakeWard
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct.topic import topics
from trialkit.values import Missing

EVENTS = """\
oid: AE
title: Adverse event
repeating: yes
groups:
  MAIN:
    title: Event
    items:
      KNOWN:
        label: Condition asked of everybody
        sdtm:
        - target: AE.AEPRESP
      TERM:
        label: What happened
        sdtm:
        - target: AE.AETERM
      GRADE:
        label: Grade
        sdtm:
        - target: AE.AETOXGR
"""


def _about(ward: Ward, who: Identity, form: str = "AE") -> dict[str, object]:
    study = ward.trial.latest(who.sites)
    found = topics(ward.trial.reader(who), SUBJECT, study.forms[form])
    return {stream.split("/")[-1]: written for stream, (_, written) in found.items()}


def test_a_line_is_about_its_term_or_the_condition_that_everybody_is_asked_of(make_ward: MakeWard) -> None:
    ward = make_ward(ae=EVENTS)
    ward.save("LOG", "AE", {"KNOWN": "Asthma"})
    ward.save("LOG", "AE", {"KNOWN": "Other", "TERM": "Headache", "GRADE": "1"}, repeat=2)
    ward.save("LOG", "AE", {"GRADE": "2"}, repeat=3)
    assert list(_about(ward, ward.ana).values()) == ["Asthma", "Headache"]


def test_a_term_that_is_missing_for_a_reason_is_no_topic(make_ward: MakeWard) -> None:
    ward = make_ward(ae=EVENTS)
    ward.save("LOG", "AE", {"TERM": Missing("UNK"), "GRADE": "1"})
    assert not _about(ward, ward.ana)


def test_a_line_is_about_nothing_to_who_does_not_see_its_term(make_ward: MakeWard) -> None:
    label = "        label: What happened\n"
    hidden = EVENTS.replace(label, f"{label}        visibility: unblinded\n        entered_by: pharmacist\n", 1)
    ward = make_ward(**PHARMACY, ae=hidden)
    ward.save("LOG", "AE", {"GRADE": "1"})
    ward.save("LOG", "AE", {"TERM": "Wrong kit"}, who=ward.uma)
    assert list(_about(ward, ward.uma).values()) == ["Wrong kit"]
    assert not _about(ward, ward.ana)
