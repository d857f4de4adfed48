"""What a study's expressions may speak of: its forms, items, parameters, events and roles as a vocabulary."""

from __future__ import annotations

from trialkit.errors import WrongValue
from trialkit.expressions import FormWords, Type, Vocabulary
from trialkit.study.model import Form, Item, Study
from trialkit.values import Value, parse

YES_NO = ("Y", "N")


def type_of(item: Item, study: Study) -> Type:
    """The static type of an item."""
    if item.type == "yesno":
        return Type("code", None, YES_NO)
    if item.type in ("code", "codes"):
        listed = study.codelists.get(item.codelist or "")
        return Type(item.type, None, tuple(listed.codes) if listed else None)
    return Type(item.type, item.unit)


def vocabulary_of(study: Study) -> Vocabulary:
    """The words of a study. A parameter whose value is not of its type is left out; the rules complain of it."""
    parameters: dict[str, tuple[Type, Value]] = {}
    for name, parameter in study.file.parameters.items():
        try:
            parameters[name] = (Type(parameter.type, parameter.unit), parse(parameter.type, parameter.value))
        except WrongValue:
            continue
    return Vocabulary(
        forms={oid: _words(form, study) for oid, form in study.forms.items()},
        parameters=parameters,
        events=tuple(study.file.events),
        roles=tuple(study.file.roles),
        has_first_dose=study.file.first_dose is not None,
    )


def _words(form: Form, study: Study) -> FormWords:
    return FormWords(
        oid=form.oid,
        items={oid: type_of(item, study) for oid, item in form.items.items()},
        group_of=form.group_of,
        repeating_groups=frozenset(oid for oid, group in form.groups.items() if group.repeating),
        repeating=form.repeating,
        events=study.form_events[form.oid],
    )
