"""An export: a folder of deliverables with `manifest.json` and `proof.jsonl`, whole or not there at all.

The files are built first; an entry `export.create` then binds their hashes, a checkpoint covers that entry, and the
proof carries both. The same definition as of the same entry gives the same files, byte for byte (design 3.10).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Literal

import orjson

from trialkit import __version__
from trialkit.access import gate
from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, OutOfOrder, WrongFile, WrongValue
from trialkit.export.declared import Declaration
from trialkit.export.reading import StoreSource, published
from trialkit.export.source import Scope
from trialkit.export.writing import Progress, write
from trialkit.ledger.entry import Actor, Draft, Place, Visibility
from trialkit.ledger.header import parse
from trialkit.ledger.proof import EXPORT, NAME, Tally, Told, export_changes, exported_files, write_proof
from trialkit.ledger.tree import inclusions
from trialkit.store.database import Store
from trialkit.store.record import Proven
from trialkit.store.sight import Sight

MANIFEST = "manifest.json"
SHARED = ("key.rotate", "log.restart")  # what a subject's proof needs beside the subject's own entries


@dataclass(frozen=True, slots=True)
class Export:
    """What was handed over: folder, files, the moment it shows, the entry that binds it, its last checkpoint."""

    folder: Path
    files: tuple[str, ...]
    as_of: int
    entry: int
    checkpoint: str


def hand_over(
    trial: Trial,
    who: Identity,
    declared: Sequence[Declaration],
    out: Path,
    *,
    as_of: int | None = None,
    scope: Scope | None = None,
    progress: Progress | None = None,
) -> Export:
    """Make an export in the folder `out`, which must be absent, empty, or an earlier export (which it replaces).

    Raises Refused when `who` may not export here, NotFound for a subject or site that is not in sight, WrongValue for
    an `as_of` outside the ledger, WrongFile for a folder that holds something else.
    """
    store, scope = trial.store, scope or Scope()
    place = _place(trial, scope)
    trial.authorise(who, EXPORT, place)
    _free(out)
    size = store.size
    if as_of is not None and not 0 < as_of <= size:
        raise WrongValue(f"the ledger has {size} entries, there is no moment {as_of}", f"choose 1 to {size}")
    as_of = as_of or size
    whole = _sight(trial, who, place, as_of)
    blinded = gate.narrowed(whole, ("open", "identifier"))
    sources = {"reader": StoreSource(store, whole, as_of), "blinded": StoreSource(store, blinded, as_of)}
    shown = whole if any(one.what.blinding == "reader" for one in declared) else blinded
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        told = Tally(_entries(store, shown, scope, as_of, as_of, as_of))  # before any file is written: see _bind
        written: dict[str, list[str]] = {}
        for one in declared:
            paths = write(sources[one.what.blinding], one, folder, scope, progress)
            written[one.name] = [path.name for path in paths]
        source = sources["reader" if shown is whole else "blinded"]
        _manifest(folder, source, who.actor, declared, written, scope, shown, told)
        entry, note = _bind(store, who, place, scope, folder, source.study.hash, shown, as_of, told)
        files = tuple(file.name for file in exported_files(folder))
        _settle(folder, out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Export(out, files, as_of, entry, note)


def _place(trial: Trial, scope: Scope) -> Place:
    """The site that the export speaks of, found from the subject when only that is named."""
    everything = trial.everything()
    if scope.subject is not None:
        subject = everything.record(f"subject/{scope.subject}")
        if subject is None or scope.site not in (None, subject.place.site):
            raise NotFound(
                f"there is no subject {scope.subject} here", "look at the subjects with `trialkit subject list`"
            )
        return Place(site=subject.place.site)
    if scope.site is not None and everything.record(f"site/{scope.site}") is None:
        raise NotFound(f"there is no site {scope.site}", "look at the sites with `trialkit site list`")
    return Place(site=scope.site or "")


def _sight(trial: Trial, who: Identity, place: Place, as_of: int) -> Sight:
    """What this person may see and take out, narrowed to the site of the export."""
    study = published(trial.store, trial.store.read(gate.system_sight(), as_of))[-1]
    allowed = permission(who.role, EXPORT)
    return gate.narrowed(trial.sight(who, trial.compiled(study.hash)), allowed.classes if allowed else (), place.site)


def _free(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not _is_export(out)):
        raise WrongFile(f"{out} exists and is no earlier export", "name a new folder, or one that an export made")


def _is_export(folder: Path) -> bool:
    try:
        found = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    return isinstance(found, dict) and found.get("export") == 1


def _manifest(
    folder: Path,
    source: StoreSource,
    actor: Actor,
    declared: Sequence[Declaration],
    written: dict[str, list[str]],
    scope: Scope,
    shown: Sight,
    told: Tally,
) -> None:
    """Write `manifest.json`: canonical JSON of what this export is. No wall clock: the same moment, the same bytes."""
    snapshot = source.snapshot
    hidden, seen = 0, 0
    for act in source.acts(scope.subject):
        hidden, seen = hidden + act.withheld, seen + 1
    said = {
        "export": 1,
        "study": {"oid": source.study.file.oid, "version": source.study.file.version, "hash": source.study.hash},
        "store": snapshot.kind,
        "software": f"trialkit {__version__}",
        "who": {"id": actor.id, "name": actor.name, "role": actor.role, "organisation": actor.organisation},
        "as_of": snapshot.as_of,
        "at": snapshot.at,
        "root": snapshot.head,
        "filter": {"subject": scope.subject, "site": scope.site},
        "sight": {
            "visibility": sorted(shown.visibility),
            "sites": None if shown.sites is None else sorted(shown.sites),
            "forms": None if shown.forms is None else sorted(shown.forms),
            "changes_withheld": hidden,
            "entries_read": seen,
        },
        "told": told.said,
        "deliverables": [
            {
                "name": one.name,
                "kind": one.what.kind,
                "title": one.what.title,
                "blinding": one.what.blinding,
                "definition": one.sha256,
                "files": sorted(written[one.name]),
            }
            for one in declared
        ],
        "files": [{"name": f.name, "sha256": f.sha256, "bytes": f.bytes} for f in exported_files(folder)],
    }
    (folder / MANIFEST).write_bytes(orjson.dumps(said, option=orjson.OPT_SORT_KEYS) + b"\n")


def _bind(
    store: Store,
    who: Identity,
    place: Place,
    scope: Scope,
    folder: Path,
    study: str,
    shown: Sight,
    as_of: int,
    told: Tally,
) -> tuple[int, str]:
    """Append `export.create`, sign, write the proof; the entry's number and the checkpoint that covers it."""
    kind: Literal["study", "subject"] = "study" if scope.subject is None else "subject"
    files = exported_files(folder)
    seen: Visibility = "unblinded" if "unblinded" in shown.visibility else "open"
    changes = export_changes(store.kind, kind, files, scope.subject or "", seen, told.withheld)
    origin = {"kind": "export", "as_of": str(as_of)}
    draft = Draft(EXPORT, who.actor, f"export/{token_hex(16)}", changes, place, origin=origin, study=study)
    if Tally(_entries(store, shown, scope, as_of, as_of, as_of)).said != told.said:
        raise _erased()  # before the log says that this was handed over
    entry = store.append([draft])[0].seq
    store.checkpoint()
    notes = store.checkpoints()
    size, note = next((size, note) for size, note in notes if size > entry)
    written = Tally()
    with (folder / NAME).open("wb") as out:
        write_proof(
            out,
            origin=store.origin,
            size=size,
            store_kind=store.kind,
            kind=kind,
            entries=_tallied(_entries(store, shown, scope, as_of, entry, size), as_of, written),
            checkpoints=[text for covered, text in notes if covered <= size] if kind == "study" else [note],
            files=files,
            subject=scope.subject or "",
        )
    if written.said != told.said:
        raise _erased()
    return entry, note


