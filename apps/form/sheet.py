"""A form before its person: what stood when it was opened, what was typed since, and its note on the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from apps import here, widgets
from apps.form import draft
from trialkit.conduct.answers import Typed
from trialkit.conduct.preview import Preview
from trialkit.conduct.standing import closed, split
from trialkit.errors import StoreRefused
from trialkit.ledger.entry import Place, Written
from trialkit.study.compiled import CompiledForm, CompiledItem, CompiledStudy, path_of
from trialkit.values import Missing


@dataclass
class Sheet:
    """One open form. `stood` is what the ledger held at `version`; `missing` are reasons chosen instead of values."""

    place: Place
    study: CompiledStudy
    cform: CompiledForm
    version: int
    stood: Mapping[str, Written]
    status: str
    missing: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # group -> row -> item -> typed
    turns: dict[str, int] = field(default_factory=dict)  # group -> how often its table was laid out anew
    drawn: dict[str, int] = field(default_factory=dict)  # item with a widget -> how often that was made anew
    held: dict[str, Typed] = field(default_factory=dict)  # what was typed when the form was last on the screen
    on_screen: set[str] = field(default_factory=set)  # answers whose own widgets the last run drew
    base: dict[str, Written] = field(default_factory=dict)  # what stood under an answer when it was typed, if known
    since: int = 0  # the version over which was typed
    taken: dict[str, str] = field(default_factory=dict)  # notes laid back: window -> when each was kept
    back: str = ""  # the moment of the newest of them
    edited: set[str] = field(default_factory=set)  # groups in whose tables something was typed since they were laid out
    said: dict[str, str] = field(default_factory=dict)  # reasons and explanations that are being written
    gone: dict[str, Typed] = field(default_factory=dict)  # typed in a row that somebody struck meanwhile
    others: list[str] = field(default_factory=list)  # answers to questions that the study asks otherwise since
    apart: dict[str, str] = field(default_factory=dict)  # row that another began -> row in which what was typed lies
    saved: Callable[[], Any] = st.rerun  # what is drawn once it is saved

    @property
    def name(self) -> str:
        """What the state of its widgets and its note are called."""
        return f"{here.who().person}|{self.place.record}"

    @property
    def asking(self) -> str:
        """What the state of a question before a save is called."""
        return f"asking|{self.name}"

    def key(self, path: str) -> str:
        """The key of an item's widget.

        An item's own widget is new only when it has to show something else than it does: what the browser has drawn
        stays, and so does what is being typed in it. A table's is new with every version, too.
        """
        turn = f"turn {self.drawn[path]}" if path in self.drawn else self.version
        return f"{self.place.record}|{turn}|{path}"

    def rule(self, path: str) -> CompiledItem:
        """The item's rule."""
        return self.cform.items[split(path)[2]]

    def called(self, path: str) -> str:
        """The item as people call it: its label, and the row where there are several."""
        _, row, item = split(path)
        rule = self.cform.items.get(item)
        label = rule.item.label if rule else "The form"
        return f"row {row}, {label}" if row else label

    def asked(self, look: Preview, path: str) -> bool:
        """Whether the question is drawn: one that is not asked any more only while it holds what has to be cleared."""
        holds = self.stood.get(path) is not None or path in look.refused
        return path not in look.unasked or (self.rule(path).compute is None and holds)

    def stands(self, typed: Mapping[str, Typed], path: str) -> bool:
        """Whether what is typed there is what stands already."""
        rule = self.cform.items.get(split(path)[2])
        return rule is not None and widgets.same(rule, typed[path], self.stood.get(path))

    def returned(self, said: str) -> str:
        """The sentence `said` of what an earlier session left unsaved, with when, and where new rows lie now."""
        moved = "".join(f" Row {row} was begun by somebody else meanwhile: yours is row {free} now."
                        for row, free in self.apart.items())  # fmt: skip
        when = here.moment(self.back, self.place.site)
        return f"{said} ({when}).{moved}"

    def struck(self, group: str) -> list[str]:
        """The rows of a group that were struck: they are read below its table, and take no changes."""
        found = [split(path) for path, said in self.stood.items() if said == "Y"]
        return [row for one, row, item in found if one == group and item == "@inactive"]

    def anchor(self, path: str) -> str:
        """The name of the item's place on the page (of its table, if it stands in one): what a link jumps to."""
        group, _, item = split(path)
        return f"at-{self.place.form}-{group or item}"

    def ready(self) -> None:
        """Let every widget that has no state show what was typed, or else what stands.

        Widgets lose their state when another page is looked at in between, or when their question was not asked for a
        while.
        """
        for rule in plain(self.cform):
            if self.key(rule.oid) not in st.session_state or rule.oid not in self.on_screen:
                held = self.held.get(rule.oid, Missing(""))
                stands = widgets.typed_of(rule, self.stood.get(rule.oid))
                # what was set where no widget was drawn then stays in the state below what is typed later
                st.session_state.pop(self.key(rule.oid), None)
                st.session_state[self.key(rule.oid)] = stands if isinstance(held, Missing) else _state(rule, held)

    def put(self, path: str, raw: Any) -> None:
        """Let this answer lie there as if it had been typed; in a row that was struck since, only to be read."""
        group, row, item = split(path)
        rule = self.cform.items.get(item)
        if rule is None:
            return
        if group and row in self.struck(group):
            self.gone[path] = raw
            return
        self.held[path] = raw
        if group and path in self.drawn:
            self.anew(path)  # a box that stands holds what it held
        if isinstance(raw, Missing):
            self.missing[path] = raw.reason
            return
        self.missing.pop(path, None)  # a reason that was taken back stays taken back
        if group:
            self.rows.setdefault(group, {}).setdefault(row, {})[item] = raw
            self.turns[group] = self.turns.get(group, 0) + 1
        elif self.key(path) not in st.session_state or not self._shows(rule, raw):
            self.show(path, raw)

    def anew(self, path: str) -> None:
        """Let the item have a new widget, without state.

        A widget that this run has drawn takes no other answer; and one that stands in the browser already may report
        what it showed before it hears of another.
        """
        self.drawn[path] = self.drawn.get(path, 0) + 1

    def show(self, path: str, raw: Any) -> None:
        """Let the item have a new widget that shows this."""
        self.anew(path)
        st.session_state[self.key(path)] = _state(self.rule(path), raw)

    def gather(self) -> None:
        """Take what stands in the widgets of rows now, not what stood when they were drawn last."""
        for path in self.on_screen:
            if split(path)[0] and self.key(path) in st.session_state:
                self.take(path, st.session_state[self.key(path)])

    def take(self, path: str, answer: Any) -> None:
        """Take what stands in the widget of a row: an answer goes before a reason for having none.

        Under a reason the widget is empty, and what the reason took the place of stays to be told.
        """
        group, row, item = split(path)
        if path in self.missing:
            if not answer:
                return
            del self.missing[path]
        held, stands = self.rows.setdefault(group, {}).setdefault(row, {}), self.stood.get(path)
        if held.get(item) and not answer and isinstance(stands, dict):
            self.missing[path] = stands["m"]  # it was typed over, and is erased
        held[item] = answer

    def let_go(self, stands: Mapping[str, Written]) -> None:
        """Take what was typed in rows that are struck by what `stands` now off the sheet: it is told, and no answer."""
        typed = {path: raw for path, raw in self.typed().items() if is_struck(stands, path)}
        for path, raw in typed.items():
            (group, row, item), stood = split(path), self.stood.get(path)
            self.gone[path] = raw
            self.missing.pop(path, None)
            if isinstance(stood, dict):
                self.missing[path] = stood["m"]
            self.rows.setdefault(group, {}).setdefault(row, {})[item] = widgets.typed_of(self.rule(path), stood)
            self.anew(path)
            self.on_screen.discard(path)
        if typed:
            self.keep()

    def _shows(self, rule: CompiledItem, raw: Any) -> bool:
        return bool(widgets.raw_of(rule, st.session_state[self.key(rule.oid)]) == widgets.raw_of(rule, raw))

    def typed(self) -> dict[str, Typed]:
        """What differs from what stood, as a save takes it."""
        found: dict[str, Typed] = {}
        for rule in plain(self.cform):
            if rule.item.retired:
                continue
            now = st.session_state.get(self.key(rule.oid))
            if self.key(rule.oid) in st.session_state and not widgets.same(rule, now, self.stood.get(rule.oid)):
                found[rule.oid] = widgets.raw_of(rule, now)
        for group, rows in self.rows.items():
            for row, items in rows.items():
                for item, now in items.items():
                    path, rule = path_of(group, row, item), self.cform.items[item]
                    if not rule.item.retired and not widgets.same(rule, now, self.stood.get(path)):
                        found[path] = widgets.raw_of(rule, now)
        for path, reason in self.missing.items():
            if self.stood.get(path) == {"m": reason}:
                found.pop(path, None)  # chosen again over what was typed in its place
            else:
                found[path] = Missing(reason)
        for path, stands in self.stood.items():  # a reason that was taken back, and no answer in its place
            gone = isinstance(stands, dict) and path not in self.missing and split(path)[2] in self.cform.items
            if gone and not is_struck(self.stood, path):
                found.setdefault(path, "")
        return found

    @property
    def moved(self) -> bool:
        """Whether somebody saved other answers under those that are typed here, or the line that was new."""
        if self.cform.form.repeating and not self.since and self.version:
            return bool(self.typed())
        under = {path for path, stood in self.base.items() if stood != self.stood.get(path)}
        return bool(under) and not under.isdisjoint(self.typed())

    def keep(self) -> None:
        """Lay what is typed on the desk, or take the note away when nothing is."""
        self.held = self.typed()
        typed = self.gone | self.held  # what was typed in a row that is struck is still there to be read
        told = noted(typed)
        now = told, dict(self.said), list(self.others)
        if now == st.session_state.get(f"{self.name}|kept"):
            return
        try:
            if told or self.said or self.others:
                stood = {path: self.base.get(path, self.stood.get(path)) for path in told}
                draft.keep(self.name, told, stood, self.since, self.said, self.taken, self.study.hash, self.others)
            else:
                draft.drop(self.name, self.taken)
        except StoreRefused as refused:
            st.warning(f"{here.refusal(refused)}  \nWhat you type is not kept on the server: save it now.")
            return
        st.session_state[f"{self.name}|kept"] = now

    def asks(self, name: str, draw: Callable[..., Any]) -> str:
        """Draw a box for a reason or an explanation; what is written in it outlives the session, as answers do.

        `draw` takes the `key` of the box and the `value` that it shows, as `widgets.widget` says it.
        """
        key = f"{name}|{self.name}"
        if key not in st.session_state and self.said.get(name):
            st.session_state[key] = self.said[name]
        said = str(draw(key=key, value=st.session_state.get(key) or "") or "")
        self.said = {one: words for one, words in {**self.said, name: said}.items() if words}
        return said


def is_struck(stood: Mapping[str, Written], path: str) -> bool:
    """Whether the row of this answer is struck."""
    group, row, _ = split(path)
    return bool(group) and stood.get(f"{group}[{row}].@inactive") == "Y"


def shut(sheet: Sheet) -> str:
    """Why the form takes no changes (frozen, locked, struck), or nothing."""
    return closed(sheet.stood) or ("struck" if sheet.stood.get("@inactive") == "Y" else "")


def plain(cform: CompiledForm) -> list[CompiledItem]:
    """The items that are typed and stand once: each has a widget of its own."""
    return [rule for rule in cform.items.values() if not rule.repeating and rule.compute is None]


def _state(rule: CompiledItem, raw: Any) -> Any:
    """What the state of the item's widget is for what was typed."""
    return (raw or None) if rule.labels and rule.type != "codes" else raw


def noted(typed: Mapping[str, Typed]) -> dict[str, Any]:
    """What is typed, as a note on the desk holds it."""
    return {path: {"m": raw.reason} if isinstance(raw, Missing) else raw for path, raw in typed.items()}
