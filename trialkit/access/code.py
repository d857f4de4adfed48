"""Codes of a second factor: six digits, new every 30 seconds, from a secret that an app holds too (TOTP, RFC 6238).

The secret lies in the person's credential behind the hash of the password, sealed under a key derived from the
application key and bound to the person; so the ledger binds both, and a copy of the database tells neither.
"""

from __future__ import annotations

import base64
import os
from datetime import datetime

from pyotp import TOTP, random_base32
from pyotp.utils import strings_equal

from trialkit.ledger.keys import NONCE, KeyFolder

STEP = 30
"""Seconds for which a code stands."""
AROUND = 1
"""Steps before and after now whose codes are taken: clocks differ, and people type slowly."""


def new_secret() -> str:
    """A secret of 160 bits, as apps take it (base32)."""
    return random_base32()


def address(secret: str, person: str, study: str) -> str:
    """What an app reads from the picture (otpauth://)."""
    return TOTP(secret).provisioning_uri(name=person, issuer_name=f"trialkit {study}")


def step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The step that this code belongs to: around `now`, and later than `after`, so that none is good twice."""
    typed, at, totp = "".join(code.split()), int(now.timestamp()) // STEP, TOTP(secret)
    fits = [step for step in range(at - AROUND, at + AROUND + 1) if strings_equal(totp.generate_otp(step), typed)]
    return next((step for step in fits if step > after), None)


def split(encoded: str) -> tuple[str, str]:
    """The hash of the password and the sealed secret (or nothing) of a credential."""
    password, _, sealed = encoded.partition("\n")
    return password, sealed


def join(password: str, sealed: str) -> str:
    """The credential of both."""
    return f"{password}\n{sealed}" if sealed else password


def seal(keys: KeyFolder, person: str, secret: str) -> str:
    """The secret as it is kept."""
    return base64.b64encode(keys.codes.seal(secret.encode(), _bound(person), os.urandom(NONCE))).decode()


def unseal(keys: KeyFolder, person: str, sealed: str) -> str:
    """The secret itself. Raises Broken when it is another person's or was sealed with another key."""
    return keys.codes.open(base64.b64decode(sealed), _bound(person)).decode()


def _bound(person: str) -> bytes:
    return b"code of\0" + person.encode()
