"""One subject worked on: any number of acts prepared one after the other, seeing each other, and committed together.

A screen's save is a sitting of one act; an import or a simulation puts many into one transaction. Nothing of a sitting
is visible to others before `commit`, and an act that is refused leaves the sitting as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from trialkit.access import gate
from trialkit.access.identity import Identity, require_genuine
from trialkit.conduct.checking import Finding
from trialkit.conduct.enrol import enrolment
from trialkit.conduct.facts import Subject
from trialkit.conduct.newrows import MOST
from trialkit.conduct.queries import Queries
from trialkit.conduct.sitefile import file_of, is_file, opened
from trialkit.conduct.standing import Standing, split
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, Refused
from trialkit.ledger.entry import Draft, Place, Receipt
from trialkit.store.record import Record
from trialkit.store.sight import Sight
from trialkit.study.compiled import CompiledForm, CompiledStudy


@dataclass(frozen=True, slots=True)
class Desk:
    """One form instance being worked on, in the study version it was entered in."""

    sitting: Sitting
    place: Place
    standing: Standing
    study: CompiledStudy

    @property
    def cform(self) -> CompiledForm:
        return self.standing.cform

    def called(self, path: str) -> str:
        """An item as people and as machines call it: Visit date (SVDAT)."""
        return f"{self.cform.items[split(path)[2]].item.label} ({path})"

    def told(self, finding: Finding) -> bool:
        """Whether the person at the desk is told of a finding that came of this form, here or elsewhere."""
        return self.sitting.tells(self.study, finding.check, finding.visibility, finding.place.form)


class Sitting:
    """Acts of one person on one subject, prepared and not yet committed."""

    def __init__(
        self, trial: Trial, who: Identity, subject: str, site: str = "", *, enrol: bool = False, first: str = "",
        moment: dt.datetime | None = None,
    ) -> None:  # fmt: skip
        """Sit down with an enrolled subject; with `enrol`, an unknown one is enrolled by the first act. NotFound.

        The file of a site (`@01`) is taken up like a subject, without an enrolment.

        `first` is the stream of the record that will be taken up first, if that is known: it is read along.
        """
        require_genuine(who)
        self.trial = trial
        self.who = who
        self.reader = trial.everything()
        self.drafts: list[Draft] = []
        self._sights: dict[str, Sight] = {}
        self._happened = ""  # when, for acts that are told afterwards
        # One look at the store for all that every act needs: on a server each look is a round trip. What is read after
        # it may only be newer than the number of the subject's entries, and then the commit tells.
        if is_file(subject):
            site = site or subject[1:]
        of_site = [f"site/{site}", f"study/{site}"] if site else []
        streams = [f"subject/{subject}", *of_site, *([first] if first else [])]
        found, self._seen = self.reader.together(streams, subject)
        self._read = {first: found.get(first)} if first else {}
        enrolled = found.get(f"subject/{subject}")
        if is_file(subject):
            enrolled = opened(found.get(f"site/{site}"), subject)
        elif enrolled is None and enrol:
            draft = enrolment(trial, who, site, subject, moment.date() if moment else None)
            values = {change.item: change.new for change in draft.changes}
            enrolled = Record(draft.stream, draft.place, "ENROLLED", 1, -1, draft.study, values)
            self.drafts.append(replace(draft, happened_at=moment.isoformat(timespec="seconds")) if moment else draft)
        if enrolled is None or (site and enrolled.place.site != site) or not self._reached(enrolled):
            # The same words whether the subject is unknown or another site's: numbers of other sites are not told.
            raise NotFound(f"there is no subject {subject} at site {site or '?'}", "enrol the subject first")
        self.enrolled = enrolled
        self.site = enrolled.place.site
        if self.site != site:
            found |= self.reader.together([f"site/{self.site}", f"study/{self.site}"])[0]
        self.current = trial.in_force(self.site, found.get(f"study/{self.site}"))
        here = trial.moment_at(found.get(f"site/{self.site}"))
        self.of_site = found.get(f"site/{self.site}")
        self.studies = trial.versions_at(found.get(f"study/{self.site}")) or [self.current]
        self.subject = Subject(trial, self.current, self.reader, subject, self.site, here)
        self.subject.studies = self.studies
        self.subject.of_site = self.of_site
        self._queries = Queries(found[stream] for stream in sorted(found) if stream.startswith("query/"))
        self.subject.queries = self._queries
        self._moved: list[tuple[Standing, int]] = []  # records that this act wrote, with their versions before

        if moment is not None:
            self.turn(who, moment)

    def turn(self, who: Identity, moment: dt.datetime) -> None:
        """From here on `who` acts, at `moment` (site time, without zone): what is judged by a clock is judged by it.

        For acts that are told afterwards and all at once: of a simulation, so OutOfOrder where the trial is real. The
        ledger's own times stay those of the server.
        """
        if self.trial.store.kind != "training":
            raise OutOfOrder("a real trial happens now", "acts of another moment belong into a training store")
        if who is not self.who:
            require_genuine(who)
            self.who = who
            self._sights = {}
        self.subject.turn(moment.replace(tzinfo=self.subject.moment.tzinfo))
        self._happened = moment.isoformat(timespec="seconds")

    def _reached(self, enrolled: Record) -> bool:
        # An attempt on another site's subject is an entry; to who made it, the subject does not exist.
        try:
            self.trial.authorise(self.who, gate.opening(self.who), enrolled.place)
        except Refused:
            return False
        return True

    def desk(self, place: Place) -> Desk:
        """Take the form at `place` up. NotFound or OutOfOrder if there is no such form there."""
        if place.site and place.site != self.site:
            raise NotFound(
                f"there is no subject {place.subject} at site {place.site}", "look at the subject's own site"
            )
        if not place.site:
            place = replace(place, site=self.site)
        if not (1 <= place.event_repeat <= MOST and 1 <= place.form_repeat <= MOST):
            raise NotFound(f"repeats run from 1 to {MOST:,}", "number visits and lines as they come")
        standing = self.subject.taken_up(place.record)
        read = False
        if standing is None:
            read, standing = self.subject.loaded(place.form, place.record)
        if standing is None:
            known = place.record in self._read
            record = self._read.pop(place.record) if known else None if read else self.reader.record(place.record)
            study = self.trial.compiled(record.study) if record else self.current
            if place.event not in study.study.file.events or place.form not in study.events[place.event]:
                raise NotFound(
                    f"form {place.form} does not belong to event {place.event}", "see the study's visit schedule"
                )
            if (place.form in study.study.site_forms) is not is_file(place.subject):
                owner, keeper = ("subjects", "SUBJECT") if is_file(place.subject) else ("sites", file_of(self.site))
                raise NotFound(
                    f"form {place.form} is kept for {owner}", f"write {keeper}/{place.event}/{place.form} for its place"
                )
            if place.event_repeat != 1 and study.study.file.events[place.event].kind != "unscheduled":
                raise OutOfOrder(f"{place.event} happens once", "further visits are unscheduled ones")
            cform = study.forms[place.form]
            if place.form_repeat != 1 and not cform.form.repeating:
                raise OutOfOrder(f"form {place.form} stands once in {place.event}", "correct the one that is there")
            standing = Standing(cform, place, record, study.hash)
        return Desk(self, place, standing, self.trial.compiled(standing.study))

    @contextmanager
    def act(self, desk: Desk) -> Iterator[None]:
        """Everything inside happens to the sitting or, if it raises, did not happen."""
        drafts, queries = len(self.drafts), self._queries.mark()
        self._moved.clear()
        self.subject.begin(desk.standing)
        try:
            yield
        except BaseException:
            del self.drafts[drafts:]
            self._queries.back(queries)
            for standing, version in reversed(self._moved):
                standing.version = version
            self.subject.undo()
            raise
        self.subject.keep()

    @contextmanager
    def refusals_counted(self) -> Iterator[None]:
        """A refused attempt is an entry of its own: written by this sitting, it makes nothing judged here stale.

        Of a subject that this sitting is still to enrol the store does not know yet.
        """
        try:
            yield
        except Refused:
            self._seen += self.enrolled.seq >= 0
            raise

    def write(self, draft: Draft, standing: Standing | None = None) -> None:
        """Add a draft; with its standing, at that record's version, which moves on."""
        if self._happened and draft.happened_at is None:
            draft = replace(draft, happened_at=self._happened)
        if standing is not None:
            if draft.expected != standing.version:
                draft = replace(draft, expected=standing.version)
            self._moved.append((standing, standing.version))
            standing.version += 1
        self.drafts.append(draft)

    def seen(self, study: CompiledStudy) -> frozenset[str]:
        """The classes of values of which the person at the desk may be told."""
        return self._sight(study).visibility

    def tells(self, study: CompiledStudy, check: str, visibility: str, form: str) -> bool:
        """Whether the person is told of a finding of this class of a check of `study` on a form."""
        sight = self._sight(study)
        shown = sight.forms is None or form in sight.forms
        return shown and visibility in sight.visibility and check not in sight.untold

    def _sight(self, study: CompiledStudy) -> Sight:
        found = self._sights.get(study.hash)
        if found is None:
            found = self._sights[study.hash] = gate.told(self.who, study.study, [study])
        return found

    def read(self, study: CompiledStudy) -> frozenset[str]:
        """The classes of saved values that are shown to the person at the desk."""
        return gate.sight(self.who, study.study).visibility

    def queries(self) -> Queries:
        """The subject's queries by stream, as this sitting leaves them."""
        return self._queries

    def commit(self, request: str | None = None) -> list[Receipt]:
        """Write everything prepared in one transaction. Raises StaleRecord if a record moved on meanwhile."""
        drafts, self.drafts = self.prepared(), []
        return self.trial.append(drafts, request=request) if drafts else []

    def prepared(self) -> list[Draft]:
        """The drafts, of which the first says what was seen of the subject if other records were looked at."""
        if self.drafts and self.subject.looked_around:
            return [replace(self.drafts[0], subject_seen=self._seen), *self.drafts[1:]]
        return self.drafts
