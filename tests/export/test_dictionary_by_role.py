"""The data dictionary tells its reader of no check and no calculation that reads what is hidden from them."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.access.staff import acting
from tests.conduct.hidden_forms import given
from tests.conduct.pharmacy import MakeWard
from trialkit.export.csv_dictionary import write_dictionary
from trialkit.export.reading import StoreSource


def test_a_dictionary_names_the_checks_that_read_only_what_its_reader_sees(make_ward: MakeWard, tmp_path: Path) -> None:
    ward = given(make_ward)

    def checks(role: str) -> set[str]:
        source = StoreSource(ward.store, ward.trial.sight(acting(role)), ward.store.size)
        path = write_dictionary(source, tmp_path / f"{role}.csv", "machine")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["FORM"] for row in rows} >= {"DOSE"}
        return {name for row in rows for name in row["CHECKS"].split(";") if row["FORM"] in ("DOSE", "KIT")} - {""}

    assert checks("pharmacist") == {"C02", "P13"}
    assert checks("coordinator") == {"C02", "D07", "D08", "E04"}
