"""One fault of a study, with the place where it stands and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """`file:line:column: what (hint)`; line and column count from 1, as editors do."""

    file: str
    line: int
    column: int
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what} ({self.hint})"


Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file to a value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault known by the file's part and the path in it; the loader turns it into a Complaint.

    `file` is `study`, `codelists`, `tables` or a form's oid; `offset` counts characters into the value, `at_key` points
    at the last key itself instead of its value.
    """

    file: str
    path: Path
    what: str
    hint: str
    offset: int = 0
    at_key: bool = False
