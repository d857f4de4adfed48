"""Enters the book of a subject through the same doors as a site: checks judge, queries open, people answer.

All acts of a subject are one sitting and one transaction: a run that is stopped has whole subjects or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from trialkit.conduct.capture import Act, Saved, save_in
from trialkit.conduct.query import class_of
from trialkit.conduct.query_in_sitting import move_in
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.errors import Blocked, TrialkitError
from trialkit.ledger.entry import Place
from trialkit.simulation.aftermath import Answer, replies
from trialkit.simulation.company import Company
from trialkit.simulation.layout import Layout, Part
from trialkit.simulation.model.draws import Draws
from trialkit.simulation.sheets.sheet import Mistake, Sheet, Site, Typed, after

CORRECTED = 0.6  # of the errors that got through are put right when they are asked about
ANSWERED = "The source was looked up after the query."
EXPLANATION = "It happened as entered; seen too late to be prevented."
Task: TypeAlias = tuple[datetime, int, Sheet | Answer]


@dataclass(slots=True)
class Entered:
    """What became of a subject's book. `faults` are refusals that nothing foresaw."""

    subject: str
    values: int = 0
    typed: int = 0
    entries: int = 0
    queries: int = 0
    faults: list[str] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


class Desk:
    """Where books are entered: one for a run."""

    def __init__(self, company: Company, layout: Layout, origin: Mapping[str, object]) -> None:
        self.company = company
        self.layout = layout
        self.origin = origin

    def enter(
        self, subject: str, site: Site, sheets: Iterable[Sheet], draws: Draws, mistakes: Iterable[Mistake] = (),
        played: Callable[[Entered], None] | None = None,
    ) -> Entered:  # fmt: skip
        """Enter a subject who is not in the store yet, durably. `mistakes` learn what became of them.

        `played` hears what is about to be committed.
        """
        book = _Open(self, subject, site, sheets, draws)
        book.done.mistakes += mistakes
        book.play()
        if played is not None:
            played(book.done)
        receipts = book.sitting.commit()
        book.done.entries = len(receipts)
        return book.done


