"""Passwords: which are good enough, and how they are kept (NIST SP 800-63B-4, RFC 9106 argon2id; 21 CFR 11.300).

Fifteen characters as the only factor, no rules of composition, no change by the calendar unless the store's policy
wants it, and a list of what everybody would try first.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trialkit.errors import WrongValue

_OBVIOUS = (
    "correcthorsebatterystaple",
    "thequickbrownfoxjumpsoverthelazydog",
    "letmeinletmein",
    "iloveyouiloveyou",
    "changemechangeme",
    "passwordpassword",
    "administrator",
    "welcometotrialkit",
    "clinicaltrial",
    "investigator",
    "trustno1trustno1",
    "adminadminadmin",
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)
_WORDS = (
    "password",
    "passwort",
    "passphrase",
    "trialkit",
    "clinical",
    "trial",
    "welcome",
    "admin",
    "secret",
    "letmein",
)
_AT_ONCE = threading.BoundedSemaphore(2)  # each hash takes 64 MiB: a burst of sign-ins must not eat the machine


@dataclass(frozen=True, slots=True)
class Policy:
    """What a store asks of passwords and sign-ins. Delays in seconds; argon2 memory in KiB; `age_days` 0: never old.

    `second_to_sign`: whoever signs a form needs a second factor.
    """

    shortest: int = 15
    longest: int = 256
    free_failures: int = 2
    first_delay: int = 1
    longest_delay: int = 900
    alert_at: int = 10
    disable_at: int = 100
    age_days: int = 0
    temporary_hours: int = 72
    second_to_sign: bool = False
    time_cost: int = 3
    memory_cost: int = 65_536
    parallelism: int = 4

    def delay(self, failures: int) -> int:
        """Seconds to wait after this many failures in a row: none for the first two, then 1, 2, 4 ... 900."""
        beyond = failures - self.free_failures - 1
        return 0 if beyond < 0 else min(self.longest_delay, self.first_delay << min(beyond, 30))


def check_new_password(password: str, policy: Policy, personal: Iterable[str] = ()) -> None:
    """Raises WrongValue for a password that is too short, too long, or among the first that anybody would try.

    `personal` are words that belong to the person or the study (id, name, organisation); made of them it is refused.
    """
    text = _normal(password)
    if not policy.shortest <= len(text) <= policy.longest:
        raise WrongValue(
            f"A password has {policy.shortest} to {policy.longest} characters; this one has {len(text)}.",
            "four or five unrelated words make a good one",
        )
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise WrongValue("A password has no control characters.", "type it with letters, digits, signs and spaces")
    if _obvious(text, personal):
        raise WrongValue(
            "This password is among the first that anybody would try.", "four or five unrelated words make a good one"
        )


def hash_password(password: str, policy: Policy) -> str:
    """The argon2id hash with its own salt and its parameters, as text."""
    with _AT_ONCE:
        return _hasher(policy).hash(_normal(password))


def matches(encoded: str | None, password: str, policy: Policy) -> bool:
    """Whether the password belongs to the hash. Without a hash the same work is done for nothing: the answer is no."""
    dummy = _dummy(policy)
    tried = _normal(password[: 4 * policy.longest])
    with _AT_ONCE:
        try:
            _hasher(policy).verify(encoded or dummy, tried)
        except (VerificationError, InvalidHashError):
            return False
    return bool(encoded)


def is_dated(encoded: str, policy: Policy) -> bool:
    """Whether the hash was made with other parameters than the policy's: to be made anew at this sign-in."""
    return _hasher(policy).check_needs_rehash(encoded)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher(policy: Policy) -> PasswordHasher:
    return PasswordHasher(policy.time_cost, policy.memory_cost, policy.parallelism)


@cache
def _dummy(policy: Policy) -> str:
    return _hasher(policy).hash(secrets.token_hex())


def _obvious(text: str, personal: Iterable[str]) -> bool:
    plain = "".join(letter for letter in text.casefold() if letter.isalnum())
    if len(set(plain)) < 5 or any(
        plain in known * 3 or (known in plain and len(plain) - len(known) < 4) for known in _OBVIOUS
    ):
        return True
    period = (plain + plain).find(plain, 1)  # "abcabcabc" comes back to itself after 3
    if period <= len(plain) // 2 and period < 12:
        return True
    rest = plain
    for known in (*_WORDS, *(part for words in personal for part in words.casefold().split() if len(part) > 2)):
        rest = rest.replace(known, "")
    return len(_without_runs(rest)) < 5


def _without_runs(text: str) -> str:
    """The text without runs of four or more along the alphabet, the digits or the keyboard, either way."""
    lines = [line[::way] for line in _RUNS for way in (1, -1)]
    kept, at = "", 0
    while at < len(text):
        run = max(
            (
                size
                for size in range(4, 27)
                if any(text[at : at + size] in line for line in lines) and at + size <= len(text)
            ),
            default=0,
        )
        kept += "" if run else text[at]
        at += run or 1
    return kept
