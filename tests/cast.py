"""The people of the tests. Each has one role; `from tests.cast import ANA` and the test reads like a story."""

from __future__ import annotations

from trialkit.ledger.entry import Actor

ANA = Actor("ana", "Ana Souza", "coordinator", "Clinic North")
ITO = Actor("ito", "Dr Kenji Ito", "investigator", "Clinic North")
MO = Actor("mo", "Mo Haddad", "monitor", "Contract Research")
DEE = Actor("dee", "Dee Larsen", "data manager", "Contract Research")
UMA = Actor("uma", "Uma Rao", "unblinded pharmacist", "Clinic North")
RAVI = Actor("ravi", "Ravi Menon", "central rater", "Rating Centre")
SOL = Actor("sol", "Sol Weber", "sponsor", "Sponsor")
INES = Actor("ines", "Ines Duarte", "auditor", "Inspectorate")
ADI = Actor("adi", "Adi Okafor", "administrator", "Contract Research")