def _erased() -> OutOfOrder:
    return OutOfOrder("something was erased while this export was made: it would not verify", "export again")


def _entries(store: Store, shown: Sight, scope: Scope, as_of: int, entry: int, size: int) -> Iterator[Told]:
    """What the proof tells of the first `size` entries: all of them, or what a subject's proof needs."""
    return (_study_entries if scope.subject is None else _subject_entries)(store, shown, scope, as_of, entry, size)


def _tallied(entries: Iterator[Told], as_of: int, tally: Tally) -> Iterator[Told]:
    """The same entries; those before the export's moment are counted as they go by."""
    for one in entries:
        if parse(one.header).seq < as_of:
            tally.add(one)
        yield one


def _study_entries(store: Store, shown: Sight, scope: Scope, as_of: int, entry: int, size: int) -> Iterator[Told]:
    keys = _key_changes(store, size)
    for one in store.read(shown, size).proven():
        yield _told(keys.get(one.seq, one), one.seq < as_of or one.seq == entry or one.seq in keys)


def _subject_entries(store: Store, shown: Sight, scope: Scope, as_of: int, entry: int, size: int) -> Iterator[Told]:
    """The subject's entries, the one that binds the export, and changes of key, each with its inclusion path."""
    reader = store.read(shown, size)
    keys = _key_changes(store, size)
    beside = {entry, *keys}
    own = list(reader.proven(subject=scope.subject))
    wanted = beside - {one.seq for one in own}
    found = sorted([*own, *_these(reader.proven(), wanted)], key=lambda one: one.seq)
    paths = inclusions([one.seq for one in found], size, lambda start, end: store.leaves(start, end))
    for one in found:
        yield _told(keys.get(one.seq, one), one.seq < as_of or one.seq == entry or one.seq in keys, paths[one.seq])


def _key_changes(store: Store, size: int) -> dict[int, Proven]:
    """The entries that name a new log key, disclosed to everybody: without them nothing after them can be verified."""
    everything = store.read(gate.system_sight(), size)
    wanted = {view.seq for act in SHARED for view in everything.entries(act=act)}
    return {one.seq: one for one in _these(everything.proven(), wanted)} if wanted else {}


def _these(entries: Iterator[Proven], wanted: set[int]) -> Iterator[Proven]:
    for one in entries:
        if one.seq in wanted:
            yield one


def _told(one: Proven, disclosed: bool, path: Sequence[bytes] = ()) -> Told:
    """An entry for the proof; one after the export's moment is there with its digests alone."""
    return Told(
        one.header, one.digests, one.salts if disclosed else None, one.lines if disclosed else None, one.erased, path
    )


def _settle(folder: Path, out: Path) -> None:
    """Make the folder durable and put it in its place in one step."""
    for path in [*sorted(folder.iterdir()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    folder.chmod(0o755)
    if out.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
        out.rename(old / out.name)
        folder.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.rename(out)
