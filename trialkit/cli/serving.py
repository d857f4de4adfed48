"""`trialkit serve`: the screens in a browser, behind their door."""

from __future__ import annotations

import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from trialkit.cli.demo import PASSPHRASE, PASSWORD
from trialkit.cli.opening import opened
from trialkit.errors import NotFound, WrongValue

APP = Path(__file__).parents[2] / "apps" / "streamlit_app.py"


def serve(
    store: Annotated[str, typer.Option("--store", envvar="TRIALKIT_STORE", help="The store: a path or a URL.")] = "",
    keys: Annotated[Path | None, typer.Option("--keys", envvar="TRIALKIT_KEYS", help="The key folder.")] = None,
    passphrase: Annotated[
        str, typer.Option("--passphrase", envvar="TRIALKIT_PASSPHRASE", show_default=False, help="Opens the keys.")
    ] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on this machine.")] = 8501,
    host: Annotated[
        str, typer.Option(help="The address to listen at; others than this machine need TLS before it.")
    ] = "127.0.0.1",
    names: Annotated[
        str,
        typer.Option("--names", envvar="TRIALKIT_HOSTS", help="Names under which browsers reach it: host:port, ..."),
    ] = "",
    exports: Annotated[
        Path | None, typer.Option("--exports", envvar="TRIALKIT_EXPORTS", help="The folder of declared deliverables.")
    ] = None,
    idle: Annotated[
        float,
        typer.Option(min=0.1, max=60, envvar="TRIALKIT_IDLE", help="Minutes after which nobody is there any more."),
    ] = 15,
    longest: Annotated[
        float, typer.Option(min=0.1, max=1440, envvar="TRIALKIT_LONGEST", help="Minutes that a sign-in lasts at most.")
    ] = 720,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Whoever signs forms needs codes from an app besides the password.")
    ] = False,
    oidc_issuer: Annotated[
        str, typer.Option(envvar="TRIALKIT_OIDC_ISSUER", help="An OpenID Connect provider to sign in with: https://...")
    ] = "",
    oidc_client: Annotated[
        str, typer.Option(envvar="TRIALKIT_OIDC_CLIENT", help="Our id there; its secret is TRIALKIT_OIDC_SECRET.")
    ] = "",
    demo: Annotated[
        Path | None, typer.Option(help="A folder that `trialkit demo` made: its store, its keys, its people to choose.")
    ] = None,
) -> None:
    """Open the trial in a browser: sign-in, entry, queries, review, signatures, change log.

    Listens on this machine alone unless --host says otherwise. Stop it with Ctrl-C: what is being saved is finished.

    Example: trialkit serve --demo out
    """
    if demo is not None:
        if not (demo / "demo.db").exists():
            raise NotFound(f"{demo} holds no demo", "make one first: trialkit demo")
        store, keys, passphrase = str(demo / "demo.db"), demo / "demo.keys", PASSPHRASE
        os.environ["TRIALKIT_DEMO_PASSWORD"] = PASSWORD
    if not store or keys is None or not passphrase:
        raise WrongValue(
            "the store, its keys and their passphrase are needed", "--store, --keys and --passphrase, or --demo"
        )
    with opened(store, keys, passphrase) as found:  # what is wrong is said here, not in a browser
        typer.echo(str(found.opened))
    _must_be_free(host, port)
    os.environ.update(TRIALKIT_STORE=store, TRIALKIT_KEYS=str(keys), TRIALKIT_PASSPHRASE=passphrase)
    os.environ.update(TRIALKIT_IDLE=str(idle), TRIALKIT_LONGEST=str(longest))
    if oidc_issuer:
        local = urlsplit(oidc_issuer).hostname in ("localhost", "127.0.0.1", "::1")
        if not oidc_client or not (oidc_issuer.startswith("https://") or local):
            raise WrongValue(
                "an identity provider needs https and a client id", "--oidc-issuer https://... --oidc-client ID"
            )
        os.environ.update(TRIALKIT_OIDC_ISSUER=oidc_issuer, TRIALKIT_OIDC_CLIENT=oidc_client)
    if second_factor:
        os.environ["TRIALKIT_SECOND_FACTOR"] = "signing"
    if exports is not None:
        os.environ["TRIALKIT_EXPORTS"] = str(exports)
    if names:
        os.environ["TRIALKIT_HOSTS"] = names
    typer.echo(f"trialkit is at http://localhost:{port} (Ctrl-C stops it)")
    sys.argv = [str(APP)]
    runpy.run_path(str(APP), run_name="trialkit.serve")["app"].run(config={"server.port": port, "server.address": host})


def _must_be_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise WrongValue(
                f"port {port} of {host} is taken ({error.strerror})", "choose another: --port 8502"
            ) from None
