"""Functions of numbers: abs, round, floor, power, ln, minimum, maximum, and the conversions number, text, code."""

from __future__ import annotations

import ast
import re
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from trialkit.expressions.arithmetic import bounded
from trialkit.expressions.logic import arguments, one_argument
from trialkit.expressions.terms import Closure, Fault, Scope, Term
from trialkit.expressions.types import DATES, DECIMAL, INTEGER, TEXT, Type, joined

_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,15})?", re.ASCII)

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler


def _number(compiler: Compiler, node: ast.expr, scope: Scope) -> Term:
    term = compiler.term(node, scope)
    if not term.type.number:
        hint = "number(X) makes a number of a code" if term.type.kind == "code" else "give a number"
        raise Fault(node, f"a number is needed, this is {term.type}", hint)
    return term


def _abs(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = _number(compiler, arguments(node, 1, 1)[0], scope)
    return Term(term.type, _mapped(term.run, abs))


def _round(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    given = arguments(node, 1, 2)
    term = _number(compiler, given[0], scope)
    places = 0
    if len(given) == 2:
        wanted = given[1]
        if not isinstance(wanted, ast.Constant) or type(wanted.value) is not int or not 0 <= wanted.value <= 10:
            raise Fault(wanted, "the digits of round() must be a plain number", "0 to 10: round(x, 1)")
        places = wanted.value
    step = Decimal(1).scaleb(-places)

    def rounded(value: Any) -> Any:
        value = bounded(Decimal(value))
        if value is None or value.adjusted() + places > 26:
            return None
        near = value.quantize(step, ROUND_HALF_UP)
        return near if places else int(near)

    return Term(Type("decimal" if places else "integer", term.type.unit), _mapped(term.run, rounded))


def _floor(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = _number(compiler, arguments(node, 1, 1)[0], scope)

    def floor(value: Any) -> Any:
        value = bounded(Decimal(value))
        return None if value is None else int(value.to_integral_value(ROUND_FLOOR))

    return Term(Type("integer", term.type.unit), _mapped(term.run, floor))


def _power(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    base, exponent = (_number(compiler, n, scope).run for n in arguments(node, 2, 2))

    def power(r: Any, x: Any) -> Any:
        a = base(r, x)
        if a is None:
            return None
        b = exponent(r, x)
        if b is None or abs(b) > 1000:
            return None
        try:
            return bounded(Decimal(a) ** Decimal(b))
        except ArithmeticError:
            return None

    return Term(DECIMAL, power)


def _ln(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = _number(compiler, arguments(node, 1, 1)[0], scope)
    return Term(DECIMAL, _mapped(term.run, lambda value: Decimal(value).ln() if value > 0 else None))


def _extreme(name: str) -> Any:
    def extreme(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        given = arguments(node, 2, 20)
        terms = [compiler.term(n, scope) for n in given]
        type = terms[0].type
        for argument, term in zip(given[1:], terms[1:], strict=True):
            both = joined(type, term.type)
            if both is None:
                raise Fault(argument, f"{name}() of {type} and {term.type}", "all must be of one type and unit")
            type = both
        orderable(given[0], type, name)
        runs = [term.run for term in terms]
        choose = min if name == "minimum" else max

        def found(r: Any, x: Any) -> Any:
            values = [run(r, x) for run in runs]
            return None if None in values else choose(values)

        return Term(type, found)

    return extreme


def orderable(node: ast.AST, type: Type, name: str) -> None:
    """Refuses what has no lowest and highest."""
    if type.kind not in ("integer", "decimal", "date", "time", "datetime"):
        hint = "number(X) makes a number of a code" if type.kind == "code" else "numbers, dates and times have"
        if type.kind in DATES:
            hint = "a partial date has no definite place in order"
        raise Fault(node, f"{name}() of {type}", hint)


def _mapped(run: Closure, function: Any) -> Closure:
    def mapped(r: Any, x: Any) -> Any:
        value = run(r, x)
        if value is None:
            return None
        try:
            return function(value)
        except ArithmeticError:
            return None

    return mapped


def _to_number(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    if term.type.number:
        return term
    if term.type.kind not in ("code", "text"):
        raise Fault(node, f"number() of {term.type}", "codes, texts and numbers can become numbers")
    whole = term.type.numeric_codes or (isinstance(node.args[0], ast.Name) and node.args[0].id == "ROW")
    return Term(INTEGER if whole else DECIMAL, _mapped(term.run, _whole if whole else _decimal))


def _whole(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _to_text(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    if term.type.kind == "integer":
        return Term(TEXT, _mapped(term.run, str))
    if term.type.kind not in ("text", "code", "person"):
        raise Fault(node, f"text() of {term.type}", "texts, codes, persons and whole numbers can become texts")
    return Term(TEXT, term.run)


FUNCTIONS = {
    "abs": _abs,
    "round": _round,
    "floor": _floor,
    "power": _power,
    "ln": _ln,
    "minimum": _extreme("minimum"),
    "maximum": _extreme("maximum"),
    "number": _to_number,
    "text": _to_text,
    "code": _to_text,
}
