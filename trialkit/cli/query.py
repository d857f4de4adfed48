"""`trialkit query`: questions about values, by checks and by people: list, ask, answer, close, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from trialkit.access.identity import Identity
from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.cli.place import Where, eyes, place
from trialkit.conduct import query as queries
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Receipt

app = typer.Typer(no_args_is_help=True, help="Queries: list, ask, answer, close, cancel.")

Which = Annotated[str, typer.Argument(metavar="QUERY", help="The query's name, from `query list`.")]
Said = Annotated[str, typer.Argument(metavar="TEXT", help="A sentence that stays with the value.")]
Role = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]


@app.command("list")
def list_queries(
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are not closed.")] = False,
    subject: Annotated[str | None, typer.Option(help="Of one subject.")] = None,
    role: Role = "",
) -> None:  # fmt: skip
    """The queries you may see, with what was said.

    Example: trialkit query list --open --subject 01-0001
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        queries = eyes(Trial(at), who).queries(subject=subject)
        listed = [found for found in queries if not (only_open and found.status == "CLOSED")]
        if not listed:
            typer.echo("none")
        for found in listed:
            typer.echo(f"{found.stream.removeprefix('query/')}  {found.status}  {found.values.get('severity', '')}")
            typer.echo(f"    {found.values.get('text', '(you may not see the text)')}")
            for item in sorted(name for name in found.values if name.startswith("thread[")):
                typer.echo(f"    - {found.values[item]}")


@app.command()
def ask(
    where: Where,
    item: Annotated[str, typer.Argument(help="The item asked about: ITEM or GROUP[row].ITEM.")],
    text: Said,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """Ask about a value.

    Example: trialkit query ask 01-0001/V3/IM "GRID[T20].SYSBP_VSORRES" "Which cuff was used?"
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        made = queries.ask(trial, who, place(trial, where), item, text)
        typer.echo(f"Asked: {made.stream.removeprefix('query/')}")


@app.command()
def answer(
    which: Which, text: Said,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """Answer a query, as the site. Who asked decides whether that settles it."""
    _move(queries.answer, "Answered.", which, text, store, keys, passphrase, user, password, role)


@app.command()
def close(
    which: Which, text: Said,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """Close a query: the matter is settled."""
    _move(queries.close, "Closed.", which, text, store, keys, passphrase, user, password, role)


@app.command()
def cancel(
    which: Which, text: Said,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """Take back a question asked by hand and not answered: by who asked it or a data manager, with the reason."""
    _move(queries.cancel, "Cancelled.", which, text, store, keys, passphrase, user, password, role)


def _move(
    do: Callable[[Trial, Identity, str, str], Receipt], done: str, which: str, text: str,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: str,
) -> None:  # fmt: skip
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        do(Trial(at), who, "query/" + which.removeprefix("query/"), text)
        typer.echo(done)
