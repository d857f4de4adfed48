"""What one person may see, as a plain value that every reader takes. Only `access` makes one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """Sites, forms and subjects (None: all) and visibility classes that a reader may show."""

    sites: frozenset[str] | None
    visibility: frozenset[str]
    forms: frozenset[str] | None = None
    person: str = ""
    subjects: frozenset[str] | None = None
