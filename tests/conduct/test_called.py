"""A form is called the same wherever it is named: its title, the number of its line, its visit."""

from __future__ import annotations

from pathlib import Path

from tests.study.small import STUDY, write_small
from trialkit.conduct.called import called
from trialkit.ledger.entry import Place
from trialkit.study.loading import load_study


def test_a_form_is_called_by_its_title_and_visit_a_log_by_its_number_and_a_site_file_by_neither(tmp_path: Path) -> None:
    unplanned = "  UNS:\n    title: Unscheduled visit\n    kind: unscheduled\n    forms: [VS]\n"
    pharmacy = "  SITE:\n    title: Site file\n    kind: site\n    forms: [KEY]\n"
    key = """\
oid: KEY
title: Keys of the fridge
entered_by: [coordinator]
groups:
  KEYS:
    title: The keys
    items:
      KEYNUM:
        label: Number
        type: integer
"""
    study = load_study(write_small(tmp_path, {"study.yaml": STUDY + unplanned + pharmacy, "key.yaml": key}))
    names = [
        called(study, Place("01", "01-0001", event, repeat, form, line), " at ")
        for event, repeat, form, line in (
            ("V1", 1, "VS", 1), ("UNS", 2, "VS", 1), ("LOG", 1, "AE", 2), ("LOG", 1, "DM", 1), ("SITE", 1, "KEY", 1),
            ("V1", 1, "GONE", 1),
        )
    ]  # fmt: skip
    assert names == ["Vital signs at V1", "Vital signs at UNS (2)", "Adverse event 2", "Demographics",
                     "Keys of the fridge", "GONE at V1"]  # fmt: skip
