"""One subject's data in the order of a casebook, with the trail of every value changed after first entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from trialkit.export.csv_dictionary import event_forms
from trialkit.export.source import Act, QueryRow, SignatureRow, Source, Standing, SubjectRow
from trialkit.export.wording import dated, plain, seen, split_path
from trialkit.ledger.entry import Change, Written
from trialkit.study.model import Form, Study

Visit = tuple[str, int]
CALCULATION = "record.compute"


@dataclass(slots=True)
class Trail:
    """Everything that happened to one value; `number` is its mark in the document."""

    number: int
    stream: str
    path: str
    steps: list[tuple[Act, Change]] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"history-{self.number}"

    @property
    def mark(self) -> tuple[str, str]:
        return f"[{self.number}]", self.place


class Chart:
    """The subject's records by visit, their acts, queries and signatures."""

    def __init__(self, source: Source, subject: SubjectRow) -> None:
        self.source = source
        self.subject = subject
        self.zone = source.zone(subject.site)
        self.study = source.study
        self.events = list(self.study.file.events)
        self.forms = {event: event_forms(source, self.study.file.events[event].forms) for event in self.events}
        self.records = sorted(
            (record for record in source.records(subject.id) if seen(source, self.form(record), "")), key=self._order
        )
        self.acts: dict[str, list[Act]] = {}
        self.all_acts: list[Act] = []
        for act in source.acts(subject.id):
            self.acts.setdefault(act.stream, []).append(act)
            self.all_acts.append(act)
        self.queries: dict[str, list[QueryRow]] = {}
        for query in source.queries(subject.id):
            self.queries.setdefault(query.place.record, []).append(query)
        self.signatures: dict[str, list[SignatureRow]] = {}
        for signature in source.signatures(subject.id):
            self.signatures.setdefault(signature.place.record, []).append(signature)
        self.trails: dict[tuple[str, str], Trail] = {}
        for record in self.records:
            self._follow(record)

    def study_of(self, record: Standing) -> Study:
        """The version the record was entered in: a record is always shown in it."""
        return self.source.version(record.study)

    def form(self, record: Standing) -> Form:
        study = self.study_of(record)
        return study.forms.get(record.place.form) or self.study.forms[record.place.form]

    def visits(self) -> list[Visit]:
        """The visits with records, in the order of the protocol."""
        return list(dict.fromkeys((record.place.event, record.place.event_repeat) for record in self.records))

    def at(self, visit: Visit) -> list[Standing]:
        """The records of a visit, in the order of its forms."""
        return [r for r in self.records if (r.place.event, r.place.event_repeat) == visit]

    def visit_title(self, visit: Visit) -> str:
        """`V3 Infusion 1`, with its number when it is not the first of its kind."""
        event = self.study.file.events.get(visit[0])
        title = f"{visit[0]} {event.title}" if event else visit[0]
        return f"{title} ({visit[1]})" if visit[1] > 1 or (event and event.kind == "unscheduled") else title

    def visit_date(self, visit: Visit) -> str:
        """The date of a visit as the study's date item has it, or nothing."""
        form, _, item = (self.study.file.date_item or "").partition(".")
        for record in self.at(visit):
            if record.place.form == form and isinstance(record.values.get(item), str):
                return dated(plain(record.values[item]))
        return ""

    def record_title(self, record: Standing) -> str:
        """The form's title, with the line number of a log."""
        form = self.form(record)
        return f"{form.title} {record.place.form_repeat}" if form.repeating else form.title

    def trail(self, record: Standing, path: str) -> Trail | None:
        return self.trails.get((record.stream, path))

    def paths(self, record: Standing) -> Iterator[str]:
        """Every item path that the record has or once had."""
        yield from record.values
        yield from (path for stream, path in self.trails if stream == record.stream and path not in record.values)

    def _order(self, record: Standing) -> tuple[int, int, int, int, str]:
        place = record.place
        event = self.events.index(place.event) if place.event in self.events else len(self.events)
        forms = self.forms.get(place.event, [])
        form = forms.index(place.form) if place.form in forms else len(forms)
        return event, place.event_repeat, form, place.form_repeat, record.stream

    def _follow(self, record: Standing) -> None:
        """Make a trail for each value that changed after it first stood, and for a line that was struck."""
        form = self.form(record)
        steps: dict[str, list[tuple[Act, Change]]] = {}
        for act in self.acts.get(record.stream, []):
            for change in act.changes:
                item = split_path(change.item)[2]
                if (item.startswith("@") and item != "@inactive") or not seen(self.source, form, item):
                    continue
                steps.setdefault(change.item, []).append((act, change))
        for path, found in steps.items():
            if len(found) > 1 or path.endswith("@inactive"):
                number = len(self.trails) + 1
                self.trails[record.stream, path] = Trail(number, record.stream, path, found)


def by_rows(chart: Chart, record: Standing) -> dict[str, dict[str, dict[str, Written]]]:
    """Group -> row -> item -> value, with the rows and items that stand only in the history as absent values."""
    found: dict[str, dict[str, dict[str, Written]]] = {}
    for path in chart.paths(record):
        group, row, item = split_path(path)
        found.setdefault(group, {}).setdefault(row, {})[item] = record.values.get(path)
    return found
