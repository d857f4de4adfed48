"""The first shape: ledger, what it names, projections, and the guards over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from trialkit.store.migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PROJECTIONS = ("record", "query", "subject", "site", "person", "signature", "publication")


def upgrade() -> None:
    def table(name: str, *columns: sa.Column[object] | sa.PrimaryKeyConstraint) -> None:
        op.create_table(name, *columns, sqlite_strict=True)

    table(
        "entry",
        sa.Column("seq", BIG, primary_key=True, autoincrement=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("digests", sa.LargeBinary, nullable=False),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("subject", TEXT),
        sa.Column("subject_no", BIG),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("stream_no", BIG, nullable=False),
        sa.Column("request", TEXT),
        sa.Column("target", BIG),
    )
    op.create_index("entry_stream", "entry", ["stream", "stream_no"], unique=True)
    op.create_index("entry_subject", "entry", ["subject", "subject_no"], unique=True)
    for column, unique in (("request", True), ("target", False)):
        there = sa.text(f"{column} IS NOT NULL")
        name = f"entry_{column}"
        op.create_index(name, "entry", [column], unique=unique, sqlite_where=there, postgresql_where=there)
    table(
        "disclosure",
        sa.Column("seq", BIG, primary_key=True, autoincrement=False),
        sa.Column("salts", sa.LargeBinary, nullable=False),
        sa.Column("lines", sa.LargeBinary, nullable=False),
    )
    table(
        "checkpoint",
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    table(
        "subject_key",
        sa.Column("subject", TEXT, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    table(
        "definition",
        sa.Column("hash", TEXT, primary_key=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    table("credential", sa.Column("person", TEXT, primary_key=True), sa.Column("encoded", sa.Text, nullable=False))
    for name in PROJECTIONS:
        table(
            name,
            sa.Column("stream", TEXT, primary_key=True),
            sa.Column("site", TEXT, nullable=False),
            sa.Column("subject", TEXT, nullable=False),
            sa.Column("event", TEXT, nullable=False),
            sa.Column("event_repeat", sa.Integer, nullable=False),
            sa.Column("form", TEXT, nullable=False),
            sa.Column("form_repeat", sa.Integer, nullable=False),
            sa.Column("status", TEXT, nullable=False),
            sa.Column("version", BIG, nullable=False),
            sa.Column("seq", BIG, nullable=False),
            sa.Column("study", TEXT, nullable=False),
            sa.Column("doc", sa.Text, nullable=False),
        )
        op.create_index(f"ix_{name}_subject", name, ["subject"])
    op.create_index("record_form", "record", ["form", "stream"])
    if op.get_bind().dialect.name == "sqlite":
        statements = list(guards.SQLITE_TRIGGERS)
    else:
        statements = guards.postgres_statements(context.config.attributes["schema"])
    for statement in statements:
        op.execute(sa.text(statement.replace(":", r"\:")))
