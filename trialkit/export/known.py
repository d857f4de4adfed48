"""The study as the reader of an export may know it (docs/decisions/0018)."""

from __future__ import annotations

from trialkit.export.source import Source
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledStudy
from trialkit.study.masking import masked


def known(source: Source) -> CompiledStudy:
    """The latest version without what this source may not show."""
    forms = [form for form in source.study.forms if not source.hides(form)]
    return masked(compile_study(source.study), forms, "unblinded" in source.visibility)
