"""A walk through a page: every view, list of choices, row and dialog that it offers, one after the other and nested.

Nothing is pressed that would write. What was walked is not walked again under another choice, so that it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
from streamlit.proto.Element_pb2 import Element

from tests.browser.line import PRESSED, Drawn, Line, Taken, Touched

ROWS, LISTED, TOOLS = 3, 3, 2
"""Of each table so many rows, of each list of choices so many, and of each form so many dialogs."""
AT_ONCE = 12


def walk(line: Line, page: str, most: int, **asked: str) -> Iterator[tuple[str, Drawn]]:
    """The page as it is opened and then each thing that can be chosen on it, up to `most` looks: (where, what came)."""
    waiting: list[tuple[str, Touched]] = [(f"{page or 'home'} {asked or ''}".strip(), {})]
    met: set[tuple[str, str, str]] = set()
    for _ in range(most):
        if not waiting:
            return
        where, touched = waiting.pop(0)
        drawn = line.open(page, touched, **asked)
        yield where, drawn
        for kind, label, name, choice in _choices(drawn):
            if (mark := (kind, label, str(choice))) not in met:
                met.add(mark)
                kept = {
                    key: value
                    for key, value in touched.items()
                    if value is not PRESSED and not isinstance(value, Taken)
                }
                waiting.append((f"{where} > {label}: {_told(choice)}", {**kept, name: choice}))


def _choices(drawn: Drawn) -> Iterator[tuple[str, str, str, Any]]:
    """What is offered: kind, label, id, what to send."""
    for one in drawn.elements:
        kind = one.WhichOneof("type") or ""
        if kind == "button_group" and not one.button_group.disabled and "|" not in _key(one.button_group.id):
            for option in one.button_group.options:
                yield kind, one.button_group.label, one.button_group.id, (option.content,)
        elif kind == "menu_button" and one.menu_button.label == "Answer in row":
            for text in one.menu_button.options[:1]:
                yield kind, one.menu_button.label, one.menu_button.id, Taken(text)
        elif kind == "selectbox" and _key(one.selectbox.id).startswith("about column|"):
            for text in islice(one.selectbox.options, TOOLS):
                yield kind, one.selectbox.label, one.selectbox.id, text
        elif kind == "button" and one.button.label == "History, queries, missing" and not one.button.disabled:
            yield kind, one.button.label, one.button.id, PRESSED
        elif kind == "selectbox" and "|" not in _key(one.selectbox.id):
            for text in islice(one.selectbox.options, LISTED):
                yield kind, one.selectbox.label, one.selectbox.id, text
        elif kind == "checkbox" and "|" not in _key(one.checkbox.id):
            yield kind, one.checkbox.label, one.checkbox.id, True
        elif kind == "dataframe" and one.dataframe.selection_mode:
            yield from _rows(one)
        elif kind == "button" and one.button.label == "Older" and not one.button.disabled:
            yield kind, one.button.label, one.button.id, PRESSED
    for path in drawn.signs[:TOOLS]:  # pressed once, by the same words: what stands in the box later opens nothing
        yield "sign", path, drawn.named("About"), f"{path} 1"


def _rows(one: Element) -> Iterator[tuple[str, str, str, Any]]:
    table, several = one.dataframe, 2
    size = pa.ipc.open_stream(table.arrow_data.data).read_all().num_rows
    for row in dict.fromkeys([*range(min(ROWS, size)), size - 1] if size else []):
        yield "dataframe", table.alt, table.id, [row]
    if several in [int(mode) for mode in table.selection_mode] or size > 1:
        yield "dataframe", table.alt, table.id, list(range(min(AT_ONCE, size)))


def _key(name: str) -> str:
    """The key that the page gave a widget, or nothing."""
    key = name.split("-", 2)[-1]
    return "" if key == "None" else key


def _told(choice: Any) -> str:
    return "pressed" if choice is PRESSED else ", ".join(choice) if isinstance(choice, tuple) else str(choice)
