"""A ward in which Uma sees no vital signs, the clinic no kits, and checks on the forms between read both."""

from __future__ import annotations

from typing import Final

from tests.access.staff import acting
from tests.conduct.pharmacy import MakeWard
from tests.ward import SUBJECT, Ward
from tests.ward_study import FORMS, STUDY

WEIGHT: Final = "151.5"
"""A weight in kg that stands nowhere else."""
BLINDED: Final = ("coordinator", "nurse", "physician", "investigator", "monitor", "datamanager", "sponsor")
_CASES = "    cases:\n      fires: []\n      passes: []\n"
_ON_DOSE = f"""\
  P13:
    title: Right kit
    finding: DOSEKIT != KIT.KITNO
    severity: hard
    deviation: yes
    item: DOSEKIT
    message: Wrong kit, {{DOSEKIT}} was not prepared.
{_CASES}\
  E04:
    finding: VS.WEIGHT > 150
    item: DOSEDTM
    message: The weight is {{VS.WEIGHT}} kg.
{_CASES}\
  D07:
    finding: VS.SYSBP > 130
    item: DOSEDTM
    message: Given without response.
{_CASES}\
  D08:
    finding: VS.DIABP > 100
    severity: hard
    deviation: yes
    item: DOSEDTM
    message: Given against the criteria.
{_CASES}"""
_KIT = f"""\
oid: KIT
title: Kit
entered_by: [pharmacist]
hidden_from: [{", ".join(BLINDED)}, rater]
groups:
  MAIN:
    title: Preparation
    items:
      KITNO:
        label: Kit number
checks:
  K09:
    finding: VS.WEIGHT > 150
    item: KITNO
    message: The criteria of a higher dose are not met.
{_CASES}\
  K10:
    finding: KITNO == 'K666' and VS.WEIGHT > 150
    severity: hard
    item: KITNO
    message: Not for {{VS.WEIGHT}} kg.
{_CASES}"""
_DOSE = (
    FORMS["dose"].replace("title: Dose\n", "title: Dose\nentered_by: [nurse, physician, investigator]\n", 1)
    .replace("      DOSEMG:\n", "      DOSEKIT:\n        label: Kit\n        optional: yes\n      DOSEMG:\n") + _ON_DOSE
)  # fmt: skip
_ROLES = "".join(
    f"  {role}:\n    title: {role}\n    sees: [{'open, unblinded' if role == 'pharmacist' else 'open, identifier'}]\n"
    for role in (*BLINDED, "rater", "pharmacist")
)
HIDDEN: Final = {
    "study": STUDY.replace("    - DOSE\n", "    - DOSE\n    - KIT\n") + f"roles:\n{_ROLES}",
    "dose": _DOSE, "kit": _KIT,
    "vs": FORMS["vs"].replace("title: Vital signs\n", "title: Vital signs\nhidden_from: [pharmacist]\n", 1),
}  # fmt: skip


def given(make_ward: MakeWard, kit: str = "K1", explanations: dict[str, str] | None = None) -> Ward:
    """Weight and pressure, kit K1 made ready by Uma, the infusion of `kit` written down by a nurse."""
    ward = make_ward(**HIDDEN)
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    diastolic = "101" if "D08" in (explanations or {}) else "80"
    ward.save("V2", "VS", {"WEIGHT": WEIGHT, "SYSBP": "135", "DIABP": diastolic})
    ward.save("V2", "KIT", {"KITNO": "K1"}, who=ward.uma)
    started = {"DOSEDTM": "2026-03-02T07:30", "DOSEKIT": kit}
    ward.save("V2", "DOSE", started, who=acting("nurse"), explanations=explanations)
    return ward


def told(ward: Ward, role: str, **more: bool) -> list[str]:
    """The checks whose queries this role is shown, as the board, the counts and the log of changes have them alike."""
    reader = ward.trial.reader(acting(role, **more))  # type: ignore[arg-type]
    listed = sorted(str(one.values["check"]) for one in reader.queries(subject=SUBJECT, status="OPEN"))
    streams = {stream for stream, _, _ in reader.open_queries([SUBJECT])}
    assert sorted(stream.split("/")[4] for stream in streams) == listed
    assert sorted(one.check for one in reader.asked(subject=SUBJECT, status="OPEN")) == listed
    assert {one.stream for one in reader.entries(subject=SUBJECT) if one.stream.startswith("query/")} == streams
    return listed
