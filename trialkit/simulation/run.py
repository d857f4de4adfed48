"""A run: all subjects of a seed put into a store, one transaction each, so that a stopped run goes on where it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson

from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder
from trialkit.simulation import mistakes_dosing, mistakes_records
from trialkit.simulation.company import Company
from trialkit.simulation.entering import Desk, Entered
from trialkit.simulation.layout import Layout
from trialkit.simulation.mistakes import blunder
from trialkit.simulation.model.course import course
from trialkit.simulation.model.draws import stream
from trialkit.simulation.model.efficacy import Scenario
from trialkit.simulation.operations import Slips, corrected
from trialkit.simulation.population import Number, Population
from trialkit.simulation.sheets.sheet import Mistake, Sheet, Site
from trialkit.simulation.sheets.subject import book
from trialkit.study.model import Study

RULES = (*mistakes_records.RULES, *mistakes_dosing.RULES)
SIGNED_EVERY = 50  # subjects between two checkpoints


@dataclass(frozen=True, slots=True)
class Options:
    """What a run simulates. `clean`: no injected errors; without `drop_out` everybody stays and misses nothing."""

    subjects: int
    seed: int
    scenario: Scenario = "BASE"
    clean: bool = False
    drop_out: bool = True


class Run:
    """A run on an open store. Raises OutOfOrder for a store of production: what is simulated is told as such."""

    def __init__(
        self, trial: Trial, study: Study, options: Options, clock: Callable[[], datetime], password: str, log: Path
    ) -> None:
        if trial.store.kind != "training":
            raise OutOfOrder("this store holds a real trial", "simulate into a training store of its own")
        self.trial = trial
        self.options = options
        self.population = Population(options.seed, options.subjects)
        self.company = Company(trial, study, clock, password)
        self.log = log
        self._desk: Desk | None = None

    def numbers(self, only: Collection[str] = ()) -> Iterator[Number]:
        """The subjects to enter, in order; with `only`, these. Raises NotFound for a number that the seed has not."""
        if not only:
            yield from self.population
            return
        told = {number.subject: number for number in self.population.scripted()}
        for subject in only:
            at = int(subject[:2]) if subject[:2].isdigit() else 0
            own = self.population.of_site(at) if 1 <= at <= self.population.sites and subject not in told else ()
            found = told.get(subject) or next((number for number in own if number.subject == subject), None)
            if found is None:
                raise NotFound(f"there is no subject {subject} in this simulation", "numbers look like 04-0007")
            yield found

    def entered(self, number: Number) -> bool:
        """Whether the subject is in the store already."""
        return self.trial.everything().record(f"subject/{number.subject}") is not None

    def plan(self, number: Number) -> tuple[list[Sheet], list[Mistake]]:
        """The sheets of a subject as they will be entered, and the errors among them."""
        options, desk = self.options, self._at(number.site)
        who = course(
            stream(options.seed, number.subject), number.subject, number.site.number, number.arm, number.consents,
            options.scenario, number.failed, number.script, options.drop_out,
        )  # fmt: skip
        sheets = book(who, number.site, options.seed, dict(desk.layout.study.events))
        mistakes: list[Mistake] = []
        if not options.clean and number.script is None:
            draws = stream(options.seed, number.subject, "mistakes")
            sheets, mistakes = blunder(who, number.site, sheets, draws, RULES, mistakes_records.WHOLES)
        draws = stream(options.seed, number.subject, "corrections")
        return corrected(sheets, draws, self._slips, plain=number.script is not None), mistakes

    def enter(self, number: Number) -> Entered:
        """Put one subject into the store, durably; what became of its errors is in the log before that."""
        sheets, mistakes = self.plan(number)
        draws = stream(self.options.seed, number.subject, "aftermath")
        return self._at(number.site).enter(number.subject, number.site, sheets, draws, mistakes, self._log)

    def _log(self, done: Entered) -> None:
        if done.mistakes:
            with self.log.open("ab") as file:
                for one in done.mistakes:
                    told = {"subject": done.subject} | {
                        name: getattr(one, name)
                        for name in ("check", "event", "repeat", "form", "line", "item", "done", "outcome")
                    }
                    file.write(orjson.dumps(told) + b"\n")
                file.flush()
                os.fsync(file.fileno())

    def tidy_log(self) -> None:
        """After a run that was stopped: take out of the log what never reached the store. OutOfOrder: other options."""
        about = self.log.with_suffix(".json")
        told = orjson.dumps(asdict(self.options), option=orjson.OPT_SORT_KEYS)
        if about.exists() and about.read_bytes() != told:
            raise OutOfOrder(
                f"{about} belongs to another simulation: {about.read_text()}", "give each simulation a store of its own"
            )
        about.write_bytes(told)
        if not self.log.exists():
            return
        reader, kept = self.trial.everything(), self.log.with_suffix(".part")
        with self.log.open("rb") as before, kept.open("wb") as file:
            for line in before:
                if line.endswith(b"\n") and reader.record(f"subject/{orjson.loads(line)['subject']}") is not None:
                    file.write(line)
        kept.replace(self.log)

    def _at(self, site: Site) -> Desk:
        """The desk, with the site open and its stock received."""
        self.company.open_site(site)
        if self._desk is None:
            study = self.trial.study_at(site.number)
            origin = {"kind": "simulation", "seed": str(self.options.seed), "scenario": self.options.scenario}
            self._slips = Slips(study)
            self._desk = Desk(self.company, Layout(study, site.people), origin)
        return self._desk
