"""A person enters the trial: a subject number at a site, once and for ever (ICH E6(R3) 4.3)."""

from __future__ import annotations

import datetime as dt
import re

from trialkit.access.identity import Identity
from trialkit.conduct.sitefile import is_file
from trialkit.conduct.trial import LONGEST_NAME, Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt

_DIGITS = r"\[0-9\]\{(\d)\}"


def enrol(trial: Trial, who: Identity, site: str, subject: str, *, request: str | None = None) -> Receipt:
    """Give `subject` to `site`. WrongValue if the number is not of the study's pattern or of
    another site, OutOfOrder if it is taken."""
    try:
        return trial.append([enrolment(trial, who, site, subject)], request=request)[0]
    except StaleRecord:
        raise OutOfOrder(f"subject {subject} is already enrolled", "choose the next free number") from None


def example(pattern: str, site: str = "", number: int = 14) -> str:
    """A subject number as the study's pattern has it, at a site: 01-0014. Empty for a pattern too free to tell."""
    shape = re.sub(r"\(\?P<site>[^)]*\)", lambda _: site, pattern) if site else re.sub(r"[()]|\?P<site>", "", pattern)
    runs = len(re.findall(_DIGITS, shape))
    count = iter(range(1, runs + 1))
    made = re.sub(_DIGITS, lambda run: str(number if next(count) == runs else 1).zfill(int(run[1])), shape)
    return made if re.fullmatch(pattern, made) else ""


def next_free(trial: Trial, site: str) -> str:
    """The number after the highest that the site gave; empty where the study does not say which part is the site's."""
    pattern = trial.study_at(site).study.file.subject_pattern
    own, digits = example(pattern, site), re.search(_DIGITS + r"$", pattern)
    if "(?P<site>" not in pattern or not own or digits is None:
        return ""
    head = own[: -int(digits[1])]
    tails = [one.place.subject.removeprefix(head) for one in trial.everything().subjects()
             if one.place.subject.startswith(head)]  # fmt: skip
    return example(pattern, site, 1 + max((int(tail) for tail in tails if tail.isdecimal()), default=0))


def skipped(trial: Trial, site: str, subject: str) -> int:
    """How many numbers of the site would be left out before `subject`; 0 where that cannot be told."""
    free = next_free(trial, site)
    digits = re.search(_DIGITS + r"$", trial.study_at(site).study.file.subject_pattern)
    if not free or digits is None or len(subject) != len(free):
        return 0
    own, next_ = subject[-int(digits[1]) :], free[-int(digits[1]) :]
    return max(0, int(own) - int(next_)) if own.isdecimal() and subject.removesuffix(own) == free[: -len(own)] else 0


def checked(trial: Trial, site: str, subject: str) -> None:
    """Raises WrongValue if `subject` is not a number of the study's pattern, or one of another site."""
    pattern = trial.study_at(site).study.file.subject_pattern
    found = None if len(subject) > LONGEST_NAME or is_file(subject) else re.fullmatch(pattern, subject)
    free = next_free(trial, site)
    if found is None:
        told = example(pattern, site)
        raise WrongValue(
            f"{subject[:LONGEST_NAME]!r} is no subject number of this study",
            f"numbers look like {told or pattern}" + (f"; the next free one here is {free}" if free else ""),
        )
    if found.groupdict().get("site", site) != site:
        raise WrongValue(f"{subject} is a number of site {found['site']}, not of site {site}",
                         f"the next free number here is {free}")  # fmt: skip


def enrolment(trial: Trial, who: Identity, site: str, subject: str, day: dt.date | None = None) -> Draft:
    """The draft of an enrolment, for a commit with what is known of the subject from the start.

    `day` is the day of the enrolment where it is not today.
    """
    place = Place(site=site, subject=subject)
    trial.authorise(who, "subject.enrol", place)
    if trial.site(site) is None:
        raise NotFound(f"there is no site {site[:LONGEST_NAME]}", "add it with `trialkit site add`")
    checked(trial, site, subject)
    return Draft(
        act="subject.enrol",
        actor=who.actor,
        stream=f"subject/{subject}",
        place=place,
        changes=(
            Change("@status", None, "ENROLLED"),
            Change("enrolled", None, (day or trial.now(site).date()).isoformat()),
        ),
        study=trial.study_at(site).hash,
        expected=0,
    )
