"""What was discarded can be brought back, as long as the window stays open and nothing was saved in its place."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

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

    What was discarded there before and not brought back is still among it.
    """
    kept = _kept(sheet)
    under = {path: sheet.base.get(path, sheet.stood.get(path)) for path in typed}
    now = Discarded(time.monotonic(), dict(typed), dict(sheet.said), under, sheet.since)
    if before := kept.get(row):
        now = Discarded(now.at, {**before.typed, **now.typed}, {**before.said, **now.said},
                        {**now.under, **before.under}, min(now.since, before.since))  # fmt: skip
    kept[row] = now


def offer(sheet: Sheet, row: str = "") -> bool:
    """A button that lays them on the sheet again, if there are any; gives whether it did.

    It stands where Discard stood: the second half of a double click on that one is none on this.
    """
    found = _kept(sheet).get(row)
    if found is None:
        return False
    words = f"Bring back {len(found.typed)} discarded answer{'s' if len(found.typed) != 1 else ''}"
    if not st.button(words, key=f"bring back|{sheet.name}|{row}", type="tertiary", icon=":material/undo:"):
        return False
    if time.monotonic() - found.at < MOVED:
        st.toast("Discarded. Press once more to bring it back.", icon=":material/touch_app:")
        return False
    # what was saved since is asked about, as for everything that lay on the desk a while
    lay(sheet, found.typed, found.said, found.under, found.since)
    sheet.keep()
    del _kept(sheet)[row]
    return True


def forget(sheet: Sheet, saved: Collection[str]) -> None:
    """These answers were saved: what was discarded of their rows, or of the form, is not offered any more."""
    for row in {"", *(split(path)[1] for path in saved)}:
        _kept(sheet).pop(row, None)


def _kept(sheet: Sheet) -> dict[str, Discarded]:
    kept: dict[str, Discarded] = st.session_state.setdefault(f"discarded|{sheet.name}", {})
    return kept
