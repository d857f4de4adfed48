"""HTML as nested calls: every text is escaped, so that nothing a study says can become markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

_VOID = {"br", "hr", "input", "meta"}
_LANDSCAPE = "@page { size: landscape; }\n"
_HERE = Path(__file__).parent


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | Iterable["str | Markup"] | None
"""A text, a piece of markup, several of them, or nothing."""


def tag(name: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """An element. A last underscore of an attribute is dropped, others are hyphens; None and False leave it out."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_quoted(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(*children)}</{name}>")


def _quoted(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;")


def joined(*children: Child) -> Markup:
    """Pieces one after the other."""
    parts = []
    for child in children:
        if child is None:
            continue
        for piece in (child,) if isinstance(child, str) else child:
            parts.append(piece if isinstance(piece, Markup) else escape(piece, quote=False))
    return Markup("".join(parts))


def link(text: str, target: str) -> Markup:
    """A link to a place of the same page."""
    return tag("a", text, href=f"#{target}")


def rows(
    heads: Iterable[Child], lines: Iterable[Iterable[Child]], lines_class: str = "", class_: str | None = None
) -> Markup:
    """A table: its header cells, and its lines of cells, of which the first names the line."""
    head = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in heads)))
    body = []
    for line in lines:
        first, *rest = line
        cells = joined(tag("th", first, scope="row"), *(tag("td", cell) for cell in rest))
        body.append(tag("tr", cells, class_=lines_class or None))
    return tag("div", tag("table", head, tag("tbody", body), class_=class_), class_="wide")


def facts(pairs: Iterable[tuple[str, Child]]) -> Markup:
    """A list of names and what they are; empty ones are left out."""
    return tag("dl", *(joined(tag("dt", name), tag("dd", value)) for name, value in pairs if value))


def document(title: str, body: Child, script: str = "", landscape: bool = False) -> bytes:
    """The whole page with its own style sheet; `script` names a file beside this one, without which it works too."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup((_HERE / "page.css").read_text(encoding="utf-8") + (_LANDSCAPE if landscape else ""))),
    )
    code = tag("script", Markup((_HERE / script).read_text(encoding="utf-8"))) if script else None
    return ("<!DOCTYPE html>\n" + tag("html", head, "\n", tag("body", body, code), lang="en") + "\n").encode()
