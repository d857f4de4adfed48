"""A trial in memory that deliverables read through `Source`: saves are acts, records are what they leave standing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from tests.cast import ANA
from trialkit.export.source import Act, QueryRow, Remark, SignatureRow, Snapshot, Standing, SubjectRow
from trialkit.ledger.entry import Actor, Change, Place, Written
from trialkit.study.model import CodeList, Form, Study, StudyFile

START = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)


def study(
    file: Mapping[str, object], codelists: Mapping[str, object], forms: Sequence[Mapping[str, object]], name: str
) -> Study:
    """A study from plain dictionaries."""
    parsed = [Form.model_validate(form) for form in forms]
    lists = {key: CodeList.model_validate(value) for key, value in codelists.items()}
    mark = sha256(name.encode()).hexdigest()
    return Study(
        file=StudyFile.model_validate(file), codelists=lists, forms={f.oid: f for f in parsed}, hash=mark, canonical=b""
    )


class MemoryTrial:
    """Append acts with `save`, then read through `source(...)`."""

    def __init__(self, *versions: Study, kind: str = "training") -> None:
        self.all_versions = versions
        self.kind = kind
        self.acts: list[Act] = []
        self.people: dict[str, str] = {}
        self.status: dict[str, str] = {}
        self.all_signatures: list[SignatureRow] = []
        self.stated: dict[str, str] = {}

    def save(
        self,
        place: Place,
        values: Mapping[str, Written],
        *,
        who: Actor = ANA,
        act: str = "record.save",
        reason: str | None = None,
        text: str = "",
        status: str = "COMPLETE",
        origin: Mapping[str, object] | None = None,
        version: Study | None = None,
        stream: str = "",
        hidden: Mapping[str, Written] | None = None,
    ) -> Act:
        """One act on the record (or other stream) at a place; None takes a value away."""
        stream = stream or place.record
        old = self.standing(stream, frozenset({"open", "identifier", "unblinded"}), len(self.acts))
        changes = [Change(item, old.get(item), new) for item, new in values.items() if old.get(item) != new]
        changes += [Change(item, old.get(item), new, "unblinded") for item, new in (hidden or {}).items()]
        if old.get("@status") != status:
            changes.append(Change("@status", old.get("@status"), status))
        if text:
            changes.append(Change("@reason", None, text))
        seq = len(self.acts)
        at = (START + timedelta(minutes=seq)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        number = 1 + sum(1 for a in self.acts if a.stream == stream)
        made = Act(
            seq=seq,
            at=at,
            actor=who,
            act=act,
            stream=stream,
            version=number,
            place=place,
            reason=reason,
            origin=origin or {"kind": "screen"},
            study=(version or self.all_versions[-1]).hash,
            changes=tuple(changes),
            leaf=sha256(f"{seq}{changes}".encode()).hexdigest(),
        )
        self.acts.append(made)
        self.people[who.id] = who.name
        self.status.setdefault(place.subject, "ENROLLED")
        return made

    def standing(self, stream: str, sees: frozenset[str], as_of: int) -> dict[str, Written]:
        """What stands in a stream."""
        found: dict[str, Written] = {}
        for act in self.acts[:as_of]:
            if act.stream == stream:
                for change in act.changes:
                    if change.visibility in sees and change.item != "@reason":
                        found[change.item] = change.new
        return {item: value for item, value in found.items() if value is not None}

    def source(self, *sees: str, as_of: int | None = None, hidden_forms: frozenset[str] = frozenset()) -> MemorySource:
        return MemorySource(
            self, frozenset(sees or ("open",)), len(self.acts) if as_of is None else as_of, hidden_forms
        )


class MemorySource:
    """`Source` over a MemoryTrial at one moment."""

    def __init__(self, trial: MemoryTrial, sees: frozenset[str], as_of: int, hidden: frozenset[str]) -> None:
        self.trial, self.visibility, self.as_of, self.hidden = trial, sees, as_of, hidden
        self.study = trial.all_versions[-1]
        self._acts = [self._seen(act) for act in trial.acts[:as_of]]
        head = sha256(repr([a.leaf for a in self._acts]).encode()).hexdigest()
        at = self._acts[-1].at if self._acts else "2026-01-12T15:00:00.000000Z"
        self.snapshot = Snapshot(as_of, at, head, trial.kind, "trialkit 0.1.0", "unblinded" not in sees)

    def _seen(self, act: Act) -> Act:
        changes = tuple(change for change in act.changes if change.visibility in self.visibility)
        return replace(act, changes=changes, withheld=len(act.changes) - len(changes))

    def versions(self) -> Sequence[Study]:
        return self.trial.all_versions

    def version(self, hash: str) -> Study:
        return next((s for s in self.trial.all_versions if s.hash == hash), self.study)

    def hides(self, form: str) -> bool:
        return form in self.hidden

    def zone(self, site: str) -> str:
        return "America/New_York" if site else "UTC"

    def site_name(self, site: str) -> str:
        return "Clinic North"

    def person(self, id: str) -> str:
        return self.trial.people.get(id, id)

    def subjects(self) -> Iterator[SubjectRow]:
        yield from self._kept(of_sites=False)

    def files(self) -> Iterator[SubjectRow]:
        yield from self._kept(of_sites=True)

    def _kept(self, of_sites: bool) -> Iterator[SubjectRow]:
        found = dict.fromkeys((a.place.subject, a.place.site) for a in self._acts if a.place.subject)
        for subject, site in sorted(found):
            if subject.startswith("@") is of_sites:
                yield SubjectRow(subject, site, self.trial.status.get(subject, ""))

    def records(self, subject: str) -> Sequence[Standing]:
        streams: dict[str, list[Act]] = {}
        for act in self._acts:
            if act.place.subject == subject and act.stream.startswith("record/"):
                streams.setdefault(act.stream, []).append(act)
        found = []
        for stream, acts in sorted(streams.items()):
            values = self.trial.standing(stream, self.visibility, self.as_of)
            status = str(values.pop("@status", ""))
            first, last = acts[0], acts[-1]
            if first.place.form not in self.hidden:
                found.append(Standing(stream, first.place, status, last.version, last.seq, first.study, values))
        return found

    def moments(self, subject: str) -> Mapping[int, str]:
        return {act.seq: act.at for act in self._acts if act.place.subject == subject}

    def acts(self, subject: str | None = None) -> Iterator[Act]:
        return (act for act in self._acts if subject in (None, act.place.subject))

    def queries(self, subject: str) -> Sequence[QueryRow]:
        found: dict[str, QueryRow] = {}
        for act in self._acts:
            if act.stream.startswith("query/") and act.place.subject == subject:
                values = {change.item: change.new for change in act.changes}
                stands = found.get(act.stream) or QueryRow(
                    act.stream, act.place, str(values.get("item", "")), "", str(values.get("check", "")), "query", ()
                )
                said = next((str(values[key]) for key in values if key == "text" or key.startswith("thread[")), "")
                thread = (*stands.thread, Remark(act.at, act.actor, act.act, said))
                found[act.stream] = replace(stands, status=str(values.get("@status", stands.status)), thread=thread)
        return list(found.values())

    def signatures(self, subject: str) -> Sequence[SignatureRow]:
        return [s for s in self.trial.all_signatures if s.place.subject == subject]
