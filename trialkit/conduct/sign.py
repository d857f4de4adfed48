"""Electronic signatures: bound to the very values that were shown, by id and password at each signing.

21 CFR 11.50, 11.70, 11.200; ICH E6(R3) 4.2.8. A signature names the leaf of each form it covers and the hash of the
text that was shown. What became of it is worked out from the ledger whenever it is asked for, and never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from trialkit.access.authentication import STANDARD, confirm
from trialkit.access.identity import Identity
from trialkit.access.password import Policy
from trialkit.access.people import person
from trialkit.conduct.news import news
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt
from trialkit.store.asked import Asked
from trialkit.store.readers import Reader
from trialkit.store.record import EntryView, Record

MEANINGS: Mapping[str, str] = {
    "APPROVAL": "I have reviewed these data and approve them.",
    "RESPONSIBILITY": "I am responsible for these data; they are complete and accurate to the best of my knowledge.",
    "AUTHORSHIP": "I recorded these data, and they are what I observed.",
    "CONSENT": "I obtained this consent as the protocol and good clinical practice require.",
}
"""What a signature can mean (21 CFR 11.50(a)(3)), in the words that are shown and kept."""

_TRIES = 12  # how often what is open is looked at anew when something else of the subject was written meanwhile

State = Literal["valid", "superseded", "broken"]


@dataclass(frozen=True, slots=True)
class Covered:
    """A form that is signed: its stream, the version shown, the leaf of that version's entry, the study version.

    `shown` are the classes of values that the signer was shown, None where the signature does not say.
    """

    stream: str
    version: int
    leaf: str
    study: str
    shown: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """What is put before the signer: exactly this text over exactly these forms. `digest` is the text's SHA-256.

    `open`: the queries that are shown as open on these forms, each with its version. Who reads the signature need not
    see them, so they are compared and not written into it.
    """

    subject: str
    site: str
    meaning: str
    text: str
    covers: tuple[Covered, ...]
    open: tuple[tuple[str, int], ...] = ()

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def places(self) -> list[Place]:
        """Where the forms stand."""
        return [_place_of(self.site, covered.stream) for covered in self.covers]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it stands today: who (printed name), when (UTC), meaning, and for each form its state.

    Forms out of the reader's sight are none of it. `changed` maps the forms that moved since to the items that changed:
    of what the signer was shown, what the reader sees (docs/decisions/0021). `studies` maps each form to the study
    version in which it was signed.
    """

    stream: str
    person: str
    name: str
    role: str
    at: str
    meaning: str
    state: State
    covers: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    studies: Mapping[str, str]


def prepare(trial: Trial, who: Identity, places: Sequence[Place], meaning: str) -> Signing:
    """What `who` would sign. Raises Refused, NotFound (nothing saved there), WrongValue (no such meaning)."""
    if meaning not in MEANINGS:
        raise WrongValue(f"{meaning!r} is no meaning of a signature", "one of " + ", ".join(MEANINGS))
    reader, covers, lines = trial.reader(who), list[Covered](), list[str]()
    for place in dict.fromkeys(places):
        record = reader.record(place)
        if record is None:
            trial.authorise(who, "record.sign", place)
            raise NotFound(f"nothing has been entered at {_name(place.record)} that you may see", "save it, then sign")
        study = trial.compiled(record.study)
        form = study.forms[record.place.form].form
        trial.authorise(who, "record.sign", record.place, form=form, study=study.study)
        last = _last(reader, record)
        covers.append(Covered(record.stream, record.version, last.leaf.hex(), record.study))
        lines.append(f"{_name(record.stream)} {form.title}, version {record.version}, {last.leaf.hex()[:16]}")
    subjects = {(place.site, place.subject) for place in places}
    if len(subjects) != 1:
        raise OutOfOrder("a signature covers forms of one subject", "sign subject by subject")
    site, subject = next(iter(subjects))
    head = f"{who.name} ({who.actor.role}, {who.organisation}) signs for subject {subject}:"
    text = "\n".join([head, MEANINGS[meaning], *lines])
    return Signing(subject, site, meaning, text, tuple(covers), versions(waiting(reader, subject, places)))


