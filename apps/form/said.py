"""What is said of the answers at the top of a form, each with the way to its question."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from apps import here
from apps.form.question import SIGNS, colour
from apps.form.view import View
from trialkit.conduct.standing import split

ASKED = {"OPEN": "?", "ANSWERED": "↩"}
"""What stands before a query: whether it waits for an answer, or the answer for who asked."""
MANY = 6
"""So many lines of the list at the top are shown without scrolling."""


@dataclass(frozen=True, slots=True)
class Said:
    """The list, as Markdown: `there` leads to what is said at its question, `lines` are said here."""

    there: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def said(view: View) -> Said:
    """All that is to be said of the answers: by name where it is said at the question."""
    sheet, look = view.sheet, view.look
    known = {(query.values.get("check"), query.values.get("item")) for query in view.queries}
    lines = [("red", "✕", path, wrong.sentence) for path, wrong in look.refused.items()]
    lines += [(colour(one), SIGNS[one.severity], one.item, one.message) for one in look.findings
              if view.told(one) and (one.check, one.item) not in known]  # fmt: skip
    there = [line for line in lines if _drawn(view, line[2])]
    lines = [line for line in lines if line not in there]
    lines += [("orange", ASKED.get(query.status, "?"), str(query.values.get("item")), str(query.values.get("text", "")))
              for query in view.queries]  # fmt: skip
    names = dict.fromkeys((ink, sign, sheet.called(path), sheet.anchor(path)) for ink, sign, path, _ in there)
    return Said(
        tuple(f":{ink}[{sign} [{here.literal(name)}](#{anchor})]" for ink, sign, name, anchor in names),
        tuple(_line(sheet.called(path), sheet.anchor(path), ink, sign, words) for ink, sign, path, words in lines),
    )


def draw_said(all_: Said) -> None:
    """Draw the list."""
    there, lines = all_.there, all_.lines
    with st.container(border=bool(lines or there), height=230 if len(lines) > MANY else "content", gap="xsmall"):
        if there:
            st.markdown("To look at: " + " · ".join(there))
        for line in lines:
            st.markdown(line)


def point_at(anchor: str, turn: str = "") -> None:
    """Bring a place into sight, and the cursor into it, once for each `turn` (screen.js looks for this mark)."""
    st.html(f'<i class="tk-first" data-at="{anchor}" data-turn="{turn}"></i>')


def _line(name: str, anchor: str, ink: str, sign: str, words: str) -> str:
    whole = words.endswith(f"{name}.")
    link = f"[{here.literal(words if whole else name)}](#{anchor})"
    return f":{ink}[{sign} {link}{'' if whole else here.literal(f': {words}')}]"


def _drawn(view: View, path: str) -> bool:
    """Whether the question stands on the page, with what is said of its answer below it."""
    rule = view.sheet.cform.items.get(split(path)[2])
    return rule is not None and not rule.item.retired and rule.oid not in view.look.hidden and (
        rule.repeating or view.asks(rule.oid)
    )  # fmt: skip
