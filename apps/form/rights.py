"""Whether this person enters a form; asked of the gate, as every save is, and never written down as an attempt."""

from __future__ import annotations

from contextlib import suppress

from apps import here
from apps.form.sheet import Sheet
from trialkit.access import gate
from trialkit.errors import Refused


def may_write(sheet: Sheet) -> bool:
    """Whether this person enters anything of this form."""
    return bool(entered(sheet))


def entered(sheet: Sheet) -> frozenset[str]:
    """Whose items this person enters here: "" for those of the form, a role for those that name it."""
    form, study = sheet.cform.form, sheet.study.study
    act = "record.correct" if sheet.version else "record.save"
    own = set()
    for role in {rule.item.entered_by or "" for rule in sheet.cform.items.values()} | {""}:
        with suppress(Refused):
            gate.authorise(here.who(), act, sheet.place, form=form, study=study, roles=(role,) if role else ())
            own.add(role)
    return frozenset(own)
