"""What stands comes before what a file says, unless an import put it there or the person who imports says why.

A file delivered anew may correct what an earlier file brought. What a person entered or corrected it changes only with
a reason given for this import, and a file that spoke about a record before changes nothing there (ICH E6(R3) 4.2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from trialkit.conduct.answers import Typed, rule_at
from trialkit.conduct.importing_rows import Filled
from trialkit.conduct.importing_table import shown
from trialkit.conduct.sitting import Desk
from trialkit.conduct.standing import split
from trialkit.errors import WrongValue
from trialkit.ledger.entry import Written
from trialkit.store.record import EntryView
from trialkit.values import Missing, written

HIDDEN = "a value not shown to you"


@dataclass(frozen=True, slots=True)
class Against:
    """Why a row may not change what stands, and what can be done."""

    sentence: str
    hint: str


class Precedence:
    """One record against the rows of a file; its history is read when first asked for, and once."""

    def __init__(self, desk: Desk, sha256: str, insisted: bool) -> None:
        """`insisted`: the person gave a reason, in words, for this very import."""
        self.desk = desk
        self.sha256 = sha256
        self.insisted = insisted
        self._last: dict[str, EntryView] | None = None
        self._before = False

    def against(self, rows: Iterable[Filled]) -> Iterator[tuple[Filled, Against]]:
        """The rows that would change what they may not, each with the first item that stands against it."""
        for row in rows:
            found = next((why for path, raw in row.typed.items() if (why := self._item(path, raw)) is not None), None)
            if found is not None:
                yield row, found

    def _item(self, path: str, raw: Typed) -> Against | None:
        held = self.desk.standing.written
        old = held.get(path)
        cleared = held.get("@cleared")
        if old is None and not (isinstance(cleared, list) and path in cleared):
            return None
        new = self._new(path, raw)
        if new == old:
            return None
        last = self._history().get(path)
        brought = last is not None and last.origin.get("kind") == "import"
        if not self._before and (brought or self.insisted):
            return None
        by = f" ({last.actor.name}, {last.recorded_at[:16].replace('T', ' ')} UTC)" if last else ""
        sentence = f"{path} stands as {told(self.desk, path, old)}{by}, the file has {_text(new)}"
        if self._before:
            hint = "this very file was imported before and changes nothing that stands; correct the value in its form"
            return Against(sentence, hint)
        return Against(sentence, "if the file is right, say why for this import: --reason CODE --because WORDS")

    def _new(self, path: str, raw: Typed) -> Written:
        if isinstance(raw, Missing):
            return written(raw)
        if raw is None or not raw or (isinstance(raw, str) and raw.isspace()):
            return None
        try:
            return written(rule_at(self.desk.standing, path).parse(raw))
        except WrongValue:  # told by the save itself
            return self.desk.standing.written.get(path)

    def _history(self) -> Mapping[str, EntryView]:
        """Path -> the entry that changed it last; on the way, whether this file wrote here before."""
        if self._last is None:
            self._last = {}
            for entry in self.desk.sitting.reader.history(stream=self.desk.standing.stream):
                self._before |= entry.origin.get("kind") == "import" and entry.origin.get("sha256") == self.sha256
                self._last.update((each.change.item, entry) for each in entry.changes)
        return self._last


def told(desk: Desk, path: str, value: Written) -> str:
    """A value of the record as a message may tell it to the person at the desk."""
    rule = desk.cform.items.get(split(path)[2])
    kind = desk.standing.classes.get(path, rule.visibility if rule else "open")
    return _text(value) if kind in desk.sitting.seen(desk.study) else HIDDEN


def _text(value: Written) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"missing ({value['m']})"
    return repr(shown(value if isinstance(value, str) else ", ".join(value)))
