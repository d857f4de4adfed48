"""What is typed and not saved, as a note on the desk; each window has its own, so that none undoes another's."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.door import opened
from apps.request import window
from trialkit.access.table import ROLES
from trialkit.errors import StoreRefused
from trialkit.ledger.entry import Written

_TURN = threading.Lock()
AT_TABLET = timedelta(minutes=30)
"""So long what a participant typed and did not hand in is laid back: the tablet goes from hand to hand (0020)."""


def keep(
    name: str, typed: Mapping[str, Any], stood: Mapping[str, Written], version: int, said: Mapping[str, str],
    over: Mapping[str, str], study: str, others: Sequence[str] = (),
) -> None:  # fmt: skip
    """Put down what this window has typed into the form, over what stood under it then. Raises StoreRefused.

    `said` are reasons and explanations that are being written for it, `study` the hash of the version whose questions
    were answered, `others` what was answered to questions that are asked otherwise since. `over` are notes that it
    takes the place of (window -> when it was kept), unless they went on.
    """
    note = {"typed": typed, "stood": stood, "version": version, "said": said, "study": study, "others": list(others),
            "at": datetime.now(UTC).isoformat()}  # fmt: skip
    with _TURN:
        left = {one: other for one, other in kept(name).items() if over.get(one) != other["at"]}
        opened.desk().keep("draft", name, {**left, window(): note})
        if name not in _names(_owner(name)):
            _list(name, lies=True)


def kept(name: str) -> dict[str, dict[str, Any]]:
    """The notes on this form: window -> note."""
    return opened.desk().kept("draft", name) or {}


def may_return(note: Mapping[str, Any], role: str, now: datetime) -> bool:
    """Whether a note is laid back before this role; who has an account of their own finds it however old."""
    return not ROLES[role].own_forms or now - datetime.fromisoformat(note["at"]) < AT_TABLET


def drop(name: str, taken: Mapping[str, str]) -> None:
    """Take away the note of this window, and those it took over (window -> when it was kept) unless they went on."""
    with _TURN:
        notes = kept(name)
        left = {one: note for one, note in notes.items() if one != window() and taken.get(one) != note["at"]}
        if left:
            opened.desk().keep("draft", name, left)
        elif notes:
            opened.desk().drop("draft", name)
            with suppress(StoreRefused):  # what is saved is saved; `lying` passes over a name without notes
                _list(name, lies=False)


def lying(person: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The forms on which this person has notes: name -> notes, the newest first."""
    found = {name: notes for name in _names(person) if (notes := kept(name))}
    return dict(sorted(found.items(), key=lambda one: max(note["at"] for note in one[1].values()), reverse=True))


def _list(name: str, *, lies: bool) -> None:
    """The names of a person's notes, in a note of their own: a note does not say whose it is."""
    person = _owner(name)
    opened.desk().keep("drafts", person, {"names": [*(one for one in _names(person) if one != name), *[name] * lies]})


def _names(person: str) -> list[str]:
    names: list[str] = (opened.desk().kept("drafts", person) or {}).get("names", [])
    return names


def _owner(name: str) -> str:
    return name.partition("|")[0]
