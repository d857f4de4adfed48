"""Rows as expressions see them."""

from __future__ import annotations

from trialkit.expressions import row_for
from trialkit.values import Missing


def test_a_row_of_a_group_sees_the_single_items_of_its_record_and_its_neighbours() -> None:
    record = row_for({"A": 1, "B": Missing("ND"), "C": None}, {"G": [("1", {"R": 1}), ("2", {"R": 2})]}, form_repeat=3)
    one, two = record.groups["G"]
    assert dict(record) == {"A": 1}
    assert dict(two) == {"A": 1, "R": 2}
    assert (one.index, two.index, two.key, two.form_repeat) == (0, 1, "2", 3)
    assert two.rows[0] is one
    assert two.groups is record.groups
