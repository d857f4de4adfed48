"""Questions about rows: any, all, count, total, mean, lowest, highest, first, last, previous, next.

Rows are those of a repeating group or the records of a form. `any` and `all` are Kleene's; `count` counts what is
definitely so; `total` is unknown as soon as one row is; the others speak of the known values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trialkit.expressions.logic import arguments
from trialkit.expressions.names import apart, facts_of, form_named
from trialkit.expressions.numbers import orderable
from trialkit.expressions.reach import How
from trialkit.expressions.terms import Closure, Fault, Inner, Scope, Term
from trialkit.expressions.types import INTEGER, TRUTH, Type
from trialkit.expressions.visits import event_named
from trialkit.values import nearest

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler


def _source(compiler: Compiler, node: ast.expr, scope: Scope) -> tuple[Scope, Closure]:
    """The scope inside the rows that `node` names, and how to get at them."""
    event = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "at":
        named, node = arguments(node, 2, 2)
        event = event_named(compiler, named)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return _group_of_form(compiler, node, scope, event)
    if not isinstance(node, ast.Name):
        raise Fault(node, "rows are needed here", "name a repeating group, FORM.GROUP, or a form")
    form = scope.form
    if event is None and form is not None and node.id in form.repeating_groups:
        if scope.bare:
            raise Fault(node, f"these rows have no group {node.id}", f"write {form.oid}.{node.id}")
        return _own_group(compiler, node.id, scope)
    if node.id in compiler.vocabulary.forms:
        return _records(compiler, node, scope, event)
    if form is not None and node.id in form.group_of.values():
        raise Fault(node, f"the group {node.id} occurs once", "its items are written without any()")
    known = [*(form.repeating_groups if form else ()), *compiler.vocabulary.forms]
    meant = nearest(node.id, known)
    raise Fault(
        node, f"there are no rows {node.id}", f"did you mean {meant}?" if meant else "name a repeating group or a form"
    )


def _own_group(compiler: Compiler, group: str, scope: Scope) -> tuple[Scope, Closure]:
    assert scope.form is not None
    if scope.own:
        compiler.gathered.own.add(group)
    else:
        compiler.gathered.read_elsewhere(scope.form.oid, group, now=False, how=scope.how, event=scope.event)
    inner = Scope(scope.form, group, scope, own=scope.own, how=scope.how, event=scope.event)
    return inner, lambda r, x: r.groups.get(group, ())


def _group_of_form(compiler: Compiler, node: ast.Attribute, scope: Scope, event: str | None) -> tuple[Scope, Closure]:
    assert isinstance(node.value, ast.Name)
    form, group = form_named(compiler, node.value), node.attr
    _own_subject(node, scope)
    apart(compiler, node, form)
    if group not in form.repeating_groups:
        groups = sorted(form.repeating_groups)
        hint = f"it has {', '.join(groups)}" if groups else f"write {form.oid}.ITEM"
        raise Fault(node, f"{form.oid} has no repeating group {group}", hint)
    own = compiler.form is not None and compiler.form.oid == form.oid and event is None
    how: How = "visit" if event is None else "at"
    inner = Scope(form, group, scope, bare=not own, own=own, how=how, event=event or "")
    if own:
        compiler.gathered.own.add(group)
        if scope.outer is None:
            return inner, lambda r, x: r.groups.get(group, ())
        return inner, lambda r, x: x.root.groups.get(group, ())
    _at_event(node, form.oid, form.events, event)
    if event is None:
        if form.repeating:
            raise Fault(node, f"{form.oid} has many records", f"ask them: any({form.oid}, any({group}, ...))")
        if compiler.form is not None and len(form.events) > 1 and not compiler.form.events & form.events:
            raise Fault(node, f"{form.oid} does not stand in the events of this form", f"at(EVENT, {form.oid}.{group})")
    compiler.gathered.read_elsewhere(form.oid, group, now=False, how=how, event=event or "")
    facts, oid = facts_of(scope), form.oid
    return inner, lambda r, x: facts(r, x).rows(oid, group, event)


def _own_subject(node: ast.expr, scope: Scope) -> None:
    if scope.foreign:
        raise Fault(node, "only groups of that record can be asked inside others()", "name one of its repeating groups")


def _records(compiler: Compiler, node: ast.Name, scope: Scope, event: str | None) -> tuple[Scope, Closure]:
    oid = node.id
    form = compiler.vocabulary.forms[oid]
    _own_subject(node, scope)
    if not form.site:
        apart(compiler, node, form)
    _at_event(None, oid, form.events, event)
    how: How | None = None if event is None else "at"
    compiler.gathered.read_elsewhere(oid, "*", now=False, how=how, event=event or "")
    facts = facts_of(scope)
    inner = Scope(form, None, scope, own=False, how=how, event=event or "")
    return inner, lambda r, x: facts(r, x).rows(oid, None, event)


def _at_event(node: ast.AST | None, oid: str, events: frozenset[str], event: str | None) -> None:
    if event is not None and event not in events:
        raise Fault(
            node or ast.Constant(0), f"{event} has no form {oid}", f"{oid} stands in {', '.join(sorted(events))}"
        )


def _each(rows: Closure, depth: int) -> Callable[[Any, Any], Any]:
    """Gives (row, second argument) for every row."""
    top = depth == 0

    def each(r: Any, x: Any) -> Any:
        inner = Inner(x, r, x, r) if top else Inner(x.facts, r, x, x.root)
        return rows(r, x), inner

    return each


def _asked(
    compiler: Compiler, node: ast.Call, scope: Scope, fewest: int, most: int
) -> tuple[Any, Scope, list[ast.expr]]:
    source, *rest = arguments(node, fewest, most)
    if scope.depth >= 3:
        raise Fault(node, "rows within rows within rows within rows", "use a computed item")
    inner, rows = _source(compiler, source, scope)
    return _each(rows, scope.depth), inner, rest


def _any(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    each, inner, (condition,) = _asked(compiler, node, scope, 2, 2)
    test = compiler.truth(condition, inner).run

    def some(r: Any, x: Any) -> Any:
        rows, within = each(r, x)
        verdict: bool | None = False
        for row in rows:
            value = test(row, within)
            if value is True:
                return True
            if value is None:
                verdict = None
        return verdict

    return Term(TRUTH, some)


def _all(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    each, inner, (condition,) = _asked(compiler, node, scope, 2, 2)
    test = compiler.truth(condition, inner).run

    def every(r: Any, x: Any) -> Any:
        rows, within = each(r, x)
        verdict: bool | None = True
        for row in rows:
            value = test(row, within)
            if value is False:
                return False
            if value is None:
                verdict = None
        return verdict

    return Term(TRUTH, every)


def _count(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    each, inner, conditions = _asked(compiler, node, scope, 1, 2)
    if not conditions:
        return Term(INTEGER, lambda r, x: len(each(r, x)[0]))
    test = compiler.truth(conditions[0], inner).run

    def count(r: Any, x: Any) -> Any:
        rows, within = each(r, x)
        return sum(1 for row in rows if test(row, within) is True)

    return Term(INTEGER, count)


def _total(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    each, inner, (summand, *conditions) = _asked(compiler, node, scope, 2, 3)
    term = compiler.term(summand, inner)
    if not term.type.number:
        raise Fault(summand, f"total() of {term.type}", "number(X) makes a number of a code")
    test = compiler.truth(conditions[0], inner).run if conditions else None
    run = term.run

    def total(r: Any, x: Any) -> Any:
        rows, within = each(r, x)
        result: Any = 0
        for row in rows:
            verdict = True if test is None else test(row, within)
            if verdict is False:
                continue
            value = run(row, within) if verdict else None
            if value is None:
                return None
            result += value
        return result

    return Term(term.type, total)


def _known(name: str, choose: Callable[[list[Any]], Any]) -> Any:
    """A function of the known values of the rows of which the condition is definitely true."""

    def known(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        each, inner, (wanted, *conditions) = _asked(compiler, node, scope, 2, 3)
        term = compiler.term(wanted, inner)
        type = term.type
        if name == "mean":
            if not type.number:
                raise Fault(wanted, f"mean() of {type}", "number(X) makes a number of a code")
            type = Type("decimal", type.unit)
        elif name in ("lowest", "highest"):
            orderable(wanted, type, name)
        test = compiler.truth(conditions[0], inner).run if conditions else None
        run = term.run

        def found(r: Any, x: Any) -> Any:
            rows, within = each(r, x)
            values = [run(row, within) for row in rows if test is None or test(row, within) is True]
            values = [value for value in values if value is not None]
            return choose(values) if values else None

        return Term(type, found)

    return known


def _neighbour(name: str, step: int) -> Any:
    def neighbour(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        wanted = arguments(node, 1, 1)[0]
        if not scope.by_row:
            raise Fault(node, f"{name}() outside rows", "a check with group, or an item of a repeating group, has rows")
        compiler.gathered.positioned(scope)
        compiler.gathered.beside += 1
        compiler.gathered.lagging += step < 0
        term = compiler.term(wanted, scope)
        compiler.gathered.lagging -= step < 0
        compiler.gathered.beside -= 1
        run = term.run

        def value(r: Any, x: Any) -> Any:
            index = r.index + step
            return run(r.rows[index], x) if 0 <= index < len(r.rows) else None

        return Term(term.type, value)

    return neighbour


FUNCTIONS = {
    "any": _any,
    "all": _all,
    "count": _count,
    "total": _total,
    "mean": _known("mean", lambda values: Decimal(sum(values)) / len(values)),
    "lowest": _known("lowest", min),
    "highest": _known("highest", max),
    "first": _known("first", lambda values: values[0]),
    "last": _known("last", lambda values: values[-1]),
    "previous": _neighbour("previous", -1),
    "next": _neighbour("next", 1),
}
