"""Identities for tests that ask the gate directly. Tests of sign-in sign in."""

from __future__ import annotations

from trialkit.access.identity import Identity, _issue, system
from trialkit.access.table import ROLES
from trialkit.ledger.entry import Visibility

CAST = {
    "coordinator": ("ana", "Ana Souza"),
    "nurse": ("noor", "Noor Ali"),
    "physician": ("pia", "Dr Pia Berg"),
    "investigator": ("ito", "Dr Kenji Ito"),
    "rater": ("ravi", "Ravi Menon"),
    "pharmacist": ("uma", "Uma Rao"),
    "monitor": ("mo", "Mo Haddad"),
    "datamanager": ("dee", "Dee Larsen"),
    "medicalmonitor": ("mia", "Dr Mia Roth"),
    "sponsor": ("sol", "Sol Weber"),
    "auditor": ("ines", "Ines Duarte"),
    "administrator": ("adi", "Adi Okafor"),
    "subject": ("sam", "Sam Lind"),
    "irt": ("irt", "Randomisation system"),
    "laboratory": ("lab", "Central Laboratory"),
}


def acting(
    role: str,
    *,
    sites: frozenset[str] | None = frozenset({"01"}),
    unblinded: bool | None = None,
    person: tuple[str, str] | None = None,
) -> Identity:
    """Somebody in this role at site 01, or at all sites where the role has no site of its own."""
    if role == "system":
        return system()
    user, name = person or CAST[role]
    sees: set[Visibility] = {"open", "identifier"}
    if ROLES[role].blinding == "unblinded" if unblinded is None else unblinded:
        sees.add("unblinded")
    return _issue(user, name, role, "Clinic North", None if ROLES[role].reach == "all" else sites, frozenset(sees))
