"""The file `survivors.yaml`: why a mutant that no case notices is equivalent, or not worth a case.

A reason is one person's judgement that a reviewer can read; an entry whose mutant is noticed after all is a complaint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import RootModel

from trialkit.errors import WrongStudy
from trialkit.study.complaint import Complaint
from trialkit.study.model import Study
from trialkit.study.mutation import Survivor
from trialkit.study.node import Line, Node
from trialkit.study.text import Source, read
from trialkit.study.validation import validated
from trialkit.values import nearest

SURVIVORS = "survivors.yaml"


class Reason(Node):
    """Why one mutant may survive: `was` and `now` as `trialkit study test` prints them, the kind, and words."""

    was: Line
    now: Line
    reason: Literal["equivalent", "not worth a case"]
    because: Line


class Reasons(RootModel[dict[str, list[Reason]]]):
    """Check id -> reasons."""

    root: dict[str, list[Reason]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A survivor where it stands, and the reason recorded for it, if there is one."""

    place: str  # file:line:column
    survivor: Survivor
    reason: Reason | None

    def __str__(self) -> str:
        said = f"\n    {self.reason.reason}: {self.reason.because}" if self.reason else ""
        return f"{self.place} {self.survivor}{said}"


class Judgement:
    """The reasons of a study folder. Raises WrongStudy if the file is not what it should be."""

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder = folder
        self.study = study
        self.reasons: dict[str, list[Reason]] = {}
        self.source: Source | None = None
        self._forms: dict[str, Source] = {}
        if (folder / SURVIVORS).exists():
            self.source = read(folder / SURVIVORS, folder)
            found = validated(self.source, Reasons)
            known = [oid for form in study.forms.values() for oid in form.checks]
            for oid in found.root if found is not None else ():
                if oid not in known:
                    meant = nearest(oid, known)
                    hint = f"did you mean {meant}?" if meant else "remove it"
                    self.source.complain((oid,), f"there is no check {oid}", hint, at_key=True)
            if self.source.complaints:
                raise WrongStudy(sorted(self.source.complaints))
            self.reasons = found.root if found is not None else {}

    def judged(self, survivors: Iterable[Survivor]) -> list[Judged]:
        """The survivors with their places and reasons."""
        return [Judged(self._place(one), one, self._reason(one)) for one in survivors]

    def stale(self, survivors: Iterable[Survivor], checks: Iterable[str]) -> list[Complaint]:
        """Complaints of reasons for mutants of these checks that do not survive."""
        alive = {(one.check, one.was, one.now) for one in survivors}
        found = []
        for oid in checks:
            for n, reason in enumerate(self.reasons.get(oid, ())):
                if (oid, reason.was, reason.now) not in alive and self.source is not None:
                    line, column = self.source.place((oid, n))
                    what = f"{oid} has no survivor {reason.was}  ->  {reason.now}"
                    found.append(Complaint(SURVIVORS, line, column, what, "a case notices it; remove the entry"))
        return found

    def _reason(self, one: Survivor) -> Reason | None:
        return next((r for r in self.reasons.get(one.check, ()) if (r.was, r.now) == (one.was, one.now)), None)

    def _place(self, one: Survivor) -> str:
        if one.form not in self._forms:
            self._forms[one.form] = read(self.folder / f"{one.form.lower()}.yaml", self.folder)
        source = self._forms[one.form]
        line, column = source.place(("checks", one.check, one.mutant.where), one.mutant.offset)
        return f"{source.name}:{line}:{column}"
