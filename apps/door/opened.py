"""The trial behind the screens, opened once a process from the same variables as the command line."""

from __future__ import annotations

import gc
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from apps.door.attempts import Attempts
from apps.door.desk import Desk
from apps.door.notes import Notes
from apps.door.sessions import IDLE, LONGEST, Sessions
from trialkit.access.addresses import Addresses
from trialkit.access.password import Policy
from trialkit.access.strangers import Strangers
from trialkit.conduct.trial import Trial
from trialkit.conduct.worklist import signer
from trialkit.errors import StoreRefused
from trialkit.ledger.entry import Place
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import open_store

STRANGERS = Strangers()
ADDRESSES = Addresses()
POLICY = Policy(second_to_sign=os.environ.get("TRIALKIT_SECOND_FACTOR") == "signing")


def clock() -> datetime:
    """The server's time."""
    return datetime.now(UTC)


@cache
def trial() -> Trial:
    """The trial named by TRIALKIT_STORE, TRIALKIT_KEYS and TRIALKIT_PASSPHRASE. Raises StoreRefused, KeysMissing."""
    keys = KeyFolder.open(Path(_named("TRIALKIT_KEYS")), _named("TRIALKIT_PASSPHRASE"))
    found = Trial(open_store(_named("TRIALKIT_STORE"), keys, clock=clock))
    found.latest()  # compiled before the first person comes
    # What is here now stays: a look for garbage among it, after every few answers typed, would cost as much as a rerun.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    return found


@cache
def desk() -> Desk:
    """Where unsaved answers lie: a folder beside the keys, or the one named by TRIALKIT_DESK."""
    keys = trial().store.keys
    named = os.environ.get("TRIALKIT_DESK")
    found = Desk(Path(named) if named else keys.path.with_name(keys.path.name + ".desk"), keys.desk)
    found.clear()
    return found


@cache
def sessions() -> Sessions:
    """The sessions of this server."""
    return Sessions(trial().store, clock, _minutes("TRIALKIT_IDLE", IDLE), _minutes("TRIALKIT_LONGEST", LONGEST))


def notes(lasts: timedelta, most: int = 1000, own: int = 20) -> Notes[Any]:
    """A place for notes of sessions, each thrown away with its session."""
    found = Notes[Any](clock, lasts, most, own)
    sessions().at_end(found.drop)
    return found


@cache
def attempts() -> Attempts:
    """What is tried at the door in the name of somebody who is signed in."""
    return Attempts(
        lambda session, act, why: trial().refused(session.identity, act, Place(), why), clock,
        lambda who: signer(trial(), who),
    )  # fmt: skip


def temporary_password() -> str:
    """A password for somebody else's first sign-in: 100 bits, in groups that can be read out."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(5)) for _ in range(4))


def deliverables() -> Path | None:
    """The folder that declares what is handed over: TRIALKIT_EXPORTS, or exports/<study> of this installation."""
    named = os.environ.get("TRIALKIT_EXPORTS")
    study = trial().store.study_oid.lower().replace("-", "_")
    folder = Path(named) if named else Path(__file__).parents[2] / "exports" / study
    return folder if folder.is_dir() else None


def demo_password() -> str:
    """The published password of a training store's people, when `trialkit serve --demo` offers them; else nothing."""
    return os.environ.get("TRIALKIT_DEMO_PASSWORD", "") if trial().store.kind == "training" else ""


def provider() -> str:
    """What the identity provider is called on the sign-in page; nothing where none is configured."""
    issuer = os.environ.get("TRIALKIT_OIDC_ISSUER", "")
    if not issuer or not os.environ.get("TRIALKIT_OIDC_CLIENT"):
        return ""
    return os.environ.get("TRIALKIT_OIDC_NAME") or urlsplit(issuer).hostname or issuer


def _minutes(variable: str, usual: timedelta) -> timedelta:
    """A limit that `trialkit serve` was given, in minutes."""
    given = os.environ.get(variable)
    return timedelta(minutes=float(given)) if given else usual


def _named(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise StoreRefused(f"{variable} is not set", "start with `trialkit serve`, or set the three variables")
    return value
