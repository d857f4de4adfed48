"""What was handed over before, from the ledger: who, when, as of which entry, of whom, the files' hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialkit.store.log import Wanted
from trialkit.store.readers import Reader
from trialkit.store.record import EntryView

MOST = 200


@dataclass(frozen=True, slots=True)
class Handed:
    """One export. `as_of` is the number of entries it shows, `files` are names with their SHA-256."""

    entry: EntryView
    as_of: str
    subject: str
    files: Mapping[str, str]


def handed(reader: Reader) -> list[Handed]:
    """The exports in sight, newest first."""
    found: list[Handed] = []
    before: int | None = None
    while len(found) < MOST:
        look = reader.look(Wanted(stream="export/", acts=("export.create",), before=before, most=MOST))
        for entry in look.entries:
            said = {part.change.item: part.change.new for part in entry.changes}
            files = {item[5:-1]: str(new) for item, new in said.items() if item.startswith("file[")}
            found.append(Handed(entry, str(entry.origin.get("as_of", "")), str(said.get("subject") or ""), files))
        if look.next is None:
            break
        before = look.next
    return found
