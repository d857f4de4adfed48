"""`trialkit init`, `verify`, `rebuild`, `checkpoint`, `keys rotate`, as typed."""

from __future__ import annotations

import itertools
import os
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
