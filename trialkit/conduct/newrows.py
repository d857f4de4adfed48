"""New lines of a log and new rows of a table: their numbers, also where two people began the same one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from trialkit.conduct.standing import split
from trialkit.ledger.entry import Place
from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledForm, path_of

MOST = 9_999
"""The highest number of a line, and of a visit that is repeated."""


def next_line(taken: Collection[int]) -> int:
    """The number of a new line: after all that stand, or the first that is free where the last number is taken."""
    after = max(taken, default=0) + 1
    return after if after <= MOST else min(set(range(1, MOST + 1)).difference(taken), default=after)


def set_apart(
    reader: Reader, place: Place, cform: CompiledForm, paths: Iterable[str], since: int, stands: Callable[[str], bool]
) -> dict[str, str]:
    """Where the answers `paths` belong whose row somebody else began after version `since`: path -> path in a free row.

    A row all of whose answers stand already (by `stands`) was saved by the same person in another window, and a row of
    a timepoint is one row, whoever reads: both stay where they are.
    """
    record = reader.record(place)
    rows: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        group, row, _ = split(path)
        if group and many(cform, group, row):
            rows.setdefault((group, row), []).append(path)
    if record is None or record.version <= since or not rows:
        return {}
    taken = {split(path)[:2] for path in record.values}
    before = {
        split(shown.change.item)[:2]
        for entry in reader.history(stream=place.record) if entry.version <= since
        for shown in entry.changes
    }  # fmt: skip
    used = taken | before | set(rows)
    found: dict[str, str] = {}
    for (group, row), own in sorted(rows.items(), key=lambda one: (one[0][0], len(one[0][1]), one[0][1])):
        if (group, row) not in taken or (group, row) in before or all(stands(path) for path in own):
            continue
        code, dot, _ = row.rpartition(".")
        free = f"{code}{dot}{1 + max(_number(other, code + dot) for one, other in used if one == group)}"
        used.add((group, free))
        found |= {path: path_of(group, free, split(path)[2]) for path in own}
    return found


def many(cform: CompiledForm, group: str, row: str) -> bool:
    """Whether the row is one of as many as there are, and not that of a single timepoint."""
    points = cform.groups[group].group.timepoints if group in cform.groups else {}
    return not points or ("." in row and points[row.rpartition(".")[0]].repeats)


def _number(row: str, mark: str) -> int:
    last = row.removeprefix(mark)
    return int(last) if row.startswith(mark) and last.isdecimal() else 0
