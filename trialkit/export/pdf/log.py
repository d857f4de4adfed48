"""A selection of the change log as a document: what it is on the first page, then every entry, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trialkit.access.table import ROLES
from trialkit.conduct.acts import SAID, verb
from trialkit.conduct.trail import because
from trialkit.errors import Broken
from trialkit.export.pdf.check import check_pdf
from trialkit.export.pdf.document import About, Document
from trialkit.export.pdf.fonts import BOLD
from trialkit.export.pdf.outline import with_contents
from trialkit.export.pdf.page import Book, Furniture
from trialkit.export.pdf.table import Cell, table
from trialkit.export.source import Snapshot, Source
from trialkit.export.wording import both, dated, read_value, row_label, seen, split_path, utc
from trialkit.ledger.entry import Actor, Change
from trialkit.store.record import EntryView
from trialkit.study.model import Form

TITLE = "Change log"
_SHARES = (11, 17, 17, 19, 40, 22)


@dataclass(frozen=True, slots=True)
class Front:
    """What the first page says: who took it, of which study, what narrows it, the moment, how many entries."""

    by: Actor
    study: str
    filters: tuple[tuple[str, str], ...]
    snapshot: Snapshot
    count: int


def write_log_pdf(source: Source, front: Front, entries: Sequence[EntryView], path: Path) -> int:
    """Write the document; the number of its pages. Raises Broken if it breaks the rules of regulatory PDF files."""
    shot = front.snapshot
    document = Document(About(f"{front.study} {TITLE}", front.by.name, f"{TITLE} as of {utc(shot.at)}", shot.software))
    book = Book(document.ink)
    _cover(book, front, entries)
    cover = len(book.pages)
    book.mark(0, "Contents", "contents")
    _entries(book, source, entries)
    pages = with_contents(book, cover)
    furniture = Furniture(
        header=((front.study, TITLE), (f"Taken by {front.by.name}", f"{front.count:,} entries")),
        footer=(f"As of {utc(shot.at)}, entry {shot.as_of}, head {shot.head[:12]}", shot.software),
        banner="TRAINING - not a real subject" if shot.kind == "training" else "",
    )
    count = document.write(path, pages, book.marks, furniture)
    complaints = check_pdf(path, pages=False)
    if complaints:
        raise Broken(f"{path.name} breaks the rules of PDF files: {complaints[0]}", "", file=path.name)
    return count


def _cover(book: Book, front: Front, entries: Sequence[EntryView]) -> None:
    shot, by = front.snapshot, front.by
    book.running = "What this is"
    book.new_page()
    book.mark(0, "What this is", "cover")
    book.heading(TITLE, 12, "cover")
    role = ROLES[by.role].title if by.role in ROLES else by.role
    facts = [
        ("Study", front.study),
        ("Store", "training: nobody in it is real" if shot.kind == "training" else shot.kind),
        ("Moment", f"the first {shot.as_of:,} entries of the ledger, the last of them of {utc(shot.at)}"),
        ("Head", f"Merkle root over them: {shot.head}"),
        ("Entries", f"{front.count:,}, from entry {entries[-1].seq:,} to entry {entries[0].seq:,}, newest first"),
        ("Taken by", f"{by.name} ({by.id}), {role}, {by.organisation}"),
        ("Left out", "masked values and what tells of them" if shot.blinded else "nothing for its blinding"),
        ("Software", shot.software),
    ]
    table(book, ("What", ""), [[Cell(name, bold=True), text] for name, text in facts], (20, 80))
    book.heading("Filters", 10)
    if front.filters:
        table(book, ("Filter", "Chosen"), [[Cell(n, bold=True), text] for n, text in front.filters], (20, 80))
    else:
        book.text("None: every entry that the reader may see.", font=BOLD)


def _entries(book: Book, source: Source, entries: Sequence[EntryView]) -> None:
    book.running = "Entries"
    book.new_page()
    book.mark(0, "Entries", "entries")
    book.heading("Entries", 12, "entries")
    book.text("Times are those of the site, with UTC. An arrow leads from the old value to the new one.", after=6)
    rows: list[list[Cell | str]] = []
    day = ""
    for entry in entries:
        if entry.recorded_at[:10] != day:
            day = entry.recorded_at[:10]
            book.mark(1, f"{dated(day)} (UTC)", f"entry-{entry.seq}")
        role = ROLES[entry.actor.role].title if entry.actor.role in ROLES else entry.actor.role
        study = source.version(entry.study)
        codes = study.file.change_reasons
        at = entry.place
        where = (at.subject or at.site, _repeated(at.event, at.event_repeat), _repeated(at.form, at.form_repeat))
        why = (codes.get(entry.reason or "", entry.reason or ""), because(entry), _origin(entry))
        act = verb(entry.act, (shown.change for shown in entry.changes))
        rows.append([
            Cell(f"{entry.seq}", bold=True, place=f"entry-{entry.seq}"),
            both(entry.recorded_at, source.zone(at.site)),
            f"{entry.actor.name} ({entry.actor.id}), {role}, {entry.actor.organisation}",
            "\n".join(part for part in (act, " ".join(part for part in where if part)) if part),
            "\n".join(_changes(source, entry)),
            "\n".join(part for part in why if part),
        ])  # fmt: skip
    table(book, ("Entry", "When", "Who", "Act, where", "What changed", "Why"), rows, _SHARES)


def _repeated(name: str, repeat: int) -> str:
    return name if repeat == 1 else f"{name} ({repeat})"


def _origin(entry: EntryView) -> str:
    kind = str(entry.origin.get("kind", ""))
    said = {"import": f"import of {entry.origin.get('file', '')}", "calculation": "worked out by the system"}
    return said.get(kind, f"check {entry.origin['check']}" if entry.origin.get("check") else "")


def _changes(source: Source, entry: EntryView) -> Iterable[str]:
    """Each change that may be seen, on a line of its own: label (id): old, arrow, new."""
    study, zone = source.version(entry.study), source.zone(entry.place.site)
    form = study.forms.get(entry.place.form) if entry.stream.startswith("record/") else None
    for part in entry.changes:
        change = part.change
        if change.item.startswith("@reason") or not _told(source, form, change):
            continue
        group, row, oid = split_path(change.item)
        item = form.items.get(oid) if form is not None else None
        kind, _, about = change.item.partition("[")
        own = f"{SAID[kind]} {about.removesuffix(']')}".strip() if kind in SAID else change.item
        label = f"{item.label} ({oid})" if item else own
        if form is not None and item is not None and group:
            label = f"{label}, {row_label(form, group, row)}"
        old, new = (
            read_value(source, study, item, value, zone) if item or not isinstance(value, list) else ", ".join(value)
            for value in (change.old, change.new)
        )
        yield f"{label}: {new or 'nothing'}" if change.old is None else f"{label}: {old} → {new or 'nothing'}"
    if entry.erased:
        yield f"{len(entry.erased)} changes were lawfully erased"


def _told(source: Source, form: Form | None, change: Change) -> bool:
    """Whether a change may be told: a mark on a masked item tells of the item, a password's hash of nothing."""
    if change.item == "@credential":
        return False
    about = change.item[len("@verified[") : -1] if change.item.startswith("@verified[") else change.item
    return form is None or seen(source, form, split_path(about)[2])
