"""What is typed and not saved, as a note on the desk; each window has its own, so that none undoes another's."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.door import opened
from apps.request import window
from trialkit.access.table import ROLES
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
        before = kept(name)
        left = {one: other for one, other in before.items() if over.get(one) != other["at"]}
        opened.desk().keep("draft", name, {**left, window(): note})
        if not before:
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
            _list(name, lies=False)


def lying(person: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The forms on which this person has notes: name -> notes, the newest first."""
    names = (opened.desk().kept("drafts", person) or {}).get("names", [])
    found = {name: notes for name in names if (notes := kept(name))}
    return dict(sorted(found.items(), key=lambda one: max(note["at"] for note in one[1].values()), reverse=True))


def _list(name: str, *, lies: bool) -> None:
    """The names of a person's notes, in a note of their own: a note does not say whose it is."""
    person = name.partition("|")[0]
    names = (opened.desk().kept("drafts", person) or {}).get("names", [])
    opened.desk().keep("drafts", person, {"names": [one for one in names if one != name] + [name] * lies})
