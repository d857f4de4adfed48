"""What the second computations share: records in hand, partly known days, and the first one to compare with."""

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trialkit.expressions import Row
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledStudy, recompute
from trialkit.study.model import Check
from trialkit.values import PartialDate

FOLDER = Path(__file__).parents[3] / "forms" / "ket_trd_301"
NO_RULE = Check(require="1 == 1", message="none")
TIMES = 10_000
CONSENT = dt.date(2026, 3, 2)
SUBSTANCES = (
    "ALCOHOL", "TOBACCO", "CANNABIS", "KETAMINE", "PCP", "CLASSIC_PSYCHEDELIC", "MDMA", "COCAINE", "AMPHETAMINE",
    "OPIOID", "SEDATIVE_NOT_PRESCRIBED",
)  # fmt: skip


class Elsewhere:
    """What the record at hand can read beside itself: items by FORM.ITEM or EVENT:FORM.ITEM, and records by form."""

    def __init__(self, event: str = "V1", **stated: Any) -> None:
        self.event, self.event_repeat, self.site, self.zone = event, 1, "01", None
        self.now = dt.datetime.fromisoformat("2026-06-01T12:00")
        self.items: Mapping[str, Any] = stated.get("items", {})
        self.records: Mapping[str, Sequence[Row]] = stated.get("records", {})
        self.dose: dt.datetime | None = stated.get("dose")
        self.window: bool | None = stated.get("window")

    def value(self, form: str, item: str, event: str | None) -> Any:
        return self.items.get(f"{event}:{form}.{item}" if event else f"{form}.{item}")

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        return self.records.get(f"{form}.{group}" if group else form, ())

    def first_dose(self) -> dt.datetime | None:
        return self.dose

    def in_window(self, day: dt.date) -> bool | None:
        return self.window


CONSENTED = {"IC": [Row({"ICTYPE": "MAIN", "ICSTDAT": CONSENT})]}


def calculated(study: CompiledStudy, form: str, case: dict[str, object]) -> Row:
    """The record of a case with everything calculated that can be."""
    return CaseFacts(study, form, NO_RULE, case).record


def worked(study: CompiledStudy, form: str, row: Row, facts: Elsewhere) -> Row:
    """The row of a record with everything calculated that can be."""
    recompute(study.forms[form], row, facts)
    return row


def given(values: Mapping[str, Any], event: str = "V1") -> Row:
    return Row({item: value for item, value in values.items() if value is not None}, event=event)


def some_day(dice: random.Random, first: dt.date, days: int) -> dt.date:
    return first + dt.timedelta(days=dice.randrange(days))


def blurred(dice: random.Random, day: dt.date) -> tuple[PartialDate, list[dt.date]]:
    """The day as it may be remembered, and every day that it could then be."""
    kind = dice.choice(("day", "day", "month", "year"))
    if kind == "day":
        return PartialDate.of(day.isoformat()), [day]
    if kind == "month":
        start = day.replace(day=1)
        within = [start + dt.timedelta(days=n) for n in range(31)]
        return PartialDate.of(day.isoformat()[:7]), [d for d in within if d.month == day.month]
    return PartialDate.of(str(day.year)), [dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)]


def agreed(answers: Iterable[int]) -> int | None:
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def whole_months(since: dt.date, until: dt.date) -> int:
    """Completed months, counted one by one."""
    if until < since:
        return -whole_months(until, since)
    count, year, month = -1, since.year, since.month
    while (year, month, since.day) <= (until.year, until.month, until.day):
        count += 1
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return count


def code(truth: bool | None) -> str | None:
    return None if truth is None else "Y" if truth else "N"
