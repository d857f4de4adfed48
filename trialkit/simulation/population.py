"""Who is screened where and when: computed from the seed alone, site by site (reference study, section 6.1).

Sites differ in how well they recruit (Dirichlet); enrolment is a Poisson process at each. The subjects of a site are
known without those of any other, so any part of a trial can be made alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from trialkit.simulation.company import people_of
from trialkit.simulation.model.draws import stream
from trialkit.simulation.model.person import WHY_FAILED
from trialkit.simulation.model.scripted import Script
from trialkit.simulation.scripts import SCRIPTS
from trialkit.simulation.sheets.sheet import Site

BEGINS = date(2023, 1, 2)
START_UP = 26.0  # weeks within which sites open
RATE = 0.35 / 0.6  # screened per week and site, so that 0.35 are randomised
LONGEST = 60.0  # weeks of enrolment: in larger trials sites recruit faster
RANDOMISED = 0.60  # of those screened
FEWEST, MOST = 16, 99
PLACES = (
    ("Harbour Clinic", "USA", "America/New_York"), ("Lakeside Hospital", "USA", "America/Chicago"),
    ("Northgate Infirmary", "GBR", "Europe/London"), ("Prairie Medical Center", "USA", "America/Denver"),
    ("Bay Psychiatry", "USA", "America/Los_Angeles"), ("Southern Cross Clinic", "AUS", "Australia/Sydney"),
    ("Desert Research", "USA", "America/Phoenix"), ("Maple Hospital", "CAN", "America/Toronto"),
    ("Capitol Clinic", "USA", "America/New_York"), ("Gulf Medical Center", "USA", "America/Chicago"),
    ("Severn Hospital", "GBR", "Europe/London"), ("Mountain View Clinic", "USA", "America/Denver"),
    ("Yarra Hospital", "AUS", "Australia/Melbourne"), ("Pacific Hospital", "CAN", "America/Vancouver"),
    ("Mission Clinic", "USA", "America/Los_Angeles"), ("Delta Research", "USA", "America/Chicago"),
)  # fmt: skip
BLOCK = ("A", "A", "B", "C", "C")


@dataclass(frozen=True, slots=True)
class Number:
    """A subject number with what is known before anything is drawn: site, arm, day of consent, why screening fails."""

    subject: str
    site: Site
    arm: str
    consents: date
    failed: str = ""
    script: Script | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """All subjects of a study seed; `randomised` are counted, screen failures come on top."""

    seed: int
    randomised: int

    @property
    def sites(self) -> int:
        """How many sites there are: 16 for 200 subjects, and as the square root for more."""
        return min(max(round(FEWEST * math.sqrt(self.randomised / 200)), FEWEST), MOST)

    def site(self, number: int) -> Site:
        """A site, with the days on which it opens and gets the second consent text."""
        draws = stream(self.seed, "site", number)
        name, country, zone = PLACES[(number - 1) % len(PLACES)]
        opens = BEGINS + timedelta(days=round(draws.uniform(0, START_UP * 7)))
        text = f"{number:02}"
        if number > len(PLACES):
            name = f"{name} {(number - 1) // len(PLACES) + 1}"
        amended = max(date(2023, 10, 2) + timedelta(days=draws.randrange(0, 28)), opens + timedelta(days=90))
        return Site(text, name, country, zone, people_of(text), opens, amended)

    def counts(self) -> list[tuple[int, int]]:
        """For each site, how many ordinary subjects it randomises and how many fail screening."""
        draws = stream(self.seed, "sites")
        shares = [draws.gammavariate(2, 1) for _ in range(self.sites)]
        told = [script for script in SCRIPTS.values() if not script.failed]
        left = max(self.randomised - len(told), 0)
        failures = round(self.randomised / RANDOMISED) - self.randomised if left else 0
        return list(zip(_apportioned(left, shares), _apportioned(failures, shares), strict=True))

    def scripted(self) -> Iterator[Number]:
        """The subjects whose stories are written, always first; of a small trial, as many as it randomises."""
        randomised = 0
        for n, (subject, script) in enumerate(SCRIPTS.items()):
            if randomised >= self.randomised:
                return
            randomised += not script.failed
            site = self.site(int(subject[:2]))
            day = _weekday(site.opened + timedelta(days=3 + 4 * (n % 2)))
            yield Number(subject, site, script.arm or "A", day, script.failed, script)

    def of_site(self, number: int) -> Iterator[Number]:
        """The ordinary subjects of a site, in order of their consent."""
        site, (randomised, failed) = self.site(number), self.counts()[number - 1]
        draws = stream(self.seed, "enrolment", number)
        fates = [True] * randomised + [False] * failed
        draws.shuffle(fates)
        rate = max(RATE, len(fates) / LONGEST)
        first = 1 + max((int(subject[3:]) for subject in SCRIPTS if int(subject[:2]) == number), default=0)
        week, arms = 1.0, list[str]()
        for n, goes_on in enumerate(fates):
            week += draws.expovariate(rate)
            if not arms:
                arms = list(BLOCK)
                draws.shuffle(arms)
            subject, failure = f"{site.number}-{first + n:04}", "" if goes_on else draws.one_of(WHY_FAILED)
            arm = arms.pop() if goes_on else "A"
            yield Number(subject, site, arm, _weekday(site.opened + timedelta(weeks=week)), failure)

    def __iter__(self) -> Iterator[Number]:
        yield from self.scripted()
        for number in range(1, self.sites + 1):
            yield from self.of_site(number)

    @property
    def size(self) -> int:
        """How many subjects there are, screen failures included."""
        return sum(1 for _ in self.scripted()) + sum(map(sum, self.counts()))


def _apportioned(whole: int, shares: list[float]) -> list[int]:
    """`whole` divided by shares, to whole numbers (largest remainders)."""
    exact = [whole * share / sum(shares) for share in shares]
    parts = [int(part) for part in exact]
    order = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for n in order[: whole - sum(parts)]:
        parts[n] += 1
    return parts


def _weekday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
