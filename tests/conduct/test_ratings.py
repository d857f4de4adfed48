"""What a rater owes: the forms that name the role, at visits that have begun, until they are entered."""

from __future__ import annotations

from tests.access.staff import acting
from tests.conduct.pharmacy import MakeWard
from tests.ward_study import STUDY
from trialkit.conduct.ratings import owed

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
