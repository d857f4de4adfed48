"""The ward on both engines: every test that takes `ward` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures_store import Made
from tests.ward import Clock, Ward, write_study


@pytest.fixture
def make_ward(make_store: Callable[..., Made], tmp_path: Path) -> Callable[..., Ward]:
    """A ward whose forms the test changes: `make_ward(dose=FORMS["dose"].replace(...))`."""

    def make(zone: str = "Europe/London", **forms: str) -> Ward:
        clock = Clock()
        made = make_store(study_oid="WARD-1", clock=clock)
        return Ward.open(made.store, clock, write_study(tmp_path / "ward", **forms), zone)

    return make


@pytest.fixture
def ward(make_ward: Callable[..., Ward]) -> Ward:
    """The ward as it stands in `tests/ward_study.py`."""
    return make_ward()
