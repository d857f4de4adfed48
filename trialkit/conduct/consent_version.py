"""Consent texts: which version is valid at which site from when, and whether a signed one was the right one.

ICH E6(R3) 2.8, 21 CFR 50.27: consent is signed on the version approved for the site; every version is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt, Written
from trialkit.store.record import Record
from trialkit.study.model import ConsentForm
from trialkit.values import parse


@dataclass(frozen=True, slots=True)
class ConsentVersion:
    """A consent text approved for a site (ISO dates)."""

    version: str
    approved: str
    valid_from: str


def push_version(trial: Trial, who: Identity, site: str, version: str, approved: str, valid_from: str) -> Receipt:
    """State that consent text `version`, approved on `approved`, is the one to sign at `site` from `valid_from` on."""
    trial.authorise(who, "study.publish", Place(site=site))
    if not version or len(version) > 40 or not version.replace(".", "").replace("-", "").isalnum():
        raise WrongValue(f"{version[:40]!r} is no version", "letters, digits, points and hyphens, for example 2.0")
    for text in (approved, valid_from):
        parse("date", text)
    stands = trial.site(site)
    if stands is None:
        raise NotFound(f"there is no site {site}", "add it with `trialkit site add`")
    row = f"consent[{version}]"
    if f"{row}.from" in stands.values:
        raise OutOfOrder(
            f"consent version {version} is already in force at site {site}", "give the new text a new version"
        )
    changes = (Change(f"{row}.approved", None, approved), Change(f"{row}.from", None, valid_from))
    try:
        draft = Draft("consent.publish", who.actor, f"site/{site}", changes, Place(site=site), expected=stands.version)
        return trial.append([draft])[0]
    except StaleRecord:
        raise OutOfOrder(f"site {site} was changed at the same moment", "look again and repeat") from None


def versions_of(site: Record | None) -> list[ConsentVersion]:
    """The consent texts of a site as it stands, earliest first."""
    values = site.values if site else {}
    found = [
        ConsentVersion(item[8:-6], str(values[f"{item[:-5]}.approved"]), str(moment))
        for item, moment in values.items()
        if item.startswith("consent[") and item.endswith("].from")
    ]
    return sorted(found, key=lambda v: (v.valid_from, v.approved))


def versions(trial: Trial, site: str) -> list[ConsentVersion]:
    """The consent texts of a site, earliest first."""
    return versions_of(trial.site(site))


def judge(site: Record | None, form: ConsentForm, written: Mapping[str, Written]) -> None:
    """OutOfOrder if the version that stands in a consent was not the one to sign at the site on its day."""
    version, day = written.get(form.version), written.get(form.signed_on)
    if not isinstance(version, str) or not isinstance(day, str):
        return
    valid = [one for one in versions_of(site) if one.valid_from <= day]
    if not valid or valid[-1].version != version:
        read = f"{dt.date.fromisoformat(day):%d-%b-%Y}"
        in_force = f"version {valid[-1].version} was" if valid else "no version was yet"
        raise OutOfOrder(
            f"consent version {version} was not the one to sign on {read}: {in_force} in force",
            "check the version on the signed paper",
        )
