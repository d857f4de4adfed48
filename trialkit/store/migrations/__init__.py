"""The shapes a store has had. A migration changes tables beside the ledger, never a row of it (a test holds that)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HEAD = "0001"


def config(connection: Connection, schema: str = "") -> Config:
    """Alembic's configuration for an open connection; no file is needed. `schema` names PostgreSQL's roles."""
    from alembic.config import Config  # alembic is slow to import, and few acts make or look at tables

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    made.attributes["schema"] = schema
    return made


def upgrade(connection: Connection, schema: str = "") -> None:
    """Bring the tables to this release's shape, in the caller's transaction."""
    from alembic import command

    command.upgrade(config(connection, schema), "head")
