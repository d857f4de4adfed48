"""Acts of the ledger in words, the same on the screens and in documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialkit.ledger.entry import Change

VERBS: Mapping[str, str] = {
    "record.save": "entered",
    "record.correct": "changed",
    "record.inactivate": "struck",
    "record.compute": "calculated",
    "record.verify": "verified",
    "record.review": "reviewed",
    "ledger.review": "reviewed the change log",
    "record.freeze": "froze",
    "record.lock": "locked",
    "record.unlock": "unlocked",
    "record.sign": "signed",
    "query.open": "asked",
    "query.answer": "answered",
    "query.close": "closed a query",
    "query.cancel": "cancelled a query",
    "subject.enrol": "enrolled",
    "subject.change": "changed the subject",
    "subject.erase": "erased identifiers",
    "consent.obtain": "obtained consent",
    "consent.withdraw": "recorded withdrawal",
    "export.create": "exported",
    "study.publish": "published the study",
    "study.amend": "amended the study",
    "site.add": "added a site",
    "site.change": "changed a site",
    "person.add": "added a person",
    "person.grant": "granted a role",
    "person.revoke": "revoked a role",
    "person.deactivate": "closed an account",
    "person.reset": "reset a password",
    "person.password": "chose a password",
    "person.identify": "declared an identity",
    "person.factor": "set up a second factor",
    "person.unfactor": "took away a second factor",
    "person.change": "changed a person",
    "person.acknowledge": "acknowledged an alert",
    "person.rehash": "hashed a password anew",
    "signin.accept": "signed in",
    "signin.fail": "failed to sign in",
    "signin.summary": "unknown sign-ins",
    "attempt.refused": "was refused",
    "disclosure.redact": "redacted",
    "key.rotate": "changed keys",
    "definition.add": "kept a definition",
}

SAID: Mapping[str, str] = {
    "@status": "State of the form", "@inactive": "Struck", "@frozen": "Frozen", "@locked": "Locked",
    "@verified": "Verified:", "@reviewed": "Reviewed by", "@explanation": "Explanation for check",
    "@credential": "Password, by its hash", "password.state": "Password", "password.since": "Password since",
    "provider.identity": "Identity at the provider",
    "second.state": "Second factor", "second.since": "Second factor since", "signin.step": "Last code, by its time",
    "@unlocked": "Why it was unlocked", "@unlocked by": "Unlocked together with",
    "@cancelled": "Cancelled", "withheld": "Changes left out, which the reader may not see",
}  # fmt: skip
"""What is said of a form, a person or a query itself, in words."""


def verb(act: str, changes: Iterable[Change] = ()) -> str:
    """An act in words; of what it changed depends whether a freeze was one, or was taken back."""
    thawed = act == "record.freeze" and any(one.item == "@frozen" and one.new is None for one in changes)
    return "thawed" if thawed else VERBS.get(act, act)
