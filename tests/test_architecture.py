"""The house keeps its shape: each rule walks the source, and each has a control that shows it can fail."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = {
    "errors": 0, "values": 0,
    "expressions": 1, "ledger": 1,
    "study": 2,
    "store": 3,
    "access": 4,
    "conduct": 5,
    "export": 6, "simulation": 6,
    "cli": 7, "apps": 7, "__main__": 8,
}  # fmt: skip

# The one place for each danger: (package, where it may be imported).
PLACES = {
    "cryptography": "trialkit/ledger/keys.py",
    "argon2": "trialkit/access/",
    "sqlmodel": "trialkit/store/",
    "sqlalchemy": "trialkit/store/",
    "alembic": "trialkit/store/",
    "pysqlite3": "trialkit/store/",
    "psycopg": "trialkit/store/",
    "reportlab": "trialkit/export/pdf/",
    "pikepdf": "trialkit/export/pdf/",
    "streamlit": "apps/",
    "typer": "trialkit/cli/",
    "subprocess": "trialkit/cli/demo.py",  # the stand-alone verifier runs in a Python of its own
    "pickle": "",
}

WRITERS = ("trialkit/store/append", "trialkit/store/migrations/")
SQL_WRITE = re.compile(
    r"\b(insert\s+(or\s+\w+\s+)?into|update\s+[\w\"{}.]+\s+set|delete\s+from|replace\s+into|truncate\s|copy\s+\w+.*\bfrom\s+stdin)",
    re.IGNORECASE,
)
WORDS = {"manager", "managers", "helper", "helpers", "util", "utils", "service", "services", "core", "common", "misc"}
LONGEST = 350
ALONE = {"trialkit/ledger/verify_export.py": 720}  # one file by decision 0007: it may not import a neighbour
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
MACHINE = re.compile(r"(?<![\w.<])/(?:work|root|opt|home/\w+|Users/\w+)/")


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root, text, and syntax tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        parts = Path(self.path).with_suffix("").parts
        return parts[1] if parts[0] == "trialkit" and len(parts) > 1 else parts[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, wherever in the file."""
        package = Path(self.path).parent.parts
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
                module = ".".join(filter(None, (base, node.module or "")))
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)

    def calls(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node.lineno, ast.unparse(node.func)


def imports_point_down(source: Source) -> Iterator[str]:
    """A room imports only rooms on lower floors (design 2)."""
    if source.room not in FLOORS or not source.path.startswith(("trialkit/", "apps/")):
        return
    for line, name in source.imports():
        parts = name.split(".")
        other = "apps" if parts[0] == "apps" else parts[1] if parts[0] == "trialkit" and len(parts) > 1 else ""
        if other in FLOORS and other != source.room and FLOORS[other] >= max(FLOORS[source.room], 1):
            yield f"{source.path}:{line}: {source.room} imports {name}, which is not on a lower floor"


def dangers_have_one_place(source: Source) -> Iterator[str]:
    """Each library that can do harm is imported in one place, so that a reader finds all of it."""
    if source.path.startswith(("tests/", "benchmarks/")):
        return
    for line, name in source.imports():
        place = PLACES.get(name.split(".")[0])
        if place is not None and not (place and source.path.startswith(place)):
            yield f"{source.path}:{line}: {name} belongs in {place or 'no room of the library'}"


def only_append_writes_sql(source: Source) -> Iterator[str]:
    """One function writes; everything else asks it."""
    if not source.path.startswith(("trialkit/", "apps/")) or source.path.startswith(WRITERS):
        return
    docs = {id(n.value) for n in ast.walk(source.tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            text = node.value
        else:
            continue
        if SQL_WRITE.search(text):
            yield f"{source.path}:{node.lineno}: writes SQL"
    for line, name in source.imports():
        if re.fullmatch(r"(sqlalchemy|sqlmodel)\..*\b(insert|update|delete)", name):
            yield f"{source.path}:{line}: imports {name}"


def only_access_makes_sights(source: Source) -> Iterator[str]:
    """What a person may see is decided by the gate alone (21 CFR 11.10(d))."""
    if source.path.startswith(("tests/", "benchmarks/", "trialkit/access/")):
        return
    for line, name in source.calls():
        if name.split(".")[-1] == "Sight" or (
            name.split(".")[-1] == "replace" and re.search(r"\breplace\(\w*sight\b", source.text)
        ):
            yield f"{source.path}:{line}: makes a Sight outside access"


def nothing_is_evaluated(source: Source) -> Iterator[str]:
    """Studies are data from outside: no text is ever run as Python."""
    for line, name in source.calls():
        if name in {"eval", "exec", "builtins.eval", "builtins.exec", "__import__", "os.system", "os.popen"}:
            yield f"{source.path}:{line}: calls {name}"


def files_are_short(source: Source) -> Iterator[str]:
    """One noun a file."""
    lines = source.text.count("\n")
    longest = ALONE.get(source.path, LONGEST)
    if lines > longest and "/migrations/" not in source.path:
        yield f"{source.path}: {lines} lines, more than {longest}: a noun is missing"


def names_say_something(source: Source) -> Iterator[str]:
    """No file is called after nothing in particular."""
    for word in re.split(r"[/_.]", source.path):
        if word in WORDS:
            yield f"{source.path}: {word} says nothing about what is in it"


def the_verifier_stands_alone(source: Source) -> Iterator[str]:
    """An auditor runs one file with nothing but Python (21 CFR 11.10(b))."""
    if not source.path.endswith("verify_export.py") or source.path.startswith("tests/"):
        return
    for line, name in source.imports():
        if name.split(".")[0] not in sys.stdlib_module_names:
            yield f"{source.path}:{line}: imports {name}, which is not in the standard library"


def lines_of(source: Source) -> Iterator[tuple[int, str]]:
    """Numbered lines; none of this file, whose controls hold every breach."""
    return iter([] if source.path == "tests/test_architecture.py" else enumerate(source.text.splitlines(), 1))


def nothing_is_left_for_later(source: Source) -> Iterator[str]:
    """What is here works; what does not work is not here."""
    for number, line in lines_of(source):
        if PROMISES.search(line):
            yield f"{source.path}:{number}: {line.strip()}"


def no_machine_is_named(source: Source) -> Iterator[str]:
    """The source runs anywhere: it holds no path of one machine."""
    for number, line in lines_of(source):
        if MACHINE.search(line):
            yield f"{source.path}:{number}: {line.strip()}"


def time_and_chance_are_arguments(source: Source) -> Iterator[str]:
    """Same store, same moment, same bytes (design 3.10): only the outermost rooms look at a clock or throw dice."""
    if not source.path.startswith("trialkit/") or source.room in {"cli"}:
        return
    for line, name in source.calls():
        if re.search(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns)|uuid\.?uuid[14])$", name):
            yield f"{source.path}:{line}: calls {name}"


Rule = Callable[[Source], Iterator[str]]

# Each rule with sources it must complain of, and sources it must leave alone.
RULES: dict[Rule, tuple[list[Source], list[Source]]] = {
    imports_point_down: (
        [
            Source("trialkit/ledger/tree.py", "from trialkit.store import database"),
            Source("trialkit/store/append.py", "def f():\n    import trialkit.access.gate"),
            Source("trialkit/expressions/parse.py", "from trialkit import ledger"),
            Source("trialkit/study/loading.py", "from ..conduct import capture"),
            Source("trialkit/export/csv.py", "from apps import widgets"),
            Source("trialkit/errors.py", "import trialkit.ledger"),
        ],
        [
            Source("trialkit/store/append.py", "from trialkit.ledger.entry import Draft\nfrom . import tables"),
            Source("trialkit/values.py", "from trialkit.errors import WrongValue\nfrom trialkit import __version__"),
        ],
    ),
    dangers_have_one_place: (
        [
            Source("trialkit/ledger/tree.py", "from cryptography.hazmat.primitives import hashes"),
            Source("trialkit/export/csv.py", "import reportlab.pdfgen.canvas"),
            Source("trialkit/conduct/enrol.py", "import streamlit as st"),
            Source("trialkit/study/loading.py", "import pickle"),
        ],
        [
            Source("trialkit/ledger/keys.py", "import cryptography"),
            Source("trialkit/export/pdf/page.py", "from reportlab.pdfgen import canvas"),
            Source("apps/streamlit_app.py", "import streamlit"),
        ],
    ),
    only_append_writes_sql: (
        [
            Source("trialkit/store/readers.py", "SQL = 'insert or ignore into entry values (?)'"),
            Source("trialkit/conduct/amend.py", "x = f'UPDATE {table} SET doc = 1'"),
            Source("trialkit/export/csv.py", "from sqlalchemy import delete"),
            Source("trialkit/access/people.py", "from sqlalchemy.dialects.postgresql import insert"),
        ],
        [
            Source("trialkit/store/append.py", "SQL = 'insert into entry values (?)'"),
            Source("trialkit/store/readers.py", '"""Nobody may insert into it."""\nSQL = "select 1 from entry"'),
        ],
    ),
    only_access_makes_sights: (
        [
            Source("trialkit/export/csv.py", "s = Sight(None, frozenset())"),
            Source("trialkit/conduct/query.py", "from dataclasses import replace\ns = replace(sight, sites=None)"),
        ],
        [
            Source("trialkit/access/gate.py", "s = Sight(None, frozenset())"),
            Source("trialkit/export/csv.py", "sight(x)"),
        ],
    ),
    nothing_is_evaluated: (
        [Source("trialkit/expressions/run.py", "eval('1')"), Source("apps/x.py", "import os\nos.system('ls')")],
        [Source("trialkit/expressions/run.py", "evaluate('1')\npage.eval('1')")],
    ),
    files_are_short: ([Source("trialkit/a.py", "\n" * 351)], [Source("trialkit/a.py", "\n" * 350)]),
    names_say_something: (
        [
            Source("trialkit/store/utils.py", ""),
            Source("trialkit/core/x.py", ""),
            Source("trialkit/key_manager.py", ""),
        ],
        [Source("trialkit/store/score.py", "")],
    ),
    the_verifier_stands_alone: (
        [Source("trialkit/ledger/verify_export.py", "import trialkit"), Source("x/verify_export.py", "import orjson")],
        [Source("trialkit/ledger/verify_export.py", "import hashlib, json\nfrom pathlib import Path")],
    ),
    nothing_is_left_for_later: (
        [Source("trialkit/a.py", "# TODO: later"), Source("trialkit/a.py", "raise NotImplementedError")],
        [Source("trialkit/a.py", "todo_list = 1")],
    ),
    no_machine_is_named: (
        [Source("trialkit/a.py", "p = '/" + "root/x'"), Source("trialkit/a.py", "# see /" + "home/ana/main")],
        [Source("trialkit/a.py", "p = 'https://example.org/work/x'; q = 'a/opt/b'")],
    ),
    time_and_chance_are_arguments: (
        [
            Source("trialkit/conduct/enrol.py", "t = datetime.now(UTC)"),
            Source("trialkit/export/manifest.py", "import uuid\nu = uuid.uuid4()"),
        ],
        [Source("trialkit/conduct/enrol.py", "t = clock()"), Source("trialkit/cli/store.py", "datetime.now(UTC)")],
    ),
}


def sources() -> list[Source]:
    """Every Python file of the project."""
    folders = ("trialkit", "apps", "tests", "benchmarks")
    files = sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return [Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps(rule: Rule) -> None:
    assert [complaint for source in sources() for complaint in rule(source)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_breach_is_seen_and_what_is_right_is_left_alone(rule: Rule) -> None:
    wrong, right = RULES[rule]
    assert [source for source in wrong if not list(rule(source))] == []
    assert [complaint for source in right for complaint in rule(source)] == []


def unraised(errors: str, others: list[str]) -> list[str]:
    """The subclasses of TrialkitError in `errors` that nothing in `others` raises."""
    classes = [n.name for n in ast.parse(errors).body if isinstance(n, ast.ClassDef) and n.name != "TrialkitError"]
    raised = {name for text in others for name in re.findall(r"\braise (?:errors\.)?(\w+)", text)}
    made = {name for text in others for name in re.findall(r"(?:\breturn|=) (?:errors\.)?(\w+)\(", text)}
    return [name for name in classes if name not in raised | made]


def test_every_error_is_raised_somewhere() -> None:
    library = [source.text for source in sources() if source.path.startswith(("trialkit/", "apps/"))]
    assert unraised((ROOT / "trialkit/errors.py").read_text(), library) == []
    assert unraised("class Lost(TrialkitError): ...", library) == ["Lost"]


def test_every_error_is_explained_to_the_reader() -> None:
    page = (ROOT / "docs/errors.md").read_text()
    tree = ast.parse((ROOT / "trialkit/errors.py").read_text())
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert len(names) > 5
    assert [name for name in names if f"`{name}`" not in page] == []
