"""How well the study's checks saw the errors that were made on purpose: recall and precision, check by check.

An error is seen when its check fired on the subject (a query, an explanation, a deviation) or the save was refused. A
check's finding is right when an error of that check was made on the subject; others happened by themselves, or follow
from another error.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trialkit.conduct.trial import Trial


@dataclass(slots=True)
class Score:
    """One check: errors made, seen (and of these refused at entry), findings on subjects with and without an error.

    `missed` counts why the others were not seen.
    """

    check: str
    made: int = 0
    seen: int = 0
    refused: int = 0
    right: int = 0
    other: int = 0
    missed: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """Share of the errors that were seen."""
        return self.seen / self.made if self.made else 1.0

    @property
    def precision(self) -> float:
        """Share of the findings that an error of this check explains; errors that were refused count as found."""
        found = self.right + self.refused
        return found / (found + self.other) if found + self.other else 1.0


def score(trial: Trial, mistakes: Iterable[Mapping[str, object]]) -> list[Score]:
    """Compare the log of a run with what stands in its store."""
    fired: dict[str, set[str]] = defaultdict(set)
    for query in trial.everything().queries():
        fired[query.place.subject].add(_number(str(query.values.get("check"))))
    found: dict[str, Score] = {}
    wrong: dict[str, set[str]] = defaultdict(set)
    for one in mistakes:
        subject, check, outcome = (str(one[name]) for name in ("subject", "check", "outcome"))
        made = found.setdefault(check, Score(check))
        made.made += 1
        wrong[subject].add(check)
        if outcome.startswith("refused at entry"):
            made.seen += 1
            made.refused += 1
        elif check in fired[subject] or check in outcome:
            made.seen += 1
        else:
            made.missed[_why(outcome)] += 1
    for subject, checks in fired.items():
        for check in checks & found.keys():
            if check in wrong[subject]:
                found[check].right += 1
            else:
                found[check].other += 1
    return [found[check] for check in sorted(found)]


def _number(check: str) -> str:
    return check.partition("-")[0]


def _why(outcome: str) -> str:
    if outcome == "left out":
        return "never entered: the form was not reached, or another error stood before it"
    if outcome.startswith("explained"):
        return "another check was explained instead"
    return "entered, and the values around it excused it"
