"""Study versions: published per site from a moment on, after a dry run that names every effect (design 3.6).

Nothing is deleted: a retired item keeps its values, a record is shown in the version it was entered in, and a published
item never changes its type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trialkit.access.identity import Identity
from trialkit.conduct.standing import split
from trialkit.conduct.trial import LONGEST_NAME, Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt
from trialkit.store.record import Record
from trialkit.study.difference import Difference, difference
from trialkit.study.model import Study

LATE = timedelta(minutes=5)
"""How far in the past a stated moment may lie to mean now: clocks differ, people type."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What publishing a version does to one value or record that exists: `kind` is orphaned, required, meaning."""

    kind: str
    subject: str
    record: str
    item: str
    sentence: str


def publish(trial: Trial, who: Identity, study: Study, site: str, effective: datetime | None = None) -> Receipt:
    """Put `study` in force at `site` from `effective` (aware; now if None) on.

    OutOfOrder if an item of the version before it changes its type or disappears, if this version is published there,
    or if it would come into force in the past or before a version that is scheduled already.
    """
    trial.authorise(who, "study.publish", Place(site=site))
    if trial.site(site) is None:
        raise NotFound(f"there is no site {site[:LONGEST_NAME]}", "add it with `trialkit site add`")
    published = trial.everything().record(f"study/{site}")
    number = 1
    if published is not None:
        hashes = [str(text) for item, text in published.values.items() if item.endswith("].hash")]
        number = len(hashes) + 1
        latest = trial.compiled(str(published.values[f"version[{number - 1}].hash"])).study
        if latest.hash == study.hash:
            raise OutOfOrder(f"this version is already published at site {site}", "nothing to do")
        forbidden = [d for d in difference(latest, study) if d.forbidden]
        if forbidden:
            raise OutOfOrder(
                "; ".join(f"{d.place}: {d.kind}" for d in forbidden),
                "a published item never changes its type and never disappears: retire it and add a new one",
            )
    moment = _from(trial.store.clock(), effective, published)
    trial.store.define("study", study.canonical)
    changes = (
        Change(f"version[{number}].hash", None, study.hash),
        Change(f"version[{number}].label", None, study.file.version),
        Change(f"version[{number}].from", None, moment),
    )
    draft = Draft(
        "study.publish", who.actor, f"study/{site}", changes, Place(site=site), happened_at=None, study=study.hash,
        expected=published.version if published else 0,
    )  # fmt: skip
    try:
        return trial.append([draft])[0]
    except StaleRecord:
        raise OutOfOrder(
            f"somebody else published a version at site {site} at this moment", "look at it, then publish anew"
        ) from None


def _from(now: datetime, effective: datetime | None, published: Record | None) -> str:
    """From when a version is in force, in UTC: never before what was written in another version could be judged."""
    if effective is not None and effective.tzinfo is None:
        raise WrongValue("the moment has no time zone", "give it in UTC")
    if effective is not None and effective < now - LATE:
        raise OutOfOrder(
            f"{effective.astimezone(UTC):%Y-%m-%d %H:%M} UTC is past", "a version is in force from now on or later"
        )
    moment = max(now, effective or now).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    values = published.values if published else {}
    last = max((str(start) for item, start in values.items() if item.endswith("].from")), default="")
    if moment < last:
        raise OutOfOrder(
            f"a version is scheduled from {last} UTC on", "publish this one from the same moment on or later"
        )
    return moment


def dry_run(trial: Trial, who: Identity, study: Study, site: str) -> tuple[list[Difference], list[Effect]]:
    """What publishing `study` at `site` would change, in the study and for every value that exists there."""
    trial.authorise(who, "study.amend", Place(site=site))
    latest = trial.study_at(site).study
    changes = difference(latest, study)
    return changes, list(_effects(trial, who, latest, study, site))


def _effects(trial: Trial, who: Identity, old: Study, new: Study, site: str) -> Iterator[Effect]:
    for record in trial.reader(who).records(site=site):
        before, after = old.forms.get(record.place.form), new.forms.get(record.place.form)
        name = record.stream.removeprefix("record/")
        if before is None:
            continue
        held = {split(path)[2] for path in record.values}
        for item in sorted(held & set(before.items)):
            then = after.items.get(item) if after else None
            if then is None or then.retired:
                yield Effect(
                    "orphaned", record.place.subject, name, item, f"{item} keeps its value and is asked no more"
                )
            elif (then.label, then.unit, then.codelist) != (
                before.items[item].label,
                before.items[item].unit,
                before.items[item].codelist,
            ):
                yield Effect(
                    "meaning", record.place.subject, name, item, f"{item} was entered under other words, unit or codes"
                )
        for item, rule in (after.items if after else {}).items():
            if item not in before.items and not rule.optional and rule.compute is None:
                yield Effect(
                    "required", record.place.subject, name, item, f"{item} is newly required and empty in this record"
                )
