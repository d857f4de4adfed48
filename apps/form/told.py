"""What is told of an open form: what was done with it last, and its answers in words, typed or standing."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from apps import here, history
from apps.form.sheet import Sheet
from trialkit.conduct.answers import Typed
from trialkit.conduct.standing import split
from trialkit.ledger.entry import Place, Written
from trialkit.values import Missing


def tell_done(place: Place) -> None:
    """What was done with the form last, once. Until the next act it stays on the screen; see `untell`."""
    told: tuple[str, bool] | None = st.session_state.pop(f"told|{place.record}", None)
    st.session_state[f"tells|{place.record}"] = told is not None
    if told is not None:
        words, whole = told
        if whole:
            st.success(words, icon=":material/check:")
        else:
            st.warning(words, icon=":material/error:")


def keep_done(place: Place, words: str, *, whole: bool = True) -> None:
    """Keep it to be told where the form is drawn next; `whole`: everything was done that was asked for."""
    st.session_state[f"told|{place.record}"] = words, whole


def untell(place: Place) -> bool:
    """Whether something stands on the screen that was told of an act before this one, and has to go."""
    return bool(st.session_state.pop(f"tells|{place.record}", False))


def not_taken(sheet: Sheet, own: Mapping[str, Typed]) -> str:
    """What the last save did not take, by name, as long as it stands in its box as it was then."""
    refused, others = st.session_state.get(f"not taken|{sheet.name}", ({}, False))
    names = [sheet.rule(path).item.label for path, raw in refused.items() if own.get(path) == raw]
    return f"{'Saved, but not taken' if others else 'Not taken'}: {', '.join(names)}." if names else ""


def unsaved(count: int) -> str:
    """How much is typed and not saved."""
    return f"{count} answer{'s' if count != 1 else ''} not saved yet; kept safe until you save"


def tell_others(sheet: Sheet) -> None:
    """What was typed under questions that the study asks otherwise since, until somebody says that it was read."""
    if sheet.others:
        lines = map(here.literal, sheet.others)
        st.warning("  \n".join(["The study asks otherwise now. What you typed is no answer to its questions:",
                                *lines]), icon=":material/sync_problem:")  # fmt: skip
        if st.button("I have read it", key=f"others read|{sheet.name}"):
            sheet.others.clear()
            sheet.keep()
            st.rerun()


def tell_gone(sheet: Sheet) -> None:
    """What was typed in rows that somebody struck meanwhile, until somebody says that it was read."""
    if sheet.gone:
        lines = [
            here.literal(f"{sheet.called(path)}: {in_words(sheet, path, raw)}") for path, raw in sheet.gone.items()
        ]
        st.warning("  \n".join(["The row was struck meanwhile. What you typed in it is not saved:", *lines]))
        if st.button("I have read it", key=f"gone read|{sheet.name}"):
            sheet.gone.clear()
            sheet.keep()
            st.rerun()


def in_words(sheet: Sheet, path: str, answer: Typed | Written, nothing: str = "cleared") -> str:
    """The answer at `path` decoded, or in words why there is none; `nothing` where it is empty."""
    if not answer:
        return nothing
    written: Written = {"m": answer.reason} if isinstance(answer, Missing) else answer  # type: ignore[assignment]
    return history.read(sheet.study, sheet.place.form, path, written)


def in_place_of(sheet: Sheet, path: str) -> str:
    """The answer that a reason for having none would take the place of, as it is said behind the reason."""
    group, row, item = split(path)
    held = sheet.rows.get(group, {}).get(row, {}).get(item) if group else st.session_state.get(sheet.key(item))
    return f", in place of {in_words(sheet, path, held)}" if held else ""
