"""YAML read as text: every scalar is a string with its line and column; what YAML makes dangerous is refused.

Refused: duplicate keys, anchors and aliases (bombs), tags, several documents, comments that would cut a value off,
files over 1 MB, bytes that are not UTF-8, links that leave the folder (style.md measured why).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from trialkit.study.complaint import Complaint, Path

LARGEST_FILE = 1_000_000
DEEPEST = 24
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# other line breaks than \n would make the parser's lines differ from the editor's
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(slots=True)
class Node:
    """A mapping, a list or a text, and where it stands (line and column from 1, indices into the file's text)."""

    value: dict[str, Node] | list[Node] | str
    line: int
    column: int
    start: int
    end: int
    keys: dict[str, Node] = field(default_factory=dict)
    style: str | None = None

    def plain(self) -> Any:
        """Dicts, lists and strings."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(slots=True)
class Source:
    """One file: its name, its text, its tree (None if it could not be read) and the complaints so far."""

    name: str
    text: str
    root: Node | None
    complaints: list[Complaint]

    def complain(self, path: Path, what: str, hint: str, *, offset: int = 0, at_key: bool = False) -> None:
        """Notes a fault at a value (or, `at_key`, at its key); where the path ends early, at the last part found."""
        line, column = self.place(path, offset, at_key)
        self.complaints.append(Complaint(self.name, line, column, what, hint))

    def place(self, path: Path, offset: int = 0, at_key: bool = False) -> tuple[int, int]:
        """Line and column of the character `offset` of the value at `path`."""
        node, key = self.root, None
        for step in path:
            found: Node | None = None
            if node is not None and isinstance(node.value, dict) and step in node.value:
                key, found = node.keys[str(step)], node.value[str(step)]
            elif node is not None and isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                key, found = node.value[step], node.value[step]
            if found is None:
                at_key = True
                break
            node = found
        if node is None:
            return 1, 1
        if at_key and key is not None:
            return key.line, key.column
        if isinstance(node.value, str) and offset:
            return self._inside(node, offset)
        return node.line, node.column

    def _inside(self, node: Node, offset: int) -> tuple[int, int]:
        """Where a character of a text stands in the file, whatever the quotes and folds."""
        assert isinstance(node.value, str)
        at = node.start
        if node.style in ("|", ">"):
            at = self.text.find("\n", at)
        elif node.style in ("'", '"'):
            at += 1
        last = at
        for count, character in enumerate(node.value):
            if count > offset:
                break
            if character.isspace():
                last = min(last + 1, len(self.text) - 1)
                continue
            found = self.text.find(character, at, node.end)
            if found < 0:
                break
            last, at = found, found + 1
        before = self.text.rfind("\n", 0, last)
        return self.text.count("\n", 0, last) + 1, last - before


def read(file: FilePath, folder: FilePath | None = None) -> Source:
    """Reads one YAML file as text; whatever is wrong with it is in the source's complaints, never an exception."""
    name = file.name
    try:
        if folder is not None and not file.resolve().is_relative_to(folder.resolve()):
            return _unread(name, "the file is a link that leaves the folder", "copy the file into the folder")
        if file.stat().st_size > LARGEST_FILE:
            return _unread(name, f"the file is larger than {LARGEST_FILE:,} bytes", "no form needs that; split it")
        data = file.read_bytes()
    except OSError as error:
        return _unread(
            name, f"the file cannot be read: {error.strerror or 'unknown'}", "check the path and its permissions"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        return _unread(name, "the file is not UTF-8", "save it as UTF-8", line, column)
    return parse(name, text)


def parse(name: str, text: str) -> Source:
    """The source of a text."""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    source = Source(name, text, None, [])
    if found := _CONTROL.search(text):
        line, column = _place(text, found.start())
        what = f"the character U+{ord(found.group()):04X} cannot stand in a study"
        source.complaints.append(Complaint(name, line, column, what, "remove it"))
        return source
    try:
        source.root = _Tree(source).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        lines = text.split("\n")
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if line > len(lines):
            line, column = len(lines), len(lines[-1]) + 1
        indent = re.match("[ ]*\t", lines[line - 1])
        told = ("a tab stands where spaces must", "indent with spaces") if indent else _worded(error)
        source.complaints.append(Complaint(name, line, column, *told))
    except (yaml.YAMLError, ValueError, RecursionError):
        source.complaints.append(Complaint(name, 1, 1, "this is not YAML", "compare it with a form that works"))
    except _Refused as refused:
        source.complaints.append(refused.complaint)
    return source


class _Refused(Exception):
    def __init__(self, complaint: Complaint) -> None:
        super().__init__(str(complaint))
        self.complaint = complaint


class _Tree:
    """Builds the tree from YAML's events, so that nothing is resolved, expanded or overwritten."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.events: Iterator[Any] = iter(yaml.parse(source.text, Loader=_LOADER))
        self.texts: list[tuple[int, int]] = []

    def build(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refused(
                        event, "a second document starts here", "one file, one document: remove the ---"
                    )
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 0)
        if root is None or root.value == "":
            raise _Refused(Complaint(self.source.name, 1, 1, "the file is empty", "give it content or remove it"))
        self._comments()
        return root

    def _node(self, event: Any, depth: int) -> Node:
        mark = event.start_mark
        alias = isinstance(event, yaml.AliasEvent)
        if alias or event.anchor:
            what, hint = ("an alias", "write the value out") if alias else ("an anchor", "remove it")
            self._complain_at(mark, f"{what} stands here", f"{hint}: studies have no anchors and aliases")
        elif event.tag and event.tag != "!":
            self._complain_at(mark, "a tag stands here", "remove it: every value is text")
        if depth > DEEPEST:
            raise self._refused(event, "the file is nested too deeply", f"at most {DEEPEST} levels")
        node = Node("", mark.line + 1, mark.column + 1, mark.index, event.end_mark.index)
        if alias:
            self.texts.append((node.start, node.end))
        elif isinstance(event, yaml.ScalarEvent):
            node.value, node.style = event.value, event.style
            self.texts.append((node.start, node.end))
        elif isinstance(event, yaml.SequenceStartEvent):
            node.value = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                node.value.append(self._node(inner, depth + 1))
            node.end = _index(inner)
        else:
            node.value = {}
            while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
                self._entry(node, inner, depth)
            node.end = _index(inner)
        return node

    def _entry(self, node: Node, event: Any, depth: int) -> None:
        key = self._node(event, depth + 1)
        value = self._node(next(self.events), depth + 1)
        assert isinstance(node.value, dict)
        if not isinstance(key.value, str):
            self._complain(key, "a key is not a text", "write the key as one word")
            return
        if key.value in node.value:
            first = node.keys[key.value]
            self._complain(key, f"{key.value} stands here twice", f"it is already in line {first.line}; keep one")
            return
        node.value[key.value] = value
        node.keys[key.value] = key

    def _comments(self) -> None:
        """A comment after a value cuts the value off unseen: `label: dose in cohort #2`."""
        text = self.source.text
        position, spans = 0, sorted(self.texts)
        for start, end in [*spans, (len(text), len(text))]:
            if start > position and "#" in (gap := text[position:start]):
                for found in re.finditer("#[^\n]*", gap):
                    at = position + found.start()
                    line_start = text.rfind("\n", 0, at) + 1
                    if text[line_start:at].strip():
                        line, column = _place(text, at)
                        hint = "put the text in quotes, or the comment on a line of its own"
                        complaint = Complaint(self.source.name, line, column, "a comment follows a value", hint)
                        self.source.complaints.append(complaint)
            position = max(position, end)

    def _complain_at(self, mark: Any, what: str, hint: str) -> None:
        self.source.complaints.append(Complaint(self.source.name, mark.line + 1, mark.column + 1, what, hint))

    def _complain(self, node: Node, what: str, hint: str) -> None:
        self.source.complaints.append(Complaint(self.source.name, node.line, node.column, what, hint))

    def _refused(self, event: Any, what: str, hint: str) -> _Refused:
        mark = event.start_mark
        return _Refused(Complaint(self.source.name, mark.line + 1, mark.column + 1, what, hint))


def _index(event: Any) -> int:
    return int(event.end_mark.index)


def _unread(name: str, what: str, hint: str, line: int = 1, column: int = 1) -> Source:
    return Source(name, "", None, [Complaint(name, line, column, what, hint)])


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _worded(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = str(error.problem or "")
    if "mapping values are not allowed" in problem:
        return "a second colon stands in the line", "put the text in quotes, or mend the indentation"
    if (
        "expected <block end>" in problem
        or "did not find expected key" in problem
        or "expected '-' indicator" in problem
    ):
        return "the indentation does not fit", "keys of one level start in one column"
    if "could not find expected ':'" in problem or "did not find expected ':'" in problem:
        return "a key has no colon", "write key: value"
    if "quoted scalar" in str(error.context or "") or "end of stream" in problem:
        return "a quote is not closed", "close it with the same quote"
    if "flow" in str(error.context or "") or "',' or" in problem:
        return "a bracket is not closed, or its content needs quotes", "write one entry a line instead of { } and [ ]"
    if "cannot start any token" in problem:
        return "a value starts with a character that YAML keeps for itself", "put the value in quotes"
    return "this is not YAML here", "mend the line, or put its value in quotes"
