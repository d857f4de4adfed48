"""+ - * / and unary minus of numbers, dates plus days, date minus date, text plus text. By nought is unknown."""

from __future__ import annotations

import ast
import datetime as dt
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trialkit.expressions.terms import NOTHING, Closure, Fault, Scope, Term
from trialkit.expressions.types import DATE, DATES, TEXT, Type, same_unit

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler

LARGEST = 40
"""Digits before the point beyond which a result is unknown: no trial measures it, and memory stays bounded."""


_WRITTEN = ("text", "code", "person")


def minus(compiler: Compiler, node: ast.UnaryOp, scope: Scope) -> Term:
    """`-a`."""
    term = compiler.term(node.operand, scope)
    if not term.type.number:
        raise Fault(node, f"minus {term.type}", "only numbers have a sign")
    run = term.run
    if isinstance(node.operand, ast.Constant):
        value = -term.constant
        return Term(term.type, lambda r, x: value, None, value)

    def negative(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else -value

    return Term(term.type, negative)


def operation(compiler: Compiler, node: ast.BinOp, scope: Scope) -> Term:
    """`a + b`, `a - b`, `a * b`, `a / b`."""
    one, two = compiler.attempt(node.left, scope), compiler.attempt(node.right, scope)
    if one is None or two is None:
        raise Fault(node, "", "")
    a, b = one.type, two.type
    add, subtract = isinstance(node.op, ast.Add), isinstance(node.op, ast.Sub)
    if a.kind in DATES and b.kind in DATES and subtract:
        return Term(Type("integer", "days"), _strict(one.run, two.run, _days))
    if a.kind in DATES and b.kind == "integer" and (add or subtract):
        if not same_unit(b.unit, "days"):
            raise Fault(node, f"a date and {b}", "only days can be added to a date")
        return Term(DATE, _strict(one.run, two.run, _later if add else _sooner))
    if a.kind == "datetime" and b.kind == "integer" and (add or subtract):
        if not same_unit(b.unit, "days"):
            raise Fault(node, f"a date and time and {b}", "only days can be added to it")
        return Term(a, _strict(one.run, two.run, _moved if add else lambda m, n: _moved(m, -n)))
    if "datetime" in (a.kind, b.kind) or "time" in (a.kind, b.kind):
        raise Fault(node, f"{a} and {b} cannot be added or subtracted", "use minutes(a, b), hours(a, b) or days(a, b)")
    if add and "text" in (a.kind, b.kind) and a.kind in _WRITTEN and b.kind in _WRITTEN:
        return Term(TEXT, _strict(one.run, two.run, operator.add))
    if not a.number or not b.number:
        if add and "text" in (a.kind, b.kind) and "integer" in (a.kind, b.kind):
            raise Fault(node, f"{a} and {b} cannot be joined", "text(X) makes a text of a whole number")
        hint = "number(X) makes a number of a code" if "code" in (a.kind, b.kind) else "only numbers and dates can"
        raise Fault(node, f"{a} and {b} cannot be calculated with", hint)
    if (add or subtract) and not same_unit(a.unit, b.unit):
        raise Fault(node, f"{a.unit} and {b.unit} cannot be added or subtracted", "convert one of them first")
    kind = "decimal" if "decimal" in (a.kind, b.kind) or isinstance(node.op, ast.Div) else "integer"
    unit = (a.unit or b.unit) if add or subtract else None
    return Term(Type(kind, unit), _calculated(_OPERATORS[type(node.op)], one, two))


def _calculated(op: Callable[[Any, Any], Any], a: Term, b: Term) -> Closure:
    """The same as `_strict`; an item with a constant, as in most limits, without a call for either."""
    if b.item is not None and a.constant is not NOTHING and a.constant is not None:
        return _constant_item(op, a.constant, b.item)
    if a.item is not None and b.constant is not NOTHING and b.constant is not None:
        return _item_constant(op, a.item, b.constant)
    return _strict(a.run, b.run, op)


def _constant_item(op: Callable[[Any, Any], Any], value: Any, item: str) -> Closure:
    def result(r: Any, x: Any) -> Any:
        b = r.get(item)
        if b is None:
            return None
        try:
            return op(value, b)
        except ArithmeticError:
            return None

    return result


def _item_constant(op: Callable[[Any, Any], Any], item: str, value: Any) -> Closure:
    def result(r: Any, x: Any) -> Any:
        a = r.get(item)
        if a is None:
            return None
        try:
            return op(a, value)
        except ArithmeticError:
            return None

    return result


def _strict(f: Closure, g: Closure, op: Callable[[Any, Any], Any]) -> Closure:
    """Unknown if either side is, or if there is no result."""

    def result(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is None:
            return None
        b = g(r, x)
        if b is None:
            return None
        try:
            return op(a, b)
        except ArithmeticError:
            return None

    return result


def _divided(a: Any, b: Any) -> Any:
    return Decimal(a) / Decimal(b) if b else None


def _day(value: Any) -> Any:
    if value.__class__ is dt.date:
        return value
    return value.low if value.complete else None


def _days(a: Any, b: Any) -> Any:
    one, two = _day(a), _day(b)
    return None if one is None or two is None else (one - two).days


def _later(a: Any, b: Any) -> Any:
    day = _day(a)
    return None if day is None or abs(b) > 3_000_000 else day + dt.timedelta(days=b)


def _moved(moment: Any, days: Any) -> Any:
    return None if abs(days) > 3_000_000 else moment + dt.timedelta(days=days)


def _sooner(a: Any, b: Any) -> Any:
    return _later(a, -b)


def bounded(value: Any) -> Any:
    """The number, or None if it has more digits than anything measured."""
    if value.__class__ is Decimal:
        return value if value.is_finite() and value.adjusted() <= LARGEST else None
    return value


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
}
