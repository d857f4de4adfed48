"""Makes the golden CSV files anew: `python -m tests.export.golden`, then read the difference."""

from __future__ import annotations

from tests.export.ketamine import stopped_infusion
from tests.export.test_csv_files import GOLDEN, everything

if __name__ == "__main__":
    for path in everything(stopped_infusion().source(), GOLDEN):
        print(path.name)
