"""The tables of a store, the same in SQLite and PostgreSQL. `migrations` creates them, `append*` alone writes them.

`entry` and `disclosure` are the ledger, `checkpoint` its signed heads; `definition`, `subject_key` and `credential`
hold what entries name by hash or key; the projections are disposable: `Store.rebuild` makes them anew.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

STRICT = {"sqlite_strict": True}
_BYTE_ORDER = Text().with_variant(Text(collation="C"), "postgresql")
_BIG = BigInteger().with_variant(Integer(), "sqlite")
# Most entries name no request and no target: they have no place in these indexes, and a save writes two pages less.
_REQUEST, _TARGET = text("request IS NOT NULL"), text("target IS NOT NULL")


class Entry(SQLModel, table=True):
    """One act. `header` and `digests` are sealed; the other columns repeat the header, to look things up."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_stream", "stream", "stream_no", unique=True),
        Index("entry_subject", "subject", "subject_no", unique=True),
        Index("entry_request", "request", unique=True, sqlite_where=_REQUEST, postgresql_where=_REQUEST),
        Index("entry_target", "target", sqlite_where=_TARGET, postgresql_where=_TARGET),
        STRICT,
    )
    seq: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    header: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digests: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tag: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: str = Field(sa_column=Column(_BYTE_ORDER, nullable=False))
    act: str = Field(sa_column=Column(_BYTE_ORDER, nullable=False))
    subject: str | None = Field(sa_column=Column(_BYTE_ORDER))
    subject_no: int | None = Field(sa_column=Column(_BIG))
    stream: str = Field(sa_column=Column(_BYTE_ORDER, nullable=False))
    stream_no: int = Field(sa_column=Column(_BIG, nullable=False))
    request: str | None = Field(sa_column=Column(_BYTE_ORDER))
    target: int | None = Field(sa_column=Column(_BIG))


class Disclosure(SQLModel, table=True):
    """What the commitments of an entry are over: salts and change lines, open, sealed or (after a redaction) empty."""

    __tablename__ = "disclosure"
    __table_args__ = (STRICT,)
    seq: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    salts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    lines: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Checkpoint(SQLModel, table=True):
    """A signed head of the tree, numbered from 0 without gaps."""

    __tablename__ = "checkpoint"
    __table_args__ = (STRICT,)
    number: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(_BIG, nullable=False))
    note: str = Field(sa_column=Column(Text, nullable=False))


class SubjectKey(SQLModel, table=True):
    """The key of one subject's identifiers, wrapped by the key-encryption key. Its deletion is crypto-shredding."""

    __tablename__ = "subject_key"
    __table_args__ = (STRICT,)
    subject: str = Field(sa_column=Column(_BYTE_ORDER, primary_key=True))
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Definition(SQLModel, table=True):
    """A study definition (or another text that entries name by its hash)."""

    __tablename__ = "definition"
    __table_args__ = (STRICT,)
    hash: str = Field(sa_column=Column(_BYTE_ORDER, primary_key=True))
    kind: str = Field(sa_column=Column(_BYTE_ORDER, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Credential(SQLModel, table=True):
    """A person's encoded argon2id password; the person's last `@credential` change holds its SHA-256."""

    __tablename__ = "credential"
    __table_args__ = (STRICT,)
    person: str = Field(sa_column=Column(_BYTE_ORDER, primary_key=True))
    encoded: str = Field(sa_column=Column(Text, nullable=False))


class Projection(SQLModel):
    """One thing as it stands: where it is, its status, version and last entry, and its values as one JSON document."""

    stream: str = Field(sa_type=_BYTE_ORDER, primary_key=True)
    site: str = Field(sa_type=_BYTE_ORDER)
    subject: str = Field(sa_type=_BYTE_ORDER, index=True)
    event: str = Field(sa_type=_BYTE_ORDER)
    event_repeat: int = Field(sa_type=Integer)
    form: str = Field(sa_type=_BYTE_ORDER)
    form_repeat: int = Field(sa_type=Integer)
    status: str = Field(sa_type=_BYTE_ORDER)
    version: int = Field(sa_type=_BIG)
    seq: int = Field(sa_type=_BIG)
    study: str = Field(sa_type=_BYTE_ORDER)
    doc: str = Field(sa_type=Text)


class Record(Projection, table=True):
    """A form instance."""

    __tablename__ = "record"
    __table_args__ = (Index("record_form", "form", "stream"), STRICT)


class Query(Projection, table=True):
    """A query raised by a check or a person."""

    __tablename__ = "query"
    __table_args__ = (STRICT,)


class Subject(Projection, table=True):
    """A subject of the trial."""

    __tablename__ = "subject"
    __table_args__ = (STRICT,)


class Site(Projection, table=True):
    """A site."""

    __tablename__ = "site"
    __table_args__ = (STRICT,)


class Person(Projection, table=True):
    """A user."""

    __tablename__ = "person"
    __table_args__ = (STRICT,)


class Signature(Projection, table=True):
    """An electronic signature."""

    __tablename__ = "signature"
    __table_args__ = (STRICT,)


class Publication(Projection, table=True):
    """Which study version a site works with (streams `study/<site>`)."""

    __tablename__ = "publication"
    __table_args__ = (STRICT,)


LEDGER = ("entry", "disclosure", "checkpoint", "definition", "subject_key", "credential")
PROJECTIONS = ("record", "query", "subject", "site", "person", "signature", "publication")
COLUMNS = (
    "stream", "site", "subject", "event", "event_repeat", "form", "form_repeat", "status", "version",
    "seq", "study", "doc",
)  # fmt: skip
metadata = SQLModel.metadata
