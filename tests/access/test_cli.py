"""`trialkit person` from the first administrator to a locked door, as typed in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trialkit.access.gate import system_sight
from trialkit.cli import app
from trialkit.cli.opening import clock, opened
from trialkit.errors import Refused, SignInFailed, TrialkitError, WrongValue
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import create_store

ADIS, ANAS, GIVEN = "plum harbour violet anchor", "copper willow seven tides", "granite lantern orbit"


def test_people_are_added_granted_listed_and_closed_from_the_command_line(tmp_path: Path) -> None:
    store, keys = str(tmp_path / "t1.db"), tmp_path / "keys"
    folder = KeyFolder.create(keys, "passphrase", "trial.example/T1", work=2)
    create_store(store, kind="training", study_oid="T1", keys=folder, clock=clock).close()
    where = {"TRIALKIT_STORE": store, "TRIALKIT_KEYS": str(keys), "TRIALKIT_PASSPHRASE": "passphrase"}

    def person(
        *words: str, user: str = "adi", password: str = ADIS, new: str = "", refused: type[TrialkitError] | None = None
    ) -> Result:
        env = {**where, "TRIALKIT_USER": user, "TRIALKIT_PASSWORD": password, "TRIALKIT_NEW_PASSWORD": new}
        told = CliRunner(env=env).invoke(app, ["person", *words])
        if refused:
            assert isinstance(told.exception, refused), told.output
        else:
            assert told.exit_code == 0, told.output + str(told.exception)
        return told

    person("first", "adi", "Adi Okafor", "Contract Research", new=ADIS)
    person("add", "ana", "Ana Souza", "Clinic North", new=GIVEN)
    person("add", "ana.", "Ana Other", "Clinic North", new=GIVEN, refused=WrongValue)
    person("grant", "ana", "monitor", "--to", "2099-12-31")
    person("list", user="ana", password=GIVEN, refused=SignInFailed)
    person("password", user="ana", password=GIVEN, new=ANAS)
    person("grant", "adi", "nurse", user="ana", password=ANAS, refused=Refused)
    told = person("list", user="ana", password=ANAS).output
    assert "ana  Ana Souza, Clinic North" in told
    assert "1. monitor, site *" in told
    assert "until 2100-01-01T00:00+00:00" in told
    person("revoke", "ana", "1", "--reason", "left the company")
    person("deactivate", "ana", "--reason", "left the company")
    assert "(deactivated)" in person("list").output
    with opened(store, keys, "passphrase") as at:
        refusals = list(at.read(system_sight()).entries(act="attempt.refused"))
    assert [(one.actor.id, one.stream) for one in refusals] == [("ana", "refusal/ana")]


@pytest.mark.parametrize("day", ["soon", "31.12.2099", "2099-02-30"])
def test_a_day_is_written_as_iso_writes_it(day: str, tmp_path: Path) -> None:
    store, keys = str(tmp_path / "t1.db"), tmp_path / "keys"
    folder = KeyFolder.create(keys, "passphrase", "trial.example/T1", work=2)
    create_store(store, kind="training", study_oid="T1", keys=folder, clock=clock).close()
    said = ["--store", store, "--keys", str(keys), "--passphrase", "passphrase"]
    runner = CliRunner()
    runner.invoke(app, ["person", "first", "adi", "Adi Okafor", "Contract Research", "--new-password", ADIS, *said])
    adi = ["--user", "adi", "--password", ADIS]
    runner.invoke(app, ["person", "add", "ana", "Ana Souza", "Clinic North", "--new-password", GIVEN, *adi, *said])
    told = runner.invoke(app, ["person", "grant", "ana", "monitor", "--to", day, *adi, *said])
    assert isinstance(told.exception, WrongValue)
    assert day in told.exception.sentence
