"""The roll of subjects: where each stands, what comes next, which consent was signed. Kept from look to look.

Only subjects with an entry since the last look are looked at anew, so that a page over many subjects costs what moved.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.consent_version import versions
from trialkit.conduct.disposed import disposed
from trialkit.conduct.schedule import Due, Standing, State, Visit, dues, standings
from trialkit.conduct.sign import changed_since, last_covered
from trialkit.conduct.trial import Trial
from trialkit.conduct.worklist import fallen, owes, signs
from trialkit.store.outline import Outline
from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledStudy

TREATED = "TREATMENT"
"""How the name of every epoch ends in which treatment is given (SDTM terminology EPOCH, C99079)."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A scheduled visit that nothing is entered of, and when it is due, as far as that is known."""

    event: str
    due: Due | None

    def overdue(self, today: dt.date) -> bool:
        """Whether its last day has passed."""
        return self.due is not None and self.due.last < today

    def near(self, today: dt.date, days: int = 7) -> bool:
        """Whether it may take place today or within so many days."""
        return self.due is not None and self.due.first <= today + dt.timedelta(days=days) and not self.overdue(today)


@dataclass(frozen=True, slots=True)
class Line:
    """One subject: its visits by state, how many forms stand in each state, its queries, and what comes next.

    `passed`: visits before one that was begun in the same epoch, of which nothing is entered; `later`: those after the
    `coming` one in its epoch whose dates are known, the earliest first. `ended`: whether the end
    of participation is on record, None where that is out of sight; `consented`: the consent version signed last, if
    any; `unsigned` and `superseded`: forms that ask for a first signature of this role, and those that changed since;
    `fallen`: forms whose marks of this role, or verifications, fell by a change; `unverified`: complete forms of
    which no value was ever verified.
    """

    subject: str
    site: str
    visits: Mapping[Visit, State]
    states: Mapping[str, int]
    queries: int
    coming: Coming | None
    passed: tuple[Coming, ...]
    later: tuple[Coming, ...]
    ended: bool | None
    consented: str
    unsigned: int
    superseded: int
    fallen: int
    unverified: int

    def awaited(self, today: dt.date) -> list[Coming]:
        """The visits that are overdue, in the order of the schedule, and the one that comes next."""
        ahead = [] if self.coming is None else [self.coming, *self.later]
        coming = next((one for one in ahead if not one.overdue(today)), None)
        return [one for one in (*self.passed, *ahead) if one is coming or one.overdue(today)]

    def late(self, today: dt.date) -> list[Coming]:
        """Those whose last day has passed."""
        return [one for one in self.awaited(today) if one.overdue(today)]

    def near(self, today: dt.date) -> bool:
        """Whether the visit that comes next may take place within a week."""
        return any(one.near(today) for one in self.awaited(today))


class _Kept:
    """What one kind of sight saw: the lines by subject and in order, and how many entries there were."""

    def __init__(self) -> None:
        self.mutex = threading.Lock()
        self.lines: dict[str, Line] = {}
        self.order: list[Line] = []
        self.size = 0
        self.rules: Mapping[str, str] = {}


_AT_ONCE = 50  # subjects whose forms are held together
_MOST = 5_000  # entries since the last look; more are not gone through one by one
_trials: WeakKeyDictionary[Trial, dict[object, _Kept]] = WeakKeyDictionary()
_opening = threading.Lock()


def roll(trial: Trial, who: Identity) -> list[Line]:
    """Every subject that `who` may see, in the order of their numbers."""
    reader = trial.reader(who)
    sight = reader.sight
    with _opening:
        kinds = _trials.setdefault(trial, {})
        kept = kinds.setdefault((who.role, sight.sites, sight.visibility, sight.forms), _Kept())
    with kept.mutex:
        size, rules = trial.store.size, trial.rules(who.sites)
        if rules != kept.rules:  # a version of the study came into force, by an entry or by the clock
            kept.lines, kept.size, kept.rules = {}, 0, rules
        if kept.size == size:  # nobody wrote anything: thousands of subjects are not even counted
            return list(kept.order)
        known = {row.place.subject: row.place.site for row in reader.subjects()}
        moved = _moved(trial, kept.size, size)
        again = [one for one in known if one not in kept.lines or moved is None or one in moved]
        study = trial.latest(who.sites) if again else None
        if study is not None:
            for start in range(0, len(again), _AT_ONCE):
                some = again[start : start + _AT_ONCE]
                made = standings(trial, who, [(subject, known[subject]) for subject in some])
                kept.lines |= {one.subject: _line(trial, who, reader, study, one) for one in made}
        kept.order = [kept.lines[subject] for subject in sorted(known) if subject in kept.lines]
        kept.size = size
        return list(kept.order)


def _moved(trial: Trial, since: int, size: int) -> set[str] | None:
    """The subjects of the entries since; None when everything is to be looked at anew."""
    if not since or size - since > _MOST:
        return None
    found = set[str]()
    for entry in trial.everything().entries(after_seq=since - 1):
        if entry.act in ("study.publish", "study.amend", "store.rebuild"):
            return None
        found.add(entry.place.subject)
    return found


