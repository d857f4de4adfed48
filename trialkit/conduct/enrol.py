"""A person enters the trial: a subject number at a site, once and for ever (ICH E6(R3) 4.3)."""

from __future__ import annotations

import datetime as dt
import re

from trialkit.access.identity import Identity
from trialkit.conduct.sitefile import is_file
from trialkit.conduct.trial import LONGEST_NAME, Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt


def enrol(trial: Trial, who: Identity, site: str, subject: str, *, request: str | None = None) -> Receipt:
    """Give `subject` to `site`. WrongValue if the number is not of the study's pattern, OutOfOrder if it is taken."""
    try:
        return trial.append([enrolment(trial, who, site, subject)], request=request)[0]
    except StaleRecord:
        raise OutOfOrder(f"subject {subject} is already enrolled", "choose the next free number") from None


def enrolment(trial: Trial, who: Identity, site: str, subject: str, day: dt.date | None = None) -> Draft:
    """The draft of an enrolment, for a commit with what is known of the subject from the start.

    `day` is the day of the enrolment where it is not today.
    """
    place = Place(site=site, subject=subject)
    trial.authorise(who, "subject.enrol", place)
    if trial.site(site) is None:
        raise NotFound(f"there is no site {site[:LONGEST_NAME]}", "add it with `trialkit site add`")
    compiled = trial.study_at(site)
    pattern = compiled.study.file.subject_pattern
    if len(subject) > LONGEST_NAME or is_file(subject) or re.fullmatch(pattern, subject) is None:
        raise WrongValue(
            f"subject number {subject[:LONGEST_NAME]!r} does not follow the study's pattern",
            f"numbers look like {pattern}",
        )
    return Draft(
        act="subject.enrol",
        actor=who.actor,
        stream=f"subject/{subject}",
        place=place,
        changes=(
            Change("@status", None, "ENROLLED"),
            Change("enrolled", None, (day or trial.now(site).date()).isoformat()),
        ),
        study=compiled.hash,
        expected=0,
    )
