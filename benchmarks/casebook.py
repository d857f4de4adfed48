"""Pages of subject casebooks, read from the store and drawn, against pages drawn straight from memory."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from benchmarks.clinic import VISITS, Clinic
from benchmarks.measure import Figure, at_least, in_turns
from benchmarks.options import Options
from benchmarks.peers.pages import by_canvas, by_platypus
from trialkit.access.gate import sight
from trialkit.export.deliverable import Casebook
from trialkit.export.pdf.casebook import write_casebook
from trialkit.export.reading import StoreSource

SUBJECTS = 12
PLAN = Casebook(kind="casebook", title="Casebook")


def run(options: Options, folder: Path) -> list[Figure]:
    clinic = Clinic.make(str(folder / "store.db"), folder)
    places = clinic.places()
    for n in range(SUBJECTS * VISITS):
        place = next(places)
        for version in (0, 1)[: 1 + n % 2]:
            clinic.save(place, n, version)
    source = StoreSource(clinic.store, sight(clinic.dee), clinic.store.size)
    subjects, turns = list(source.subjects()), count()

    def ours() -> int:
        subject = subjects[next(turns) % len(subjects)]
        return write_casebook(source, folder / "casebook.pdf", subject, PLAN)

    def canvas() -> int:
        by_canvas(folder / "canvas.pdf", 30)
        return 30

    def platypus() -> int:
        by_platypus(folder / "platypus.pdf", 30)
        return 30

    found = in_turns({"ours": ours, "canvas": canvas, "platypus": platypus}, options.rounds, options.seconds)
    pages, size = ours(), (folder / "casebook.pdf").stat().st_size
    clinic.store.close()
    topic = "casebook"
    return [
        Figure(
            topic,
            "pages, from the store to the file",
            found.rate("ours"),
            "/s",
            at_least(400),
            f"{pages} pages, {size / pages / 1024:.1f} KB a page",
        ),
        Figure(
            topic,
            "times bare canvas, same text in memory",
            found.ratio("ours", "canvas"),
            "x",
            None,
            f"which makes {found.rate('canvas'):,.0f}/s",
        ),
        Figure(
            topic,
            "times platypus tables",
            found.ratio("ours", "platypus"),
            "x",
            None,
            f"which makes {found.rate('platypus'):,.0f}/s",
        ),
    ]
