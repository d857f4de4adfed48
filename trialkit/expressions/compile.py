"""From a syntax tree to a closure, typed against the study on the way. Unknown is None; nothing raises at run time.

Kleene's three values: a check fires only when definitely violated, so missing data never makes one fire.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trialkit.errors import WrongExpression
from trialkit.expressions import (
    arithmetic,
    comparing,
    logic,
    moments,
    names,
    numbers,
    oversight,
    procedures,
    rows,
    tables,
    visits,
)
from trialkit.expressions.parse import parsed, place, segment
from trialkit.expressions.reach import NOWHERE, Reach
from trialkit.expressions.terms import Fault, Gathered, Scope, Term
from trialkit.expressions.types import DECIMAL, INTEGER, TRUTH, Type, joined, same_unit
from trialkit.expressions.vocabulary import Vocabulary
from trialkit.values import nearest

FUNCTIONS: dict[str, Callable[[Compiler, ast.Call, Scope], Term]] = {
    **logic.FUNCTIONS,
    **numbers.FUNCTIONS,
    **moments.FUNCTIONS,
    **visits.FUNCTIONS,
    **rows.FUNCTIONS,
    **tables.FUNCTIONS,
    **oversight.FUNCTIONS,
    **procedures.FUNCTIONS,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression ready to run. `evaluate(row, facts)` gives a value or None (unknown).

    `own` are the items it reads in its own record, `elsewhere` the (form, item) pairs it reads through facts, `reads`
    both together. In place of an item, a group's id means which rows there are, "*" which records. `waits` are the
    reads of this visit, which must be calculated first. `uses_now` tells that time alone can change the value. `asks`
    names what it asks beside values, each by its function: `others`, `signed`, `delegated`, `consent_version`,
    `open_queries`, `unsigned`; a value of the record does not tell when their answers change. `reach` says of every
    read how far it looks.
    """

    source: str
    type: Type
    evaluate: Callable[[Any, Any], Any]
    own: frozenset[str]
    elsewhere: frozenset[tuple[str, str]]
    reads: frozenset[tuple[str, str]]
    waits: frozenset[tuple[str, str]]
    uses_now: bool
    uses_neighbours: bool
    asks: frozenset[str] = frozenset()
    reach: Reach = NOWHERE


def compile_expression(
    source: str,
    vocabulary: Vocabulary,
    *,
    form: str | None = None,
    group: str | None = None,
    expecting: Type | None = None,
) -> Compiled:
    """Compiles `source` as it stands in `form`, evaluated once a record or, with `group`, once a row of it.

    `expecting` is the type it must have: TRUTH for conditions, the item's type for computed items (a truth is turned
    into Y or N there). Raises WrongExpression with every fault found.
    """
    tree = parsed(source)
    words = vocabulary.forms[form] if form else None
    repeating = words is not None and group in words.repeating_groups
    compiler = Compiler(source, vocabulary, words)
    term = None
    try:
        term = compiler.term(tree, Scope(words, group if repeating else None))
        if expecting is not None and not compiler.gathered.faults:
            term = _fitted(term, expecting, tree)
    except Fault as fault:
        compiler.note(fault)
    gathered = compiler.gathered
    if gathered.faults or term is None:
        raise WrongExpression(source, sorted(set(gathered.faults)))
    reach = gathered.reach(form or "")
    own = frozenset(gathered.own) | {read.item for read in reach.near if read.how == "row"}
    elsewhere = frozenset(gathered.elsewhere) | {
        (read.form, read.item) for read in reach.near if read.how not in ("row", "record")
    }
    reads = elsewhere | {(form, item) for item in own} if form else elsewhere
    return Compiled(
        source, term.type, term.run, own, elsewhere, reads, frozenset(gathered.waits), gathered.now,
        gathered.positions, frozenset(gathered.asks), reach,
    )  # fmt: skip


