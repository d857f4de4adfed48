"""The long way round: everything of a subject worked out and judged anew, to compare with what saves made of it."""

from __future__ import annotations

from trialkit.access.identity import system
from trialkit.conduct.checking import FINISHED, Finding, explained_before, findings
from trialkit.conduct.computing import recompute
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.touched import Touched
from trialkit.conduct.trial import Trial


def what_saves_left_undone(trial: Trial, subject: str, site: str) -> list[str]:
    """Each computed value that calculating everything gives otherwise, and each finding and query without the other."""
    sitting = Sitting(trial, system(), subject, site)
    facts = sitting.subject
    facts.read_all()
    everything = [s for form in facts.compiled.study.forms for s in facts.standings(form)]
    left = []
    for start in everything:
        touched = Touched()
        touched.came(start)
        touched.typed(start, {path: (None, value) for path, value in start.written.items() if path[0] != "@"})
        for made in recompute(facts, sitting.studies, start, touched):
            moved = {path: pair for path, pair in made.changed.items() if pair[0] != pair[1]}  # masked ones all come
            left += [f"{made.standing.stream} {path}: {old} -> {new}" for path, (old, new) in moved.items()]
    # What time or others change is for the nightly run.
    by_night = {oid for study in sitting.studies for oid, check in study.checks.items() if check.uses_now or check.asks}
    fires = set()
    for start in everything:
        touched = Touched()
        touched.came(start)
        touched.typed(start, {path: (None, value) for path, value in start.written.items() if path[0] != "@"})
        finished = start.written.get("@status") in FINISHED
        for found in findings(facts, facts.readings(touched), [start], touched, finished, sitting.queries()):
            if found.fires and found.check not in by_night and not explained_before(facts, found):
                fires.add(_named(found))
    ever = {
        (str(q.values.get("check")), q.place.record, str(q.values.get("item")))
        for q in trial.everything().queries(subject=subject)
    }
    asked = {
        (str(q.values.get("check")), q.place.record, str(q.values.get("item")))
        for q in trial.everything().queries(subject=subject)
        if q.status != "CLOSED" and q.values.get("check") not in {"MANUAL", *by_night}
    }
    left += [f"fires and was never asked: {one}" for one in sorted(fires - ever)]
    left += [f"is asked and does not fire: {one}" for one in sorted(asked - fires)]
    return left


def _named(found: Finding) -> tuple[str, str, str]:
    return found.check, found.place.record, found.item
