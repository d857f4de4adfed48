"""Forms by what monitors, data managers and signers still have to do to them: a row a form, never more than was asked.

What is counted of a form is counted over the items that the person sees: a masked item is no work of a blinded one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.sign import Signed, changed_since, last_covered, signatures
from trialkit.conduct.standing import DROPPED, UNBLINDED, split
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place, Written
from trialkit.store.outline import Outline
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledForm, CompiledItem


@dataclass(frozen=True, slots=True)
class Line:
    """One answered item of a form: its rule, value, and whether it is verified ("", "Y" or DROPPED)."""

    path: str
    rule: CompiledItem
    written: Written
    verified: str


@dataclass(frozen=True, slots=True)
class Work:
    """A form instance with its lines, critical ones first, its marks and how many queries stand on it."""

    record: Record
    cform: CompiledForm
    lines: tuple[Line, ...]
    reviewed: str  # by the person's own role: "", "Y" or DROPPED
    queries: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.record.place

    @property
    def closed(self) -> str:
        """`locked`, `frozen` or nothing."""
        values = self.record.values
        return "locked" if values.get("@locked") == "Y" else "frozen" if values.get("@frozen") == "Y" else ""

    @property
    def struck(self) -> bool:
        """Whether the whole form was struck."""
        return self.record.values.get("@inactive") == "Y"

    @property
    def dropped(self) -> int:
        """Verifications that fell by a later change, and the review of the person's role."""
        return sum(line.verified == DROPPED for line in self.lines) + (self.reviewed == DROPPED)

    def count(self, *, critical: bool = False) -> tuple[int, int]:
        """(verified, of so many) of all lines, or of the critical ones."""
        some = [line for line in self.lines if line.rule.item.critical or not critical]
        return sum(line.verified == "Y" for line in some), len(some)


def works(trial: Trial, who: Identity, subject: str, *, event: str = "", form: str = "") -> list[Work]:
    """The forms of a subject as work, in the order of the study; `event` and `form` narrow them."""
    reader = trial.reader(who)
    asked: dict[str, int] = {}
    for one in reader.asked(subject=subject):
        if one.query.status != "CLOSED":
            asked[one.place.record] = asked.get(one.place.record, 0) + 1
    found = []
    for record in reader.records(subject=subject, event=event or None, form=form or None):
        study = trial.compiled(record.study)
        cform = study.forms[record.place.form]
        lines = tuple(sorted(lines_of(cform, record, reader.sight.visibility), key=lambda o: not o.rule.item.critical))
        marks = [record.values.get(f"@reviewed[{who.role}{side}]") for side in ("", f"/{UNBLINDED}")]
        reviewed = DROPPED if DROPPED in marks else marks[0]
        found.append(Work(record, cform, lines, str(reviewed or ""), asked.get(record.stream, 0)))
    order = {oid: n for n, oid in enumerate(trial.compiled(found[0].record.study).study.file.events)} if found else {}
    forms = {oid: n for n, oid in enumerate(trial.compiled(found[0].record.study).forms)} if found else {}
    return sorted(
        found,
        key=lambda one: (
            order.get(one.place.event, 999), one.place.event_repeat, forms.get(one.place.form, 999),
            one.place.form_repeat,
        ),
    )  # fmt: skip


def fallen(trial: Trial, who: Identity, subject: str, outlines: Iterable[Outline]) -> list[Work]:
    """Of these forms of a subject those that wait to be looked at again: marks on them fell by a later change."""
    # a mark on a masked value is masked itself: whoever sees masked values looks into what is verified
    masked = UNBLINDED in trial.reader(who).sight.visibility
    marked = {outline.stream for outline in outlines
              if (outline.dropped or (masked and outline.verified)) and not outline.inactive}  # fmt: skip
    found = works(trial, who, subject) if marked else []
    return [one for one in found if one.record.stream in marked and one.dropped and one.closed != "locked"]


