"""Small acts for the tests of the store."""

from __future__ import annotations

from tests.cast import ANA, DEE
from trialkit.ledger.entry import Actor, Change, Draft, Place, Visibility
from trialkit.store.sight import Sight

EVERYTHING = Sight(None, frozenset({"open", "identifier", "unblinded"}), people=True, signins=True)
BLINDED = Sight(None, frozenset({"open", "identifier"}), people=True, signins=True)
VITALS = Place("01", "01-001", "V1", 1, "VS", 1)
SUBJECT = Place("01", "01-001")
STUDY = "ab" * 32


def save(
    values: dict[str, str | None],
    *,
    old: dict[str, str | None] | None = None,
    place: Place = VITALS,
    actor: Actor = ANA,
    expected: int | None = None,
    request: str | None = None,
) -> Draft:
    """A form instance saved with these values, which stood as `old`."""
    before = old or {}
    changes = tuple(Change(item, before.get(item), new) for item, new in values.items())
    return Draft("record.save", actor, place.record, changes, place, study=STUDY, expected=expected, request=request)


def subject(
    item: str, new: str | None, old: str | None = None, visibility: Visibility = "identifier", number: str = "01-001"
) -> Draft:
    """A fact of a subject."""
    place = Place("01", number)
    return Draft("subject.enter", ANA, f"subject/{number}", (Change(item, old, new, visibility),), place, study=STUDY)


def person(name: str = "ana") -> Draft:
    """A user granted access."""
    return Draft("person.grant", DEE, f"person/{name}", (Change("name", None, name.title()),))


def redaction(seq: int, *numbers: int) -> Draft:
    """A lawful redaction."""
    return Draft(
        "disclosure.redact", DEE, "redaction", (Change("reason", None, "a name was typed"),), target=(seq, numbers)
    )


def erasure() -> Draft:
    """A lawful erasure of a subject's identifiers."""
    return Draft("subject.erase", DEE, "erasure/01-001", (Change("reason", None, "asked for"),), SUBJECT)
