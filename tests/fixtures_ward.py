"""The ward on both engines: every test that takes `ward` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures_store import Made
from tests.ward import Clock, Ward, write_study


@pytest.fixture
def ward(make_store: Callable[..., Made], tmp_path: Path) -> Ward:
    clock = Clock()
    made = make_store(study_oid="WARD-1", clock=clock)
    return Ward.open(made.store, clock, write_study(tmp_path / "ward"))
