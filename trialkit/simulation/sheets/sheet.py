"""A sheet: what somebody writes on one form at one moment. A book: all sheets of one subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from trialkit.conduct.reason import Reason
from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.fate import Course

Typed = str | Sequence[str]
Values = dict[str, Typed]
LOG = "LOG"


@dataclass(frozen=True, slots=True)
class Site:
    """A site as the simulation sees it. `people` gives the user id of each role there; `opened` its first day."""

    number: str
    name: str
    country: str
    zone: str
    people: Mapping[str, str]
    opened: date
    amended: date

    @property
    def region(self) -> str:
        """The stratum of the site."""
        return "US" if self.country == "USA" else "NON-US"


@dataclass(slots=True)
class Mistake:
    """An error made on purpose: the check that must see it, where it stands, what was done, and what would be right.

    `outcome` is what became of it at the desk: saved, explained, refused at entry, or left out.
    """

    check: str
    event: str
    form: str
    repeat: int
    line: int
    item: str
    done: str
    right: Sheet | None = None
    outcome: str = "left out"


@dataclass(slots=True)
class Sheet:
    """One form, or part of it, as it is entered at `moment` (site time).

    `values` are of single items, `rows` of rows by their key. `line` is the number in a log; with `adopt` it is the
    oldest line that the system has made there and nobody has completed. `submit` declares the form finished; what is
    `final` waits until all queries are closed.
    """

    moment: datetime
    event: str
    form: str
    values: Values
    rows: dict[str, Values] = field(default_factory=dict)
    repeat: int = 1
    line: int = 1
    submit: bool = True
    reason: Reason | None = None
    adopt: bool = False
    final: bool = False
    mistake: Mistake | None = None


class Book:
    """All sheets of a subject in the making. `draws` decides what only forms know; the course is decided already."""

    def __init__(self, course: Course, site: Site, draws: Draws) -> None:
        self.course = course
        self.site = site
        self.draws = draws
        self.sheets: list[Sheet] = []
        self._lines: Counter[str] = Counter()

    def who(self, role: str) -> str:
        """The user id of a role at the subject's site."""
        return self.site.people[role]

    def put(
        self, moment: datetime, event: str, form: str, values: Values, rows: dict[str, Values] | None = None, *,
        repeat: int = 1, submit: bool = True,
    ) -> Sheet:  # fmt: skip
        """Add a sheet of a form that stands once in its event."""
        sheet = Sheet(moment, event, form, values, rows or {}, repeat, submit=submit)
        self.sheets.append(sheet)
        return sheet

    def log(self, moment: datetime, form: str, values: Values, *, submit: bool = True, final: bool = False) -> int:
        """Add the next line of a log; gives its number."""
        self._lines[form] += 1
        self.sheets.append(Sheet(moment, LOG, form, values, line=self._lines[form], submit=submit, final=final))
        return self._lines[form]

    def adopt(self, moment: datetime, form: str, values: Values) -> Sheet:
        """Complete the line of a log that the system opens."""
        sheet = Sheet(moment, LOG, form, values, adopt=True)
        self.sheets.append(sheet)
        return sheet

    def again(
        self, moment: datetime, form: str, line: int, values: Values, *, submit: bool = True,
        reason: Reason | None = None
    ) -> None:  # fmt: skip
        """Go on with a line of a log, or change it for a reason."""
        self.sheets.append(Sheet(moment, LOG, form, values, line=line, submit=submit, reason=reason))

    def in_order(self) -> list[Sheet]:
        """The sheets in the order of their moments; of the same moment, as they were put."""
        return sorted(self.sheets, key=lambda sheet: sheet.moment)


def day(moment: date) -> str:
    """A date as it is typed."""
    return moment.strftime("%Y-%m-%d")


def clock(moment: datetime) -> str:
    """A time as it is typed."""
    return moment.strftime("%H:%M")


def minute(moment: datetime) -> str:
    """A moment as it is typed."""
    return moment.strftime("%Y-%m-%dT%H:%M")


def after(moment: datetime, minutes: float) -> datetime:
    """So many minutes later, to the minute."""
    return (moment + timedelta(minutes=minutes)).replace(second=0, microsecond=0)


def month(moment: date) -> str:
    """A partial date: year and month."""
    return moment.strftime("%Y-%m")


def before(moment: date, months: float) -> date:
    """The first of a month so many months earlier."""
    count = moment.year * 12 + moment.month - 1 - round(months)
    return date(count // 12, count % 12 + 1, 1)


def named(prefix: str, first: int, points: Sequence[int], width: int = 2) -> Values:
    """Scores of a scale, item by item: named("MADRS1", 1, items) gives MADRS101, MADRS102 and so on."""
    return {f"{prefix}{first + n:0{width}}": str(value) for n, value in enumerate(points)}
