"""What people say about data in their own words: queries, answers, explanations, reasons. Kept as typed, or refused."""

from __future__ import annotations

from trialkit.errors import WrongValue
from trialkit.values import parse

MOST = 2_000
"""Most characters of one remark."""


def said(text: str) -> str:
    """The text, stripped. WrongValue if nothing was said, if it is too long, or if it cannot be stored unchanged."""
    if not any(sign.isalnum() for sign in text):
        raise WrongValue("the text is empty", "say what is asked or answered in a sentence")
    return str(parse("text", text.strip(), length=MOST))


def line(text: str, what: str, most: int = 200) -> str:
    """A name on one line, spaces made single. WrongValue if it is empty, longer than `most` or cannot be printed."""
    found = " ".join(text.split())
    if not 0 < len(found) <= most or not found.isprintable():
        raise WrongValue(f"{text[:40]!r} is no {what} that can be printed", f"1 to {most} characters on one line")
    return found
