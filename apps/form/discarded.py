"""What was discarded can be brought back, as long as the window stays open and nothing was saved in its place."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from apps.form.opening import lay
from apps.form.sheet import Sheet
from apps.request import MOVED
from trialkit.conduct.answers import Typed
from trialkit.conduct.standing import split
from trialkit.ledger.entry import Written


@dataclass(frozen=True, slots=True)
class Discarded:
    """Answers as they were typed, the words beside them, and over what: `since` is the version, `under` what stood."""

    at: float
    typed: Mapping[str, Typed]
    said: Mapping[str, str]
    under: Mapping[str, Written]
    since: int


def remember(sheet: Sheet, typed: Mapping[str, Typed], row: str = "") -> None:
    """Call it before these answers, of one row or of the whole form, are taken off the sheet.

    What was discarded there before and not brought back is kept beside it, over what it was typed over.
    """
    kept = _kept(sheet)
    under = {path: sheet.base.get(path, sheet.stood.get(path)) for path in typed}
    now = Discarded(time.monotonic(), dict(typed), dict(sheet.said), under, sheet.since)
    before = (replace(one, typed=_without(one.typed, typed), under=_without(one.under, typed))
              for one in kept.get(row, ()))  # fmt: skip
    kept[row] = [now, *(one for one in before if one.typed)]


def offer(sheet: Sheet, row: str = "") -> bool:
    """A button that lays them on the sheet again, if there are any; gives whether it did.

    It stands where Discard stood: the second half of a double click on that one is none on this.
    """
    found = _kept(sheet).get(row)
    if found is None:
        return False
    many = sum(len(one.typed) for one in found)
    words = f"Bring back {many} discarded answer{'s' if many != 1 else ''}"
    if not st.button(words, key=f"bring back|{sheet.name}|{row}", type="tertiary", icon=":material/undo:"):
        return False
    if time.monotonic() - found[0].at < MOVED:
        st.toast("Discarded. Press once more to bring it back.", icon=":material/touch_app:")
        return False
    # what was saved since is asked about, as for everything that lay on the desk a while
    since = sheet.since if sheet.typed() else None  # what else lies there was typed over the version it is over
    for one in found:
        lay(sheet, one.typed, _without(one.said, sheet.said), one.under, one.since)
    sheet.since = sheet.since if since is None else since
    sheet.keep()
    del _kept(sheet)[row]
    return True


def forget(sheet: Sheet, saved: Collection[str]) -> None:
    """These answers were saved: what was discarded of their rows, or of the form, is not offered any more."""
    for row in {"", *(split(path)[1] for path in saved)}:
        _kept(sheet).pop(row, None)


def _without(all_of: Mapping[str, Any], those: Collection[str]) -> dict[str, Any]:
    return {path: one for path, one in all_of.items() if path not in those}


def _kept(sheet: Sheet) -> dict[str, list[Discarded]]:
    """The newest first."""
    kept: dict[str, list[Discarded]] = st.session_state.setdefault(f"discarded|{sheet.name}", {})
    return kept
