"""A check's message: text with {ITEM}, {FORM.ITEM} or {P_NAME} in it, filled in when the check fires."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trialkit.expressions import Compiled
from trialkit.values import PartialDate, text

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
UNKNOWN = "…"
"""Stands where a value is not known."""


@dataclass(frozen=True, slots=True)
class Message:
    """Pieces of text and of values, in turn: text, value, text, ..., text."""

    texts: tuple[str, ...]
    values: tuple[tuple[Compiled, Mapping[str, str] | None], ...]

    def filled(self, row: Any, facts: Any) -> str:
        """The message with the values of a row; codes as their labels, unknown as an ellipsis."""
        pieces = [self.texts[0]]
        for (compiled, labels), after in zip(self.values, self.texts[1:], strict=True):
            pieces.append(_shown(compiled.evaluate(row, facts), labels))
            pieces.append(after)
        return "".join(pieces)

    @property
    def reads(self) -> frozenset[tuple[str, str]]:
        return frozenset(read for compiled, _ in self.values for read in compiled.reads)


def message_of(
    template: str, compile_at: Callable[[str, int], tuple[Compiled, Mapping[str, str] | None] | None]
) -> Message:
    """The message of a template; `compile_at(source, offset)` gives a placeholder's value, None if it is faulty."""
    texts, values, last = [], [], 0
    for found in PLACEHOLDER.finditer(template):
        value = compile_at(found.group(1), found.start(1))
        if value is not None:
            texts.append(template[last : found.start()])
            values.append(value)
            last = found.end()
    texts.append(template[last:])
    return Message(tuple(texts), tuple(values))


def spoken(value: Any) -> str | list[str]:
    """The text of a value as people read it: 17-Feb-2025, UN-Feb-2025, 17-Feb-2025 09:35."""
    if isinstance(value, dt.datetime):
        return f"{value:%d-%b-%Y} {text(value.time())}"
    if isinstance(value, dt.date):
        return f"{value:%d-%b-%Y}"
    if isinstance(value, PartialDate):
        known = f"UN-{value.low:%b-%Y}" if value.low.month == value.high.month else f"{value.low:%Y}"
        return f"{value.low:%d-%b-%Y}" if value.complete else known
    return text(value)


def _shown(value: Any, labels: Mapping[str, str] | None) -> str:
    if value is None:
        return UNKNOWN
    if value is True or value is False:
        return "yes" if value else "no"
    shown = spoken(value)
    if isinstance(shown, list):
        return ", ".join(labels.get(code, code) if labels else code for code in shown)
    return labels.get(shown, shown) if labels else shown
