"""and, or, not, if-else, present, missing: Kleene's three values, None for unknown."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trialkit.expressions.terms import Closure, Fault, Scope, Term
from trialkit.expressions.types import INTEGER, TRUTH, joined

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler


def junction(compiler: Compiler, node: ast.BoolOp, scope: Scope) -> Term:
    """`a and b`, `a or b`: every operand is looked at, so that all their faults are told."""
    terms = [compiler.attempt(value, scope, compiler.truth) for value in node.values]
    parts = [term.run for term in terms if term is not None]
    both = isinstance(node.op, ast.And)
    if len(parts) == 2:
        return Term(TRUTH, both_of(*parts) if both else _or2(*parts))
    return Term(TRUTH, all_of(parts) if both else _any_of(parts))


def both_of(f: Closure, g: Closure) -> Closure:
    """Kleene's and of two."""

    def both(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is False:
            return False
        b = g(r, x)
        if b is False:
            return False
        return None if a is None else b

    return both


def _or2(f: Closure, g: Closure) -> Closure:
    def either(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is True:
            return True
        b = g(r, x)
        if b is True:
            return True
        return None if a is None else b

    return either


def all_of(parts: list[Closure]) -> Closure:
    """Kleene's and of many."""

    def every(r: Any, x: Any) -> Any:
        verdict: bool | None = True
        for part in parts:
            value = part(r, x)
            if value is False:
                return False
            if value is None:
                verdict = None
        return verdict

    return every


def _any_of(parts: list[Closure]) -> Closure:
    def some(r: Any, x: Any) -> Any:
        verdict: bool | None = False
        for part in parts:
            value = part(r, x)
            if value is True:
                return True
            if value is None:
                verdict = None
        return verdict

    return some


def negation(compiler: Compiler, node: ast.UnaryOp, scope: Scope) -> Term:
    """`not a`."""
    run = compiler.truth(node.operand, scope).run

    def negated(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else not value

    return Term(TRUTH, negated)


def conditional(compiler: Compiler, node: ast.IfExp, scope: Scope) -> Term:
    """`a if condition else b`; with an unknown condition it is what both agree on, otherwise unknown."""
    condition = compiler.attempt(node.test, scope, compiler.truth)
    then, other = compiler.attempt(node.body, scope), compiler.attempt(node.orelse, scope)
    if condition is None or then is None or other is None:
        raise Fault(node, "", "")
    type = joined(then.type, other.type)
    if type is None:
        raise Fault(node, f"either {then.type} or {other.type}", "both sides of if-else must be of one type and unit")
    test, first, second = condition.run, then.run, other.run

    def choice(r: Any, x: Any) -> Any:
        verdict = test(r, x)
        if verdict is True:
            return first(r, x)
        if verdict is False:
            return second(r, x)
        a = first(r, x)
        return a if a is not None and a == second(r, x) else None

    return Term(type, choice)


def one_argument(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    """The term of the only argument."""
    return compiler.term(arguments(node, 1, 1)[0], scope)


def arguments(node: ast.Call, fewest: int, most: int) -> list[ast.expr]:
    """The arguments, if there are as many as the function takes."""
    name = node.func.id if isinstance(node.func, ast.Name) else "this"
    if node.keywords:
        raise Fault(node, f"{name}() takes no named arguments", "give them in order")
    if not fewest <= len(node.args) <= most:
        count = f"{fewest}" if fewest == most else f"{fewest} to {most}" if most < 99 else f"at least {fewest}"
        raise Fault(
            node,
            f"{name}() takes {count} argument{'s' if most > 1 else ''}, not {len(node.args)}",
            "see docs/language.md",
        )
    return node.args


def _present(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    run, item = term.run, term.item
    if item is not None:
        return Term(TRUTH, lambda r, x: r.get(item) is not None)
    return Term(TRUTH, lambda r, x: run(r, x) is not None)


def _missing(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    run, item = term.run, term.item
    if item is not None:
        return Term(TRUTH, lambda r, x: r.get(item) is None)
    return Term(TRUTH, lambda r, x: run(r, x) is None)


def _length(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    if term.type.kind not in ("text", "code", "codes", "person"):
        raise Fault(node, f"length() of {term.type}", "length() counts characters of a text or codes of a set")
    run = term.run

    def length(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else len(value)

    return Term(INTEGER, length)


FUNCTIONS = {"present": _present, "missing": _missing, "length": _length}
