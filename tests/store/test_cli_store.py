"""`trialkit init`, `verify`, `rebuild`, `checkpoint`, `keys rotate`, as typed."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures_store import PASSPHRASE
from trialkit.cli import main

_schemas = itertools.count()
FORMS = Path(__file__).parents[2] / "forms" / "cdisc_pilot"


class Typed(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


Run = Callable[..., Typed]


@pytest.fixture
def typed(
    engine: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run `trialkit ...` as a person would, on a store of either engine."""
    store = "trial.sqlite"
    if engine == "postgresql":
        store = f"{request.getfixturevalue('postgresql')}&schema=typed{os.getpid()}_{next(_schemas)}"
    monkeypatch.chdir(tmp_path)
    told = {"TRIALKIT_STORE": store, "TRIALKIT_KEYS": "trial.keys", "TRIALKIT_PASSPHRASE": PASSPHRASE}
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, **more: str) -> Typed:
        with monkeypatch.context() as now:
            for name, value in more.items():
                now.setenv(name, value)
            now.setattr(sys, "argv", ["trialkit", *words])
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return Typed(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_store_from_its_making_to_its_proof(typed: Run, tmp_path: Path) -> None:
    made = typed(
        "init", "--study", str(FORMS), "--training", "--administrator", "Adi Okafor",
        TRIALKIT_USER="adi", TRIALKIT_PASSWORD="a tour needs no secrets",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert "training store" in made.out
    first_key = (tmp_path / "trial.keys" / "log.pub").read_text().strip()
    assert first_key in made.out
    kept = typed("checkpoint", "--out", "kept.txt")
    assert (tmp_path / "kept.txt").read_text() == kept.out
    assert typed("rebuild").code == 0
    rotated = typed("keys", "rotate", "--reason", "yearly")
    assert rotated.code == 0, rotated.err
    assert (tmp_path / "trial.keys" / "log.pub").read_text().strip() != first_key
    verified = typed("verify", "--since", "kept.txt")
    assert verified.code == 0, verified.err
    assert "agree with their commitments and tags" in verified.out


def test_a_wrong_word_is_a_sentence_and_exit_1(typed: Run, tmp_path: Path) -> None:
    for words, sentence in (
        (("verify",), "no key folder"),
        (("init", "--study", str(FORMS)), "--training or --production"),
        (("init", "--study", "nowhere", "--training"), "nowhere"),
    ):
        told = typed(*words)
        assert told.code == 1
        assert sentence in told.err
        assert "Traceback" not in told.err
    assert not (tmp_path / "trial.keys").exists()


def test_what_is_no_store_and_no_key_is_said_to_be_none_and_is_left_as_it_was(typed: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Read me. " * 500)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE entry (a)")
    other.commit()
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    assert typed("init", "--study", str(FORMS), "--training", TRIALKIT_STORE="mine.sqlite").code == 0
    for store, sentence in (
        ("nowhere", "there is nothing at nowhere"),
        ("README.md", "README.md is no trialkit store"),
        ("other.db", "other.db is a SQLite file, but no trialkit store"),
    ):
        for told in (typed("verify", store), typed("rebuild", TRIALKIT_STORE=store)):
            assert told.code == 1
            assert sentence in told.err
            assert "disk" not in told.err
            assert "backup" not in told.err
    assert (tmp_path / "other.db").read_bytes() == before
    told = typed("verify", str(tmp_path), "--key", "README.md")
    assert told.code == 2
    assert "'README.md' holds no verifier key" in told.out
    assert "Read me" not in told.out


def test_without_a_terminal_the_variable_that_holds_the_secret_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trialkit", "rebuild", "--store", "a.db", "--keys", "a.keys"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TRIALKIT_")}
    done = subprocess.run(
        command, capture_output=True, text=True, env=bare, cwd=tmp_path, check=False,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "the passphrase is needed, and there is no terminal to ask at (set TRIALKIT_PASSPHRASE)\n"


@pytest.mark.parametrize(
    ("words", "password", "sentence"),
    [
        (("--administrator", "Adi Okafor"), "password", "assword"),  # refused before anything is made
        (("--administrator", " "), "a tour needs no secrets", ""),  # refused after keys and store are made
        (("--origin", "no name"), "a tour needs no secrets", "cannot name a log"),
    ],
)
def test_a_failed_init_leaves_nothing_and_can_be_repeated(
    typed: Run, tmp_path: Path, words: tuple[str, ...], password: str, sentence: str
) -> None:
    who = {"TRIALKIT_USER": "adi", "TRIALKIT_PASSWORD": password}
    failed = typed("init", "--study", str(FORMS), "--training", *words, **who)
    assert failed.code == 1
    assert sentence in failed.err
    assert list(tmp_path.iterdir()) == []
    assert typed("init", "--study", str(FORMS), "--training").code == 0
    assert typed("verify").code == 0


def test_init_over_a_store_that_stands_refuses_and_takes_nothing_away(typed: Run, tmp_path: Path) -> None:
    assert typed("init", "--study", str(FORMS), "--training").code == 0
    for keys in ("trial.keys", "other.keys"):
        refused = typed("init", "--study", str(FORMS), "--training", TRIALKIT_KEYS=keys)
        assert refused.code == 1
        assert "already exists" in refused.err
    assert not (tmp_path / "other.keys").exists()
    assert typed("verify").code == 0
