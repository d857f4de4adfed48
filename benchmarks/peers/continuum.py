"""SQLAlchemy-Continuum: one versioned row per answer, user and reason with the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, configure_mappers, mapped_column
from sqlalchemy_continuum import make_versioned, versioning_manager
from sqlalchemy_continuum.plugins import TransactionMetaPlugin

from trialkit.store.sqlite import driver

make_versioned(user_cls=None, plugins=[TransactionMetaPlugin()])


class Base(DeclarativeBase):
    """The tables of this peer."""


class Answer(Base):
    """An answer in a form instance."""

    __tablename__ = "answer"
    __versioned__: dict[str, object] = {}
    form: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    version: Mapped[int]


configure_mappers()


class Continuum:
    """A SQLite file with the settings that every contender has."""

    def __init__(self, path: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{path}", module=driver())

        @sa.event.listens_for(self.engine, "connect")
        def settings(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

        Base.metadata.create_all(self.engine)

    def save(self, form: int, version: int, values: Mapping[str, str]) -> None:
        """One form in one transaction."""
        with Session(self.engine) as session:
            made = versioning_manager.unit_of_work(session).create_transaction(session)
            made.meta = {"user": "ana", "reason": "Source document shows another value" if version else ""}
            stand = {answer.item: answer for answer in session.scalars(sa.select(Answer).where(Answer.form == form))}
            for item, value in values.items():
                row = stand.get(item)
                if row is None:
                    session.add(Answer(form=form, item=item, value=value, version=version))
                else:
                    row.value, row.version = value, version
            session.commit()
