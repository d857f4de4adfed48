"""Values of other visits: at, previous_visit, baseline, study_day; and is_role, which asks about a person."""

from __future__ import annotations

import ast
import datetime as dt
from typing import TYPE_CHECKING, Any

from trialkit.expressions.logic import arguments
from trialkit.expressions.moments import day_of
from trialkit.expressions.names import apart, facts_of, form_named, item_of, needs_subject, remote
from trialkit.expressions.terms import Fault, Scope, Term
from trialkit.expressions.types import DATES, TRUTH, Type
from trialkit.expressions.vocabulary import FormWords
from trialkit.values import Missing, nearest

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler


def event_named(compiler: Compiler, node: ast.expr) -> str:
    """The study event that a name stands for."""
    word = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) else None
    if not isinstance(word, str):
        raise Fault(node, "a study event is needed here", "at(V3, FORM.ITEM)")
    if word not in compiler.vocabulary.events:
        meant = nearest(word, compiler.vocabulary.events)
        hint = f"did you mean {meant}?" if meant else "events are " + ", ".join(compiler.vocabulary.events[:12])
        raise Fault(node, f"there is no study event {word}", hint)
    return word


def _reference(compiler: Compiler, node: ast.expr, scope: Scope) -> tuple[FormWords, str]:
    """FORM.ITEM, or ITEM of the form at hand."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        form = form_named(compiler, node.value)
        apart(compiler, node, form)
        return form, item_of(compiler, form, node)
    if isinstance(node, ast.Name) and compiler.form is not None and node.id in compiler.form.items:
        whole = ast.copy_location(ast.Attribute(ast.Name(compiler.form.oid), node.id), node)
        return compiler.form, item_of(compiler, compiler.form, whole)
    raise Fault(node, "an item is needed here", "write FORM.ITEM")


def _at(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    where, what = arguments(node, 2, 2)
    event = event_named(compiler, where)
    form, item = _reference(compiler, what, scope)
    if event not in form.events:
        hint = f"{form.oid} stands in {', '.join(sorted(form.events)) or 'no event'}"
        raise Fault(where, f"{event} has no form {form.oid}", hint)
    return remote(compiler, scope, form, item, event)


def _through_facts(which: str) -> Any:
    def through(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        needs_subject(compiler, node, "previous_visit" if which == "earlier" else which)
        form, item = _reference(compiler, arguments(node, 1, 1)[0], scope)
        if which == "baseline":
            needs_first_dose(compiler, node)
            compiler.gathered.elsewhere |= compiler.vocabulary.visit_date
        compiler.gathered.read_elsewhere(form.oid, item, now=False, how="before" if which == "earlier" else None)
        facts, oid, earlier = facts_of(scope), form.oid, which == "earlier"

        def value(r: Any, x: Any) -> Any:
            known = facts(r, x)
            found = known.earlier(oid, item) if earlier else known.baseline(oid, item)
            return None if found.__class__ is Missing else found

        return Term(form.items[item], value)

    return through


def needs_first_dose(compiler: Compiler, node: ast.Call) -> None:
    """Refuses what counts from the first dose if the study does not say when that is."""
    if not compiler.vocabulary.has_first_dose:
        raise Fault(node, "the study does not say when the first dose is", "state first_dose in study.yaml")
    compiler.gathered.elsewhere |= compiler.vocabulary.dose_reads


def _study_day(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    needs_subject(compiler, node, "study_day")
    wanted = arguments(node, 1, 1)[0]
    term = compiler.term(wanted, scope)
    if term.type.kind not in ("datetime", *DATES):
        raise Fault(wanted, f"study_day() of {term.type}", "it needs a date")
    needs_first_dose(compiler, node)
    run, facts = term.run, facts_of(scope)

    def study_day(r: Any, x: Any) -> Any:
        value = run(r, x)
        if value is None or (day := day_of(value)) is None:
            return None
        dose = facts(r, x).first_dose()
        if dose is None:
            return None
        distance = (day - dt.date(dose.year, dose.month, dose.day)).days
        return distance + 1 if distance >= 0 else distance  # there is no day 0

    return Term(Type("integer", "days"), study_day)


def _is_role(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    who, what = arguments(node, 2, 2)
    person = compiler.term(who, scope)
    if person.type.kind != "person":
        raise Fault(who, f"is_role() of {person.type}", "it needs an item of type person")
    role = what.value if isinstance(what, ast.Constant) else None
    if not isinstance(role, str):
        raise Fault(what, "a role is needed here", "in quotes: 'physician'")
    if role not in compiler.vocabulary.roles:
        meant = nearest(role, compiler.vocabulary.roles)
        hint = f"did you mean {meant!r}?" if meant else "roles are " + ", ".join(compiler.vocabulary.roles)
        raise Fault(what, f"there is no role {role!r}", hint)
    run, facts = person.run, facts_of(scope)

    def holds(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else facts(r, x).role(value, role)

    return Term(TRUTH, holds)


def _in_window(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    needs_subject(compiler, node, "in_window")
    wanted = arguments(node, 1, 1)[0]
    term = compiler.term(wanted, scope)
    if term.type.kind not in ("datetime", *DATES):
        raise Fault(wanted, f"in_window() of {term.type}", "it needs a date")
    compiler.gathered.elsewhere |= compiler.vocabulary.dose_reads | compiler.vocabulary.visit_date
    run, facts = term.run, facts_of(scope)

    def inside(r: Any, x: Any) -> Any:
        value = run(r, x)
        if value is None or (day := day_of(value)) is None:
            return None
        return facts(r, x).in_window(day)

    return Term(TRUTH, inside)


FUNCTIONS = {
    "in_window": _in_window,
    "at": _at,
    "previous_visit": _through_facts("earlier"),
    "baseline": _through_facts("baseline"),
    "study_day": _study_day,
    "is_role": _is_role,
}
