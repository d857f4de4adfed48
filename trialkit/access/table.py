"""Role x act x sites x visibility class, as one table that a person can read (21 CFR 11.10(g), ICH E6(R3) 4.3).

What is not in the table is refused. The rules behind it: who grants access touches no clinical data; sponsors never
edit site data; auditors read what their blinding allows and write that they did, and nothing else; participants answer
what they are asked and read nothing back; only the investigator's side changes a record, and others no more of it than
the study names them for; nobody but the system is the system.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from trialkit.ledger.entry import Visibility

Reach = Literal["site", "all", "either"]
Blinding = Literal["blinded", "unblinded", "either", "none"]


@dataclass(frozen=True, slots=True)
class RoleKind:
    """A role: its title; whether it is granted per `site`, for `all` sites, or `either`; which side of the blind.

    `none` sees no clinical data at all; `either` is blinded unless the grant says otherwise. `own_forms`: it is shown
    no other forms than those that it enters, because it is one participant or one machine.
    """

    title: str
    reach: Reach
    blinding: Blinding
    own_forms: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """A filled cell: where it holds, for which classes, and whether only on forms that name the role (`named`)."""

    everywhere: bool
    classes: frozenset[Visibility]
    named: bool


ROLES: Final[dict[str, RoleKind]] = {
    "coordinator": RoleKind("study coordinator", "site", "blinded"),
    "nurse": RoleKind("study nurse", "site", "blinded"),
    "physician": RoleKind("physician", "site", "blinded"),
    "investigator": RoleKind("investigator", "site", "blinded"),
    "rater": RoleKind("central rater", "all", "blinded"),
    "pharmacist": RoleKind("unblinded pharmacist", "site", "unblinded"),
    "monitor": RoleKind("monitor", "either", "either"),
    "datamanager": RoleKind("data manager", "all", "either"),
    "medicalmonitor": RoleKind("medical monitor", "all", "either"),
    "sponsor": RoleKind("sponsor", "all", "either"),
    "auditor": RoleKind("auditor or inspector", "either", "either"),
    "administrator": RoleKind("access administrator", "all", "none"),
    "subject": RoleKind("participant", "site", "blinded", own_forms=True),
    "irt": RoleKind("randomisation system", "all", "unblinded", own_forms=True),
    "laboratory": RoleKind("laboratory", "all", "either", own_forms=True),
    "system": RoleKind("system", "all", "either"),
}
"""The closed list of roles; `system` is granted to nobody."""

RECORDERS: Final = frozenset({"coordinator", "nurse", "physician", "investigator", "rater", "pharmacist", "subject"})
"""Roles that record what is seen of a subject: nobody holds one of them beside one of the `OVERSEERS`."""
OVERSEERS: Final = frozenset({"monitor", "datamanager", "sponsor", "auditor"})
"""Roles that judge what others recorded."""

# A cell:  s at the sites of the grant, a everywhere (also acts that have no site)
#          f only on forms (or items) whose definition names the role
#          o open, i identifier, u unblinded (u counts only under an unblinded grant)
#          . refused
_TABLE = """
act                 coor  nurs  phys  inve  rate  phar  moni  data  medi  spon  audi  admi  subj  irt   labo  syst
record.read         soi   soi   soi   soi   ao    soiu  sou   aou   aou   aou   soiu  .     .     aou   aou   aoiu
questionnaire.open  .     .     .     .     .     .     .     .     .     .     .     .     so    .     .     .
ledger.read         soi   soi   soi   soi   ao    soiu  sou   aou   aou   aou   soiu  ao    .     .     .     aoiu
ledger.review       .     .     .     .     .     .     sou   aou   .     .     sou   .     .     .     .     .
person.read         so    .     .     so    .     .     so    ao    ao    ao    so    ao    .     .     .     ao
store.verify        .     .     .     ao    .     .     ao    ao    ao    ao    ao    ao    .     .     .     ao
export.create       soi   .     .     soi   .     soiu  sou   aou   aou   aou   soiu  .     .     .     .     aoiu