def lines_of(cform: CompiledForm, record: Record, classes: frozenset[str]) -> Iterator[Line]:
    """The answered items of a form that these classes may see, in the order of the paper, rows after single items."""
    places = {oid: n for n, oid in enumerate(cform.items)}
    paths = [path for path in record.values if not path.startswith("@") and split(path)[2] in places]
    grouped = {path: split(path) for path in paths}
    rows = {path: row for path, (_, row, _) in grouped.items()}
    for path in sorted(paths, key=lambda p: (rows[p] != "", rows[p].zfill(8) if rows[p].isdigit() else rows[p],
                                             places[grouped[p][2]])):  # fmt: skip
        rule = cform.items[grouped[path][2]]
        if rule.visibility in classes and not rule.item.retired:
            yield Line(path, rule, record.values[path], str(record.values.get(f"@verified[{path}]") or ""))


@dataclass(frozen=True, slots=True)
class ToSign:
    """A form that this person may sign: what of it is still open, its signature if there is one, whether one is due."""

    work: Work
    open: tuple[str, ...]
    signed: Signed | None
    due: bool

    @property
    def state(self) -> str:
        """`valid`, `superseded`, `broken`, or `unsigned`."""
        return state_of(self.signed, self.work.record.stream) if self.signed else "unsigned"

    @property
    def waits(self) -> bool:
        """Whether it is to be signed: for the first time, or again because it changed."""
        return self.due if self.signed is None else self.state != "valid"


def to_sign(trial: Trial, who: Identity, subject: str, *, ended: bool | None = None) -> list[ToSign]:
    """The forms of a subject that `who` may sign, with what stands against signing each.

    `ended`: whether the subject's part in the study has ended, so that the whole casebook is due.
    """
    given = signatures(trial, who, subject)
    found = []
    for one in works(trial, who, subject):
        if one.struck or not signs(one.cform, who):
            continue
        why = []
        if one.record.status not in ("COMPLETE",):
            why.append("not complete")
        if one.queries:
            why.append(f"{one.queries} open quer{'y' if one.queries == 1 else 'ies'}")
        found.append(ToSign(one, tuple(why), _last(given, one.record.stream), owes(one.cform, who, ended)))
    return found


def wanting(trial: Trial, who: Identity, some: Sequence[Work]) -> tuple[int, int]:
    """Of these forms, how many bear no signature that covers them as they stand, and how many are not all verified."""
    reader = trial.reader(who)
    covered = {subject: last_covered(reader, subject) for subject in {one.place.subject for one in some}}
    signed = [last for one in some if (last := covered[one.place.subject].get(one.record.stream)) is not None
              and not changed_since(reader, last)]  # fmt: skip
    return len(some) - len(signed), sum(one.count()[0] < one.count()[1] for one in some)


def signs(cform: CompiledForm, who: Identity) -> bool:
    """Whether this role signs this form: it is named as the signer, or nobody is and the role needs no naming."""
    allowed = permission(who.role, "record.sign")
    if allowed is None or who.role in cform.form.hidden_from:
        return False
    return cform.form.signed_by == who.role or (cform.form.signed_by is None and not allowed.named)


def signer(trial: Trial, who: Identity) -> bool:
    """Whether this role signs at all: in general, or a form of any version of the study at these sites names it."""
    allowed = permission(who.role, "record.sign")
    if allowed is None or not allowed.named:
        return allowed is not None
    sites = [one for one in trial.everything().publications() if who.sites is None or one.place.site in who.sites]
    return any(signs(form, who) for one in sites for study in trial.versions_at(one) for form in study.forms.values())


def owes(cform: CompiledForm, who: Identity, ended: bool | None) -> bool:
    """Whether the study asks this role to sign this form: it is named as the signer, or it signs the casebook.

    The casebook is signed when the subject's part in the study has ended; until then nobody waits for it.
    """
    return signs(cform, who) and (cform.form.signed_by == who.role or bool(ended))


def state_of(signed: Signed, stream: str) -> str:
    """What became of a signature for one of the forms it covers."""
    if signed.state == "broken":
        return "broken"
    return "superseded" if stream.removeprefix("record/") in signed.changed else "valid"


def _last(given: Sequence[Signed], stream: str) -> Signed | None:
    name = stream.removeprefix("record/")
    return next((one for one in reversed(given) if name in one.covers), None)
