"""The reference study, compiled once for the second computations."""

from __future__ import annotations

import pytest

from tests.study.ket.second_computation import FOLDER
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study


@pytest.fixture(scope="session")
def study() -> CompiledStudy:
    return compile_study(load_study(FOLDER))