def waiting(reader: Reader, subject: str, places: Sequence[Place]) -> list[Asked]:
    """The queries on the subject's forms at these places that are not closed, oldest first."""
    records = {place.record for place in places}
    return [
        one for one in reader.asked(subject=subject) if one.query.status != "CLOSED" and one.place.record in records
    ]


def versions(asked: Iterable[Asked]) -> tuple[tuple[str, int], ...]:
    """The queries with their versions, as a `Signing` names what was shown as open."""
    return tuple(sorted((one.query.stream, one.query.version) for one in asked))


def sign(
    trial: Trial, who: Identity, signing: Signing, user: str, password: str, *, policy: Policy = STANDARD,
    code: str = "", request: str | None = None,
) -> Receipt:  # fmt: skip
    """Sign what was shown, with both components again, and a `code` where the account has a second factor.

    A checkpoint seals it at once. A repeated `request` signs once, and asks for nothing again.

    Raises SignInFailed, Refused, StaleRecord when a form, or a query that is open on one, moved since it was shown.
    """
    confirmed = False
    for last in (*[False] * _TRIES, True):
        judged = trial.everything().subject_no(signing.subject)
        shown = prepare(trial, who, signing.places, signing.meaning)
        if done := trial.earlier(request, f"signature/{signing.subject}/", ("record.sign",)):
            return done[0]
        _same(trial.reader(who), shown, signing)
        if not confirmed:
            confirm(trial.store, who, user, password, trial.store.clock, policy=policy, code=code)
            confirmed = True
        try:
            receipt = trial.append([_draft(trial, who, signing, judged)], request=request)[0]
            break
        except StaleRecord as stale:  # of the subject: what was asked of it meanwhile may be about these forms
            if last or not str(stale.facts.get("stream")).startswith("subject/"):
                raise
    trial.store.checkpoint()
    return receipt


def since_shown(reader: Reader, signing: Signing) -> str:
    """What is said of forms that stand in another version than the one that was shown to be signed."""
    if any(changed_since(reader, one) for one in signing.covers):
        return "the forms were changed since they were shown"
    return "there is a newer version of the forms than the one shown, with the same answers, as far as you see them"


def _same(reader: Reader, shown: Signing, signing: Signing) -> None:
    """Raises StaleRecord when what would be shown now is not what was shown."""
    if replace(shown, open=signing.open) != signing:
        raise StaleRecord(since_shown(reader, signing), "look at them again, then sign",
                          stream=signing.covers[0].stream)  # fmt: skip
    if shown.open != signing.open:
        raise StaleRecord("a query on these forms was opened, answered or closed since they were shown",
                          "look at what is open now, then sign", stream=signing.covers[0].stream)  # fmt: skip


def _draft(trial: Trial, who: Identity, signing: Signing, judged: int) -> Draft:
    number = 1 + sum(1 for _ in trial.everything().signatures(subject=signing.subject))
    changes = [
        Change("meaning", None, signing.meaning),
        Change("words", None, MEANINGS[signing.meaning]),
        Change("name", None, who.name),
        Change("shown", None, signing.digest),
        Change("sees", None, sorted(trial.reader(who).sight.visibility)),
        Change("factors", None, ["password", "code"] if person(trial.store, who.person).second else ["password"]),
    ]
    changes += [
        Change(f"covers[{_name(one.stream)}]", None, f"{one.version} {one.leaf} {one.study}") for one in signing.covers
    ]
    place = signing.places[0] if len(signing.covers) == 1 else Place(signing.site, signing.subject)
    return Draft(
        "record.sign", who.actor, f"signature/{signing.subject}/{number}", tuple(changes), place,
        study=signing.covers[0].study, expected=0, subject_seen=judged,
    )  # fmt: skip


def signatures(trial: Trial, who: Identity, subject: str) -> list[Signed]:
    """The signatures of a subject that `who` may see, as they stand, oldest first."""
    reader = trial.reader(who)
    return [signed for found in reader.signatures(subject=subject) if (signed := _as_it_stands(reader, found))]


