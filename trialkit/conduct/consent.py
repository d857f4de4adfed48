"""Consent: who consented to what, on which version and when (ICH E6(R3) 2.8)."""

from __future__ import annotations

from collections.abc import Mapping

from trialkit.access.identity import Identity
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, save_form
from trialkit.conduct.consent_version import ConsentVersion, push_version, versions
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, WrongValue
from trialkit.ledger.entry import Place
from trialkit.study.model import ConsentForm


def obtain(
    trial: Trial, who: Identity, place: Place, typed: Mapping[str, Typed], *, based_on: int = 0,
    reason: Reason | None = None, explanations: Mapping[str, str] | None = None, request: str | None = None,
    study: str = "",
) -> Saved:  # fmt: skip
    """Record a consent or re-consent. OutOfOrder if the version signed was not the one valid there on that day."""
    trial.authorise(who, "consent.obtain", Place(place.site, place.subject))
    form = consent_form(trial, place.site)
    if place.form != form.form:
        raise NotFound(f"{place.form} is not the consent form", f"consent stands in {form.form}")
    missing = [item for item in (form.version, form.signed_on) if not typed.get(item)]
    if missing and not based_on:
        items = trial.study_at(place.site).forms[form.form].items
        named = " and ".join(items[item].item.label for item in missing)
        verb = "is" if len(missing) == 1 else "are"
        raise WrongValue(f"{named} {verb} missing", f"Fill in {named}", missing=missing)
    return save_form(
        trial, who, place, typed, based_on=based_on, reason=reason, explanations=explanations, submit=True,
        request=request, study=study,
    )  # fmt: skip


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


__all__ = ["ConsentVersion", "consent_form", "consented", "obtain", "push_version", "versions"]
