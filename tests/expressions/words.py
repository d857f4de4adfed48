"""A vocabulary for tests: one form of every type, a repeating group, a visit form, a log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trialkit.expressions import Compiled, Dated, FormWords, Row, TableWords, Type, Vocabulary, compile_expression

MAIN = FormWords(
    oid="MAIN",
    items={
        "A": Type("integer"),
        "B": Type("integer"),
        "MG": Type("decimal", "mg"),
        "ML": Type("decimal", "mL"),
        "MIN": Type("integer", "min"),
        "D": Type("date"),
        "P": Type("partialDate"),
        "Q": Type("partialDate"),
        "T": Type("time"),
        "U": Type("time"),
        "M": Type("datetime"),
        "N": Type("datetime"),
        "SEX": Type("code", None, ("F", "M")),
        "GRADE": Type("code", None, ("1", "2", "10")),
        "SET": Type("codes", None, ("X", "Y", "Z")),
        "YES": Type("code", None, ("Y", "N")),
        "TXT": Type("text"),
        "WHO": Type("person"),
        "FILE": Type("file"),
        "R": Type("integer"),
        "S": Type("integer"),
    },
    group_of={**dict.fromkeys(["R", "S"], "ROWS")}
    | dict.fromkeys("A B MG ML MIN D P Q T U M N SEX GRADE SET YES TXT WHO FILE".split(), "TOP"),
    repeating_groups=frozenset({"ROWS"}),
    repeating=False,
    events=frozenset({"V1", "V2"}),
)
VISIT = FormWords(
    "VISIT",
    {"X": Type("integer"), "K": Type("integer")},
    {"X": "G", "K": "L"},
    frozenset({"L"}),
    False,
    frozenset({"V1", "V2"}),
)
ONCE = FormWords(
    "ONCE", {"BORN": Type("date"), "Z": Type("integer")}, {"BORN": "G", "Z": "G"}, frozenset(), False, frozenset({"V1"})
)
LATER = FormWords("LATER", {"W": Type("integer")}, {"W": "G"}, frozenset(), False, frozenset({"V3", "V4"}))
LOG = FormWords(
    "LOG",
    {"TERM": Type("text"), "NO": Type("integer")},
    {"TERM": "G", "NO": "G"},
    frozenset(),
    True,
    frozenset({"ALL"}),
)
DONE = FormWords(
    "DONE",
    {"DAY": Type("partialDate"), "CLOCK": Type("time")},
    {"DAY": "G", "CLOCK": "G"},
    frozenset(),
    False,
    frozenset({"V1", "V2"}),
    dated=Dated("DONE", "DAY", "CLOCK"),
)
DIARY = FormWords(
    "DIARY",
    {"AT": Type("datetime")},
    {"AT": "G"},
    frozenset(),
    True,
    frozenset({"ALL"}),
    dated=Dated("DIARY", "AT", None),
    entered_by=frozenset({"subject"}),
)
HIDDEN = FormWords(
    "HIDDEN",
    {"MIXED": Type("date")},
    {"MIXED": "G"},
    frozenset(),
    False,
    frozenset({"V1"}),
    dated=Dated("HIDDEN", "MIXED", None),
    masked=frozenset({"MIXED"}),
)
BEHIND = FormWords(
    "BEHIND", {"OPENED": Type("date")}, {"OPENED": "G"}, frozenset(), False, frozenset({"V1"}),
    masked=frozenset({"OPENED"}),
)  # fmt: skip
STOCK = FormWords(
    "STOCK",
    {"KIT": Type("text"), "USED": Type("date"), "BY": Type("person"), "PART": Type("text")},
    {"KIT": "G", "USED": "G", "BY": "G", "PART": "PARTS"},
    frozenset({"PARTS"}),
    True,
    frozenset({"STORE"}),
    site=True,
    dated=Dated("STOCK", "USED", None),
)
SHELF = FormWords(
    "SHELF", {"TEMP": Type("decimal")}, {"TEMP": "G"}, frozenset(), False, frozenset({"STORE"}), site=True
)
LIMITS = TableWords(
    "LIMITS",
    ("F", "M", "X"),
    {"LOW": Type("decimal", "mg"), "HIGH": Type("decimal", "mg"), "KIND": Type("code", None, ("Y", "N"))},
    {"F": {"LOW": Decimal("1.5"), "HIGH": Decimal(4), "KIND": "Y"}, "M": {"LOW": Decimal(3)}},
)
WORDS = Vocabulary(
    forms={f.oid: f for f in (MAIN, VISIT, ONCE, LATER, LOG, DONE, DIARY, HIDDEN, BEHIND, STOCK, SHELF)},
    parameters={"P_MAX": (Type("integer"), 10), "P_MG": (Type("integer", "mg"), 10)},
    events=("V1", "V2", "V3", "V4", "ALL", "STORE"),
    roles=("physician", "coordinator", "subject"),
    tables={"LIMITS": LIMITS},
    has_first_dose=True,
)  # fmt: skip


class Known:
    """Facts of a subject as plain tables."""

    now = dt.datetime(2026, 3, 10, 12, 0)
    event = "V2"
    event_repeat = 1
    site = "01"
    zone: dt.tzinfo | None = None
    elsewhere: Mapping[str, Sequence[Sequence[Row]]] = {}

    def __init__(
        self,
        values: Mapping[tuple[str, str, str | None], Any] | None = None,
        rows: Mapping[tuple[str, str | None, str | None], Sequence[Row]] | None = None,
    ) -> None:
        self.values = values or {}
        self.tables = rows or {}

    def value(self, form: str, item: str, event: str | None) -> Any:
        return self.values.get((form, item, event))

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        return self.tables.get((form, group, event), ())

    def earlier(self, form: str, item: str) -> Any:
        return self.values.get((form, item, "earlier"))

    def baseline(self, form: str, item: str) -> Any:
        return self.values.get((form, item, "baseline"))

    def first_dose(self) -> dt.datetime | None:
        return dt.datetime(2026, 3, 2, 10, 0)

    def in_window(self, day: dt.date) -> bool | None:
        return day == dt.date(2026, 3, 10)

    def role(self, person: str, role: str) -> bool | None:
        return {"ito": role == "physician"}.get(person)

    def signed(self, form: str, form_repeat: int | None) -> bool | None:
        return self.values.get((form, "@signed", None if form_repeat is None else str(form_repeat)))

    def delegated(self, person: str, task: str, day: dt.date) -> bool | None:
        return {"ito": task == "CONSENT" and day >= dt.date(2026, 3, 1)}.get(person)

    def consent_version(self, day: dt.date) -> str | None:
        return "2.0" if day >= dt.date(2026, 3, 1) else None

    def dated(self, sources: Sequence[Dated]) -> Iterable[tuple[Any, Any]]:
        for form, date, time in sources:
            for row in self.rows(form, None, None):
                yield row.get(date), row.get(time) if time else None

    def others(self, form: str) -> Sequence[Sequence[Row]] | None:
        return self.elsewhere.get(form)

    def open_queries(self, severity: str | None) -> int | None:
        return {None: 3, "hard": 1}.get(severity)

    def unsigned(self) -> int | None:
        return 2


def compiled(source: str, form: str = "MAIN", **how: Any) -> Compiled:
    return compile_expression(source, WORDS, form=form, **how)
