"""What a role is shown of a study: its forms, and of the checks between forms those that tell nothing of a hidden one.

A check is told to who sees every form that it reads. Its words alone, without rule and values, are told to those who
enter the form on which it stands, because it is theirs to settle, and to all who see as much as one of these
(docs/decisions/0019). Words that print a value of a hidden form are told to nobody from whom it is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialkit.access.table import ROLES, permission
from trialkit.study.compiled import CompiledCheck, CompiledStudy
from trialkit.study.model import Form

_MOST = 400  # of these sets that are kept: one for each version and kind of sight
_kept: dict[tuple[str, str, frozenset[str]], frozenset[str]] = {}


def is_shown(role: str, form: Form) -> bool:
    """Whether the role has the form at all: not hidden from it, and for some roles only what they enter themselves."""
    if role in form.hidden_from:
        return False
    return not ROLES[role].own_forms or role in (
        *form.entered_by,
        *(item.entered_by for item in form.items.values()),
    )


def untold(role: str, study: CompiledStudy, forms: frozenset[str] | None) -> frozenset[str]:
    """The checks of this version that a role which sees these forms (None: all) is told nothing of."""
    if forms is None or role == "system":
        return frozenset()
    key = study.hash, role, forms
    if key not in _kept:
        if len(_kept) >= _MOST:
            _kept.clear()
        _kept[key] = frozenset(check.oid for check in study.checks.values() if not _told(role, study, forms, check))
    return _kept[key]


def _told(role: str, study: CompiledStudy, forms: frozenset[str], check: CompiledCheck) -> bool:
    if not forms.issuperset(form for form, _ in check.message.reads):
        return False
    if forms.issuperset(form for form, _ in check.reads):
        return True
    owners = set(_enterers(study.study.forms[check.form]))
    return role in owners or any(
        not ROLES[owner].own_forms and forms.issuperset(_forms(owner, study)) for owner in owners
    )


def _forms(role: str, study: CompiledStudy) -> Iterator[str]:
    return (oid for oid, form in study.study.forms.items() if is_shown(role, form))


def _enterers(form: Form) -> Iterator[str]:
    """The roles that enter a form or an item of it; where none is named, all that need no naming."""
    named = form.entered_by or [
        role for role in ROLES if (may := permission(role, "record.save")) is not None and not may.named
    ]
    for role in (*named, *(item.entered_by for item in form.items.values() if item.entered_by)):
        if role in ROLES and role != "system" and is_shown(role, form):
            yield role
