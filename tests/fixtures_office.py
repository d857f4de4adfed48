"""A store with Adi, its first administrator, and a clock that goes only when told to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trialkit.access import authentication, granting
from trialkit.access.identity import Identity
from trialkit.access.password import Policy
from trialkit.access.people import person
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import Store, create_store

CHEAP = Policy(time_cost=1, memory_cost=8, parallelism=1)
WORDS = "plum harbour violet anchor"


@dataclass
class Watch:
    now: datetime = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Office:
    """A store and its administrator, who adds people."""

    store: Store
    watch: Watch

    def sign_in(self, user: str, password: str = WORDS, **more: str) -> Identity:
        return authentication.sign_in(self.store, user, password, self.watch, policy=CHEAP, **more)  # type: ignore[arg-type]

    def hire(self, user: str, role: str = "", *sites: str, organisation: str = "Clinic North") -> None:
        """A person with a role and a password of their own."""
        adi = self.sign_in("adi")
        self.store.append([granting.add_person(adi, [], user, user.title() + " Person", organisation)])
        authentication.reset_password(
            self.store, adi, person(self.store, user), "granite lantern orbit", self.watch, policy=CHEAP
        )
        authentication.change_password(self.store, user, "granite lantern orbit", WORDS, self.watch, policy=CHEAP)
        if role:
            self.give(user, role, *sites)

    def give(self, user: str, role: str, *sites: str) -> None:
        adi = self.sign_in("adi")
        self.store.append([granting.grant(adi, person(self.store, user), role, sites or ("*",), self.watch())])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    watch = Watch()
    keys = KeyFolder.create(tmp_path / "keys", "passphrase", "trial.example/T1", work=2)
    with create_store(tmp_path / "t1.db", kind="training", study_oid="T1", keys=keys, clock=watch) as store:
        authentication.open_accounts(store, "adi", "Adi Okafor", "Contract Research", WORDS, watch, policy=CHEAP)
        yield Office(store, watch)
