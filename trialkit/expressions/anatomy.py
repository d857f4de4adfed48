"""An expression taken apart: each node of its tree with where it hangs, and the type and scope it has in the study.

Who varies an expression (mutants) or explains it (a page about a study) looks here; evaluation needs none of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trialkit.expressions.compile import Compiler
from trialkit.expressions.parse import parsed
from trialkit.expressions.terms import Scope, Term
from trialkit.expressions.types import Type
from trialkit.expressions.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Part:
    """One node: `holder.field` (or its element `index`) is where it hangs, `above` the part around it.

    `type` and `scope` are None for names that stand for rows, events or functions.
    """

    node: ast.expr
    above: Part | None
    holder: Any
    field: str
    index: int | None
    type: Type | None
    scope: Scope | None


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The whole: the tree under a holder of its own, and its parts, outer before inner, in the order of the text."""

    tree: ast.Expression
    parts: tuple[Part, ...]
    root: Scope


def anatomy(source: str, vocabulary: Vocabulary, *, form: str | None = None, group: str | None = None) -> Anatomy:
    """The anatomy of an expression that compiles; raises WrongExpression or Fault if it does not."""
    tree = ast.Expression(parsed(source))
    words = vocabulary.forms[form] if form else None
    repeating = words is not None and group in words.repeating_groups
    root = Scope(words, group if repeating else None)
    compiler = _Noting(source, vocabulary, words)
    compiler.term(tree.body, root)
    return Anatomy(tree, tuple(_parts(tree, None, compiler.seen)), root)


class _Noting(Compiler):
    """A compiler that remembers the type and scope of every node it met."""

    def __init__(self, source: str, vocabulary: Vocabulary, form: Any) -> None:
        super().__init__(source, vocabulary, form)
        self.seen: dict[int, tuple[Type, Scope]] = {}

    def term(self, node: ast.expr, scope: Scope) -> Term:
        term = super().term(node, scope)
        self.seen[id(node)] = term.type, scope
        return term


def _parts(holder: ast.AST, above: Part | None, seen: dict[int, tuple[Type, Scope]]) -> Iterator[Part]:
    for field, value in ast.iter_fields(holder):
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.expr):
                type, scope = seen.get(id(node), (None, None))
                part = Part(node, above, holder, field, index if isinstance(value, list) else None, type, scope)
                yield part
                yield from _parts(node, part, seen)
