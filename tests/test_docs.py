"""Documents are run, generated or compared: a page that is no longer true fails here."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import authoring, cli_page
from trialkit.study import model

ROOT = Path(__file__).parent.parent
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
MARK = "\x1e"


@dataclass(frozen=True)
class Step:
    """One command of a page, with the lines that the page says it prints (`...` stands for any text)."""

    command: str
    expected: tuple[str, ...]


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of one kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def steps(page: str) -> list[Step]:
    """The commands of all console blocks: lines after `$ `, continued by a backslash; other lines are output."""
    found: list[Step] = []
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:], ()))
            elif found[-1].command.endswith("\\"):
                found[-1] = Step(f"{found[-1].command}\n{line}", ())
            elif line.strip():
                found[-1] = Step(found[-1].command, (*found[-1].expected, line))
    return found


def run(steps: list[Step], folder: Path) -> list[str]:
    """Run all in one shell, in order, and say which command failed or printed something else."""
    script = "set -euo pipefail\n" + "".join(f"printf '{MARK}'\n{step.command}\n" for step in steps)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIALKIT_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    shown = done.stdout.split(MARK)[1:]
    wrong = [f"{steps[len(shown) - 1].command}: exit {done.returncode}\n{shown[-1]}"] if done.returncode else []
    for step, output in zip(steps, shown, strict=False):
        lines = [line.strip() for line in output.splitlines()]
        for line in step.expected:
            pattern = re.escape(line.strip()).replace(re.escape("..."), ".*")
            if not any(re.fullmatch(pattern, seen) for seen in lines):
                wrong.append(f"{step.command}: does not print {line!r} but\n{output}")
    return wrong


def clone(folder: Path) -> Path:
    """A folder that looks like a fresh clone to the commands of README."""
    for name in ("forms", "exports", "trialkit", "docs", "tests", "examples"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    return folder


def test_the_commands_of_readme_run_in_order_and_print_what_it_says(tmp_path: Path) -> None:
    tour = steps((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(tour) >= 8
    assert run(tour, clone(tmp_path)) == []


def lessons(page: str) -> list[Step]:
    """The steps of a page whose blocks also change files; commands in `console fails` must fail."""
    found: list[Step] = []
    for kind, text in authoring.blocks_in_order(page):
        if kind.startswith("console"):
            told = steps(f"```console\n{text}```")
            shape = "if {}; then exit 1; fi" if kind.endswith("fails") else "{}"
            found += [Step(shape.format(step.command), step.expected) for step in told]
        else:
            found.append(Step(authoring.command(kind, text), ()))
    return found


def test_the_authors_guide_runs_in_order_makes_its_changes_and_prints_what_it_says(tmp_path: Path) -> None:
    lesson = lessons((ROOT / "docs/authoring.md").read_text(encoding="utf-8"))
    assert len(lesson) > 30
    assert run(lesson, clone(tmp_path)) == []


def test_a_change_that_has_no_place_or_a_command_that_should_fail_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\nb: 2\n")
    page = (
        "```diff a.yaml\n a: 1\n-b: 2\n+c: 3\n```\n```console fails\n$ grep b a.yaml\n```\n```diff a.yaml\n b: 2\n```\n"
    )
    assert "0 places for" in run(lessons(page), tmp_path)[0]
    assert (tmp_path / "a.yaml").read_text() == "a: 1\nc: 3\n"
    assert "exit 1" in run(lessons("```console fails\n$ true\n```\n```console\n$ true\n```\n"), tmp_path)[0]


def test_a_command_that_fails_or_prints_something_else_is_seen(tmp_path: Path) -> None:
    page = "```console\n$ echo one \\\n    two\none ...\n$ echo three\nfour\n$ false\n$ echo five\n```\n"
    wrong = run(steps(page), tmp_path)
    assert [message.splitlines()[0] for message in wrong] == ["false: exit 1", "echo three: does not print 'four' but"]


def test_the_set_up_of_readme_is_two_make_targets() -> None:
    (setup,) = blocks((ROOT / "README.md").read_text(encoding="utf-8"), "sh")
    targets = [line.split("#")[0].split() for line in setup.splitlines() if line.strip()]
    assert targets == [["make", "demo"], ["make", "test"]]
    listed = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    assert all(f"make {target}" in listed for _, target in targets)


def test_the_page_of_the_command_line_is_current() -> None:
    assert cli_page.PAGE.read_text(encoding="utf-8") == cli_page.written(), "run: make docs"


def test_every_verb_says_what_it_does() -> None:
    page = cli_page.written()
    assert len(re.findall(r"^## trialkit \w", page, re.MULTILINE)) > 8
    silent = [
        section.split("\n")[0]
        for section in page.split("\n## ")[1:]
        if not re.search(r"\n  [A-Z][^\n]*(\n  [^\n]+)*\.", section)
    ]
    assert silent == []


def named_verbs(text: str, known: set[tuple[str, ...]]) -> list[str]:
    """The commands that a text names in backticks and that do not exist."""
    wrong = []
    nouns = {verb[:1] for verb in known if len(verb) > 1}
    for command in re.findall(r"`trialkit ((?:[a-z][a-z-]*(?: |(?=`)))+)", text):
        words = tuple(command.split())
        if words not in nouns and not any(words[: len(verb)] == verb for verb in known):
            wrong.append(f"trialkit {command}")
    return wrong


def test_every_command_that_a_hint_or_a_page_names_exists() -> None:
    known = set(cli_page.leaves())
    texts = [file.read_text(encoding="utf-8") for file in [*ROOT.glob("trialkit/**/*.py"), *PAGES]]
    assert [wrong for text in texts for wrong in named_verbs(text, known)] == []
    assert named_verbs("say `trialkit study chekc FOLDER`", known) == ["trialkit study chekc "]


def test_every_key_of_the_form_language_is_explained() -> None:
    page = (ROOT / "docs/language.md").read_text(encoding="utf-8")
    own = [node for node in model.Node.__subclasses__() if node.__module__ == model.__name__]
    nodes = [node for node in own if node is not model.Study]
    keys = {key for node in nodes for key in node.model_fields}
    assert len(keys) > 60
    assert sorted(key for key in keys if not re.search(rf"`{key}\b", page)) == []


def test_every_type_and_severity_is_explained() -> None:
    page = (ROOT / "docs/language.md").read_text(encoding="utf-8")
    words = [*model.ItemType.__args__, *model.Severity.__args__]
    assert [word for word in words if f"`{word}`" not in page] == []


def drawn() -> set[str]:
    """The lines of every string of the screens and below, without markup; a value filled in reads `...`."""
    found: set[str] = set()
    for file in [*ROOT.glob("apps/**/*.py"), *ROOT.glob("trialkit/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [part.value if isinstance(part, ast.Constant) else "..." for part in parts]
            if isinstance(node, ast.JoinedStr | ast.Constant) and all(isinstance(text, str) for text in texts):
                found |= {" ".join(line.split()) for line in re.split(r"\n|<[^>]*>|\*\*", "".join(texts))}
    scripts = "".join(script.read_text(encoding="utf-8") for script in ROOT.glob("apps/door/*.js"))
    return found | set(re.findall(r"'([^'\n]+)'", scripts))


def test_every_label_and_sentence_of_a_guide_stands_on_a_screen() -> None:
    known, said = drawn(), set[str]()
    for guide in GUIDES:
        page = " ".join(guide.read_text(encoding="utf-8").split())
        labels, sentences = re.findall(r"\*\*(.+?)\*\*", page), re.findall(r'"(.+?)"', page)
        said |= {f"{guide.name}: {label}" for label in labels if label not in known}
        said |= {f"{guide.name}: {words}" for words in sentences if not any(words in one for one in known)}
        assert labels or guide.name == "README.md"
    assert len(GUIDES) == 9
    assert sorted(said) == []
    assert "Save with this reason" in known
    assert "Save with that reason" not in known


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_one_short_page_that_names_its_files(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith(f"# {page.name[:4]} ")
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == ["## Context", "## Decision", "## Consequences", "## Refused", "## Files"]
    named = re.findall(r"`([^`]+)`", "\n".join(lines[lines.index("## Files") :]))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-bench.lock"])
def test_a_lock_holds_names_versions_and_hashes_only(lock: str) -> None:
    entries = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert len(packages) > 30
    shape = re.compile(r"[\w.-]+(\[[\w,]+\])?==[\w.]+( ; [\w.=<>!' ()]+)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [entry for entry in packages if not shape.fullmatch(entry.strip())] == []
    assert not shape.fullmatch("x @ https://example.org/x.whl")
