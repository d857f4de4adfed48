"""Everything a store says, derived again from the bytes of its entries and compared; nothing stored is trusted.

Three passes in memory that does not grow: entries in order (header, tag, commitments, tree, checkpoints), streams in
order (versions, old values, projections), and what stands beside (definitions, keys, credentials, guards). The first
disagreement is a Broken that names table, row and field (21 CFR 11.10(a), (e)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialkit.errors import Broken
from trialkit.ledger.seals import Seals
from trialkit.store.session import Session, one
from trialkit.store.verify_beside import check_beside
from trialkit.store.verify_entries import EntryPass, broken
from trialkit.store.verify_streams import check_streams

if TYPE_CHECKING:
    from trialkit.store.handle import Store


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and agreed. `unseen` sealed changes have no key here, `shredded` none anywhere any more."""

    entries: int
    changes: int
    unseen: int
    shredded: int
    redacted: int
    checkpoints: int
    signed: int
    root: str
    rows: dict[str, int]

    def __str__(self) -> str:
        rows = ", ".join(f"{count:,} {table}" for table, count in self.rows.items() if count)
        lines = [
            f"{self.entries:,} entries and {self.changes:,} changes agree with their commitments and tags",
            f"{self.checkpoints:,} checkpoints agree; {self.signed:,} entries are signed, root {self.root}",
            f"projections agree with the ledger: {rows or 'none yet'}",
        ]
        for count, what in (
            (self.entries - self.signed, "entries are newer than the last checkpoint"),
            (self.redacted, "changes were lawfully redacted"),
            (self.shredded, "identifiers were lawfully erased"),
            (self.unseen, "sealed changes could not be looked into: their key is not in this key folder"),
        ):
            if count:
                lines.append(f"{count:,} {what}")
        return "\n".join(lines)


def verify(store: Store, progress: Callable[[int, int], None] | None = None, since: str | None = None) -> Report:
    """Verify a store; `since` is a checkpoint somebody kept, `progress` hears (entries done, entries).

    Raises Broken (facts `table`, `row`, `field`) at the first disagreement, NotContinuous for a damaged signer state.
    """
    with store.engine.reading(snapshot=True) as session:
        wrapped = _wrapped(store, session)
        seals = Seals(store.keys, wrapped)
        entries = EntryPass(store, session, seals.unseal, wrapped)
        entries.run(progress, since)
        rows = check_streams(session, seals.unseal, entries.size, entries.placed)
        check_beside(store, session)
    for name, kind, sentence in store.engine.schema_faults():
        raise Broken(sentence, "restore the guards from a backup of the schema", table=name, row=kind, field="schema")
    return Report(
        entries=entries.size,
        changes=entries.changes,
        unseen=entries.unseen,
        shredded=entries.shredded,
        redacted=entries.redacted,
        checkpoints=entries.checkpoints,
        signed=entries.signed,
        root=entries.edge.root().hex(),
        rows=rows,
    )


def _wrapped(store: Store, session: Session) -> Callable[[str], bytes | None]:
    """Looks up wrapped subject keys, keeping the last few."""
    kept: dict[str, bytes | None] = {}

    def wrapped(subject: str) -> bytes | None:
        if subject not in kept:
            if len(kept) >= 1000:
                kept.clear()
            found = one(session, "SELECT wrapped FROM subject_key WHERE subject = ?", subject)
            if found:
                try:
                    store.keys.unwrap(subject, found[0])
                except Broken as fault:
                    raise broken("subject_key", subject, "wrapped", "the key folder does not open it") from fault
            kept[subject] = found[0] if found else None
        return kept[subject]

    return wrapped
