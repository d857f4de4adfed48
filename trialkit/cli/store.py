"""`trialkit init`, `verify`, `rebuild`, `checkpoint`, `keys rotate`: a store, from its making to its proof."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from trialkit.access.authentication import STANDARD, open_accounts
from trialkit.access.password import check_new_password
from trialkit.cli.opening import clock, opened
from trialkit.cli.options import KeysPath, Passphrase, StoreUrl, asked
from trialkit.errors import KeysMissing, StoreRefused, TrialkitError, WrongFile, WrongValue
from trialkit.ledger.entry import Actor
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.verify_export import verify as verify_export
from trialkit.store.database import Store, create_store, open_store
from trialkit.store.engines import recognise, vacant
from trialkit.study.loading import load_study

keys_app = typer.Typer(
    no_args_is_help=True, help="The keys of a store, which lie apart from it.", rich_markup_mode=None
)

PUBLIC = "log.pub"
Since = Annotated[Path | None, typer.Option("--since", help="A checkpoint kept earlier, which this must continue.")]


def init(
    store: StoreUrl,
    keys: KeysPath,
    passphrase: Passphrase,
    study: Annotated[Path, typer.Option("--study", help="The folder of the study.")],
    training: Annotated[bool, typer.Option("--training", help="A store to learn with, marked so everywhere.")] = False,
    production: Annotated[bool, typer.Option("--production", help="The store of the trial itself.")] = False,
    origin: Annotated[str, typer.Option("--origin", help="The log's name; else the study's and the kind's.")] = "",
    administrator: Annotated[str, typer.Option("--administrator", help="Printed name of the first one.")] = "",
    organisation: Annotated[str, typer.Option("--organisation", help="Where the administrator works.")] = "Sponsor",
    user: Annotated[str, typer.Option("--user", envvar="TRIALKIT_USER", help="The administrator's user id.")] = "",
    password: Annotated[
        str, typer.Option("--password", envvar="TRIALKIT_PASSWORD", help="The administrator's password.")
    ] = "",
) -> None:
    """Make a store and its keys, for one study; training or production, for ever.

    Example: trialkit init --store trial.sqlite --keys trial.keys --study forms/ket_trd_301 --training
    """
    if training == production:
        raise WrongValue("a store is for training or for production", "say --training or --production")
    if administrator and not (user and password):
        raise WrongValue("the first administrator needs a user id and a password", "say --user and --password")
    if administrator:
        check_new_password(password, STANDARD, (user, administrator, organisation))
    loaded = load_study(study)
    kind: Literal["training", "production"] = "training" if training else "production"
    remove_store = vacant(store)
    with _or_nothing(keys) as undo:
        made = KeyFolder.create(keys, passphrase, origin or f"trialkit.example/{loaded.file.oid}/{kind}")
        undo.append(remove_store)
        with create_store(store, kind=kind, study_oid=loaded.file.oid, keys=made, clock=clock) as at:
            at.define("study", loaded.canonical)
            if administrator:
                open_accounts(at, user, administrator, organisation, password, clock)
            (keys / PUBLIC).write_text(made.vkey + "\n", encoding="ascii")
    typer.echo(f"{at.url}: a {kind} store of {loaded.file.oid}, with the study version {loaded.hash[:12]}.")
    typer.echo(f"Its public key, for the protocol: {made.vkey}")
    typer.echo(f"Keep {keys} and its passphrase safe and apart: without them nothing can be added or signed.")


@contextmanager
def _or_nothing(keys: Path) -> Iterator[list[Callable[[], None]]]:
    """All of it or nothing: on a failure take back what was made, the new key folder last."""
    if keys.exists() and (not keys.is_dir() or any(keys.iterdir())):
        raise WrongFile(f"{keys} is not empty", "keys are never written over; name a new folder")
    stood = keys.exists()
    undo: list[Callable[[], None]] = []
    try:
        yield undo
    except BaseException as error:
        if not isinstance(error, TrialkitError) or error.facts.get("made", True):
            for remove in undo:
                remove()
        shutil.rmtree(keys, ignore_errors=True)
        if stood:
            keys.mkdir(mode=0o700)
        if isinstance(error, OSError):
            raise StoreRefused(
                f"the store could not be made: {error}", "make room, or name another place; nothing was left behind"
            ) from error
        raise


def verify(
    what: Annotated[str, typer.Argument(help="A store, or the folder of an export; else the store of --store.")] = "",
    key: Annotated[str, typer.Option("--key", help="For an export: the public key, or a file with it.")] = "",
    since: Since = None,
    store: Annotated[str, typer.Option("--store", envvar="TRIALKIT_STORE", help="The store.")] = "",
    keys: Annotated[Path | None, typer.Option("--keys", envvar="TRIALKIT_KEYS", help="Its key folder.")] = None,
    passphrase: Annotated[str, typer.Option("--passphrase", envvar="TRIALKIT_PASSPHRASE", help="Opens them.")] = "",
) -> None:
    """Derive everything again and tell the first thing that does not agree (exit 1), or what was looked at.

    Examples: trialkit verify · trialkit verify handover --key trial.keys/log.pub --since checkpoint.txt
    """
    if what and Path(what).is_dir():
        if not key:
            raise WrongValue("an export is verified with the log's public key", "say --key; init printed it")
        report = verify_export(what, key, since)
        typer.echo(str(report))
        raise typer.Exit(report.exit)
    if not (what or store):
        raise WrongValue("nothing is named to be verified", "name a store or an export, or set TRIALKIT_STORE")
    if what:
        recognise(what)
    if keys is None:
        raise KeysMissing("a store is verified with its key folder", "say --keys, or set TRIALKIT_KEYS")
    if not passphrase:
        passphrase = asked("Passphrase", "TRIALKIT_PASSPHRASE")()
    with open_store(what or store, KeyFolder.open(keys, passphrase), clock=clock) as at:
        _told(at)
        typer.echo(str(at.verify(since=_text(since) if since else None)))


def rebuild(store: StoreUrl, keys: KeysPath, passphrase: Passphrase) -> None:
    """Drop the projections and fold them anew from the ledger; no entry is touched."""
    with opened(store, keys, passphrase) as at:
        _told(at)
        rows = at.rebuild()
        typer.echo("rebuilt: " + ", ".join(f"{count:,} {table}" for table, count in rows.items()))


def checkpoint(
    store: StoreUrl,
    keys: KeysPath,
    passphrase: Passphrase,
    out: Annotated[Path | None, typer.Option("--out", help="A file to keep it in, on another machine.")] = None,
) -> None:
    """Sign the head of the ledger and print it: three lines that hold everything before them."""
    with opened(store, keys, passphrase) as at:
        note = at.checkpoint()
    if out is not None:
        out.write_text(note, encoding="utf-8")
    typer.echo(note, nl=False)


@keys_app.command()
def rotate(
    store: StoreUrl,
    keys: KeysPath,
    passphrase: Passphrase,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept for ever.")],
    user: Annotated[str, typer.Option("--user", envvar="TRIALKIT_USER", help="Who does it.")] = "operator",
) -> None:
    """Make new keys. What was signed with the old ones stays verifiable; the new public key is printed."""
    with opened(store, keys, passphrase) as at:
        _told(at)
        vkey = at.rotate_keys(Actor(user, user, "operator", ""), reason)
        (keys / PUBLIC).write_text(vkey + "\n", encoding="ascii")
        typer.echo(f"The public key from entry {at.size - 1} on: {vkey}")


def _told(store: Store) -> None:
    for sentence in store.opened.found:
        typer.echo(sentence, err=True)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile(f"{path} cannot be read: {error}", "name the file that was kept") from error


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command line."""
    for verb in (init, verify, rebuild, checkpoint):
        app.command()(verb)
    app.add_typer(keys_app, name="keys")
