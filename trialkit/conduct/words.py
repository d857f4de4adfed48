"""What people say in their own words: reasons, questions, answers, explanations."""

from __future__ import annotations

from trialkit.errors import WrongValue
from trialkit.values import parse


def said(text: str) -> str:
    """The text, stripped. WrongValue if nothing was said, or what cannot be stored."""
    if not text.strip(" .?!-"):
        raise WrongValue("the text is empty", "say what is asked or answered in a sentence")
    return str(parse("text", text.strip(), length=2000))
