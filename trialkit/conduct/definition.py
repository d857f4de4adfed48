"""The study as a person may read it: what is in force at each site since when, its definition, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.study.compiled import CompiledStudy
from trialkit.study.difference import Difference, difference
from trialkit.study.masking import masked
from trialkit.study.trials import CaseResult, try_check

_MOST = 40  # definitions that are kept: one for each version and kind of sight
_made: dict[tuple[str, frozenset[str] | None, bool], CompiledStudy] = {}


@dataclass(frozen=True, slots=True)
class Publication:
    """A version at a site: its number there, the version its authors gave it, since when (UTC), if it is in force."""

    site: str
    number: int
    version: str
    hash: str
    since: str
    in_force: bool


def publications(trial: Trial, who: Identity) -> list[Publication]:
    """Every version ever published at the sites in sight, site by site, oldest first."""
    now, found = trial.store.clock().astimezone(UTC).isoformat(timespec="seconds")[:19], []
    for published in trial.reader(who).publications():
        values = published.values
        rows = sorted(
            (str(since), int(item[8:-6]), str(values[f"{item[:-5]}.hash"]))
            for item, since in values.items()
            if item.startswith("version[") and item.endswith("].from")
        )
        last = max((row for row in rows if row[0] <= now), default=None)
        for since, number, hash in rows:
            version = trial.compiled(hash).study.file.version
            found.append(Publication(published.place.site, number, version, hash, since, (since, number, hash) == last))
    return found


def definition(trial: Trial, who: Identity, version: str) -> CompiledStudy:
    """The version of this hash without what `who` must not know. NotFound if it is published at none of their sites."""
    if version not in {one.hash for one in publications(trial, who)}:
        raise NotFound("this version of the study is not published where you work", "choose one of the list")
    sight = trial.reader(who).sight
    key = version, sight.forms, "unblinded" in sight.visibility
    if key not in _made:
        if len(_made) >= _MOST:
            _made.clear()
        _made[key] = masked(trial.compiled(version), *key[1:])
    return _made[key]


def results(trial: Trial, who: Identity, version: str, check: str) -> list[CaseResult]:
    """The cases of a check, run now. NotFound for a check that `who` must not know of."""
    if check not in definition(trial, who, version).checks:
        raise NotFound(f"there is no check {check[:40]}", "choose one of the list")
    whole = trial.compiled(version)
    return list(try_check(whole, whole.checks[check]))


def changes(trial: Trial, who: Identity, old: str, new: str) -> list[Difference]:
    """What changed from one version to the other, as far as `who` may know of it."""
    return difference(definition(trial, who, old).study, definition(trial, who, new).study)
