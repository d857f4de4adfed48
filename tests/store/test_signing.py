"""A store that stays open is signed as it grows."""

from __future__ import annotations

import time

import pytest

from tests.fixtures_store import Made
from trialkit.errors import Broken, NotContinuous
from trialkit.ledger.checkpoint import parse
from trialkit.ledger.entry import Actor, Change, Draft
from trialkit.store.signing import Signing

ANA = Actor("ana", "Ana Souza", "coordinator", "Clinic North")


def _note(text: str) -> Draft:
    return Draft("subject.change", ANA, "subject/01-001", (Change(f"note {text}", None, text),))


def test_what_is_appended_comes_under_a_checkpoint_without_being_asked(made: Made) -> None:
    with Signing(made.store, seconds=0.02):
        made.store.append([_note("one")])
        for _ in range(500):
            if made.store.checkpoints()[-1][0] == made.store.size:
                break
            time.sleep(0.02)
    size, note = made.store.checkpoints()[-1]
    assert size == made.store.size
    assert parse(note).size == size


def test_a_ledger_that_does_not_continue_stops_the_signing_and_is_told(made: Made) -> None:
    made.store.append([_note("one")])
    signer = made.keys.path / "signer.json"
    signer.write_bytes(signer.read_bytes().replace(b"size", b"sise"))
    with pytest.raises((NotContinuous, Broken)), Signing(made.store, seconds=0.01) as signing:  # noqa: PT012
        for _ in range(500):
            if signing.refused:
                break
            time.sleep(0.02)
