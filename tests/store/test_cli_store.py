"""`trialkit init`, `verify`, `rebuild`, `checkpoint`, `keys rotate`, as typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures_store import PASSPHRASE

FORMS = Path(__file__).parents[2] / "forms" / "cdisc_pilot"


@pytest.fixture
def typed(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> object:
    """Run `trialkit ...` as a person would, on a store of either engine."""
    store = "trial.sqlite"
    if engine == "postgresql":
        base = request.getfixturevalue("postgresql")
        store = f"{base}&schema=typed_{tmp_path.name.replace('-', '_').lower()[:20]}"
    told = {
        "TRIALKIT_STORE": store,
        "TRIALKIT_KEYS": "trial.keys",
        "TRIALKIT_PASSPHRASE": PASSPHRASE,
        "PYTHONPATH": str(FORMS.parents[1]),
        "PATH": "/usr/bin:/bin",
    }

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "trialkit.cli", *words]
        return subprocess.run(command, cwd=tmp_path, env={**told, **more}, capture_output=True, text=True, check=False)

    return run


def test_a_store_from_its_making_to_its_proof(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    made = typed(
        "init", "--study", str(FORMS), "--training", "--administrator", "Adi Okafor",
        TRIALKIT_USER="adi", TRIALKIT_PASSWORD="a tour needs no secrets",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "training store" in made.stdout
    first_key = (tmp_path / "trial.keys" / "log.pub").read_text().strip()
    assert first_key in made.stdout
    kept = typed("checkpoint", "--out", "kept.txt")
    assert (tmp_path / "kept.txt").read_text() == kept.stdout
    assert typed("rebuild").returncode == 0
    rotated = typed("keys", "rotate", "--reason", "yearly")
    assert rotated.returncode == 0, rotated.stderr
    assert (tmp_path / "trial.keys" / "log.pub").read_text().strip() != first_key
    verified = typed("verify", "--since", "kept.txt")
    assert verified.returncode == 0, verified.stderr
    assert "agree with their commitments and tags" in verified.stdout


def test_a_wrong_word_is_a_sentence_and_exit_1(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for words, sentence in (
        (("verify",), "no key folder"),
        (("init", "--study", str(FORMS)), "--training or --production"),
        (("init", "--study", "nowhere", "--training"), "nowhere"),
    ):
        told = typed(*words)
        assert told.returncode == 1
        assert sentence in told.stderr
        assert "Traceback" not in told.stderr
    assert not (tmp_path / "trial.keys").exists()
