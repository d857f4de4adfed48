"""What becomes of one subject: the visits that take place, what is found there, and how each period ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from trialkit.simulation.model import schedule
from trialkit.simulation.model.adverse import Adverse
from trialkit.simulation.model.efficacy import Response
from trialkit.simulation.model.infusion import Infusion
from trialkit.simulation.model.person import Person
from trialkit.simulation.model.scripted import Script

INDUCTION, MAINTENANCE, STUDY = "STUDY TREATMENT - INDUCTION", "STUDY TREATMENT - MAINTENANCE", "STUDY PARTICIPATION"


@dataclass(slots=True)
class Visit:
    """A visit that took place. `madrs` is the total, `items` its ten items; `ideation` the C-SSRS level since last."""

    event: str
    start: datetime
    repeat: int = 1
    madrs: int | None = None
    items: list[int] = field(default_factory=list)
    ideation: int = 0
    attempt: bool = False
    infusion: Infusion | None = None
    nth: int = 0
    level: int = 0
    change: int = 0
    skipped: str = ""
    since_dose: float = 0.0
    late: str = ""

    @property
    def day(self) -> date:
        """The day of the visit."""
        return self.start.date()

    @property
    def dosing(self) -> bool:
        """Whether the schedule foresees an infusion."""
        return self.event in schedule.INDUCTION or self.event in schedule.MAINTENANCE or self.event == "BOO"


@dataclass(slots=True)
class Ending:
    """How a period ended: the period, the CT reason, the day, in words, and the event it was for."""

    period: str
    reason: str
    day: date
    detail: str = ""
    event: Adverse | None = None


@dataclass(slots=True)
class Course:
    """A subject. `failed` says why screening failed, empty for the randomised."""

    subject: str
    site: str
    arm: str
    person: Person
    consented: datetime
    failed: str = ""
    response: Response | None = None
    visits: list[Visit] = field(default_factory=list)
    events: list[Adverse] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    script: Script = field(default_factory=Script)
    drop_out: bool = True

    def at(self, event: str) -> Visit | None:
        """The visit of that event."""
        return next((visit for visit in self.visits if visit.event == event), None)

    @property
    def infusions(self) -> list[Visit]:
        """The visits at which an infusion was given."""
        return [visit for visit in self.visits if visit.infusion is not None]

    @property
    def first_dose(self) -> datetime:
        """Start of the first infusion."""
        return self.infusions[0].start

    @property
    def ended(self) -> bool:
        """Whether participation in the study has ended."""
        return any(ending.period == STUDY for ending in self.endings)
