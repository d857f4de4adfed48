"""What is measured, in the order of the table."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.options import Options

TOPICS = (
    "saves", "saves_postgresql", "concurrency", "concurrency_postgresql", "size", "verify", "checks", "casebook",
    "importing", "long_subject", "screens",
)  # fmt: skip


def measured(topic: str, options: Options) -> list[Figure]:
    """The figures of a topic, in this process, with a folder that is taken away afterwards."""
    with tempfile.TemporaryDirectory(prefix="trialkit-bench-", ignore_cleanup_errors=True) as folder:
        figures: list[Figure] = import_module(f"benchmarks.{topic}").run(options, Path(folder))
    return figures
