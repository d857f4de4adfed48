"""Who may write into a form that lies on the desk: by its roles, by those of its items, and by those of a consent."""

from __future__ import annotations

from collections.abc import Mapping

from trialkit.conduct.answers import Typed
from trialkit.conduct.questionnaire import enters
from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import split
from trialkit.ledger.entry import Visibility


def may_write(desk: Desk, right: str, typed: Mapping[str, Typed]) -> None:
    """The right to write these items here: those with a role of their own by that role, the others by the form's.

    Raises Refused.
    """
    trial, who = desk.sitting.trial, desk.sitting.who
    form, study, standing = desk.cform.form, desk.study.study, desk.standing
    classes: set[Visibility] = {"open"}
    roles: set[str] = set()
    if standing.classes or desk.cform.named or desk.cform.classes != {"open"}:
        rules = {path: rule for path in typed if (rule := desk.cform.items.get(split(str(path))[2]))}
        classes = {standing.classes.get(path, rule.visibility) for path, rule in rules.items()} or classes
        roles = {enters(desk.cform.named.get(rule.oid, ""), standing.answered(path)) for path, rule in rules.items()}
    if "" in roles or not roles:
        trial.authorise(who, right, desk.place, classes, form=form, study=study)
    for role in sorted(roles - {""}):
        trial.authorise(who, right, desk.place, classes, form=form, study=study, roles=(role,))
    if right != "import.csv" and who.role != "system":
        may_consent(desk)


def may_consent(desk: Desk) -> None:
    """Who writes or strikes a consent is who may obtain one. Raises Refused."""
    sitting, form, study = desk.sitting, desk.cform.form, desk.study.study
    if study.file.consent and form.oid == study.file.consent.form:
        sitting.trial.authorise(sitting.who, "consent.obtain", desk.place, form=form, study=study)
