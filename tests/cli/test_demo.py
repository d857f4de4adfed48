from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from trialkit.cli import app
from trialkit.cli.demo import MARK
from trialkit.errors import StoreRefused, WrongFile


def trialkit(*words: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "trialkit", *words]
    return subprocess.run(
        command, cwd=cwd, env={"PYTHONPATH": str(root), **(env or {})}, capture_output=True, text=True, check=False
    )


def test_the_demo_leaves_what_it_says_and_the_commands_it_shows_work(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MARK).write_text("an earlier demo")
    (tmp_path / "out" / "old.pdf").write_text("of the earlier demo")
    done = trialkit("demo", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert done.stdout.count("PASS  ") == 2
    assert "Training data; nobody is real." in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "DEMO.txt", "demo.db", "demo.keys", "handover", "site-copy-02-0001", "verify_export.py",
    ]  # fmt: skip
    assert len(list((tmp_path / "out/handover").glob("training-casebook-*.pdf"))) == 8
    assert (tmp_path / "out/handover/training-blank-crf.pdf").exists()
    shown = done.stdout.split("WHAT TO TRY NEXT\n")[1].split("\n\n")[0].splitlines()
    env = dict(word.split("=", 1) for line in shown if "export " in line for word in shlex.split(line)[1:])
    assert sorted(env) == [
        "TRIALKIT_KEYS",
        "TRIALKIT_PASSPHRASE",
        "TRIALKIT_PASSWORD",
        "TRIALKIT_STORE",
        "TRIALKIT_USER",
    ]
    assert any("trialkit serve --demo out " in line and "make app" in line for line in shown)
    for line in shown:  # but for the server, which would stay
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


def test_a_demo_that_fails_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MARK).write_text("an earlier demo")
    taken = tmp_path / "taken.db"
    taken.write_text("somebody's file")
    told = CliRunner().invoke(app, ["demo", "--out", str(tmp_path / "out"), "--store", str(taken)])
    assert isinstance(told.exception, StoreRefused)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "taken.db"]
    assert (tmp_path / "out" / MARK).read_text() == "an earlier demo"
