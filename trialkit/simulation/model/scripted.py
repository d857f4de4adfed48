"""What is fixed about a subject's draws; everything else is drawn as for anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Script:
    """A subject's story. `plain`: nothing happens by chance that would raise a question.

    `totals` fixes MADRS by event, `changes` the steps of the level, `ideation` C-SSRS levels; `infusions` alters an
    infusion by event; `events` add to the course when it is drawn; `stops` names the event after which `leave` ends
    treatment; `boosters` the visits that a booster follows.
    """

    plain: bool = False
    arm: str = ""
    failed: str = ""
    person: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
    ideation: Mapping[str, int] = field(default_factory=dict)
    infusions: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    events: tuple[Callable[..., None], ...] = ()
    stops: str = ""
    leave: Callable[..., None] = lambda found, visit: None
    boosters: tuple[str, ...] = ()
    bladder: Mapping[str, list[int]] = field(default_factory=dict)
    ketamine: tuple[str, ...] = ()
    pregnant: tuple[str, ...] = ()
    unrecorded: bool = False
    sheets: tuple[Callable[..., None], ...] = ()
