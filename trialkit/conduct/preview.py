"""What a form would be if this were saved now: wrong answers, conditions, computed items, findings. Nothing is written.

The very same steps as a save, in a sitting that is thrown away; a screen asks for it as answers are typed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trialkit.access.gate import opening
from trialkit.access.identity import Identity
from trialkit.conduct.answers import Typed, asked, take
from trialkit.conduct.checking import Finding, findings
from trialkit.conduct.computing import recompute
from trialkit.conduct.facts import Subject
from trialkit.conduct.sitefile import file_of
from trialkit.conduct.sitting import Desk, Sitting
from trialkit.conduct.standing import Standing, split
from trialkit.conduct.touched import Touched
from trialkit.conduct.trial import Trial
from trialkit.errors import WrongValue
from trialkit.expressions.elapsed import after
from trialkit.ledger.entry import Place, Written
from trialkit.study.compiled import CompiledForm, CompiledItem, path_of


@dataclass(frozen=True, slots=True)
class Preview:
    """The form with what was typed laid over it.

    `values` as they would be written (computed ones worked out), `refused` answers with the reason, `unasked` paths of
    questions whose condition is false, `findings` that fire on this form and that the person may be told, `targets` the
    moments (site time) at which the rows of grids are due, as far as their reference is known, `hidden` the items whose
    class the person does not see: not even their names and choices are told.
    """

    version: int
    values: Mapping[str, Written]
    refused: Mapping[str, WrongValue]
    unasked: frozenset[str]
    findings: tuple[Finding, ...]
    targets: Mapping[tuple[str, str], dt.datetime]
    hidden: frozenset[str]

    def shown(self, rules: Iterable[CompiledItem]) -> list[CompiledItem]:
        """Those of the items that this person is told of and that are still in use."""
        return [rule for rule in rules if rule.oid not in self.hidden and not rule.item.retired]


class Rehearsal:
    """A form taken up once, looked at answer by answer; what was read of the subject is kept until any of it moves."""

    def __init__(self, trial: Trial, who: Identity, place: Place) -> None:
        self._trial, self._who, self._place = trial, who, place
        self._sitting: Sitting | None = None
        self._state: object = None

    def of(self, who: Identity, place: Place) -> bool:
        """Whether this is that person's look at that form."""
        return self._who == who and self._place == place

    def look(self, typed: Mapping[str, Typed]) -> Preview:
        """Lay `typed` over the form. Raises Refused, NotFound, OutOfOrder as a save would."""
        sitting = self._seated()
        desk = sitting.desk(self._place)
        form, study = desk.cform.form, desk.study.study
        self._trial.authorise(self._who, opening(self._who), desk.place, form.visibility, form=form, study=study)
        sitting.subject.begin(desk.standing)
        try:
            return _looked(sitting, desk, typed)
        finally:
            sitting.subject.undo()

    def _seated(self) -> Sitting:
        reader, place = self._trial.everything(), self._place
        streams = [f"subject/{place.subject}", f"site/{place.site}", f"study/{place.site}"]
        found, entries = reader.together(streams, place.subject)
        of_site = reader.subject_no(file_of(place.site))
        rules = self._trial.in_force(place.site, found.get(f"study/{place.site}")).hash  # it changes by the clock, too
        state = (entries, of_site, rules, {stream: one.version for stream, one in found.items()})
        if self._sitting is None or state != self._state:
            self._sitting = Sitting(self._trial, self._who, place.subject, place.site, first=place.record)
            self._state = state
        self._sitting.subject.turn(self._trial.moment_at(found.get(f"site/{place.site}")))
        self._sitting.subject.ask_roles_anew()
        return self._sitting


def preview(trial: Trial, who: Identity, place: Place, typed: Mapping[str, Typed]) -> Preview:
    """Lay `typed` over the form at `place`, once. Raises as `Rehearsal.look`."""
    return Rehearsal(trial, who, place).look(typed)


def _looked(sitting: Sitting, desk: Desk, typed: Mapping[str, Typed]) -> Preview:
    standing, subject = desk.standing, sitting.subject
    known = {path: raw for path, raw in typed.items() if split(path)[2] in standing.cform.items}
    answers = take(subject, standing, known)
    touched = Touched()
    touched.typed(standing, answers.changed)
    if not standing.version:
        touched.came(standing)
    # what stands is worked out already: only what reads what is typed is worked out anew, as a save does
    recompute(subject, sitting.studies, standing, touched)
    touched.came(standing)  # and yet everything that is to be said of the form is said
    touched.typed(standing, {path: (None, value) for path, value in standing.written.items()})
    # what it comes to on other forms is asked at the save: to look there now could mean to read all of the subject
    here = {reading for reading in subject.readings(touched) if reading[0] == desk.place.form}
    found = findings(subject, here, [standing], touched, False, sitting.queries())
    seen, read = sitting.seen(desk.study), sitting.read(desk.study)
    return Preview(
        standing.version,
        {path: value for path, value in standing.written.items() if _class(desk.cform, path) in read},
        answers.refused,
        _unasked(subject, standing),
        tuple(f for f in found if f.fires and f.place == desk.place and desk.told(f)),
        _targets(subject, standing),
        frozenset(oid for oid, rule in desk.cform.items.items() if rule.visibility not in seen),
    )


def _targets(subject: Subject, standing: Standing) -> dict[tuple[str, str], dt.datetime]:
    found, zone = {}, subject.moment.tzinfo
    for oid, group in standing.cform.groups.items():
        for code, reference in group.references.items():
            minute = (group.group.timepoints or {})[code].minute
            moment = reference.evaluate(subject.row(standing), subject.at(standing.place))
            if isinstance(moment, dt.datetime) and minute is not None:
                span = dt.timedelta(minutes=minute)
                found[oid, code] = after(moment, span, zone) if zone else moment + span
    return found


def _class(cform: CompiledForm, path: str) -> str:
    rule = cform.items.get(split(path)[2])
    return rule.visibility if rule else "open"


def _unasked(subject: Subject, standing: Standing) -> frozenset[str]:
    found = set()
    for rule in standing.cform.items.values():
        if rule.when is None and standing.cform.groups[rule.group].when is None:
            continue
        rows = [key for key, _ in standing.active_rows(rule.group)] if rule.repeating else [""]
        for row in rows:
            path = path_of(rule.group if rule.repeating else None, row, rule.oid)
            if asked(subject, standing, path) is not True:
                found.add(path)
    return frozenset(found)
