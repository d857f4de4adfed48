"""Whether this person enters a form; asked of the gate, as every save is, and never written down as an attempt."""

from __future__ import annotations

from apps import here
from apps.form.sheet import Sheet
from trialkit.access import gate
from trialkit.errors import Refused


def may_write(sheet: Sheet) -> bool:
    """Whether this person enters this form; asked of the gate, as every save is."""
    form, study = sheet.cform.form, sheet.study.study
    own = {rule.item.entered_by for rule in sheet.cform.items.values() if rule.item.entered_by}
    act = "record.correct" if sheet.version else "record.save"
    for roles in ((), *((role,) for role in own if role)):
        try:
            gate.authorise(here.who(), act, sheet.place, form=form, study=study, roles=roles)
            return True
        except Refused:
            continue
    return False
