"""An outside CSV file brought into forms, row by row, through the same path as typing: rights, checks, queries, ledger.

Tried first, written when it is asked for; safe to repeat: what stands already is unchanged and writes nothing, and what
people corrected is not undone. Each row is reported: accepted, unchanged, or refused with the reason (ICH E6(R3) 4.2.5;
FDA data transfer expectations).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trialkit.access.identity import Identity
from trialkit.conduct.importing_mapping import CsvMapping, read_mapping
from trialkit.conduct.importing_record import Outcome, Recording, refusal
from trialkit.conduct.importing_rows import Batch, by_subject, fill
from trialkit.conduct.importing_rules import fit
from trialkit.conduct.importing_table import Table, columns_fit, read_table
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.trial import Trial
from trialkit.errors import OutOfOrder, StaleRecord, TrialkitError
from trialkit.ledger.entry import Place, Receipt
from trialkit.study.text import Source

ENTRIES = 1_000
"""About as many entries are committed together."""

_AGAIN = 3  # tries of a subject that others write to at the same time


@dataclass(frozen=True)
class Imported:
    """What became of a file: an outcome per row, who was enrolled, how many entries were written (or would be)."""

    file: str
    sha256: str
    form: str
    committed: bool
    outcomes: tuple[Outcome, ...]
    enrolled: tuple[str, ...]
    entries: int

    def count(self, verdict: Literal["accepted", "unchanged", "refused"]) -> int:
        """Rows with this verdict."""
        return sum(outcome.verdict == verdict for outcome in self.outcomes)

    def reasons(self) -> Counter[str]:
        """Refused rows by reason, texts of the file left out."""
        return Counter(outcome.kind for outcome in self.outcomes if outcome.verdict == "refused")

    def queries(self) -> Counter[str]:
        """Queries that the rows raised, by check."""
        return Counter(check for outcome in self.outcomes for check, _ in outcome.queries)


@dataclass(slots=True)
class _Work:
    """A subject worked on: its sitting with everything prepared, and the outcomes of its rows."""

    site: str
    subject: str
    records: list[Batch]
    sitting: Sitting | None = None
    enrolled: bool = False
    outcomes: list[Outcome] = field(default_factory=list)


def import_csv(
    trial: Trial, who: Identity, mapping: str | Path, file: str | Path, *, commit: bool = False,
    reason: Reason | None = None, progress: Callable[[int], None] | None = None,
) -> Imported:  # fmt: skip
    """Bring the rows of `file` into forms as `mapping` says; without `commit` everything is tried and nothing written.

    `reason` takes the place of the mapping's where a value that stands is changed; in words, it also lets the file
    change what people entered or corrected (see importing_precedence). `progress` is told the number of rows done.
    Raises WrongFile (mapping or file), Refused (this person imports nothing anywhere).
    """
    said, source = read_mapping(mapping)
    table = read_table(file, said.separator)
    columns_fit(table, said.columns())
    return _Import(trial, who, said, source, table, reason).run(commit, progress)


def commit_all(trial: Trial, sittings: Iterable[Sitting]) -> list[Receipt]:
    """Commit the acts of several sittings in one transaction: all or none. Raises StaleRecord if any record moved."""
    return trial.append([draft for sitting in sittings for draft in sitting.prepared()])


def sites_in(mapping: str | Path, file: str | Path) -> list[str]:
    """The sites that a file names, as its mapping reads them. Raises WrongFile."""
    said, _ = read_mapping(mapping)
    table = read_table(file, said.separator)
    columns_fit(table, said.columns())
    return sorted({row.place.site for row in fill(said, table) if row.place is not None})


class _Import:
    """One run over one file."""

    def __init__(
        self, trial: Trial, who: Identity, mapping: CsvMapping, source: Source, table: Table, reason: Reason | None
    ) -> None:
        self.trial = trial
        self.who = who
        self.mapping = mapping
        self.source = source
        self.table = table
        self.recording = Recording(mapping, table, reason)
        self.closed: dict[str, TrialkitError | None] = {}
        self.entries = 0

    def run(self, commit: bool, progress: Callable[[int], None] | None) -> Imported:
        """Every subject in turn; committed many at a time."""
        rows = fill(self.mapping, self.table)
        subjects = by_subject(rows)
        outcomes = [refusal(row, row.fault, row.hint) for row in rows if row.fault]
        enrolled: list[str] = []
        waiting: list[_Work] = []
        for (site, subject), records in subjects.items():
            work = self._work(site, subject, records)
            waiting.append(work)
            if sum(len(each.sitting.drafts) for each in waiting if each.sitting) >= ENTRIES:
                self._settle(waiting, commit, outcomes, enrolled)
                waiting = []
                if progress is not None:
                    progress(len(outcomes))
        self._settle(waiting, commit, outcomes, enrolled)
        outcomes.sort(key=lambda outcome: outcome.row)
        if progress is not None:
            progress(len(outcomes))
        return Imported(
            self.table.name,
            self.table.sha256,
            self.mapping.form,
            commit,
            tuple(outcomes),
            tuple(enrolled),
            self.entries,
        )

    def _work(self, site: str, subject: str, records: list[Batch]) -> _Work:
        """Prepare everything of a subject; what cannot be is refused row by row."""
        work = _Work(site, subject, records)
        shut = self._shut(site)
        try:
            if shut is not None:
                raise shut
            work.sitting = Sitting(self.trial, self.who, subject, site, enrol=self.mapping.enrol)
        except TrialkitError as error:
            work.outcomes = list(_refused(records, error))
            return work
        before = len(work.sitting.drafts)
        work.sitting.subject.standings(self.mapping.form)  # read once, instead of record by record
        for batch in records:
            work.outcomes += self.recording.record(work.sitting, batch)
        if len(work.sitting.drafts) == before:
            work.sitting.drafts.clear()
        work.enrolled = bool(before and work.sitting.drafts)
        return work

    def _shut(self, site: str) -> TrialkitError | None:
        """Why nothing of this site can be imported: asked once a site, so that a refusal is written down once."""
        if site not in self.closed:
            self.closed[site] = None
            try:
                if self.trial.site(site) is None:
                    raise OutOfOrder(
                        f"there is no site {site}", "add it first: trialkit import sites, or trialkit site add"
                    )
                study = self.trial.study_at(site).study
                fit(self.mapping, self.source, study)
                form = study.forms[self.mapping.form]
                place = Place(site=site, form=form.oid)
                self.trial.authorise(self.who, "import.csv", place, form=form, study=study)
            except TrialkitError as error:
                self.closed[site] = error
        return self.closed[site]

    def _settle(self, waiting: Sequence[_Work], commit: bool, outcomes: list[Outcome], enrolled: list[str]) -> None:
        """Commit what was prepared; if a record moved meanwhile, subject by subject, each from what stands now."""
        if commit:
            try:
                commit_all(self.trial, [work.sitting for work in waiting if work.sitting])
            except StaleRecord:
                waiting = [self._alone(work) for work in waiting]
        for work in waiting:
            self.entries += len(work.sitting.drafts) if work.sitting else 0
            outcomes += work.outcomes
            if work.enrolled:
                enrolled.append(work.subject)

    def _alone(self, work: _Work) -> _Work:
        for _ in range(_AGAIN):
            work = self._work(work.site, work.subject, work.records)
            try:
                commit_all(self.trial, [work.sitting] if work.sitting else [])
            except StaleRecord as stale:
                error = stale
            else:
                return work
        return _Work(work.site, work.subject, work.records, outcomes=list(_refused(work.records, error)))


def _refused(records: Iterable[Batch], error: TrialkitError) -> Iterator[Outcome]:
    for batch in records:
        for row in batch.rows:
            yield refusal(row, error.sentence, error.hint)
