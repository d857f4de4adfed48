"""What must hold between a mapping and the study it fills: forms, items, events, codes and reasons that exist."""

from __future__ import annotations

import re
from collections.abc import Collection

from trialkit.conduct.importing_mapping import Cell, CsvMapping, Steps, Target, wrong
from trialkit.study.model import Form, Item, Study
from trialkit.study.text import Source
from trialkit.values import nearest

LEAVE, CLEAR = "leave", "clear"


def fit(mapping: CsvMapping, source: Source, study: Study) -> None:
    """Return if the mapping fits the study; otherwise WrongFile with every complaint at its place."""
    fitting = _Fitting(mapping, source, study)
    form = study.forms.get(mapping.form)
    if form is None:
        fitting.unknown(("form",), "form", mapping.form, study.forms)
    else:
        fitting.place(form)
        fitting.targets(form)
        for check in mapping.explain:
            if check not in form.checks:
                fitting.unknown(("explain", check), "check", check, form.checks, at_key=True)
    fitting.cells()
    if mapping.reason is not None and mapping.reason not in study.file.change_reasons:
        fitting.unknown(("reason",), "change reason", mapping.reason, study.file.change_reasons)
    if source.complaints:
        raise wrong(source)


class _Fitting:
    """Complaints being collected."""

    def __init__(self, mapping: CsvMapping, source: Source, study: Study) -> None:
        self.mapping = mapping
        self.source = source
        self.study = study

    def unknown(self, path: Steps, noun: str, name: str, known: Collection[str], at_key: bool = False) -> None:
        """There is no such thing; perhaps another one was meant."""
        meant = nearest(name, known)
        some = ", ".join(list(known)[:8])
        hint = f"did you mean {meant}?" if meant else f"there are {some}" if some else "the study has none"
        self.source.complain(path, f"the study has no {noun} {name}", hint, at_key=at_key)

    def cells(self) -> None:
        """Each cell has one origin and a pattern that can be read."""
        for cell, path in self.mapping.cells():
            if (cell.column is None) == (cell.value is None):
                self.source.complain(
                    path, "exactly one of column and value is needed", "say where the value comes from"
                )
            if cell.pattern is not None:
                try:
                    re.compile(cell.pattern)
                except re.error as error:
                    what = f"the pattern cannot be read: {error.msg}"
                    self.source.complain((*path, "pattern"), what, "mend the regular expression")
        used = set(self.mapping.used())
        for name in self.mapping.ignore:
            if name in used:
                what = f"column {name} is ignored and used"
                self.source.complain(("ignore", name), what, "take it off the list", at_key=True)

    def place(self, form: Form) -> None:
        """Events exist and hold the form; a repeat is stated where, and only where, the form repeats."""
        where = self.mapping.place
        events = where.event.table.items() if where.event.table else [("", where.event.value or "")]
        if where.event.column is not None and not where.event.table:
            self.source.complain(
                ("place", "event"), "there is no table of events", "add table: with outside word: EVENT"
            )
            events = []
        for word, given in events:
            path: Steps = ("place", "event", "table", word) if word else ("place", "event", "value")
            event, point, repeat = given.partition(".")
            if event not in self.study.file.events:
                self.unknown(path, "event", event, self.study.file.events)
            elif form.oid not in self.study.event_forms[event]:
                held = ", ".join(sorted(self.study.form_events[form.oid]))
                self.source.complain(path, f"form {form.oid} does not stand in {event}", f"it stands in {held}")
            if point and not (repeat.isascii() and repeat.isdigit() and 0 < int(repeat) < 10_000):
                self.source.complain(path, f"{repeat!r} is no repeat of an event", "write EVENT.2 for the second")
        if form.repeating and where.form_repeat is None:
            what = f"form {form.oid} has many records per event, and nothing says which"
            self.source.complain(("place",), what, "add form_repeat: with the column that numbers them")
        if not form.repeating and where.form_repeat is not None:
            self.source.complain(
                ("place", "form_repeat"), f"form {form.oid} stands once in an event", "remove it", at_key=True
            )

    def targets(self, form: Form) -> None:
        """Items exist, can be typed, and get codes and reasons that they know."""
        for n, target in enumerate(self.mapping.items):
            path: Steps = ("items", n)
            group, point, oid = target.to.rpartition(".")
            item = form.items.get(oid)
            if item is None:
                self.unknown((*path, "to"), "item in this form called", oid, form.items)
                continue
            home = form.group_of[oid]
            repeating = form.groups[home].repeating
            if (group if point else "") != (home if repeating else ""):
                right = f"{home}.{oid}" if repeating else oid
                self.source.complain((*path, "to"), f"{target.to} is not where the item stands", f"write {right}")
            if repeating and self.mapping.place.row is None:
                self.source.complain(("place",), f"{target.to} is in rows, and nothing says which", "add row:")
            if item.compute is not None or item.retired:
                why = "computed" if item.compute is not None else "retired"
                self.source.complain((*path, "to"), f"{oid} is {why} and takes no values", "remove it")
            self._codes(path, target, item)
            self._reasons(path, target, item)

    def _codes(self, path: Steps, target: Target, item: Item) -> None:
        listed = self.study.codelists.get(item.codelist or "")
        codes: Collection[str] | None = listed.codes if listed else ("Y", "N") if item.type == "yesno" else None
        given = {("table", word): code for word, code in target.table.items()}
        if target.value is not None:
            given[("value",)] = target.value  # type: ignore[index]
        for steps, code in given.items():
            if codes is not None and code not in codes:
                self.unknown((*path, *steps), "code", code, codes)

    def _reasons(self, path: Steps, target: Target, item: Item) -> None:
        known = self.study.file.missing_reasons
        allowed: Collection[str] = known if item.missing is None else item.missing
        if target.empty not in (LEAVE, CLEAR, *allowed):
            self.source.complain(
                (*path, "empty"),
                f"{target.empty} is no missing reason of this item",
                f"leave, clear or one of {', '.join(allowed)}",
            )
        for word, reason in (target.missing.table if target.missing else {}).items():
            if reason not in allowed:
                self.unknown((*path, "missing", "table", word), "missing reason for this item", reason, allowed)


__all__ = ["CLEAR", "LEAVE", "Cell", "fit"]
