"""The ledger of the served demo, read beside the server: which acts came, whose."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def size(folder: Path) -> int:
    """The number of the last entry."""
    return max(seq for seq, *_ in _read(folder, -1))


def acts(folder: Path, since: int) -> list[tuple[str, str]]:
    """Act and user id of each entry after this one."""
    return [(act, user) for _, act, user in _read(folder, since)]


def _read(folder: Path, since: int) -> list[tuple[int, str, str]]:
    with sqlite3.connect(f"file:{folder / 'demo.db'}?mode=ro", uri=True, timeout=20) as db:
        return db.execute(
            "SELECT seq, act, json_extract(CAST(header AS TEXT), '$.actor.id') FROM entry WHERE seq > ? ORDER BY seq",
            (since,),
        ).fetchall()
