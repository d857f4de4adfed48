"""== != < <= > >= in, not in: what may be compared with what, and the closures that do it.

Closures for an item against an item or a constant read the row directly: they are what runs on every save.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Literal, cast

from trialkit.errors import WrongValue
from trialkit.expressions.logic import all_of, both_of
from trialkit.expressions.moments import PARTIAL
from trialkit.expressions.terms import NOTHING, Closure, Fault, Scope, Term
from trialkit.expressions.types import DATES, TEXTS, TRUTH, Type, same_unit
from trialkit.values import nearest, parse

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler

_OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MOMENTS = (*DATES, "time", "datetime")


def comparison(compiler: Compiler, node: ast.Compare, scope: Scope) -> Term:
    """A comparison, or a chain of them: `a < b <= c`."""
    if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
        if len(node.ops) > 1:
            raise Fault(node, "in stands in a chain of comparisons", "join them with and")
        return _membership(compiler, node, scope)
    nodes = [node.left, *node.comparators]
    terms = [compiler.attempt(n, scope) for n in nodes]
    runs = []
    for op, left, right, a, b in zip(node.ops, nodes, nodes[1:], terms, terms[1:], strict=False):
        if a is not None and b is not None:
            runs.append(_pair(op, left, right, a, b))
    if len(runs) == 1:
        return Term(TRUTH, runs[0])
    return Term(TRUTH, both_of(*runs) if len(runs) == 2 else all_of(runs))


def _pair(op: ast.cmpop, left: ast.expr, right: ast.expr, a: Term, b: Term) -> Closure:
    a, b = _agreed(left, a, b), _agreed(right, b, a)
    operation = _OPERATORS[type(op)]
    ordering = not isinstance(op, ast.Eq | ast.NotEq)
    one, two = a.type, b.type
    for node, side in ((left, one), (right, two)):
        if side.kind == "codes":
            raise Fault(node, "a set of codes cannot be compared", "ask for one code: 'X' in ITEM")
        if side.kind == "file":
            raise Fault(node, "a file cannot be compared", "present(X) and missing(X) can be asked")
    if one.number or two.number:
        other = two if one.number else one
        if not other.number and (other.kind != "code" or other.fixed):
            raise Fault(right, f"{one} is compared with {two}", _mismatch(one, two))
        a, b = _numeric(left, a, b, ordering), _numeric(right, b, a, ordering)
        if not same_unit(one.unit, two.unit):
            raise Fault(right, f"{one.unit} is compared with {two.unit}", "convert one of them, or mend its unit")
        return _closure(operation, a, b)
    if one.kind in DATES and two.kind in DATES:
        if "partialDate" in (one.kind, two.kind):
            return _plain(PARTIAL[type(op)], a.run, b.run)
        return _closure(operation, a, b)
    if one.kind == two.kind and one.kind in ("time", "datetime"):
        return _closure(operation, a, b)
    if one.kind in ("code", *TEXTS) and two.kind in ("code", *TEXTS):
        _codes(left, right, one, two)
        if not ordering:
            return _closure(operation, a, b)
        for node, side in ((left, one), (right, two)):
            if not _orderable(side):
                raise Fault(
                    node, f"{side} has no order", "only codes that are all whole numbers, numbers and dates have"
                )
        return _closure(operation, _whole(a), _whole(b))
    if one.kind == two.kind == "truth" and not ordering:
        return _closure(operation, a, b)
    raise Fault(right, f"{one} is compared with {two}", _mismatch(one, two))


def _agreed(node: ast.expr, a: Term, b: Term) -> Term:
    """A text written in the expression becomes a date or time when it is compared with one."""
    if a.type.fixed and isinstance(a.constant, str) and b.type.kind in _MOMENTS:
        kind = cast("Literal['date', 'time', 'datetime', 'partialDate']", b.type.kind)
        try:
            value = parse(kind, a.constant)
        except WrongValue as wrong:
            raise Fault(node, wrong.sentence, wrong.hint) from None
        return Term(Type(b.type.kind), lambda r, x: value, None, value)
    return a


def _numeric(node: ast.expr, a: Term, b: Term, ordering: bool) -> Term:
    """A code list of whole numbers may be ordered against a number."""
    if a.type.number:
        return a
    if not ordering:
        said = b.constant if b.constant is not NOTHING else "a number"
        raise Fault(node, f"a code is compared with {said}", f"a code is text: write '{said}'")
    if a.type.numeric_codes:
        return _whole(a)
    raise Fault(node, "this code list has no order", "only lists whose codes are all whole numbers have one")


def _whole(term: Term) -> Term:
    run = term.run
    if isinstance(term.constant, str):
        value = int(term.constant)
        return Term(Type("integer"), lambda r, x: value, None, value)

    def number(r: Any, x: Any) -> Any:
        code = run(r, x)
        try:
            return None if code is None else int(code)
        except ValueError:  # a code of an older study version
            return None

    return Term(Type("integer"), number)


def _orderable(type: Type) -> bool:
    return Type("code", None, type.codes).numeric_codes


def _codes(left: ast.expr, right: ast.expr, one: Type, two: Type) -> None:
    """Refuses a text that is not a code of the list it is compared with, and two lists without a common code."""
    for node, text, listed in ((left, one, two), (right, two, one)):
        if text.fixed and listed.codes is not None:
            for code in text.codes or ():
                if code not in listed.codes:
                    hint = codes_hint(code, listed.codes)
                    raise Fault(node, f"{code!r} is not in the item's code list", hint)
    if one.codes is not None and two.codes is not None and not set(one.codes) & set(two.codes):
        raise Fault(right, "the two code lists have no code in common", "compare items of the same code list")


def codes_hint(code: str, codes: Collection[str]) -> str:
    """Which code was probably meant, or what there is."""
    meant = nearest(code, codes)
    if meant:
        return f"did you mean {meant!r}?"
    return "one of " + ", ".join(list(codes)[:8]) + (", ..." if len(codes) > 8 else "")


def _mismatch(one: Type, two: Type) -> str:
    kinds = {one.kind, two.kind}
    if "datetime" in kinds and kinds & set(DATES):
        return "moment(date, time) makes a date and time, date(x) gives its day"
    if "truth" in kinds:
        return "a condition is not compared: use and, or, not"
    return "both sides must be of one type"


def _closure(op: Callable[[Any, Any], Any], a: Term, b: Term) -> Closure:
    if a.item is not None and b.item is not None:
        return _item_item(op, a.item, b.item)
    if a.item is not None and b.constant is not NOTHING:
        return _item_constant(op, a.item, b.constant)
    if a.item is not None:
        return _item_term(op, a.item, b.run)
    return _plain(op, a.run, b.run)


def _item_item(op: Callable[[Any, Any], Any], one: str, two: str) -> Closure:
    def compared(r: Any, x: Any) -> Any:
        a = r.get(one)
        if a is None:
            return None
        b = r.get(two)
        return None if b is None else op(a, b)

    return compared


def _item_constant(op: Callable[[Any, Any], Any], item: str, value: Any) -> Closure:
    def compared(r: Any, x: Any) -> Any:
        a = r.get(item)
        return None if a is None else op(a, value)

    return compared


def _item_term(op: Callable[[Any, Any], Any], item: str, g: Closure) -> Closure:
    def compared(r: Any, x: Any) -> Any:
        a = r.get(item)
        if a is None:
            return None
        b = g(r, x)
        return None if b is None else op(a, b)

    return compared


def _plain(op: Callable[[Any, Any], Any], f: Closure, g: Closure) -> Closure:
    def compared(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is None:
            return None
        b = g(r, x)
        return None if b is None else op(a, b)

    return compared


def _membership(compiler: Compiler, node: ast.Compare, scope: Scope) -> Term:
    right = node.comparators[0]
    negated = isinstance(node.ops[0], ast.NotIn)
    left = compiler.term(node.left, scope)
    if not isinstance(right, ast.List):
        return _in_set(compiler, node, scope, left, negated)
    if not right.elts:
        raise Fault(right, "the list is empty", "name at least one value")
    if left.type.kind == "codes":
        raise Fault(node.left, "a set of codes is looked for in a list", "ask for one code: 'X' in ITEM")
    terms = [(n, compiler.attempt(n, scope)) for n in right.elts]
    equal = []
    constants = []
    for n, term in terms:
        if term is None:
            continue
        pair = _attempted(compiler, n, lambda n=n, term=term: _pair(ast.Eq(), node.left, n, left, term))  # type: ignore[misc]
        if pair is not None:
            equal.append(pair)
            constants.append(_agreed(n, term, left).constant)
    simple = left.type.kind != "partialDate" and NOTHING not in constants
    run = _among(left.run, frozenset(constants)) if simple else _any_equal(equal)
    return Term(TRUTH, _opposite(run) if negated else run)


def _attempted(compiler: Compiler, node: ast.expr, make: Callable[[], Closure]) -> Closure | None:
    try:
        return make()
    except Fault as fault:
        compiler.note(fault)
        return None


def _among(run: Closure, values: frozenset[Any]) -> Closure:
    def among(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else value in values

    return among


def _any_equal(pairs: list[Closure]) -> Closure:
    def some(r: Any, x: Any) -> Any:
        verdict: bool | None = False
        for pair in pairs:
            value = pair(r, x)
            if value is True:
                return True
            if value is None:
                verdict = None
        return verdict

    return some


def _opposite(run: Closure) -> Closure:
    def opposite(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else not value

    return opposite


def _in_set(compiler: Compiler, node: ast.Compare, scope: Scope, left: Term, negated: bool) -> Term:
    """`'X' in ITEM` where ITEM holds several codes."""
    right = compiler.term(node.comparators[0], scope)
    if right.type.kind != "codes":
        hint = "a list in square brackets or an item of type codes follows in"
        raise Fault(node.comparators[0], f"something is looked for in {right.type}", hint)
    if left.type.kind not in ("code", *TEXTS):
        raise Fault(node.left, f"{left.type} is looked for in a set of codes", "look for a code: 'X' in ITEM")
    _codes(node.left, node.comparators[0], left.type, right.type)
    f, g = left.run, right.run

    def inside(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is None:
            return None
        b = g(r, x)
        return None if b is None else (a in b) is not negated

    return Term(TRUTH, inside)
