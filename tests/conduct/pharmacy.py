"""The ward with a pharmacy: Uma alone enters the dose; a check asks about it in words that blinded people never see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.ward import Ward
from tests.ward_study import FORMS, STUDY
from trialkit.access.identity import Identity
from trialkit.conduct.reason import Reason

SOURCE: Final = Reason("SOURCE", "the chart of the ward says otherwise")
SECRET: Final = "66.5"
"""A dose in mg that stands nowhere else."""

_ITEM = "        unit: mg\n        visibility: unblinded\n"
_CHECK = """\
  D01:
    finding: DOSEMG > 60
    message: The dose of {DOSEMG} mg is above the highest.
    item: DOSEMG
    cases:
      fires:
      - DOSEMG: '61'
      passes:
      - DOSEMG: '60'
"""
_DOSE = FORMS["dose"].replace(_ITEM, f"{_ITEM}        entered_by: pharmacist\n") + _CHECK
_SEES = {
    "coordinator": "open, identifier", "investigator": "open, identifier", "physician": "open",
    "monitor": "open, identifier, unblinded",
    "datamanager": "open", "pharmacist": "open, unblinded", "sponsor": "open", "auditor": "open, identifier",
}  # fmt: skip
_ROLES = "".join(f"  {role}:\n    title: {role}\n    sees: [{sees}]\n" for role, sees in _SEES.items())
PHARMACY: Final = {"dose": _DOSE, "study": f"{STUDY}roles:\n{_ROLES}"}
"""What `make_ward` takes for it."""
MakeWard = Callable[..., Ward]


def dosed(ward: Ward, dose: str = SECRET) -> None:
    """Consent, weight, the start of the infusion by Ana; the dose by Uma."""
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30"})
    give(ward, dose)


def give(ward: Ward, dose: str, who: Identity | None = None, reason: Reason | None = None) -> None:
    """Uma writes the dose."""
    ward.save("V2", "DOSE", {"DOSEMG": dose}, who=who or ward.uma, reason=reason)
