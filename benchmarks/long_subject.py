"""A whole subject of the reference study put through sittings, a visit or all visits to a commit: values a second.

Values are those that stand in the entries: typed and computed items. All checks and computations run on every act.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.clinic import Clinic
from benchmarks.dosing import STUDY, Typing, acts
from benchmarks.measure import Figure, at_least
from benchmarks.options import Options
from trialkit.access.identity import system
from trialkit.conduct import consent_version, enrol
from trialkit.conduct.capture import Act, save_in
from trialkit.conduct.sitting import Sitting
from trialkit.ledger.entry import Draft, Place

PEOPLE = {"ravi": "rater", "nora": "nurse", "phil": "physician", "pia": "pharmacist", "paul": "pharmacist"}

EXPLAINED = {"D08": "A booster was given early, the medical monitor agreed.", "D02": "The booster was given early."}


def run(options: Options, folder: Path) -> list[Figure]:
    clinic = Clinic.make(str(folder / "store.db"), folder, Path(STUDY))
    for person, role in PEOPLE.items():
        clinic.hire(person, role)
    consent_version.push_version(clinic.trial, clinic.dee, "01", "1.0", "2024-12-10", "2024-12-15")
    whole, visits, growth = list[float](), list[float](), list[float]()
    played = list(acts())
    by_visit = [list(some) for _, some in groupby(played, key=lambda act: (act.event, act.repeat))]
    for turn in range(-1, min(options.rounds, 3)):
        values, seconds = play(clinic, f"01-{1000 + 2 * turn + 2}", [played])
        single, spent = play(clinic, f"01-{1001 + 2 * turn + 2}", by_visit)
        if turn >= 0:
            whole.append(sum(values) / sum(seconds))
            visits.append(sum(single) / sum(spent))
            dosing = [s for some, s in zip(by_visit, spent, strict=True) if any(one.form == "EC" for one in some)]
            growth.append(sum(dosing[-5:]) / sum(dosing[:5]))
    clinic.store.close()
    topic, how = "long subject", "of processor time"
    count = f"{len(played)} acts, {sum(values):,} values"
    return [
        Figure(topic, "values, all in one commit", statistics.median(whole), "/s", at_least(20_000), f"{how}; {count}"),
        Figure(topic, "values, a commit for each visit", statistics.median(visits), "/s", None, how),
        Figure(topic, "time of the last 5 infusions to the first 5", statistics.median(growth), "x", None, ""),
    ]


def play(clinic: Clinic, subject: str, commits: Sequence[Sequence[Typing]]) -> tuple[list[int], list[float]]:
    """The values written and the seconds of processor time of each commit."""
    enrol.enrol(clinic.trial, clinic.ana, "01", subject)
    values, seconds = list[int](), list[float]()
    for some in commits:
        start = time.process_time()
        sitting = Sitting(clinic.trial, system(), subject, "01")
        for one in some:
            act(sitting, subject, one)
        written = sum(map(count, sitting.drafts))
        sitting.commit()
        seconds.append(time.process_time() - start)
        values.append(written)
    return values, seconds


def act(sitting: Sitting, subject: str, one: Typing) -> None:
    """One act, which must be taken as it is typed."""
    place = Place("01", subject, one.event, one.repeat, one.form, 1)
    based_on = sitting.desk(place).standing.version
    saved = save_in(sitting, place, one.typed, based_on, Act(explanations=EXPLAINED, submit=one.finished))
    if saved.refused:
        raise SystemExit(f"{one.form} at {one.event}: {saved.refused}")


def count(draft: Draft) -> int:
    """How many items of forms an entry gives a value."""
    if not draft.stream.startswith("record/"):
        return 0
    return sum(1 for change in draft.changes if change.item[0] != "@" and not change.item.endswith("@inactive"))
