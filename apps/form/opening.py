"""A form is opened, opened anew and closed: nothing that was typed in it is taken away before it lies on the desk."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from apps import here, widgets
from apps.form import draft
from apps.form.rights import entered
from apps.form.sheet import Sheet, is_struck, noted, plain, shut
from apps.request import window
from trialkit.access.table import ROLES
from trialkit.conduct.alike import alike
from trialkit.conduct.answers import Typed
from trialkit.conduct.newrows import set_apart
from trialkit.conduct.standing import split
from trialkit.errors import StoreRefused
from trialkit.ledger.entry import Place, Written
from trialkit.study.compiled import CompiledForm
from trialkit.values import Missing


def open_sheet(place: Place) -> Sheet:
    """The sheet of this place, as it was opened in this browser; opened now if it was not."""
    name = f"sheet|{place.record}"
    sheet: Sheet | None = st.session_state.get(name)
    if sheet is not None and _too_old(sheet):
        forget(place)
        for gone in (f"others|{sheet.name}", f"answering|{place.record}", f"answering|{place.record}|said"):
            st.session_state.pop(gone, None)
        sheet = None
    if sheet is None:
        sheet = _opened(place)
        _lay_back(sheet)
        st.session_state[name] = sheet
    sheet.ready()
    return sheet


def _too_old(sheet: Sheet) -> bool:
    """Whether it is come back to at a tablet on which nothing of it is laid back any more (decision 0020)."""
    if sheet.on_screen or not ROLES[here.who().role].own_forms:
        return False
    now, own = datetime.now(UTC), {window(), *sheet.taken}
    return not any(draft.may_return(note, here.who().role, now)
                   for one, note in draft.kept(sheet.name).items() if one in own)  # fmt: skip


def left() -> None:
    """Another page is looked at: the widgets of the one before have lost their state."""
    for name in [str(name) for name in st.session_state if str(name).startswith("on screen|")]:
        st.session_state[name].clear()


def open_now(place: Place) -> Sheet:
    """The same, opened anew if somebody else saved the form since, unless something is typed in it."""
    sheet = open_sheet(place)
    record = here.reader().record(place)
    if record is None or record.version == sheet.version or sheet.typed():
        return sheet
    forget(place)
    return open_sheet(place)


def reopened(sheet: Sheet, left: Mapping[str, Typed], chosen: Mapping[str, Written] | None = None) -> None:
    """The form as it stands now, with what is left unsaved lying in it as it was typed.

    `chosen`: what the person has seen under it and typed over on purpose. What is left lies on the desk before anything
    is taken away: a click on another page may break this off at any step.
    """
    left = sheet.gone | dict(left)  # told until it was read
    # a choice that was owed still is
    under = {path: sheet.base[path] for path in left if path in sheet.base} if chosen is None else dict(chosen)
    record = here.reader().record(sheet.place)
    stands, version = (record.values, record.version) if record else ({}, 0)
    if left:
        with suppress(StoreRefused):  # it is told when it is kept again below
            draft.keep(sheet.name, noted(left), {path: under.get(path, stands.get(path)) for path in left}, version, {},
                       sheet.taken, sheet.study.hash)  # fmt: skip
    else:
        draft.drop(sheet.name, sheet.taken)
    st.session_state.pop(sheet.asking, None)
    forget(sheet.place)
    again = open_sheet(sheet.place)
    if again.taken.keys() <= {window()}:
        again.back = ""  # it was never away
    other = [path for path in left if not alike(sheet.cform, again.cform, path)]
    _tell(again, [_answered(sheet.cform, path, raw) for path, raw in noted(left).items() if path in other])
    for path, raw in left.items():
        if path not in other:
            again.put(path, raw)
    again.base |= {path: stood for path, stood in under.items() if path not in other}
    again.keep()


def done(sheet: Sheet) -> None:
    """What was typed is saved or discarded: the note goes, and the sheet is opened anew."""
    draft.drop(sheet.name, sheet.taken)
    st.session_state.pop(sheet.asking, None)
    forget(sheet.place)


def forget(place: Place) -> None:
    """Close the sheet: the next look opens it as it stands then."""
    sheet: Sheet | None = st.session_state.pop(f"sheet|{place.record}", None)
    kept = {sheet.key(path) for path in sheet.drawn} if sheet else set()
    if sheet:  # the browser holds what was typed in a table as long as it is the same table
        sheet.turns |= {
            oid: sheet.turns.get(oid, 0) + 1 for oid, one in sheet.cform.groups.items() if one.group.repeating
        }
    own = f"{place.record}|", f"frame|{place.record}|"
    for key in [key for key in st.session_state if str(key).startswith(own) and key not in kept]:
        del st.session_state[key]
    st.session_state.pop(f"{here.who().person}|{place.record}|kept", None)


def lay(
    sheet: Sheet, typed: Mapping[str, Any], said: Mapping[str, str], stood: Mapping[str, Written], since: int
) -> None:  # fmt: skip
    """Lay on the sheet what was typed over another version of the form: `since`, in which `stood` stood under it.

    A new row that somebody else began meanwhile is theirs, and what was typed is a row of its own.
    """
    typed = {path: Missing(raw["m"]) if isinstance(raw, dict) else raw for path, raw in typed.items()}
    own = set_apart(here.reader(), sheet.place, sheet.cform, typed, since, partial(sheet.stands, typed))
    for path, raw in typed.items():
        sheet.put(own.get(path, path), raw)
    sheet.said |= said
    sheet.base |= {own.get(path, path): written for path, written in stood.items()}
    sheet.apart |= {split(path)[1]: split(free)[1] for path, free in own.items()}
    sheet.since = since


def _opened(place: Place) -> Sheet:
    record = here.reader().record(place)
    study = here.trial().compiled(record.study) if record else here.study(place.site)
    if place.form not in study.forms:
        here.nothing(f"There is no form {place.form}.", "Open it from the subject's page.")
    sheet = Sheet(
        record.place if record else place, study, study.forms[place.form], record.version if record else 0,
        dict(record.values) if record else {}, record.status if record else "",
        since=record.version if record else 0,
    )  # fmt: skip
    # what was drawn for this form in this browser stays where it shows what stands now
    sheet.drawn = st.session_state.setdefault(f"drawn|{sheet.place.record}", {})
    sheet.turns = st.session_state.setdefault(f"turns|{sheet.place.record}", {})
    sheet.on_screen = st.session_state.setdefault(f"on screen|{sheet.place.record}", set())
    for single in plain(sheet.cform):
        sheet.drawn.setdefault(single.oid, 0)
    for path in sheet.drawn:
        key, rule = sheet.key(path), sheet.cform.items.get(split(path)[2])
        if key in st.session_state and not (rule and widgets.same(rule, st.session_state[key], sheet.stood.get(path))):
            del st.session_state[key]
            sheet.drawn[path] += 1
    for path, value in sheet.stood.items():
        group, row, item = split(path)
        rule = sheet.cform.items.get(item)
        if is_struck(sheet.stood, path):
            continue
        if rule is not None and rule.compute is None and group:
            sheet.rows.setdefault(group, {}).setdefault(row, {})[item] = widgets.typed_of(rule, value)
        if isinstance(value, dict) and rule is not None:
            sheet.missing[path] = value["m"]
    return sheet


def _lay_back(sheet: Sheet) -> None:
    """Unsaved answers of an earlier session come back into their widgets, unless the form takes none.

    Those of a role that this person has no more stay on the desk; those to a question that is asked otherwise since
    are told, and no answer to the one that stands there now.
    """
    sheet.others = st.session_state.setdefault(f"others|{sheet.name}", [])  # told until they were read
    notes = {} if shut(sheet) else draft.kept(sheet.name)
    own = entered(sheet) if notes else frozenset()
    for one, note in sorted(notes.items(), key=lambda item: str(item[1]["at"])):
        owners = {_owner(sheet.cform, path) for path in note["typed"]}
        if not draft.may_return(note, here.who().role, datetime.now(UTC)) or (owners and owners.isdisjoint(own)):
            continue
        typed = note["typed"]
        if note.get("study", sheet.study.hash) != sheet.study.hash:
            before = here.trial().compiled(note["study"]).forms[sheet.place.form]
            other = {path for path in typed if not alike(before, sheet.cform, path)}
            _tell(sheet, [_answered(before, path, typed[path]) for path in typed if path in other])
            typed = {path: raw for path, raw in typed.items() if path not in other}
        _tell(sheet, note.get("others", []))
        lay(sheet, typed, note.get("said", {}), note["stood"], note["version"])
        sheet.taken[one] = note["at"]
        sheet.back = note["at"] if typed.keys() - sheet.gone.keys() else sheet.back


def _tell(sheet: Sheet, others: list[str]) -> None:
    sheet.others += [one for one in others if one not in sheet.others]


def _owner(cform: CompiledForm, path: str) -> str:
    rule = cform.items.get(split(path)[2])
    return (rule.item.entered_by or "") if rule else ""


def _answered(before: CompiledForm, path: str, raw: Any) -> str:
    """An answer with its question, as it was typed."""
    _, row, item = split(path)
    rule, codes = before.items[item], raw if isinstance(raw, list) else [raw]
    point = (before.groups[rule.group].group.timepoints or {}).get(row.partition(".")[0])
    of = f"row {row}{f' ({point.label})' if point else ''}, " if row else ""
    words = "no answer" if isinstance(raw, dict) else "; ".join((rule.labels or {}).get(code, code) for code in codes)
    return f"{of}{rule.item.label}: {words}"
