"""The options that several verbs share, each with the environment variable that may stand for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
        prompt=True,
        hide_input=True,
        help="Opens the key folder; better asked for or in the environment than typed here.",
    ),
]
User = Annotated[str, typer.Option("--user", envvar="TRIALKIT_USER", help="Who does it: a user id.")]
Password = Annotated[
    str,
    typer.Option(
        "--password",
        envvar="TRIALKIT_PASSWORD",
        prompt=True,
        hide_input=True,
        help="The user's password; better asked for or in the environment than typed here.",
    ),
]
