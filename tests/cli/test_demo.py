from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trialkit.cli import app
from trialkit.cli.demo import MARK, _make_room
from trialkit.errors import WrongFile


def trialkit(*words: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "trialkit", *words]
    return subprocess.run(
        command, cwd=cwd, env={"PYTHONPATH": str(root), **(env or {})}, capture_output=True, text=True, check=False
    )


def test_the_demo_leaves_what_it_says_and_the_commands_it_shows_work(tmp_path: Path) -> None:
    done = trialkit("demo", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("PASS  ") == 2
    assert "Training data; nobody is real." in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "DEMO.txt", "demo.db", "demo.keys", "handover", "site-copy-02-0001", "verify_export.py",
    ]  # fmt: skip
    casebooks = [path.name for path in (tmp_path / "out/handover").glob("*.pdf")]
    assert len(casebooks) == 8
    shown = done.stdout.split("WHAT TO TRY NEXT\n")[1].split("\n\n")[0].splitlines()
    env = dict(word.split("=", 1) for line in shown if "export " in line for word in shlex.split(line)[1:])
    assert sorted(env) == [
        "TRIALKIT_KEYS",
        "TRIALKIT_PASSPHRASE",
        "TRIALKIT_PASSWORD",
        "TRIALKIT_STORE",
        "TRIALKIT_USER",
    ]
    for line in shown:
        found = re.search(r"trialkit (subject|record|query|verify)\b.*", line)
        if found:
            words = shlex.split(re.sub(r"  \(.*\)$", "", found[0]))[1:]
            tried = trialkit(*words, cwd=tmp_path, env=env)
            assert tried.returncode == (1 if "refused" in line else 0), (line, tried.stderr)
            assert tried.stdout or "Lea Fontaine" in tried.stderr


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    told = CliRunner().invoke(app, ["demo", "--out", str(tmp_path)])
    assert isinstance(told.exception, WrongFile)
    assert "name another folder" in str(told.exception)
    assert (tmp_path / "thesis.txt").read_text() == "ten years of work"


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "an earlier demo"])
def test_the_folder_is_made_or_replaced_as_a_whole(tmp_path: Path, before: str) -> None:
    out = tmp_path / "out"
    if before != "nothing":
        out.mkdir()
    if before == "an earlier demo":
        (out / MARK).write_text("")
        (out / "demo.db").write_text("old")
    _make_room(out)
    assert [path.name for path in out.iterdir()] == [MARK]
    assert "no real people" in (out / MARK).read_text()
