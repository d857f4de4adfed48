"""docs/language.md tells every key, type, function and word of the language, and nothing that is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from trialkit.expressions.compile import FUNCTIONS
from trialkit.expressions.names import SPECIAL
from trialkit.study import dosing_day, model
from trialkit.study.case_rules import CASE_WORDS
from trialkit.values import TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`]+)`", PAGE)


PARTS = [
    part for file in (model, dosing_day) for part in vars(file).values()
    if isinstance(part, type) and issubclass(part, BaseModel)
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_every_key_of_the_files_is_on_the_page(part: type[BaseModel]) -> None:
    if part in (BaseModel, model.Node, model.Study):
        return
    told = set(CODE)
    assert {key for key in part.model_fields if key not in told} == set()


def test_every_function_word_and_type_is_on_the_page_and_no_other() -> None:
    called = {name for code in CODE for name in re.findall(r"\b([a-z_]+)\(", code)}
    assert called == set(FUNCTIONS)
    assert set(SPECIAL) | set(CASE_WORDS) | set(TYPES) <= set(CODE)
