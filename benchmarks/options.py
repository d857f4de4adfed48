"""How much is measured: a quick look, or figures to write down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """`pilot` is the folder of the CDISC pilot's files, `simulated` one that `trialkit simulate` made; if there are."""

    quick: bool = False
    pilot: Path | None = None
    simulated: Path | None = None

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 9

    @property
    def seconds(self) -> float:
        """For which every contender works in every round."""
        return 0.3 if self.quick else 1.0

    @property
    def most_saves(self) -> int:
        """Forms that stand ready: more than can be saved in all rounds."""
        return int(2000 * self.rounds * self.seconds)
