"""The parts of a compiled expression: a term is a type and a closure, a scope is where its names are looked up."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from trialkit.expressions.reach import How, Reach, Read
from trialkit.expressions.types import Type
from trialkit.expressions.vocabulary import FormWords

Closure: TypeAlias = Callable[[Any, Any], Any]
"""f(row, facts) -> value or None. Within a row function the second argument is an `Inner`."""

NOTHING: Any = object()
"""No constant."""


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled part: its type, its closure, the row item it merely reads, the constant it merely is."""

    type: Type
    run: Closure
    item: str | None = None
    constant: Any = NOTHING


class Inner:
    """The second argument inside a row function: facts of the subject, the row outside, the record at the root."""

    __slots__ = ("facts", "outer", "outside", "root")

    def __init__(self, facts: Any, outer: Any, outside: Any, root: Any) -> None:
        self.facts = facts
        self.outer = outer  # the row outside
        self.outside = outside  # its own second argument
        self.root = root


@dataclass(frozen=True, slots=True)
class Scope:
    """Where bare names are looked up: a form's record, one of its rows, or the rows of a row function."""

    form: FormWords | None
    group: str | None = None  # the repeating group of whose rows one is at hand
    outer: Scope | None = None
    bare: bool = False  # rows that carry their group's items only
    own: bool = True  # part of the record at hand
    others: bool = False  # records of another subject
    how: How | None = None  # how far rows of other records are looked for; None: anywhere
    event: str = ""  # where `how` is `at`

    @property
    def depth(self) -> int:
        return 0 if self.outer is None else self.outer.depth + 1

    @property
    def foreign(self) -> bool:
        """Whether the rows are another subject's."""
        return self.others or (self.outer is not None and self.outer.foreign)

    @property
    def by_row(self) -> bool:
        """Whether rows before and after exist."""
        return self.group is not None or self.outer is not None

    def items(self) -> list[str]:
        """The items that bare names can mean here."""
        if self.form is None:
            return []
        return [i for i in self.form.items if self.sees(i)]

    def sees(self, item: str) -> bool:
        form = self.form
        if form is None or item not in form.items:
            return False
        group = form.group_of[item]
        return group == self.group or (not self.bare and group not in form.repeating_groups)


class Fault(Exception):
    """What is wrong with one node; caught where its siblings can still be looked at.

    An empty sentence only says that the parts are faulty, and they have been told.
    """

    def __init__(self, node: ast.AST, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.node = node
        self.sentence = sentence
        self.hint = hint


@dataclass(slots=True)
class Gathered:
    """What a compilation finds out beside the closure.

    A read that is in `own` or `elsewhere` is taken to look at the whole record or anywhere, one in `near` as it says.
    """

    own: set[str] = field(default_factory=set)
    elsewhere: set[tuple[str, str]] = field(default_factory=set)
    near: set[Read] = field(default_factory=set)
    waits: set[tuple[str, str]] = field(default_factory=set)
    lagging: int = 0
    beside: int = 0  # inside previous() or next()
    now: bool = False
    asks: set[str] = field(default_factory=set)
    positions: bool = False
    faults: list[tuple[int, str, str]] = field(default_factory=list)

    def read_own(self, form: str, item: str, *, row: bool = False) -> None:
        """An item of the record at hand is read; inside previous() its calculation need not come first.

        `row`: in the row at hand alone.
        """
        if row and not self.beside:
            self.near.add(Read(form, item, "row"))
        else:
            self.own.add(item)
        if not self.lagging:
            self.waits.add((form, item))

    def read_elsewhere(
        self, form: str, item: str, *, now: bool = True, how: How | None = None, event: str = ""
    ) -> None:
        """An item is read through facts; `now` false: of another visit, whose calculation is done.

        `how` says where it is looked for, None: anywhere.
        """
        if how is None:
            self.elsewhere.add((form, item))
        else:
            self.near.add(Read(form, item, how, event))
        if now:
            self.waits.add((form, item))

    def positioned(self, scope: Scope) -> None:
        """The place of a row among its siblings counts: so does which of them there are."""
        self.positions = True
        if scope.own and scope.outer is None and scope.group is not None:
            self.own.add(scope.group)

    def reach(self, form: str) -> Reach:
        """How far the expression, which stands in `form`, looks."""
        near = {read for read in self.near if read.how != "row" or read.item not in self.own}
        return Reach(frozenset(near | {Read(form, item, "record") for item in self.own}), frozenset(self.elsewhere))
