"""What every part of a study's text is made of: a frozen model, and scalars that are read from text."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _yes(value: object) -> object:
    if isinstance(value, str):
        if value not in ("yes", "no"):
            raise ValueError("is neither yes nor no")
        return value == "yes"
    return value


def _whole(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,9}", value, re.ASCII):
        raise ValueError("is not a whole number")
    return value


def _filled(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty")
    return value


Flag = Annotated[bool, BeforeValidator(_yes)]
"""`yes` or `no` in YAML."""

Whole = Annotated[int, BeforeValidator(_whole)]
"""Digits, with a minus sign if need be."""

Line = Annotated[str, BeforeValidator(_filled)]
"""A text that is not empty."""


class Node(BaseModel):
    """A frozen part of a study; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
