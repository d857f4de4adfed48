"""Rows of a form written as a text table: the first line names the items, each other line is a row with its key.

    row | IMTIM | SYSBP_VSORRES | CADSS01..CADSS23
    T5  | 10:05 | 131           | 00000000000000000000000

A cell `-` types nothing. A column `A01..A23` stands for that many items with one digit each. Several codes are
separated by `;`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from trialkit.errors import WrongFile

_SPAN = re.compile(r"([A-Z_]+)([0-9]+)\.\.([A-Z_]+)([0-9]+)")


def cells(group: str, text: str, each: Mapping[str, str]) -> dict[str, str]:
    """Item path -> what is typed there. WrongFile if a row has more or fewer cells than the head.

    `each` gives what every row types into items that the table has no column for.
    """
    head, *rows = ([cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip())
    typed: dict[str, str] = {}
    for key, *row in rows:
        if len(row) != len(head) - 1:
            raise WrongFile(
                f"row {key} of {group} has {len(row)} cells for {len(head) - 1} items", "one cell for each, - for none"
            )
        known = dict(spread(zip(head[1:], row, strict=True)))
        for item, value in {**each, **known}.items():
            if value != "-":
                typed[f"{group}[{key}].{item}"] = value
    return typed


def spread(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pairs with each span (`MADRS101..MADRS110`, `3332322231`) spelt out, a digit an item."""
    for name, value in pairs:
        span = _SPAN.fullmatch(name)
        if span is None:
            yield name, value
            continue
        if value == "-":
            continue
        first, last, width = int(span[2]), int(span[4]), len(span[2])
        if span[1] != span[3] or len(value) != last - first + 1 or not value.isdigit():
            raise WrongFile(f"{name} takes {last - first + 1} digits, not {value!r}", "one digit for each item")
        yield from ((f"{span[1]}{first + n:0{width}}", digit) for n, digit in enumerate(value))
