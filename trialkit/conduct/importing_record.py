"""One record of an import: its rows saved as one act, without the rows that cannot be taken, each of which is told why.

A row is taken wholly or not at all. Where a hard check stands against values of several rows, nobody knows which of
them is wrong: all rows that it read are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from trialkit.conduct.capture import Act, Saved, save_in
from trialkit.conduct.checking import Finding
from trialkit.conduct.importing_mapping import CsvMapping
from trialkit.conduct.importing_precedence import Precedence, told
from trialkit.conduct.importing_rows import Batch, Filled
from trialkit.conduct.importing_table import Table
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Desk, Sitting
from trialkit.conduct.standing import split
from trialkit.errors import Blocked, ReasonNeeded, TrialkitError, WrongValue
from trialkit.ledger.entry import Place, Written
from trialkit.study.compiled import CompiledForm

Verdict = Literal["accepted", "unchanged", "refused"]
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\b[0-9][0-9.,:-]*\b")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: refused with check (if one stood against it), sentence and hint, or what it asked."""

    row: int
    line: int
    verdict: Verdict
    place: Place | None = None
    check: str = ""
    sentence: str = ""
    hint: str = ""
    queries: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    """Of values that stood and were changed: item, old, new, as this person may see them."""

    @property
    def kind(self) -> str:
        """The reason without the texts and numbers of the file: equal for rows refused for the same reason."""
        return self.check or _QUOTED.sub("...", self.sentence)


def refusal(filled: Filled, sentence: str, hint: str = "", check: str = "") -> Outcome:
    """The outcome of a row that is not taken."""
    return Outcome(filled.row.number, filled.row.line, "refused", filled.place, check, sentence, hint)


class Recording:
    """Saves records of one file; the file's name and hash go into every entry's origin."""

    def __init__(self, mapping: CsvMapping, table: Table, reason: Reason | None) -> None:
        """`reason`: given by the person for this import; without it the mapping's serves, for what imports brought."""
        self.mapping = mapping
        self.table = table
        self.insisted = bool(reason and reason.text.strip())
        self.reason = reason or (Reason(mapping.reason, mapping.because or "") if mapping.reason is not None else None)

    def record(self, sitting: Sitting, batch: Batch) -> Iterator[Outcome]:
        """Save the rows of a record in this sitting, and tell what became of each."""
        rows, repeats = _apart(batch.rows)
        made = {outcome.row: outcome for outcome in self._record(sitting, batch.place, rows)}
        yield from made.values()
        for row, first in repeats:
            of_first = made[first.row.number]
            sentence = of_first.sentence if of_first.verdict == "refused" else f"repeats line {first.row.line}"
            verdict: Verdict = "refused" if of_first.verdict == "refused" else "unchanged"
            yield Outcome(
                row.row.number, row.row.line, verdict, row.place, of_first.check, sentence, of_first.hint,
            )  # fmt: skip

    def _record(self, sitting: Sitting, place: Place, rows: list[Filled]) -> Iterator[Outcome]:
        try:
            desk = sitting.desk(place)
        except TrialkitError as error:
            yield from (refusal(row, error.sentence, error.hint) for row in rows)
            return
        version, before = desk.standing.version, dict(desk.standing.written)
        precedence = Precedence(desk, self.table.sha256, self.insisted)
        reason: Reason | None = None  # given only where a value that stands is changed, which the save tells
        while rows:
            typed = {path: raw for row in rows for path, raw in row.typed.items()}
            if not version and not typed:
                yield from (
                    refusal(row, "the row has no value for any item", "an empty record is not made") for row in rows
                )
                return
            drafts = len(sitting.drafts)
            act = Act(reason, self.mapping.explain, submit=True, whole=True, origin=self._origin(rows))
            try:
                saved = save_in(sitting, place, typed, version, act)
            except TrialkitError as error:
                out: dict[int, Outcome] = {}
                if isinstance(error, ReasonNeeded) and reason is None:
                    out = {r.row.number: refusal(r, why.sentence, why.hint) for r, why in precedence.against(rows)}
                    if not out and self.reason is not None:
                        reason = self.reason
                        continue
                out = out or dict(_against(rows, error, desk.cform, sitting.who.sees))
                yield from out.values()
                rows = [row for row in rows if row.row.number not in out]
                reason = None
                continue
            opened = _opened(rows, sitting, drafts)
            yield from self._taken(rows, saved, version, before, sitting.desk(place), opened)
            return

    def _origin(self, rows: Iterable[Filled]) -> Mapping[str, object]:
        numbers = [row.row.number for row in rows]
        where = {"row": numbers[0]} if len(numbers) == 1 else {"rows": spans(numbers)}
        return {"kind": "import", "file": self.table.name, "sha256": self.table.sha256, **where}

    def _taken(
        self, rows: list[Filled], saved: Saved, version: int, before: Mapping[str, Written], desk: Desk,
        opened: Mapping[int, list[tuple[str, str]]],
    ) -> Iterator[Outcome]:  # fmt: skip
        now = desk.standing.written
        for row in rows:
            changed = not version or any(before.get(path) != now.get(path) for path in row.typed)
            verdict: Verdict = "accepted" if changed and not saved.unchanged else "unchanged"
            queries = tuple(opened.get(row.row.number, ()))
            changes = tuple(
                (path, told(desk, path, before[path]), told(desk, path, now.get(path)))
                for path in row.typed if path in before and before[path] != now.get(path)
            )  # fmt: skip
            yield Outcome(row.row.number, row.row.line, verdict, row.place, queries=queries, changes=changes)