class _Open:
    """A book while it is entered."""

    def __init__(self, desk: Desk, subject: str, site: Site, sheets: Iterable[Sheet], draws: Draws) -> None:
        self.desk, self.site, self.draws = desk, site, draws
        self.done = Entered(subject)
        self._tasks: list[Task] = [(sheet.moment, n, sheet) for n, sheet in enumerate(sheets)]
        heapify(self._tasks)
        self._number = len(self._tasks)
        first = self._tasks[0][0]
        who = desk.company.who(site.people["coordinator"])
        self.sitting = Sitting(
            desk.company.trial, who, subject, site.number, enrol=True, moment=first - timedelta(minutes=30)
        )
        self.sitting.drafts[0] = replace(self.sitting.drafts[0], origin=desk.origin)
        self._opened: dict[str, list[int]] = {}  # lines that the system made, by form, until somebody completes them

    def play(self) -> None:
        """Do everything that is due, in order of time; what is done may bring new tasks."""
        final, last = list[Sheet](), self._tasks[0][0]
        while self._tasks:
            moment, _, task = heappop(self._tasks)
            last = max(last, moment)
            if isinstance(task, Answer):
                self._answer(task, moment)
            elif task.final:
                final.append(task)
            else:
                self._enter(task)
        closed = last + timedelta(days=3)
        self._close(closed)
        for sheet in final:
            self._enter(replace(sheet, moment=closed + timedelta(hours=2)))
        for draft in self.sitting.drafts:
            if draft.stream.startswith("record/"):
                self.done.values += len(draft.changes)
            elif draft.act == "query.open" and draft.expected == 0:
                self.done.queries += 1

    def _push(self, moment: datetime, task: Sheet | Answer) -> None:
        self._number += 1
        heappush(self._tasks, (moment, self._number, task))

    def _enter(self, sheet: Sheet) -> None:
        parts = self.desk.layout.parts(sheet)
        line = sheet.line
        if sheet.adopt:
            waiting = self._opened.get(sheet.form)
            line = waiting.pop(0) if waiting else self._next_line(sheet.form)
        for n, part in enumerate(parts, 1):
            self._save(sheet, part, line, sheet.submit and n == len(parts))

    def _next_line(self, form: str) -> int:
        return max((s.place.form_repeat for s in self.sitting.subject.every_standing(form)), default=0) + 1

    def _save(self, sheet: Sheet, part: Part, line: int, submit: bool) -> None:
        sitting = self.sitting
        place = Place(self.site.number, self.done.subject, sheet.event, sheet.repeat, sheet.form, line)
        sitting.turn(self.desk.company.who(self.site.people[part.role]), sheet.moment)
        act = Act(
            reason=sheet.reason,
            submit=submit,
            happened_at=sheet.moment.isoformat(timespec="seconds"),
            origin=self.desk.origin,
        )
        before = len(sitting.drafts)
        try:
            saved = self._saved(place, part.typed, act)
        except Blocked as blocked:
            if not self._explains(sheet, part, line, submit, act, blocked):
                return
        except TrialkitError as refused:
            if not self._mended(sheet, part, line, submit, f"refused at entry: {refused.sentence}"):
                self._fault(place, f"{type(refused).__name__}: {refused}")
            return
        else:
            self._told(sheet, part, line, submit, saved)
        self.done.typed += len(part.typed)
        self._follow(before, sheet.moment)

    def _saved(self, place: Place, typed: Mapping[str, Typed], act: Act) -> Saved:
        return save_in(self.sitting, place, typed, self.sitting.desk(place).standing.version, act)

    def _explains(self, sheet: Sheet, part: Part, line: int, submit: bool, act: Act, blocked: Blocked) -> bool:
        """A hard check stands against a save: what happened is explained, what was mistyped is typed anew."""
        checks = sorted({str(found.check) for found in blocked.facts["findings"]})  # type: ignore[attr-defined]
        place = Place(self.site.number, self.done.subject, sheet.event, sheet.repeat, sheet.form, line)
        if not blocked.facts["explainable"]:
            if not self._mended(sheet, part, line, submit, f"refused at entry by {', '.join(checks)}"):
                self._fault(place, str(blocked))
            return False
        if not self.done.mistakes:
            self._fault(place, str(blocked))
        told = replace(act, explanations=dict.fromkeys(checks, EXPLANATION))
        self._saved(place, part.typed, told)
        if sheet.mistake is not None:
            sheet.mistake.outcome = f"explained: {', '.join(checks)}"
        return True

    def _mended(self, sheet: Sheet, part: Part, line: int, submit: bool, outcome: str) -> bool:
        """What was refused is entered right; True where it was an error made on purpose, or follows from one."""
        if sheet.mistake is None or sheet.mistake.right is None:
            return bool(self.done.mistakes)
        sheet.mistake.outcome = outcome
        right = next((p for p in self.desk.layout.parts(sheet.mistake.right) if p.role == part.role), None)
        if right is not None:
            self._save(sheet.mistake.right, right, line, submit)
        return True

    def _told(self, sheet: Sheet, part: Part, line: int, submit: bool, saved: Saved) -> None:
        """Answers that were refused while the rest was saved, and what becomes of an error that got through."""
        place = Place(self.site.number, self.done.subject, sheet.event, sheet.repeat, sheet.form, line)
        mistake = sheet.mistake
        if saved.refused and mistake is not None and mistake.right is not None:
            mistake.outcome = "refused at entry: " + next(iter(saved.refused.values())).sentence
            return
        if not self.done.mistakes:
            for path, wrong in saved.refused.items():
                self._fault(place, f"{path}: {wrong.sentence} ({wrong.hint})")
        if mistake is not None and mistake.outcome == "left out":
            mistake.outcome = "saved"
            if mistake.right is not None and self.draws.chance(CORRECTED):
                self._push(
                    after(sheet.moment, 60 * 24 * min(self.draws.lognormal(5, 0.8), 60)),
                    _correction(sheet, mistake.right),
                )

    def _fault(self, place: Place, sentence: str) -> None:
        self.done.faults.append(f"{place.record.removeprefix('record/')}: {sentence}")

    def _follow(self, before: int, moment: datetime) -> None:
        """What an act made the system do brings work for people: answers, alerts to see, deviations to describe."""
        drafts = self.sitting.drafts
        for draft in drafts[before + 1 :]:
            if draft.actor.role != "system":
                continue
            if draft.act == "record.save":
                self._opened.setdefault(draft.place.form, []).append(draft.place.form_repeat)
            if draft.act in ("record.save", "query.open"):
                for reply in replies(draft, moment, self.site, self.draws):
                    self._push(reply.moment, reply.task)

    def _answer(self, answer: Answer, moment: datetime) -> None:
        query = self.sitting.queries().get(answer.stream)
        if query is None or query.status != "OPEN":
            return
        self.sitting.turn(self.desk.company.who(self.site.people[answer.role]), moment)
        move_in(self.sitting, "query.answer", query, answer.text, self.desk.origin)

    def _close(self, moment: datetime) -> None:
        """Data management closes what is open in the end; what neither of them may see stays answered."""
        trial = self.desk.company.trial
        for title in ("data manager", "unblinded data manager"):
            self.sitting.turn(self.desk.company.who(self.site.people[title]), moment)
            seen = self.sitting.seen(self.sitting.current) - {"identifier"}
            for query in list(self.sitting.queries().values()):
                form = trial.compiled(query.study).forms[query.place.form].form
                shown = self.sitting.who.role not in form.hidden_from
                if shown and query.status != "CLOSED" and class_of(trial, query) in seen:
                    move_in(self.sitting, "query.close", query, "The answer explains it.", self.desk.origin)


def _correction(wrong: Sheet, right: Sheet) -> Sheet:
    """The sheet that puts an error right: the values that differ, with the reason."""
    values = {item: value for item, value in right.values.items() if wrong.values.get(item) != value}
    rows = {
        key: {item: value for item, value in row.items() if wrong.rows.get(key, {}).get(item) != value}
        for key, row in right.rows.items()
    }
    return replace(
        right, values=values, rows={k: row for k, row in rows.items() if row}, reason=Reason("QUERY", ANSWERED)
    )
