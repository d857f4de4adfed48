"""Lawful removal: a name in a comment is redacted, a person's identifiers are erased; the ledger says who and why.

ICH E6(R3) 4.2.2 and GDPR art. 17: only what identifies a person goes, only after an entry that justifies it, and never
by one person alone where a whole subject is concerned.
"""

from __future__ import annotations

from collections.abc import Sequence

from trialkit.access.identity import Identity, require_genuine
from trialkit.conduct.trial import Trial
from trialkit.conduct.words import said
from trialkit.errors import NotFound
from trialkit.ledger.entry import Change, Draft, Place, Receipt


def redact(trial: Trial, who: Identity, seq: int, numbers: Sequence[int], why: str) -> Receipt:
    """Take changes `numbers` (from 0) of entry `seq` out for ever. NotFound if there are none that `who` may see."""
    require_genuine(who)
    entry = next(trial.reader(who, seq + 1).entries(after_seq=seq - 1), None) if 0 <= seq < trial.store.size else None
    if entry is None:
        raise NotFound(f"there is no entry {seq} that you may see", "the change log names every entry by its number")
    place = Place(site=entry.place.site, subject=entry.place.subject)
    trial.authorise(who, "disclosure.redact", place)
    draft = Draft(
        "disclosure.redact", who.actor, f"redaction/{seq}", (Change("why", None, said(why)),), place,
        target=(seq, tuple(sorted(set(numbers)))),
    )  # fmt: skip
    return trial.store.redact(draft)


def erase_subject(trial: Trial, who: Identity, approver: Identity, subject: str, why: str) -> Receipt:
    """Destroy the key of a subject's identifiers, by two persons. NotFound if there is nothing that `who` may see."""
    enrolled = trial.reader(who).record(f"subject/{subject}")
    if enrolled is None:
        raise NotFound("there is no such subject that you may see", "the subject list names all of yours")
    place = Place(site=enrolled.place.site, subject=subject)
    trial.authorise(who, "subject.erase", place)
    other = trial.second(who, approver, "subject.erase", place)
    changes = (Change("why", None, said(why)), Change("approved by", None, other.person))
    draft = Draft("subject.erase", who.actor, f"erasure/{subject}", changes, place)
    return trial.store.erase_subject(draft)
