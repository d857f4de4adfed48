"""What a story says: one subject's way through a study as acts in time, each with what must come of it.

A story is text (YAML in which every scalar is text) and a test: the stage that plays it compares what happened with
what is expected, so a study's stories are its acceptance tests (GAMP 5, computer software assurance).
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trialkit.study.node import Flag, Line, Whole

Typed = str | list[str] | dict[Literal["missing"], str]
"""What somebody types into an item: a text, several codes, or `missing:` with the reason; "" clears."""

Verb = Literal[
    "visit", "enrol", "consent", "save", "correct", "strike", "read", "ask", "answer", "reask", "close", "sign in"
]


NEEDS: dict[Verb, str] = {
    "visit": "pattern event at",
    "enrol": "who",
    "consent": "who form",
    "save": "who form",
    "correct": "who form reason",
    "strike": "who form reason",
    "read": "who form",
    "ask": "who form item text",
    "answer": "who form check text",
    "reask": "who form check text",
    "close": "who form check text",
    "sign in": "who text",
}
"""What each act cannot do without."""


_HOLDER = re.compile(r"@([a-z]+)(?: ([1-9]))?")


class Part(BaseModel):
    """A frozen part of a story; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(Part):
    """What must come of an act. What is not named must not happen: no check may fire or be settled unforeseen."""

    refused: str = ""  # the class of error with which the whole act is refused
    says: str = ""  # words of the refusal or of a refused answer
    wrong: list[str] = []  # answers that are refused while the rest is kept
    fires: list[str] = []  # checks that open a query or an alert
    closes: list[str] = []  # checks whose queries close themselves
    deviations: list[str] = []  # checks that write a protocol deviation
    holds: dict[str, str] = {}  # item -> the text that stands afterwards; "" for nothing


class Variation(Part):
    """How one act of a pattern differs at one visit; values and tables are laid over the pattern's own."""

    who: str = ""
    after: str = ""
    repeat: Whole | None = None
    values: dict[str, Typed] = {}
    tables: dict[str, str] = {}
    each: dict[str, dict[str, str]] = {}
    finished: Flag | None = None
    explain: dict[str, str] = {}
    expect: Expected | None = None


class Act(Part):
    """One thing that somebody does at a moment in the site's own time, or (`visit`) a pattern of such things.

    A visit plays its pattern at one event from `at` on; `vary` changes acts of it by their names, `without` leaves some
    out.
    """

    at: str = ""
    after: str = ""  # in patterns: +H:MM from the moment of the visit
    name: str = ""  # in patterns: what a story calls the act, if not its form
    who: str = ""
    do: Verb = "save"
    pattern: str = ""
    vary: dict[str, Variation] = {}
    without: list[str] = []
    event: str = ""
    event_repeat: Whole = 1
    form: str = ""
    repeat: Whole = 1
    row: str = ""
    values: dict[str, Typed] = {}
    tables: dict[str, str] = {}  # group -> rows as a text table
    each: dict[str, dict[str, str]] = {}  # group -> item -> what every row of its table gets if it says nothing else
    finished: Flag = True
    reason: str = ""
    because: str = ""
    explain: dict[str, str] = {}
    check: str = ""
    item: str = ""
    text: str = ""
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _complete(self) -> Act:
        absent = [field for field in NEEDS[self.do].split() if not getattr(self, field)]
        if absent:
            raise ValueError(f"to {self.do} needs " + " and ".join(absent))
        return self


class Story(Part):
    """One subject's way through the study. `shows` says in a sentence what it is there to show."""

    title: Line
    shows: Line
    site: Line
    subject: Line
    acts: list[Act] = Field(min_length=1)


class Grant(Part):
    """A role; without `sites` everywhere. `approved_by` is the second person of an unblinded grant."""

    role: Line
    sites: list[str] = ["*"]
    approved_by: str = ""
    unblinded: Flag | None = None


class Member(Part):
    """A person of the cast."""

    name: Line
    organisation: Line
    grants: list[Grant]


class SiteSet(Part):
    """A site with its time zone (IANA name)."""

    name: Line
    zone: Line
    country: Line


class ConsentText(Part):
    """A consent text: put in force at some sites at a moment (UTC), for signatures from a day on."""

    at: Line
    sites: list[str]
    version: Line
    approved: Line
    valid_from: Line


class Cast(Part):
    """The file `cast.yaml`: when the trial opens (UTC), its sites, people and consent texts."""

    opens: Line
    administrator: Line
    data_manager: Line
    sites: dict[str, SiteSet]
    people: dict[str, Member]
    consent_texts: list[ConsentText]

    def meant(self, text: str, site: str) -> str:
        """The user id for `@role` (or `@role 2`, the second such) at a site; other text as it is. KeyError: nobody."""
        found = _HOLDER.fullmatch(text)
        if found is None:
            return text
        held = [
            who
            for who, member in self.people.items()
            for g in member.grants
            if g.role == found[1] and {site, "*"} & {*g.sites}
        ]
        number = int(found[2] or 1)
        if number > len(held):
            raise KeyError(f"nobody of the cast is {text} at site {site}")
        return held[number - 1]


class Patterns(Part):
    """The file `patterns.yaml`: what is done at visits that many stories have in common."""

    patterns: dict[str, list[Act]]
