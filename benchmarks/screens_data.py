"""The trial behind the screens: simulated, and where in it infusions were given."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from trialkit.cli.demo import PASSPHRASE
from trialkit.cli.opening import opened
from trialkit.conduct.trial import Trial


@dataclass(frozen=True, slots=True)
class Infusion:
    """A visit with an infusion: who enters it, and where."""

    site: str
    subject: str
    event: str

    @property
    def nurse(self) -> str:
        return f"nua{self.site}"

    def address(self, form: str) -> dict[str, str]:
        """The parameters of a form's page."""
        return {"subject": self.subject, "event": self.event, "event_repeat": "1", "form": form, "form_repeat": "1"}

    def path(self, form: str) -> str:
        return f"/entry?{urlencode(self.address(form))}"


def simulated(folder: Path, subjects: int) -> Path:
    """A folder with a simulated trial."""
    out = folder / "trial"
    subprocess.run(
        [sys.executable, "-m", "trialkit", "simulate", "--subjects", str(subjects), "--seed", "5", "--clean", "--out",
         str(out)], check=True, capture_output=True,
    )  # fmt: skip
    return out


def infusions(made: Path) -> tuple[list[Infusion], str]:
    """One infusion of each subject, and how much there is in the store in words."""
    with opened(str(made / "simulation.db"), made / "simulation.keys", PASSPHRASE) as store:
        reader = Trial(store).everything()
        found: dict[str, Infusion] = {}
        for record in reader.records(form="EC"):
            if record.status == "COMPLETE" and record.values.get("ECPUMP") and record.values.get("@locked") is None:
                place = record.place
                found.setdefault(place.subject, Infusion(place.site, place.subject, place.event))
        subjects = sum(1 for _ in reader.subjects())
        return list(found.values()), f"{subjects:,} subjects, {store.size:,} entries"
