"""The options that several verbs share, each with the environment variable that may stand for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from trialkit.errors import WrongValue


def asked(what: str, variable: str, *, twice: bool = False) -> Callable[[], str]:
    """Asks for a secret at the terminal; where there is none, WrongValue says which variable holds it."""

    def ask() -> str:
        if not _terminal():
            raise WrongValue(
                f"the {what[0].lower()}{what[1:]} is needed, and there is no terminal to ask at", f"set {variable}"
            )
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=twice))

    return ask


def _terminal() -> bool:
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


StoreUrl = Annotated[
    str, typer.Option("--store", envvar="TRIALKIT_STORE", help="The store: a path, sqlite:///PATH or postgresql://...")
]
KeysPath = Annotated[
    Path, typer.Option("--keys", envvar="TRIALKIT_KEYS", help="The key folder, kept apart from the store.")
]
Passphrase = Annotated[
    str,
    typer.Option(
        "--passphrase",
        envvar="TRIALKIT_PASSPHRASE",
        default_factory=asked("Passphrase", "TRIALKIT_PASSPHRASE"),
        show_default=False,
        help="Opens the key folder; better asked for or in the environment than typed here.",
    ),
]
User = Annotated[str, typer.Option("--user", envvar="TRIALKIT_USER", help="Who does it: a user id.")]
Password = Annotated[
    str,
    typer.Option(
        "--password",
        envvar="TRIALKIT_PASSWORD",
        default_factory=asked("Password", "TRIALKIT_PASSWORD"),
        show_default=False,
        help="The user's password; better asked for or in the environment than typed here.",
    ),
]