def holds(reader: Reader, signature: Record, record: Record) -> bool | None:
    """Whether this signature covers this form and still stands for it; None if it does not cover it."""
    covered = _covered(signature).get(record.stream)
    if covered is None:
        return None
    return covered.version == record.version or not changed_since(reader, covered)


def last_signature(reader: Reader, record: Record) -> tuple[EntryView, str, State] | None:
    """(the act, what it means in words, how it stands) of the last signature that covers this form."""
    given = [one for one in reader.signatures(subject=record.place.subject) if record.stream in _covered(one)]
    last = max(given, key=lambda signature: signature.seq, default=None)
    act = next(reader.history(stream=last.stream), None) if last is not None else None
    if last is None or act is None:
        return None
    covered, entries = _covered(last)[record.stream], list(reader.history(stream=record.stream))
    state: State = "superseded" if _moved(entries, covered) else "valid"
    return act, str(last.values["words"]), state if _bears(entries, covered) else "broken"


def last_covered(reader: Reader, subject: str) -> dict[str, Covered]:
    """For every form of a subject that bears a signature, what the last one covers; by stream."""
    given = sorted(reader.signatures(subject=subject), key=lambda signature: signature.seq)
    return {stream: covered for signature in given for stream, covered in _covered(signature).items()}


def _as_it_stands(reader: Reader, signature: Record) -> Signed | None:
    act = next(reader.history(stream=signature.stream), None)
    if act is None:
        return None
    state: State = "valid"
    changed: dict[str, tuple[str, ...]] = {}
    seen = {
        stream: covered
        for stream, covered in _covered(signature).items()
        if reader.sight.reaches(stream, _place_of(signature.place.site, stream))
    }
    for stream, covered in seen.items():
        entries = list(reader.history(stream=stream))
        if not _bears(entries, covered):
            state = "broken"
        items = _moved(entries, covered)
        if items:
            changed[_name(stream)] = items
            state = "superseded" if state == "valid" else state
    covers = tuple(map(_name, seen))
    return Signed(
        signature.stream, act.actor.id, str(signature.values["name"]), act.actor.role, act.recorded_at,
        str(signature.values["words"]), state, covers, changed,
        {_name(stream): covered.study for stream, covered in seen.items()},
    )  # fmt: skip


def changed_since(reader: Reader, covered: Covered) -> tuple[str, ...]:
    """The paths of values of a form that changed after it was signed, that the signer was shown and the reader sees."""
    return _moved(reader.history(stream=covered.stream), covered)


def _bears(entries: Iterable[EntryView], covered: Covered) -> bool:
    """Whether the very entry that was signed is there."""
    return any(entry.version == covered.version and entry.leaf.hex() == covered.leaf for entry in entries)


def _moved(entries: Iterable[EntryView], covered: Covered) -> tuple[str, ...]:
    since = (entry for entry in entries if entry.version > covered.version)
    return tuple(dict.fromkeys(path for entry in since for path in news(entry, covered.shown)))


def _covered(signature: Record) -> dict[str, Covered]:
    found: dict[str, Covered] = {}
    sees = signature.values.get("sees")
    shown = frozenset(sees) if isinstance(sees, list) else None
    for item, value in signature.values.items():
        if item.startswith("covers[") and isinstance(value, str):
            version, leaf, study = value.split(" ")
            stream = f"record/{item[7:-1]}"
            found[stream] = Covered(stream, int(version), leaf, study, shown)
    return found


def _last(reader: Reader, record: Record) -> EntryView:
    return [entry for entry in reader.history(stream=record.stream) if entry.version == record.version][-1]


def _place_of(site: str, stream: str) -> Place:
    _, subject, event, form = stream.split("/")
    (event, event_repeat), (form, form_repeat) = event.split("."), form.split(".")
    return Place(site, subject, event, int(event_repeat), form, int(form_repeat))


def _name(stream: str) -> str:
    return stream.removeprefix("record/")
