"""Consent: which version is valid where, who consented to what and when, and what follows when consent is withdrawn.

ICH E6(R3) 2.8, 21 CFR 50.27: consent on the version approved for the site, before any procedure; every version kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, save_form
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt
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


def versions(trial: Trial, site: str) -> list[ConsentVersion]:
    """The consent texts of a site, earliest first."""
    stands = trial.site(site)
    values = stands.values if stands else {}
    found = [
        ConsentVersion(item[8:-6], str(values[f"{item[:-5]}.approved"]), str(moment))
        for item, moment in values.items()
        if item.startswith("consent[") and item.endswith("].from")
    ]
    return sorted(found, key=lambda v: (v.valid_from, v.approved))


def version_on(trial: Trial, site: str, day: str) -> ConsentVersion | None:
    """The version to sign at `site` on an ISO date: the latest one valid by then."""
    valid = [version for version in versions(trial, site) if version.valid_from <= day]
    return valid[-1] if valid else None


def obtain(
    trial: Trial, who: Identity, place: Place, typed: Mapping[str, Typed], *, based_on: int = 0,
    reason: Reason | None = None, explanations: Mapping[str, str] | None = None, request: str | None = None,
) -> Saved:  # fmt: skip
    """Record a consent or re-consent. OutOfOrder if the version signed was not the one valid there on that day."""
    trial.authorise(who, "consent.obtain", place)
    form = consent_form(trial, place.site)
    version, day = typed.get(form.version), typed.get(form.signed_on)
    if isinstance(version, str) and isinstance(day, str):
        signed = str(parse("date", day))
        valid = version_on(trial, place.site, signed)
        if valid is None or valid.version != version:
            in_force = f"version {valid.version} was" if valid else "no version was yet"
            raise OutOfOrder(
                f"consent version {version} was not the one to sign on {signed}: {in_force} in force",
                "check the version on the signed paper",
            )
    elif not based_on:
        raise WrongValue(
            "a consent needs its version and the date it was signed", f"fill {form.version} and {form.signed_on}"
        )
    return save_form(
        trial,
        who,
        place,
        typed,
        based_on=based_on,
        reason=reason,
        explanations=explanations,
        submit=True,
        request=request,
    )


def consented(trial: Trial, site: str, subject: str) -> bool:
    """Whether an active consent of this subject is on record."""
    form = consent_form(trial, site)
    return any(
        record.values.get("@inactive") != "Y" and form.signed_on in record.values
        for record in trial.everything().records(subject=subject, form=form.form)
    )


def consent_form(trial: Trial, site: str) -> ConsentForm:
    """The study's consent form. OutOfOrder if the study names none."""
    form = trial.study_at(site).study.file.consent
    if form is None:
        raise OutOfOrder("this study names no consent form", "add `consent:` to study.yaml")
    return form
