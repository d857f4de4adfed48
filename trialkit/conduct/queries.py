"""The queries of one subject as a sitting leaves them, found by the record, the check and the item they ask about."""

from __future__ import annotations

from collections.abc import Iterable

from trialkit.store.record import Record


class Queries(dict[str, Record]):
    """Queries by stream: those not closed when the sitting began, and what it did since. It can go back to a mark."""

    __slots__ = ("_about", "_before")

    def __init__(self, queries: Iterable[Record] = ()) -> None:
        super().__init__()
        self._about: dict[str, dict[tuple[str, str], list[str]]] = {}
        self._before: list[tuple[str, Record | None]] = []
        for query in queries:
            self[query.stream] = query

    def __setitem__(self, stream: str, query: Record) -> None:
        before = self.get(stream)
        self._before.append((stream, before))
        if before is None:
            check, item = str(query.values.get("check")), str(query.values.get("item"))
            self._about.setdefault(query.place.record, {}).setdefault((check, item), []).append(stream)
        super().__setitem__(stream, query)

    def mark(self) -> int:
        """Where this stands now, for `back`."""
        return len(self._before)

    def back(self, mark: int) -> None:
        """As it was at the mark."""
        while len(self._before) > mark:
            stream, before = self._before.pop()
            if before is not None:
                super().__setitem__(stream, before)
                continue
            query = self.pop(stream)
            about = self._about[query.place.record]
            for streams in about.values():
                if stream in streams:
                    streams.remove(stream)

    def on(self, record: str) -> list[Record]:
        """The queries on a record, the closed ones too."""
        return [self[stream] for streams in self._about.get(record, {}).values() for stream in streams]

    def about(self, record: str, check: str, item: str) -> list[Record]:
        """The queries of a check on an item of a record, the closed ones too."""
        found = self._about.get(record)
        return [self[stream] for stream in found.get((check, item), ())] if found else []

    def open(self, record: str, check: str, item: str) -> bool:
        """Whether a query of a check on an item of a record is not closed."""
        found = self._about.get(record)
        return found is not None and any(self[stream].status != "CLOSED" for stream in found.get((check, item), ()))
