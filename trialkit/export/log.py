"""The change log as somebody selected it, handed over as one PDF. Handing it over is an entry that binds its hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from trialkit.access import gate
from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.trail_review import at_sites, selected
from trialkit.conduct.trial import Trial
from trialkit.errors import WrongValue
from trialkit.export.pdf.log import Front, write_log_pdf
from trialkit.export.reading import StoreSource, published
from trialkit.ledger.entry import Change, Draft, Place, Visibility
from trialkit.ledger.proof import EXPORT
from trialkit.store.log import Wanted
from trialkit.store.record import EntryView

MOST = 5_000
"""Entries of one PDF, at most."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A PDF that was made: its name, pages and entries, the moment it shows, and the entry that binds it."""

    name: str
    pages: int
    entries: int
    as_of: int
    entry: int


def take_log(trial: Trial, who: Identity, wanted: Wanted, folder: Path) -> Taken:
    """Write exactly the entries that fit `wanted` and that `who` may see and take out, newest first, into `folder`.

    Raises Refused; WrongValue where none fits, or more than MOST.
    """
    at_sites(trial, who, EXPORT, wanted.site)
    store = trial.store
    as_of = store.size
    study = published(store, store.read(gate.system_sight(), as_of))[-1]
    allowed = permission(who.role, EXPORT)
    sight = gate.narrowed(gate.sight(who, study), allowed.classes if allowed else ())
    entries: list[EntryView] = []
    for entry in selected(store.read(sight), replace(wanted, before=as_of)):
        entries.append(entry)
        if len(entries) > MOST:
            raise WrongValue(
                f"more than {MOST:,} entries fit", "choose fewer days or a subject; the CSV export holds all of them"
            )
    if not entries:
        raise WrongValue("no entry fits", "take a filter away")
    source = StoreSource(store, sight, as_of)
    front = Front(who.actor, store.study_oid, tuple(said(wanted)), source.snapshot, len(entries))
    name = f"{'training-' if store.kind == 'training' else ''}change-log-{as_of}.pdf"
    pages = write_log_pdf(source, front, entries, folder / name)
    seen: Visibility = "unblinded" if "unblinded" in sight.visibility else "open"
    told = {"kind": "log", "store": store.kind}
    mark = sha256((folder / name).read_bytes()).hexdigest()
    changes = (*(Change(item, None, new) for item, new in told.items()), Change(f"file[{name}]", None, mark, seen))
    origin = {"kind": "export", "as_of": str(as_of)}
    place, stream = Place(wanted.site), f"export/{token_hex(16)}"
    [bound] = trial.append([Draft(EXPORT, who.actor, stream, changes, place, origin=origin, study=study.hash)])
    return Taken(name, pages, len(entries), as_of, bound.seq)


_LEFT_OUT = {"person.": "accounts", "signin.": "sign-ins"}


def said(wanted: Wanted) -> Sequence[tuple[str, str]]:
    """What narrows the selection, in words: (filter, what)."""
    named = (
        ("Person", wanted.person), ("Role", wanted.role), ("Site", wanted.site), ("Subject", wanted.subject),
        ("Form", wanted.form), ("Item", wanted.item), ("Acts", ", ".join(wanted.acts)),
        ("Without", " and ".join(_LEFT_OUT.get(act, act) for act in wanted.but)), ("Reason", wanted.reason),
        ("From", wanted.since and f"{wanted.since[:19].replace('T', ' ')} UTC"),
        ("To", wanted.until and f"{wanted.until[:19].replace('T', ' ')} UTC"),
        ("After entry", f"{wanted.after:,}" if wanted.after >= 0 else ""),
    )  # fmt: skip
    return [(name, what) for name, what in named if what]
