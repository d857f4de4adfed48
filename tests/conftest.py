"""What every test shares. Fixtures live in `tests/fixtures_<noun>.py`; each such file is picked up here by its name."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = sorted(f"tests.{file.stem}" for file in Path(__file__).parent.glob("fixtures_*.py"))

# The suite gives the same verdict every time; HYPOTHESIS_PROFILE=search looks for new examples.
_ORDINARY = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _ORDINARY, derandomize=True)
settings.register_profile("search", _ORDINARY, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
