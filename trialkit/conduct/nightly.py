"""The nightly run: what time alone, a site's file or other subjects can change, asked again for everybody.

A save judges what it moved. Some checks change their verdict without a save of the subject: those that read the clock,
the file of the site, or other subjects, and forms that are overdue. The run asks them as the system, opens and closes
their queries like a save, one transaction a subject; nothing new gives nothing, so it may run at any time and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trialkit.access.identity import system
from trialkit.conduct.checking import Finding, explained_before, verdicts
from trialkit.conduct.consequences import query
from trialkit.conduct.opened import follow
from trialkit.conduct.overdue import overdue
from trialkit.conduct.query import queries_of
from trialkit.conduct.sitefile import file_of, is_file
from trialkit.conduct.sitting import Desk, Sitting
from trialkit.conduct.standing import Standing
from trialkit.conduct.trial import Trial
from trialkit.errors import StaleRecord
from trialkit.expressions.environment import Row
from trialkit.study.compiled import CompiledCheck, CompiledStudy

_TRIES = 5  # how often a subject is judged anew when somebody saves meanwhile


@dataclass(frozen=True, slots=True)
class Night:
    """What a run did: subjects and site files looked at, queries opened and closed, records opened.

    `busy` names those that somebody worked on each time they were judged: the next run finds them.
    """

    subjects: int
    files: int
    opened: int
    closed: int
    records: int
    busy: tuple[str, ...]


def nightly(trial: Trial, progress: Callable[[int, int], None] | None = None) -> Night:
    """Run over every subject and every site file; `progress` hears (done, of how many)."""
    keepers = list(_keepers(trial))
    everybody, acts, busy = _Everybody(trial), Counter[str](), []
    for done, (subject, site) in enumerate(keepers, start=1):
        made = _judged(trial, subject, site, everybody)
        if made is None:
            busy.append(subject)
        else:
            acts.update(made)
        if progress is not None:
            progress(done, len(keepers))
    files = sum(1 for subject, _ in keepers if is_file(subject))
    return Night(
        len(keepers) - files, files, acts["query.open"], acts["query.close"], acts["record.save"], tuple(busy)
    )  # fmt: skip


def _keepers(trial: Trial) -> Iterator[tuple[str, str]]:
    """Subjects and site files with their sites; a file counts from its first record on."""
    reader = trial.everything()
    for found in list(reader.subjects()):
        yield found.stream.removeprefix("subject/"), found.place.site
    for found in list(reader.sites()):
        name = file_of(found.place.site)
        if next(reader.records(subject=name, limit=1), None) is not None:
            yield name, found.place.site


def _judged(trial: Trial, subject: str, site: str, everybody: _Everybody) -> list[str] | None:
    """The acts that judging one subject took; None if somebody saved each time meanwhile."""
    for _ in range(_TRIES):
        sitting = Sitting(trial, system(), subject, site)
        sitting.subject.read_all()
        sitting.subject.others = lambda form: everybody.but(subject, form)
        for standing, found in _found(sitting):
            desk = Desk(sitting, standing.place, standing, trial.compiled(standing.study))
            follow(desk, query(desk, [one for one in found if not _settled(sitting, one)]), {})
        acts = [draft.act for draft in sitting.drafts]
        try:
            sitting.commit()
        except StaleRecord:
            continue
        return acts
    return None


def _found(sitting: Sitting) -> Iterator[tuple[Standing, Sequence[Finding]]]:
    """The verdicts that may have changed, record by record."""
    subject = sitting.subject
    if not is_file(subject.subject):
        for standing, finding in overdue(sitting):
            yield standing, [finding]
    asked = {(check.form, check.oid): None for study in sitting.studies for check in _unprompted(study)}
    for form, oid in asked:
        if is_file(subject.subject) is not (form in sitting.current.study.site_forms):
            continue
        for standing in subject.standings(form):
            check = standing.cform.check(oid)
            if check is not None:
                found = list(verdicts(subject, standing, check, sitting.queries()))
                yield standing, [one for one in found if not (one.fires and explained_before(subject, one))]


def _unprompted(study: CompiledStudy) -> Iterator[CompiledCheck]:
    """The checks whose verdict can change without a save of what they stand on."""
    site_forms = study.study.site_forms
    for check in study.checks.values():
        if check.uses_now or check.asks or any(form in site_forms for form, _ in check.elsewhere):
            yield check


def _settled(sitting: Sitting, finding: Finding) -> bool:
    """Whether a person closed the query of this finding and nothing of the record changed since: not asked again.

    A save of the record asks anew, as ever; a run that comes every night must not.
    """
    if not finding.fires:
        return False
    reader, prefix = sitting.reader, queries_of(finding.place, finding.check, finding.item)
    number = reader.count_queries(prefix)
    last = reader.record(f"{prefix}{number}") if number else None
    if last is None or last.status != "CLOSED":
        return False
    by = next((entry.actor.role for entry in reader.history(stream=last.stream) if entry.seq == last.seq), "system")
    stands = reader.record(finding.place)
    return by != "system" and (stands is None or stands.seq < last.seq)


class _Everybody:
    """The records of forms of all subjects, read once a run and only where a check asks about others."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._forms: dict[str, dict[str, list[Row]]] = {}

    def but(self, subject: str, form: str) -> Sequence[Sequence[Row]]:
        """The active records of a form, a sequence for each subject, without this one."""
        if form not in self._forms:
            self._forms[form] = self._read(form)
        return [rows for name, rows in self._forms[form].items() if name != subject]

    def _read(self, form: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for record in self._trial.everything().records(form=form):
            study = self._trial.compiled(record.study)
            standing = Standing(study.forms[form], record.place, record, record.study)
            if standing.inactive or is_file(record.place.subject):
                continue
            row = standing.row()
            for one in (row, *(inner for rows in row.groups.values() for inner in rows)):
                one.site = record.place.site
            found.setdefault(record.place.subject, []).append(row)
        return found
