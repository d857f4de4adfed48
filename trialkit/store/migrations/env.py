"""Alembic's entry: it runs inside the connection and transaction that the caller opened."""

from __future__ import annotations

from alembic import context

from trialkit.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
