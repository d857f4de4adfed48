"""The words an expression may use: what a study says about forms, items, events and parameters, and no more.

The study room makes one from its models, so that this room needs to know nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trialkit.expressions.environment import Dated
from trialkit.expressions.types import Type
from trialkit.values import Value


@dataclass(frozen=True, slots=True)
class FormWords:
    """One form: its items with their types and groups, which groups repeat, and the events in which it stands."""

    oid: str
    items: Mapping[str, Type]
    group_of: Mapping[str, str]
    repeating_groups: frozenset[str]
    repeating: bool
    events: frozenset[str]
    site: bool = False  # of the site's file, of no subject
    dated: Dated | None = None  # where it says when its procedure took place
    entered_by: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()  # items that only the unblinded see

    def single(self, item: str) -> bool:
        """Whether the item occurs once a record."""
        return self.group_of[item] not in self.repeating_groups


@dataclass(frozen=True, slots=True)
class TableWords:
    """One lookup table: the codes that its keys can be, the types of its columns, and its cells by key and column."""

    oid: str
    keys: tuple[str, ...]
    columns: Mapping[str, Type]
    cells: Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of a study. Parameters come with their values: they are constants of this study version."""

    forms: Mapping[str, FormWords]
    parameters: Mapping[str, tuple[Type, Value]] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    tables: Mapping[str, TableWords] = field(default_factory=dict)
    has_first_dose: bool = False
    dose_reads: frozenset[tuple[str, str]] = frozenset()  # what the first dose is known from: (form, item)
    visit_date: frozenset[tuple[str, str]] = frozenset()  # the item that holds a visit's date