def _line(trial: Trial, who: Identity, reader: Reader, study: CompiledStudy, one: Standing) -> Line:
    held = {outline.place.form for outline, _ in one.forms.values()}
    over = disposed(reader, study, one.subject, held)
    ended = over.ended if over is not None else None
    unsigned, superseded = _to_sign(who, reader, study, one, ended)
    untreated = over is not None and over.untreated
    coming, passed, later = (None, (), ()) if ended else _not_begun(trial, study, one, reader, untreated)
    if ended is None:  # whoever does not see the end would be told of visits that nobody waits for
        passed = later = ()
    return Line(
        one.subject, one.site, one.visits, Counter(state.name for _, state in one.forms.values()),
        sum(one.queries.values()), coming, passed, later, ended,
        _consented(reader, study, one.subject), unsigned, superseded, _fallen(trial, who, one),
        sum(_unverified(outline) for outline, _ in one.forms.values()),
    )  # fmt: skip


def _unverified(outline: Outline) -> bool:
    closed = outline.inactive or outline.locked
    return outline.status == "COMPLETE" and not (closed or outline.verified)


def _fallen(trial: Trial, who: Identity, one: Standing) -> int:
    if permission(who.role, "record.verify") is None and permission(who.role, "record.review") is None:
        return 0
    return len(fallen(trial, who, one.subject, (outline for outline, _ in one.forms.values())))


def _to_sign(
    who: Identity, reader: Reader, study: CompiledStudy, one: Standing, ended: bool | None
) -> tuple[int, int]:  # fmt: skip
    mine = {oid: owes(form, who, ended) for oid, form in study.forms.items() if signs(form, who)}
    wanted = [outline for outline, _ in one.forms.values()
              if outline.place.form in mine and not outline.inactive and outline.status == "COMPLETE"]  # fmt: skip
    if not wanted:
        return 0, 0
    covered = last_covered(reader, one.subject)
    given = [(outline, covered[outline.stream]) for outline in wanted if outline.stream in covered]
    changed = sum(last.version != outline.version and bool(changed_since(reader, last)) for outline, last in given)
    return sum(mine[outline.place.form] and outline.stream not in covered for outline in wanted), changed


def _not_begun(
    trial: Trial, study: CompiledStudy, one: Standing, reader: Reader, untreated: bool
) -> tuple[Coming | None, tuple[Coming, ...], tuple[Coming, ...]]:  # fmt: skip
    """Of the visits after the last that was begun, the one due first (the next of the schedule if that is unknown).

    Then those that were passed over (a later one of the same epoch was begun: who leaves an epoch early, into follow-up
    for example, owes none of what is left of it), and those after the first in its epoch, by their dates. Who is
    `untreated` from now on has no further visit of an epoch of treatment: what comes next is follow-up.
    """
    date_form = (study.study.file.date_item or "").partition(".")[0]
    if date_form and reader.sight.forms is not None and date_form not in reader.sight.forms:
        return None, (), ()  # who does not see visits has none coming
    scheduled = [oid for oid, event in study.study.file.events.items() if event.kind == "scheduled"]
    begun = [n for n, oid in enumerate(scheduled) if (oid, 1) in one.visits]
    last = begun[-1] + 1 if begun else 0
    epoch = {oid: event.epoch for oid, event in study.study.file.events.items()}
    left = [oid for oid in scheduled[last:] if not (untreated and _treats(epoch[oid]))]
    over = [
        oid for n, oid in enumerate(scheduled[:last])
        if n not in begun and any(m > n and epoch[scheduled[m]] == epoch[oid] for m in begun)
    ]  # fmt: skip
    if not left and not over:
        return None, (), ()
    due = dues(trial, one.subject, one.site, study)
    passed = tuple(Coming(oid, due.get(oid)) for oid in over)
    if not left:
        return None, passed, ()
    first = min((oid for oid in left if oid in due), key=lambda oid: due[oid].target, default=left[0])
    after = sorted((oid for oid in left if oid != first and oid in due and epoch[oid] == epoch[first]),
                   key=lambda oid: due[oid].target)  # fmt: skip
    return Coming(first, due.get(first)), passed, tuple(Coming(oid, due[oid]) for oid in after)


def _treats(epoch: str | None) -> bool:
    """TREATMENT, and OPEN LABEL TREATMENT, not POST-TREATMENT."""
    return (epoch or "").upper().split()[-1:] == [TREATED]


def _consented(reader: Reader, study: CompiledStudy, subject: str) -> str:
    consent = study.study.file.consent
    if consent is None:
        return ""
    signed = [
        (str(record.values[consent.signed_on]), str(record.values.get(consent.version, "")))
        for record in reader.records(subject=subject, form=consent.form)
        if record.values.get("@inactive") != "Y" and isinstance(record.values.get(consent.signed_on), str)
    ]
    return max(signed, default=("", ""))[1]


def consent_due(trial: Trial, lines: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    """Subjects still in the trial whose consent is on an older version than the one valid at their site today."""
    valid: dict[str, str] = {}
    for line in lines:
        if line.site not in valid:
            valid[line.site] = _valid(trial, line.site)
        if valid[line.site] and line.consented and line.consented != valid[line.site] and not line.ended:
            yield line, valid[line.site]


def _valid(trial: Trial, site: str) -> str:
    today = trial.now(site).date().isoformat()
    started = [one for one in versions(trial, site) if one.valid_from <= today]
    return started[-1].version if started else ""
