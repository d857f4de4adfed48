"""A small trial for tests: one site, one study with a form of every kind, and a cast that can act at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from tests.access.staff import acting
from tests.ward_study import CODELISTS, FORMS, STUDY
from trialkit.access.identity import Identity
from trialkit.conduct import amend, consent, enrol, site
from trialkit.conduct.capture import Saved, save_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.store.database import Store
from trialkit.study.loading import load_study
from trialkit.study.model import Study

SUBJECT = "01-0001"
START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def write_study(folder: Path, study: str = STUDY, codelists: str = CODELISTS, **forms: str) -> Path:
    """The folder of a study whose texts stand in the test; `forms` replace or add to those of the ward."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(study)
    (folder / "codelists.yaml").write_text(codelists)
    for name, text in (FORMS | forms).items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@dataclass
class Clock:
    """A clock that the test moves."""

    moment: dt.datetime = START

    def __call__(self) -> dt.datetime:
        self.moment += dt.timedelta(milliseconds=1)
        return self.moment


@dataclass
class Ward:
    """The trial with its people: `ward.save("V1", "VS", SYSBP="120")`."""

    trial: Trial
    store: Store
    clock: Clock
    study: Study
    ana: Identity = field(default_factory=lambda: acting("coordinator"))
    ito: Identity = field(default_factory=lambda: acting("investigator"))
    mo: Identity = field(default_factory=lambda: acting("monitor"))
    dee: Identity = field(default_factory=lambda: acting("datamanager"))
    uma: Identity = field(default_factory=lambda: acting("pharmacist"))
    ines: Identity = field(default_factory=lambda: acting("auditor", sites=None))

    @classmethod
    def open(cls, store: Store, clock: Clock, folder: Path, zone: str = "Europe/London") -> Ward:
        """Site 01 open, study published, consent 1.0 in force, subject 01-0001 enrolled."""
        study = load_study(folder)
        ward = cls(Trial(store), store, clock, study)
        site.add_site(ward.trial, acting("administrator"), "01", "Clinic North", zone, "GBR")
        amend.publish(ward.trial, ward.dee, study, "01")
        consent.push_version(ward.trial, ward.dee, "01", "1.0", "2025-12-01", "2026-01-01")
        enrol.enrol(ward.trial, ward.ana, "01", SUBJECT)
        return ward

    def place(self, event: str, form: str, repeat: int = 1, event_repeat: int = 1) -> Place:
        return Place("01", SUBJECT, event, event_repeat, form, repeat)

    def version(self, place: Place) -> int:
        record = self.trial.everything().record(place)
        return record.version if record else 0

    def save(
        self,
        event: str,
        form: str,
        typed: dict[str, object],
        *,
        repeat: int = 1,
        who: Identity | None = None,
        **more: object,
    ) -> Saved:
        """Save as Ana does, on the version that stands unless the test says otherwise."""
        place = self.place(event, form, repeat)
        based_on = more.pop("based_on", None)
        return save_form(
            self.trial, who or self.ana, place, typed,  # type: ignore[arg-type]
            based_on=self.version(place) if based_on is None else based_on, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def values(self, event: str, form: str, repeat: int = 1) -> dict[str, object]:
        record = self.trial.everything().record(self.place(event, form, repeat))
        return dict(record.values) if record else {}

    def queries(self, status: str = "OPEN") -> list[str]:
        """The checks of the subject's queries in this state."""
        found = self.trial.everything().queries(subject=SUBJECT, status=status)
        return sorted(str(query.values["check"]) for query in found)
