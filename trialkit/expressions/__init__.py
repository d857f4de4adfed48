"""The expression language of the studies: parse, type-check against a study's words, evaluate in three values."""

from trialkit.expressions.compile import Compiled, compile_expression
from trialkit.expressions.environment import Dated, Facts, Row, row_for
from trialkit.expressions.types import TRUTH, Type
from trialkit.expressions.vocabulary import FormWords, TableWords, Vocabulary

__all__ = [
    "TRUTH", "Compiled", "Dated", "Facts", "FormWords", "Row", "TableWords", "Type", "Vocabulary", "compile_expression",
    "row_for",
]  # fmt: skip
