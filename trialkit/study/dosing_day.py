"""The part `session` of study.yaml: which forms and items play which part on the day of a dose.

The page of the infusion session draws what is named here and knows no form of its own.
"""

from __future__ import annotations

from typing import Literal

from trialkit.study.node import Line, Node


class Visited(Node):
    """The form that dates the visit, the item that does, and the codes that stand beside a date that is entered."""

    form: str
    date: str
    sets: dict[str, str] = {}


class Readiness(Node):
    """The form that says whether the dose may start: its holds (items that are Y while they hold) and its decision."""

    form: str
    holds: list[str]
    decision: str
    go: str  # the code of the decision that lets the dose start


class Dose(Node):
    """The form that says that, and from when to when, the dose was given; `shows` are items to be seen beside it."""

    form: str
    given: str  # Y once it has started
    start_date: str
    start_time: str
    end_date: str
    end_time: str
    planned: str | None = None  # the volume prepared
    volume: str | None = None  # calculated: the volume given, once it has ended
    shows: list[str] = []


StepKind = Literal["start", "change", "pause", "resume", "stop", "end"]


class Steps(Node):
    """The rows in which every change of the pump stands: when, what, at which rate, why and by whom."""

    form: str
    group: str
    time: str
    action: str
    rate: str  # a code list of rates
    flow: str  # calculated: that rate as a number, volume per hour
    rest: str  # the rate at which the pump rests
    reason: str | None = None
    by: str | None = None
    ordered_by: str | None = None
    actions: dict[StepKind, str]  # what it is called here


class Curve(Node):
    """Items of the monitoring rows drawn over time, with parameters as limits and single items as baseline."""

    title: Line
    items: list[str]
    limits: list[str] = []
    baseline: list[str] = []


class Stopped(Node):
    """The timepoints that are not read any more once the dose was stopped early, and the words that say why not."""

    rows: list[str]
    because: Line


class Monitoring(Node):
    """The grid of readings: the item that holds their time, why one was not done, and by whom."""

    form: str
    group: str
    time: str
    not_done: str | None = None
    by: str | None = None
    stopped: Stopped | None = None
    curves: list[Curve] = []


class Discharge(Node):
    """The form that lets the subject go: the time of the assessment, and the items that must all be Y."""

    form: str
    time: str
    criteria: list[str]


class DosingDay(Node):
    """Which forms and items play which part on a dosing day: what the page of the infusion session draws."""

    visit: Visited | None = None
    readiness: Readiness
    record: Dose
    steps: Steps
    monitoring: Monitoring
    discharge: Discharge
