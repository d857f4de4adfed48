"""The third pass of verification: what entries name by hash or key, and who may sign in."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from trialkit.errors import Broken
from trialkit.store.migrations import HEAD
from trialkit.store.session import Session
from trialkit.store.verify_entries import broken

if TYPE_CHECKING:
    from trialkit.store.handle import Store


def check_beside(store: Store, session: Session) -> None:
    """Check definitions, subject keys, credentials and the revision of the tables."""
    _definitions(session)
    for subject, wrapped in session.each("SELECT subject, wrapped FROM subject_key ORDER BY subject"):
        try:
            store.keys.unwrap(subject, wrapped)
        except Broken as found:
            raise broken("subject_key", subject, "wrapped", "the key folder does not open it") from found
        if session.all("SELECT 1 FROM entry WHERE subject = ? AND act = 'subject.erase' LIMIT 1", subject):
            raise broken("subject_key", subject, "subject", "its erasure is entered, and it is there again")
    _credentials(session)
    revisions = session.all("SELECT version_num FROM alembic_version")
    if revisions != [(HEAD,)]:
        raise broken("alembic_version", revisions, "version_num", f"this release's tables are of revision {HEAD}")


def _definitions(session: Session) -> None:
    said: dict[str, str] = {}
    for name, lines in session.each(
        "SELECT e.stream, d.lines FROM entry e JOIN disclosure d ON d.seq = e.seq WHERE e.act = 'definition.add' "
        "ORDER BY e.seq"
    ):
        changes = {line["i"]: line["n"] for line in map(orjson.loads, lines.split(b"\n"))}
        said[name.removeprefix("definition/")] = changes["kind"]
    for name, kind, body in session.each("SELECT hash, kind, body FROM definition ORDER BY hash"):
        wanted = said.pop(name, None)
        if wanted is None:
            raise broken("definition", name, "hash", "no entry says that it came")
        if sha256(body).hexdigest() != name:
            raise broken("definition", name, "body", "it is not what its hash says")
        if kind != wanted:
            raise broken("definition", name, "kind", f"{kind!r} is stored, the ledger says {wanted!r}")
    for name in sorted(said):
        raise broken(
            "definition", name, "hash", "the definition is gone", "restore it from a backup; its hash is its proof"
        )


def _credentials(session: Session) -> None:
    for stream, doc, encoded in session.each(
        "SELECT p.stream, p.doc, c.encoded FROM person p LEFT JOIN credential c ON 'person/' || c.person = p.stream "
        "ORDER BY p.stream"
    ):
        bound = orjson.loads(doc).get("@credential")
        person = stream.removeprefix("person/")
        if encoded is None and bound is not None:
            raise broken("credential", person, "person", "the credential is gone")
        if encoded is not None and sha256(encoded.encode()).hexdigest() != bound:
            raise broken("credential", person, "encoded", "it is not the one the ledger binds")
    for (person,) in session.each(
        "SELECT c.person FROM credential c LEFT JOIN person p ON p.stream = 'person/' || c.person "
        "WHERE p.stream IS NULL"
    ):
        raise broken("credential", person, "person", "no entry made this person")
