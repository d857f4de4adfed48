"""Mutants of a check: the small mistakes an author could make, each as the check it would have become.

A comparison flipped to its neighbours, a constant or threshold moved by its last digit (dates by a day), a code taken
for another of its list, a clause or a `not` left out, an item taken for another of its type, `and` taken for `or`.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from trialkit.expressions import Vocabulary
from trialkit.expressions.anatomy import Anatomy, Part, anatomy
from trialkit.expressions.parse import place, segment
from trialkit.expressions.terms import Scope
from trialkit.expressions.types import Type
from trialkit.expressions.vocabulary import FormWords
from trialkit.study.compiled import CompiledCheck

LEFT_OUT, ALWAYS = "left out", "always"
"""What stands in place of a clause, and of a `when`, that is left out."""

Where = Literal["when", "require", "finding"]

_ORDERED = ("integer", "decimal", "date", "partialDate", "time", "datetime")
_NEIGHBOURS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CLAUSES = (ast.Compare, ast.Call, ast.BoolOp, ast.UnaryOp, ast.IfExp)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is put where in the tree: `new` into `holder.field`, or into its element `index`."""

    holder: Any
    field: str
    index: int | None
    new: Any
    dropped: ast.expr | None = None  # the clause that is left out

    def made(self) -> _Change:
        """Puts it there, and gives the change that takes it back."""
        if self.index is None:
            old = getattr(self.holder, self.field)
            setattr(self.holder, self.field, self.new)
        else:
            inside = getattr(self.holder, self.field)
            old, inside[self.index] = inside[self.index], self.new
        return _Change(self.holder, self.field, self.index, old)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant: `text` is the whole expression it has in place of `where` (None: `when` is left out).

    `offset` counts characters into the expression; `edge` numbers the ordering comparison whose edge it moves.
    """

    where: Where
    offset: int
    text: str | None
    edge: int | None
    _around: tuple[Part, ...] = field(repr=False, compare=False)
    _change: _Change | None = field(repr=False, compare=False)

    def shown(self, level: int) -> tuple[str, str]:
        """What stood and what stands in its place, with so many clauses more around it."""
        if self._change is None:
            return ast.unparse(self._around[0].node), ALWAYS
        if self._change.dropped is not None:
            if level == 0:
                return ast.unparse(self._change.dropped), LEFT_OUT
            level -= 1
        part = self._around[min(level, len(self._around) - 1)]
        was = ast.unparse(part.node)
        back = self._change.made()
        inside = getattr(part.holder, part.field)
        now = ast.unparse(inside if part.index is None else inside[part.index])
        back.made()
        return was, now

    @property
    def levels(self) -> int:
        return len(self._around) + 1


def mutants_of(check: CompiledCheck, vocabulary: Vocabulary) -> list[Mutant]:
    """The mutants of a check, in the order of its text; what reads like the check itself is left out."""
    found: list[Mutant] = []
    for where, source in (
        ("when", check.check.when), ("require", check.check.require), ("finding", check.check.finding),
    ):  # fmt: skip
        if source is not None:
            whole = anatomy(source, vocabulary, form=check.form, group=check.group)
            found += _Mutating(where, source, whole, vocabulary).mutants()  # type: ignore[arg-type]
    return found


class _Mutating:
    """The mutants of one expression."""

    def __init__(self, where: Where, source: str, whole: Anatomy, vocabulary: Vocabulary) -> None:
        self.where = where
        self.source = source
        self.whole = whole
        self.vocabulary = vocabulary

    def mutants(self) -> Iterator[Mutant]:
        """Each different one once."""
        seen = {ast.unparse(self.whole.tree)}
        if self.where == "when":
            yield Mutant("when", place(self.source, self.whole.tree.body), None, None, self.whole.parts[:1], None)
        for part in self.whole.parts:
            for change in self.changes(part):
                back = change.made()
                text = ast.unparse(self.whole.tree)
                back.made()
                if text not in seen:
                    seen.add(text)
                    around = _around(part)
                    yield Mutant(self.where, place(self.source, part.node), text, _edge(part), around, change)

    def changes(self, part: Part) -> Iterator[_Change]:
        """What may go wrong at one node."""
        node = part.node
        instead: Iterator[ast.expr] = iter(())
        match node:
            case ast.Compare():
                yield from self.flipped(node)
            case ast.BoolOp():
                yield _Change(node, "op", None, ast.Or() if isinstance(node.op, ast.And) else ast.And())
                for dropped, rest in _without_one(node):
                    yield _Change(part.holder, part.field, part.index, rest, dropped)
            case ast.UnaryOp(op=ast.Not()):
                instead = iter((node.operand,))
            case ast.Constant():
                instead = self.moved(part, node)
            case ast.Name() if node.id in self.vocabulary.parameters:
                instead = self.threshold(node)
            case ast.Name() | ast.Attribute():
                instead = self.taken(part, node)
        for new in instead:
            yield _Change(part.holder, part.field, part.index, new)

    def flipped(self, node: ast.Compare) -> Iterator[_Change]:
        """Each comparison of a chain to its neighbours; an order only where there is one."""
        sides = [node.left, *node.comparators]
        types = {id(part.node): part.type for part in self.whole.parts}
        for index, op in enumerate(node.ops):
            pair = sides[index], sides[index + 1]
            ordered = type(op) not in (ast.Eq, ast.NotEq) or any(
                (t := types.get(id(side))) is not None and t.kind in _ORDERED for side in pair
            )
            for other in _NEIGHBOURS[type(op)]:
                if (ordered or other in (ast.Eq, ast.NotEq)) and not _never_below(op, other(), *pair):
                    yield _Change(node, "ops", index, other())

    def moved(self, part: Part, node: ast.Constant) -> Iterator[ast.expr]:
        """A number by its last digit, a date by a day, a time by a minute, a code to another of its list."""
        value = node.value
        if value is True or value is False:
            yield ast.Constant(not value)
        elif isinstance(value, int):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        elif isinstance(value, float):
            written = Decimal(segment(self.source, node))
            step = Decimal(1).scaleb(int(written.as_tuple().exponent))
            yield from (ast.Constant(float(written + step)), ast.Constant(float(written - step)))
        elif isinstance(value, str):
            codes = self.codes(part)
            if value in codes:
                beside = _beside(part)
                after = codes[codes.index(value) + 1 :] + codes[: codes.index(value)]
                yield from (ast.Constant(code) for code in [c for c in after if c not in beside][:1])
            elif not codes:
                yield from (ast.Constant(text) for text in _near(value))

    def codes(self, part: Part) -> tuple[str, ...]:
        """The codes among which this text is one."""
        above = part.above
        if above is not None and isinstance(above.node, ast.List):
            above = above.above
        node = above.node if above is not None else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "is_role":
            return self.vocabulary.roles
        if not isinstance(node, ast.Compare):
            return ()
        sides = {id(side) for side in (node.left, *node.comparators)}
        types = [p.type for p in self.whole.parts if id(p.node) in sides and p.type is not None]
        return next((t.codes for t in types if t.codes and not t.fixed), ())

    def threshold(self, node: ast.Name) -> Iterator[ast.expr]:
        """A parameter that stands one step higher or lower."""
        type, value = self.vocabulary.parameters[node.id]
        if type.kind == "decimal" and isinstance(value, Decimal):
            step: Any = float(Decimal(1).scaleb(int(value.as_tuple().exponent)))
        elif type.kind in ("integer", "date", "datetime"):
            step = 1
        else:
            return
        for op in (ast.Add(), ast.Sub()):
            yield ast.BinOp(ast.Name(node.id, ast.Load()), op, ast.Constant(step))

    def taken(self, part: Part, node: ast.Name | ast.Attribute) -> Iterator[ast.expr]:
        """The items of the same type on either side of it in its form."""
        if isinstance(node, ast.Name) and (columns := self.columns(part)):
            for column in _beside_it(node.id, [c for c in columns if columns[c] == columns[node.id]]):
                yield ast.Name(column, ast.Load())
        elif isinstance(node, ast.Name):
            scope = part.scope or self.whole.root
            if scope.form is not None and scope.sees(node.id):
                for item in _same(scope.form, part, node.id, scope.items()):
                    yield ast.Name(item, ast.Load())
        else:
            yield from self.taken_elsewhere(part, node)

    def columns(self, part: Part) -> Mapping[str, Type]:
        """The columns of the lookup table of which this name is one; none if it is something else."""
        call = part.above.node if part.above is not None and part.field == "args" else None
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "lookup"
            and part.index == 2
        ):
            return self.vocabulary.tables[ast.unparse(call.args[0])].columns
        return {}

    def taken_elsewhere(self, part: Part, node: ast.Attribute) -> Iterator[ast.expr]:
        owner: ast.expr = node.value
        form, reach = None, []
        if isinstance(owner, ast.Name) and owner.id in self.vocabulary.forms:
            form = self.vocabulary.forms[owner.id]
            reach = [i for i in form.items if form.single(i)]
        elif (outside := _outside(part.scope, node)) is not None and outside.form is not None:
            form = outside.form
            reach = outside.items()
        if form is not None and node.attr in reach:
            for item in _same(form, part, node.attr, reach):
                yield ast.Attribute(owner, item, ast.Load())


def _same(form: FormWords, part: Part, item: str, reach: list[str]) -> list[str]:
    """The neighbours of an item among those of its static type: the next and the one before.

    What stands beside it as an argument of the same function is passed over: minimum(A, A, C) only leaves B out.
    """
    above = part.above.node if part.above is not None else None
    beside = {ast.unparse(n) for n in above.args} if isinstance(above, ast.Call) else set()
    written = ast.unparse(part.node).removesuffix(item)
    alike = [i for i in reach if form.items[i] == form.items[item] and (i == item or written + i not in beside)]
    return _beside_it(item, alike)


def _beside_it(name: str, alike: list[str]) -> list[str]:
    """The next of a list, and the one before."""
    at = alike.index(name)
    return [*alike[at + 1 : at + 2], *alike[max(0, at - 1) : at]]


def _outside(scope: Scope | None, node: ast.Attribute) -> Scope | None:
    """The scope that `here.` (or `here.here.`) leads to."""
    owner: ast.expr = node
    while scope is not None and isinstance(owner, ast.Attribute):
        scope, owner = scope.outer, owner.value
    return scope if isinstance(owner, ast.Name) and owner.id == "here" else None


def _without_one(node: ast.BoolOp) -> Iterator[tuple[ast.expr, ast.expr]]:
    for index, dropped in enumerate(node.values):
        rest = node.values[:index] + node.values[index + 1 :]
        yield dropped, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _beside(part: Part) -> set[str]:
    """The texts that stand in the same list or in the same condition."""
    above = part.above
    while above is not None and isinstance(above.node, ast.List | ast.Compare | ast.BoolOp):
        part, above = above, above.above
    return {n.value for n in ast.walk(part.node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _near(value: str) -> list[str]:
    """The day, minute or moment before and after, if the text is one."""
    for shape, step in (
        ("%Y-%m-%d", dt.timedelta(1)),
        ("%H:%M", dt.timedelta(0, 60)),
        ("%Y-%m-%dT%H:%M", dt.timedelta(0, 60)),
    ):
        try:
            moment = dt.datetime.strptime(value, shape).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        return [(moment + step).strftime(shape), (moment - step).strftime(shape)]
    return []


def _never_below(op: ast.cmpop, other: ast.cmpop, left: ast.expr, right: ast.expr) -> bool:
    """Whether the flip says the same because a number of rows or characters is never below nought."""
    counted = isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id in ("count", "length")
    nought = isinstance(right, ast.Constant) and right.value == 0
    same = {(ast.Eq, ast.LtE), (ast.LtE, ast.Eq), (ast.Gt, ast.NotEq), (ast.NotEq, ast.Gt)}
    return counted and nought and (type(op), type(other)) in same


def _around(part: Part) -> tuple[Part, ...]:
    """The clauses around a node, the smallest first."""
    found, here = [], part
    while True:
        if isinstance(here.node, _CLAUSES) or here.above is None:
            found.append(here)
        if here.above is None:
            return tuple(found)
        here = here.above


def _edge(part: Part) -> int | None:
    """The start of the ordering comparison in which a node stands, if it is one of its sides or the comparison."""
    here: Part | None = part
    while here is not None and not isinstance(here.node, ast.BoolOp | ast.Call):
        if isinstance(here.node, ast.Compare):
            ordering = any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in here.node.ops)
            return here.node.col_offset if ordering else None
        here = here.above
    return None
