"""The deliverables of the reference study name only what its forms have."""

from __future__ import annotations

from pathlib import Path

from trialkit.export.declared import load_deliverables
from trialkit.study.loading import load_study

ROOT = Path(__file__).parent.parent.parent


def test_the_reference_study_declares_every_kind_of_deliverable() -> None:
    found = load_deliverables(ROOT / "exports/ket_trd_301", load_study(ROOT / "forms/ket_trd_301"))
    assert {one.what.kind for one in found} == {
        "csv-forms",
        "csv-items",
        "csv-changes",
        "csv-dictionary",
        "csv-queries",
        "casebook",
        "blank-crf",
    }