def _apart(rows: Iterable[Filled]) -> tuple[list[Filled], list[tuple[Filled, Filled]]]:
    """Rows that say something of their own, and those that repeat one of them, with it."""
    firsts: dict[tuple[tuple[str, object], ...], Filled] = {}
    repeats = []
    for row in rows:
        first = firsts.setdefault(tuple(row.typed.items()), row)
        if first is not row:
            repeats.append((row, first))
    return list(firsts.values()), repeats


def _against(
    rows: list[Filled], error: TrialkitError, cform: CompiledForm, sees: Collection[str]
) -> Iterator[tuple[int, Outcome]]:
    """Which rows an error refuses, and why; all of them where it names none."""
    if isinstance(error, WrongValue):
        refused: Mapping[str, WrongValue] = error.facts.get("refused") or {}  # type: ignore[assignment]
        out = {row.row.number: outcome for row in rows if (outcome := _wrong(row, refused)) is not None}
    elif isinstance(error, Blocked):
        findings: list[Finding] = error.facts["findings"]  # type: ignore[assignment]
        pairs = ((row, next((f for f in findings if _reads(f, row, cform)), None)) for row in rows)
        out = {row.row.number: _stands(row, found, sees) for row, found in pairs if found is not None}
        out = out or {row.row.number: _stands(row, findings[0], sees) for row in rows}
    else:
        out = {}
    yield from (out or {row.row.number: refusal(row, error.sentence, error.hint) for row in rows}).items()


def _wrong(row: Filled, refused: Mapping[str, WrongValue]) -> Outcome | None:
    path = next((path for path in row.typed if path in refused), None)
    return None if path is None else refusal(row, f"{path}: {refused[path].sentence}", refused[path].hint)


def _stands(row: Filled, found: Finding, sees: Collection[str]) -> Outcome:
    """The refusal of a row against which a hard check stands; its words may be of a class this person does not see."""
    words = found.message if found.visibility in sees else "a check stands against this row"
    return refusal(row, words, "correct the file, or explain it in the mapping", found.check)


def _reads(finding: Finding, row: Filled, cform: CompiledForm) -> bool:
    check = next((check for check in cform.checks if check.oid == finding.check), None)
    items = {item for form, item in check.reads if form == cform.oid} if check else {split(finding.item)[2]}
    group, key, _ = split(finding.item)
    for path in row.typed:
        own_group, own_key, item = split(path)
        if item in items and (not group or not own_group or (own_group, own_key) == (group, key)):
            return True
    return False


def _opened(rows: list[Filled], sitting: Sitting, since: int) -> dict[int, list[tuple[str, str]]]:
    """The queries that a save opened, by the row that typed their item; those of no row go to the first.

    What such a query says may be of a class that this person does not see: then its check alone is told.
    """
    opened: dict[int, list[tuple[str, str]]] = {}
    owner: dict[str, int] = {}
    for draft in sitting.drafts[since:]:
        if draft.act != "query.open":
            continue
        owner = owner or {path: row.row.number for row in reversed(rows) for path in row.typed}
        said = {change.item: change for change in draft.changes}
        text = said["text"]
        here = draft.place.record == rows[0].place.record if rows[0].place else False
        row = owner.get(str(said["item"].new), rows[0].row.number) if here else rows[0].row.number
        check, study = str(said["check"].new), sitting.trial.compiled(draft.study)
        words = str(text.new) if sitting.tells(study, check, text.visibility, draft.place.form) else ""
        opened.setdefault(row, []).append((check, words))
    return opened


def spans(numbers: list[int]) -> str:
    """Numbers in order as text: `1-3,7`."""
    made: list[list[int]] = []
    for number in sorted(set(numbers)):
        if made and number == made[-1][1] + 1:
            made[-1][1] = number
        else:
            made.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in made)
