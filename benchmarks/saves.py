"""An audited save of a 30-item form on SQLite: rights, checks, ledger, projection, durable commit; and its peers'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import TypeAlias

from benchmarks.clinic import Clinic, answers
from benchmarks.measure import Figure, Work, at_least, in_turns
from benchmarks.options import Options
from benchmarks.peers import django
from benchmarks.peers.continuum import Continuum
from benchmarks.peers.document import BareSqlite

Save: TypeAlias = Callable[[int, int, Mapping[str, str]], None]
BLOCK = 4  # forms entered and changed, before the next contender may have its turn


def run(options: Options, folder: Path) -> list[Figure]:
    clinic = Clinic.make(str(folder / "store.db"), folder)
    django.start(
        {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "django.db"),
            "OPTIONS": {
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                "transaction_mode": "IMMEDIATE",
            },
        },
        "django_history",
    )
    contenders = {
        "trialkit": ours(clinic, options.most_saves),
        "simple-history": block(django.SimpleHistory(False).save),
        "simple-history, bulk": block(django.SimpleHistory(True).save, 10**6),
        "Continuum": block(Continuum(folder / "continuum.db").save),
        "bare insert": block(BareSqlite(folder / "document.db").save),
    }
    found = in_turns(contenders, options.rounds, options.seconds)
    clinic.store.close()
    topic, me = "saves, SQLite", "trialkit"
    return [
        Figure(topic, "audited 30-item save", found.rate(me), "/s", None, "half first entries, half changes"),
        _against(found.ratio(me, "simple-history"), found.rate("simple-history"), "django-simple-history, save()", 10),
        _against(found.ratio(me, "simple-history, bulk"), found.rate("simple-history, bulk"), "its bulk functions"),
        _against(found.ratio(me, "Continuum"), found.rate("Continuum"), "SQLAlchemy-Continuum, item rows", 20),
        _against(found.ratio(me, "bare insert"), found.rate("bare insert"), "bare durable insert", 0.25),
    ]


def _against(ratio: float, rate: float, peer: str, limit: float | None = None) -> Figure:
    wanted = at_least(limit) if limit else None
    return Figure("saves, SQLite", f"times {peer}", ratio, "x", wanted, f"which makes {rate:,.0f}/s")


def ours(clinic: Clinic, most: int) -> Work:
    """Blocks of our saves on forms made ready beforehand."""
    places, numbers = clinic.places(), count()
    ready = [next(places) for _ in range(most)]

    def work() -> int:
        start = next(numbers) * BLOCK % (most - BLOCK)
        for version in (0, 1):
            for n in range(start, start + BLOCK):
                clinic.save(ready[n], n, version)
        return 2 * BLOCK

    return work


def block(save: Save, first: int = 0) -> Work:
    """Blocks of a peer's saves."""
    numbers = count()

    def work() -> int:
        start = first + next(numbers) * BLOCK
        for version in (0, 1):
            for n in range(start, start + BLOCK):
                save(n, version, answers(n, version))
        return 2 * BLOCK

    return work
