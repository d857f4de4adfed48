"""Parts of a study in words and links, as every section of its page shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from trialkit.export.web.markup import Child, Markup, joined, link, tag
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Item, Range, Window
from trialkit.study.schedule_rules import LAST_DOSE
from trialkit.study.tracing import Kind, Trace, trace

SHORT = 6
"""Most codes that are told where a code list is named."""

_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|\b[A-Z][A-Z0-9_]*(?:\.[A-Z][A-Z0-9_]*)?\b|here\.[A-Z][A-Z0-9_]*\b")
_KINDS: Mapping[Kind, str] = {
    "check": "",
    "compute": "calculates ",
    "when": "condition of ",
    "group": "condition of ",
    "reference": "times of ",
}


@dataclass(frozen=True)
class Spoken:
    """A study and everything that is said about its parts."""

    study: CompiledStudy

    @cached_property
    def trace(self) -> Trace:
        return trace(self.study)

    def form(self, oid: str) -> Markup:
        return link(oid, f"form-{oid}")

    def forms(self, oids: Iterable[str]) -> Markup:
        return listed(self.form(oid) for oid in oids)

    def item(self, form: str, name: str, home: str = "") -> Markup:
        """A link to what is read: an item (in its own form without the form's id), rows, records, or signatures."""
        words = self.study.forms[form]
        if name == "*":
            return joined("records of ", self.form(form))
        if name[0] == "@":
            return joined("signatures of ", self.form(form))
        text = name if form == home else f"{form}.{name}"
        if name in words.items:
            return link(text, f"item-{form}-{name}")
        return joined("rows of ", link(text, f"group-{form}-{name}"))

    def reads(self, reads: Iterable[tuple[str, str]], home: str) -> Markup:
        """What is read, in the order of the study."""
        forms = {oid: n for n, oid in enumerate(self.study.forms)}
        order = {oid: {name: n for n, name in enumerate(form.items)} for oid, form in self.study.forms.items()}
        known = sorted(reads, key=lambda read: (forms[read[0]], order[read[0]].get(read[1], -1), read[1]))
        return listed(self.item(form, name, home) for form, name in known)

    def uses(self, found: Iterable[tuple[str, Kind, str]], home: str = "") -> Markup:
        """Links to what reads something: checks first, then by what the rest does."""
        of: dict[str, list[Markup]] = {}
        for form, kind, name in found:
            text = name if form == home or kind == "check" else f"{form}.{name}"
            place = "check" if kind == "check" else "item" if kind in ("compute", "when") else "group"
            target = f"check-{name}" if kind == "check" else f"{place}-{form}-{name}"
            of.setdefault(_KINDS[kind], []).append(link(text, target))
        said = [joined(does, listed(of[does])) for does in dict.fromkeys(_KINDS.values()) if does in of]
        return joined(*(joined(tag("br") if n else None, piece) for n, piece in enumerate(said)))

    def code(self, source: str, form: str, reads: Iterable[tuple[str, str]]) -> Markup:
        """An expression whose names are links."""
        of: dict[str, set[tuple[str, str]]] = {}
        for read in reads:
            of.setdefault(read[1], set()).add(read)
        pieces: list[Markup | str] = []
        last = 0
        for found in _NAMES.finditer(source):
            word = found.group()
            target = self._target(word, form, of)
            if target:
                pieces += [source[last : found.start()], link(word, target)]
                last = found.end()
        return tag("code", pieces, source[last:])

    def _target(self, word: str, form: str, of: Mapping[str, set[tuple[str, str]]]) -> str:
        if word[0] in "'\"":
            return ""
        first, _, last = word.rpartition(".")
        if first and first != "here":
            words = self.study.forms.get(first)
            return f"item-{first}-{last}" if words and last in words.items else ""
        if last in self.study.vocabulary.parameters:
            return f"parameter-{last}"
        if last in self.study.vocabulary.tables:
            return f"table-{last}"
        read = of.get(last, set())
        own = (form, last) in read
        if own or len(read) == 1:
            owner, name = (form, last) if own else next(iter(read))
            return f"item-{owner}-{name}" if name in self.study.forms[owner].items else f"group-{owner}-{name}"
        return f"form-{last}" if last in self.study.forms else ""

    def answer(self, item: Item) -> Child:
        """What can be typed: type, unit, size, code list."""
        words = [item.type if item.codelist is None else f"{item.type} of "]
        if item.codelist is not None:
            codes = self.study.study.codelists[item.codelist].codes
            said = f" ({', '.join(codes)})" if len(codes) <= SHORT and sum(map(len, codes)) < SHORT * 5 else ""
            return joined(words[0], link(item.codelist, f"list-{item.codelist}"), said)
        words += [item.unit] if item.unit else []
        words += [f"at most {item.length} characters"] if item.length is not None else []
        words += (
            [f"{item.digits} digit{'s' if item.digits != 1 else ''} after the point"] if item.digits is not None else []
        )
        return ", ".join(words)


def listed(pieces: Iterable[Child]) -> Markup:
    """Pieces with commas between them."""
    found: list[Child] = []
    for piece in pieces:
        found += [", ", piece] if found else [piece]
    return joined(*found)


def span(limits: Range) -> str:
    """A range in words."""
    if limits.low is not None and limits.high is not None:
        return f"{limits.low} to {limits.high}"
    return f"from {limits.low}" if limits.low is not None else f"up to {limits.high}"


def window(limits: Window | None) -> str:
    """A visit window in words; a day after an event counts the anchor's date as day 1."""
    if limits is None or limits.day is None:
        return ""
    around = f" −{limits.early}/+{limits.late}" if limits.early or limits.late else ""
    if limits.unit == "hours":
        return f"{limits.day} hours after {limits.anchor}{around}"
    if limits.anchor == LAST_DOSE:
        return f"{limits.day} days after the last dose{around}"
    return f"day {limits.day} from {limits.anchor}{around}"
