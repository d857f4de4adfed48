"""One record of an import: its rows saved as one act, without the rows that cannot be taken, each of which is told why.

A row is taken wholly or not at all. Where a hard check stands against values of several rows, nobody knows which of
them is wrong: all rows that it read are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from trialkit.conduct.capture import Act, Saved, save_in
from trialkit.conduct.checking import Finding
from trialkit.conduct.importing_mapping import CsvMapping
from trialkit.conduct.importing_rows import Batch, Filled
from trialkit.conduct.importing_table import Table
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.conduct.standing import split
from trialkit.errors import Blocked, TrialkitError, WrongValue
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
        self.mapping = mapping
        self.table = table
        self.reason = reason

    def record(self, sitting: Sitting, batch: Batch) -> Iterator[Outcome]:
        """Save the rows of a record in this sitting, and tell what became of each."""
        rows = list(batch.rows)
        try:
            desk = sitting.desk(batch.place)
        except TrialkitError as error:
            yield from (refusal(row, error.sentence, error.hint) for row in rows)
            return
        version, before = desk.standing.version, dict(desk.standing.written)
        while rows:
            typed = {path: raw for row in rows for path, raw in row.typed.items()}
            if not version and not typed:
                yield from (
                    refusal(row, "the row has no value for any item", "an empty record is not made") for row in rows
                )
                return
            act = Act(self.reason, self.mapping.explain, submit=True, whole=True, origin=self._origin(rows))
            try:
                saved = save_in(sitting, batch.place, typed, version, act)
            except TrialkitError as error:
                out = dict(_against(rows, error, desk.cform))
                yield from out.values()
                rows = [row for row in rows if row.row.number not in out]
                continue
            now = sitting.desk(batch.place).standing.written
            yield from self._taken(rows, saved, version, before, now)
            return

    def _origin(self, rows: Iterable[Filled]) -> Mapping[str, object]:
        numbers = [row.row.number for row in rows]
        where = {"row": numbers[0]} if len(numbers) == 1 else {"rows": spans(numbers)}
        return {"kind": "import", "file": self.table.name, "sha256": self.table.sha256, **where}

    def _taken(
        self, rows: list[Filled], saved: Saved, version: int, before: Mapping[str, Written], now: Mapping[str, Written]
    ) -> Iterator[Outcome]:
        asked = _owned(rows, [f for f in saved.findings if f.severity != "hard"]) if saved.findings else {}
        for row in rows:
            changed = not version or any(before.get(path) != now.get(path) for path in row.typed)
            verdict: Verdict = "accepted" if changed and not saved.unchanged else "unchanged"
            queries = tuple((f.check, f.message) for f in asked.get(row.row.number, ()))
            yield Outcome(row.row.number, row.row.line, verdict, row.place, queries=queries)


def _against(rows: list[Filled], error: TrialkitError, cform: CompiledForm) -> Iterator[tuple[int, Outcome]]:
    """Which rows an error refuses; all of them where it names none."""
    named = False
    if isinstance(error, WrongValue):
        refused: Mapping[str, WrongValue] = error.facts.get("refused") or {}  # type: ignore[assignment]
        for row in rows:
            path = next((path for path in row.typed if path in refused), None)
            if path is not None:
                named = True
                wrong = refused[path]
                yield row.row.number, refusal(row, f"{path}: {wrong.sentence}", wrong.hint)
    elif isinstance(error, Blocked):
        findings: list[Finding] = error.facts.get("findings") or []  # type: ignore[assignment]
        for row in rows:
            found = next((f for f in findings if _reads(f, row, cform)), None)
            if found is not None:
                named = True
                yield (
                    row.row.number,
                    refusal(row, found.message, "correct the file, or explain it in the mapping", found.check),
                )
    if not named:
        check = error.facts["findings"][0].check if isinstance(error, Blocked) and error.facts.get("findings") else ""  # type: ignore[index]
        for row in rows:
            yield row.row.number, refusal(row, error.sentence, error.hint, check)


def _reads(finding: Finding, row: Filled, cform: CompiledForm) -> bool:
    check = next((check for check in cform.checks if check.oid == finding.check), None)
    items = {item for form, item in check.reads if form == cform.oid} if check else {split(finding.item)[2]}
    group, key, _ = split(finding.item)
    for path in row.typed:
        own_group, own_key, item = split(path)
        if item in items and (not group or not own_group or (own_group, own_key) == (group, key)):
            return True
    return False


def _owned(rows: list[Filled], findings: list[Finding]) -> dict[int, list[Finding]]:
    """Findings by the row that typed their item; those of no row go to the first."""
    owner = {path: row.row.number for row in reversed(rows) for path in row.typed}
    owned: dict[int, list[Finding]] = {}
    for finding in findings:
        owned.setdefault(owner.get(finding.item, rows[0].row.number), []).append(finding)
    return owned


def spans(numbers: list[int]) -> str:
    """Numbers in order as text: `1-3,7`."""
    made: list[list[int]] = []
    for number in sorted(set(numbers)):
        if made and number == made[-1][1] + 1:
            made[-1][1] = number
        else:
            made.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in made)