subject.enrol       soi   .     soi   soi   .     .     .     .     .     .     .     .     .     .     .     .
subject.change      soi   .     soi   soi   .     .     .     .     .     .     .     .     .     .     .     aoiu
consent.obtain      soi   .     soi   soi   .     .     .     .     .     .     .     .     .     .     .     .
consent.withdraw    soi   soi   soi   soi   .     .     .     .     .     .     .     .     .     .     .     .
record.save         soi   soi   soi   soi   afo   sfou  .     afou  afo   .     .     .     sfo   afou  afou  aoiu
record.correct      soi   soi   soi   soi   afo   sfou  .     afou  afo   .     .     .     .     afou  afou  aoiu
record.inactivate   soi   soi   soi   soi   afo   sfou  .     .     afo   .     .     .     .     .     .     .
record.sign         .     .     sfoi  soi   afo   sfou  .     .     .     .     .     .     .     .     .     .
import.csv          soi   .     .     .     .     .     .     aou   .     .     .     .     .     .     .     aoiu

query.open          .     .     .     .     .     .     sou   aou   aou   .     .     .     .     .     .     aoiu
query.answer        soi   soi   soi   soi   ao    sou   .     .     .     .     .     .     .     .     .     .
query.close         .     .     .     .     .     .     sou   aou   aou   .     .     .     .     .     .     aoiu
query.cancel        .     .     .     .     .     .     sou   aou   aou   .     .     .     .     .     .     .
record.verify       .     .     .     .     .     .     sou   .     .     .     .     .     .     .     .     .
record.review       .     .     .     .     .     .     .     aou   aou   .     .     .     .     .     .     .
record.freeze       .     .     .     .     .     .     sou   aou   .     .     .     .     .     .     .     .
record.lock         .     .     .     .     .     .     .     aou   .     .     .     .     .     .     .     .
record.unlock       .     .     .     .     .     .     .     aou   .     .     .     .     .     .     .     .
disclosure.redact   .     .     .     soi   .     .     .     aou   .     .     .     .     .     .     .     .
subject.erase       .     .     .     soi   .     .     .     .     .     .     .     .     .     .     .     .

study.publish       .     .     .     .     .     .     .     ao    .     .     .     .     .     .     .     .
study.amend         .     .     .     .     .     .     .     ao    .     .     .     .     .     .     .     .
site.add            .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
site.change         .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
store.rebuild       .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     ao
key.rotate          .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .

person.add          .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
person.change       .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
person.grant        .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
person.approve      .     .     .     .     .     .     .     .     .     ao    .     ao    .     .     .     .
person.revoke       .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
person.deactivate   .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
person.reset        .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
person.acknowledge  .     .     .     .     .     .     .     .     .     .     .     ao    .     .     .     .
"""

_CLASS: Final[dict[str, Visibility]] = {"o": "open", "i": "identifier", "u": "unblinded"}


def _cell(text: str) -> Permission:
    return Permission(
        everywhere=text[0] == "a",
        classes=frozenset(_CLASS[letter] for letter in text[1:].removeprefix("f")),
        named=text[1] == "f",
    )


def _read(table: str) -> dict[str, dict[str, Permission]]:
    head, *rows = (line.split() for line in table.splitlines() if line)
    roles = [next(role for role in ROLES if role.startswith(short)) for short in head[1:]]
    return {
        act: {role: _cell(text) for role, text in zip(roles, cells, strict=True) if text != "."} for act, *cells in rows
    }


PERMISSIONS: Final[dict[str, dict[str, Permission]]] = _read(_TABLE)
"""act -> role -> what of it; a role that is not there may not."""

ACTS: Final[tuple[str, ...]] = tuple(PERMISSIONS)
"""The closed list of acts that somebody may be authorised for."""


def permission(role: str, act: str) -> Permission | None:
    """The cell of the table, or None: refused, also for roles and acts that do not exist."""
    return PERMISSIONS.get(act, {}).get(role)


def roles_for(act: str) -> tuple[str, ...]:
    """The roles that may do this act somewhere, in the order of the table; the system left out."""
    return tuple(role for role in PERMISSIONS.get(act, {}) if role != "system")