class Compiler:
    """One compilation: the words, what was gathered, and the way from any node to its term."""

    def __init__(self, source: str, vocabulary: Vocabulary, form: Any) -> None:
        self.source = source
        self.vocabulary = vocabulary
        self.form = form
        self.gathered = Gathered()

    def term(self, node: ast.expr, scope: Scope) -> Term:
        """The term of a node; raises Fault."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return names.name(self, node, scope)
            case ast.Attribute():
                return names.attribute(self, node, scope)
            case ast.BoolOp():
                return logic.junction(self, node, scope)
            case ast.UnaryOp(op=ast.Not()):
                return logic.negation(self, node, scope)
            case ast.UnaryOp():
                return arithmetic.minus(self, node, scope)
            case ast.BinOp():
                return arithmetic.operation(self, node, scope)
            case ast.Compare():
                return comparing.comparison(self, node, scope)
            case ast.IfExp():
                return logic.conditional(self, node, scope)
            case ast.Call():
                return self._call(node, scope)
            case ast.List():
                raise Fault(node, "a list stands alone", "lists follow in or not in: X in ['A', 'B']")
        raise Fault(node, "this has no meaning here", "see docs/language.md")

    def truth(self, node: ast.expr, scope: Scope, what: str = "this") -> Term:
        """The term of a condition."""
        term = self.term(node, scope)
        if term.type.kind != "truth":
            hint = "compare it: X == 'Y'" if term.type.kind == "code" else "compare it with something"
            raise Fault(node, f"{what} is {term.type}, not a condition", hint)
        return term

    def attempt(self, node: ast.expr, scope: Scope, how: Callable[..., Term] | None = None) -> Term | None:
        """The term of a node, or None with its fault noted, so that its siblings are looked at too."""
        try:
            return (how or self.term)(node, scope)
        except Fault as fault:
            self.note(fault)
            return None

    def note(self, fault: Fault) -> None:
        if fault.sentence:
            self.gathered.faults.append((place(self.source, fault.node), fault.sentence, fault.hint))

    def _constant(self, node: ast.Constant) -> Term:
        value = node.value
        if value is True or value is False:
            return constant(TRUTH, value)
        if isinstance(value, str):
            return constant(Type("text", None, (value,), fixed=True), value)
        if isinstance(value, int | float):
            written = segment(self.source, node)
            whole, _, after = written.partition(".")
            digits = whole + after
            if not (digits.isascii() and digits.isdigit() and whole) or len(digits) > 30:
                raise Fault(
                    node, f"{written[:40]} is no number of the language", "digits and a point, at most 30 of them"
                )
            return constant(DECIMAL, Decimal(written)) if "." in written else constant(INTEGER, value)
        raise Fault(node, f"{segment(self.source, node)[:40]} has no meaning here", "texts, numbers, True and False do")

    def _call(self, node: ast.Call, scope: Scope) -> Term:
        if not isinstance(node.func, ast.Name):
            raise Fault(node, "only functions of the language can be called", "see docs/language.md for the list")
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            meant = nearest(node.func.id, FUNCTIONS)
            hint = f"did you mean {meant}()?" if meant else "see docs/language.md for the list"
            raise Fault(node, f"there is no function {node.func.id}()", hint)
        return function(self, node, scope)


def constant(type: Type, value: Any) -> Term:
    """The term of a constant."""
    return Term(type, lambda r, x: value, None, value)


def _fitted(term: Term, wanted: Type, node: ast.expr) -> Term:
    """The term as a value of `wanted`; raises Fault if it cannot be one."""
    have = term.type
    if wanted.kind == "truth":
        if have.kind != "truth":
            hint = "compare it: X == 'Y'" if have.kind == "code" else "compare it with something"
            raise Fault(node, f"the expression is {have}, not a condition", hint)
        return term
    if have.kind == "truth":
        if wanted.kind == "code" and {"Y", "N"} <= set(wanted.codes or ()):
            return Term(wanted, _yes_or_no(term.run))
        raise Fault(node, f"the expression is a condition, the item is {wanted}", "give the item the type yesno")
    if not same_unit(have.unit, wanted.unit):
        raise Fault(node, f"the expression is in {have.unit}, the item in {wanted.unit}", "convert it or mend the unit")
    fits = joined(have, wanted)
    if fits is None or (have.kind == "decimal" and wanted.kind == "integer"):
        hint = "round() makes it whole" if have.kind == "decimal" and wanted.kind == "integer" else "mend one of them"
        raise Fault(node, f"the expression is {have}, the item is {wanted}", hint)
    if wanted.codes is not None:
        if have.codes is None:
            raise Fault(node, f"the expression is any {have}, the item has a code list", "give codes of that list")
        for code in have.codes:
            if code not in wanted.codes:
                raise Fault(node, f"{code!r} is not in the item's code list", comparing.codes_hint(code, wanted.codes))
    elif wanted.kind == "date" and have.kind == "partialDate":
        raise Fault(node, "the expression is a partial date, the item a date", "make the item a partialDate")
    if wanted.kind == "decimal":
        return Term(wanted, _as_decimal(term.run))
    if wanted.kind == "partialDate" and have.kind == "date":
        return Term(wanted, moments.as_partial(term.run))
    return term


def _yes_or_no(run: Any) -> Any:
    def answer(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else "Y" if value else "N"

    return answer


def _as_decimal(run: Any) -> Any:
    def number(r: Any, x: Any) -> Any:
        value = run(r, x)
        return Decimal(value) if value.__class__ is int else value

    return number
