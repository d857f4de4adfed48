"""What a rater owes: the forms that name the role, at visits that have begun, until they are entered."""

from __future__ import annotations

from tests.access.staff import acting
from tests.conduct.pharmacy import SOURCE, MakeWard
from tests.conduct.test_roll import DISPOSITION as ENDS
from tests.ward import SUBJECT
from tests.ward_study import STUDY
from trialkit.conduct.absent import absent
from trialkit.conduct.ratings import owed
from trialkit.values import Missing

DISPOSITION = f"{ENDS}      DSDECOD:\n        label: Reason\n        sdtm:\n        - target: DS.DSDECOD\n"

MAD = """\
oid: MAD
title: Rating
entered_by: [rater]
groups:
  MAIN:
    title: Rating
    items:
      TOTAL:
        label: Total
        type: integer
"""
VISIT = """\
oid: SV
title: Visit record
groups:
  MAIN:
    title: Visit
    items:
      SVSTAT:
        label: Visit status
      SVDAT:
        label: Visit date
        type: date
        when: SVSTAT == 'DONE'
"""
ROLES = "roles:\n" + "".join(f"  {role}:\n    title: {role}\n" for role in ("coordinator", "rater", "datamanager"))


def test_a_rating_is_owed_from_the_begin_of_its_visit_until_it_is_entered(make_ward: MakeWard) -> None:
    ward = make_ward(study=STUDY.replace("    - VS\n", "    - VS\n    - MAD\n") + ROLES, mad=MAD)
    ravi = acting("rater")
    assert owed(ward.trial, ravi) == []
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert owed(ward.trial, ravi) == [ward.place("V1", "MAD")]
    assert owed(ward.trial, ward.ana) == []
    assert owed(ward.trial, ward.mo) == []
    ward.save("V1", "MAD", {"TOTAL": "30"}, who=ravi)
    assert owed(ward.trial, ravi) == []


def test_nothing_is_owed_of_a_visit_that_was_missed_or_of_who_failed_at_screening(make_ward: MakeWard) -> None:
    study = STUDY.replace("version: '1'\n", "version: '1'\ndate_item: SV.SVDAT\n", 1)
    ward = make_ward(study=study.replace("    - VS\n", "    - SV\n    - VS\n    - MAD\n").replace(
        "    - DV\n", "    - DV\n    - DS\n") + ROLES, mad=MAD, sv=VISIT, ds=DISPOSITION)  # fmt: skip
    ravi, visits = acting("rater"), ["V1", "V2"]
    for visit, status in zip(visits, ("DONE", "MISSED"), strict=True):
        date = {"SVDAT": "2026-03-01"} if status == "DONE" else {}
        ward.save(visit, "SV", {"SVSTAT": status, **date}, submit=True)
    assert owed(ward.trial, ravi) == [ward.place("V1", "MAD")]
    ward.save("LOG", "DS", {"DSEP": "STUDY PARTICIPATION", "DSDECOD": "SCREEN FAILURE"})
    assert owed(ward.trial, ravi) == []


def test_a_visit_whose_date_is_unknown_took_place(make_ward: MakeWard) -> None:
    study = STUDY.replace("version: '1'\n", "version: '1'\ndate_item: SV.SVDAT\n", 1)
    ward = make_ward(study=study.replace("    - VS\n", "    - SV\n    - VS\n"), sv=VISIT)
    ward.save("V1", "SV", {"SVSTAT": "DONE", "SVDAT": Missing("UNK")}, submit=True)
    ward.save("V2", "SV", {"SVSTAT": Missing("UNK")}, submit=True)
    now = ward.trial.latest()
    assert now is not None
    assert absent(ward.trial, ward.trial.reader(ward.ana), now, SUBJECT, "01") == set()
    ward.save("V2", "SV", {"SVSTAT": "MISSED"}, submit=True, reason=SOURCE)
    assert absent(ward.trial, ward.trial.reader(ward.ana), now, SUBJECT, "01") == {("V2", 1)}
