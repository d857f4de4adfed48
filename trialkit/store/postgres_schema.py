"""What a PostgreSQL store must be like: its settings, its role, and guards that are this release's."""

from __future__ import annotations

from collections.abc import Iterator

from trialkit.errors import StoreRefused
from trialkit.store.migrations import guards
from trialkit.store.session import Session, one
from trialkit.store.tables import metadata


def refuse_unsafe(session: Session, schema: str) -> None:
    """Raise StoreRefused when a commit may be lost, or the role could do more than append."""
    for name, setting in session.all(
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
    ):
        if setting == "off":
            raise StoreRefused(
                f"the server runs with {name} off: a save could be lost after it was acknowledged", f"set {name} = on"
            )
    owner, _ = guards.roles(schema)
    found = one(
        session,
        "SELECT rolname, rolsuper, pg_has_role(rolname, ?, 'MEMBER') FROM pg_roles WHERE rolname = current_user",
        owner,
    )
    if found is None or found[1] or found[2]:
        raise StoreRefused(
            f"the role {found and found[0]} owns the tables or is a superuser",
            "log in as the application role that trialkit init made",
        )


def faults(session: Session, schema: str) -> Iterator[tuple[str, str, str]]:
    """(object, kind, sentence) of everything that is not as the migrations made it."""
    owner, app = guards.roles(schema)
    functions: dict[str, tuple[object, ...]] = {
        name: (source, definer, tuple(settings or ()))
        for name, source, definer, settings in session.all(
            "SELECT proname, prosrc, prosecdef, proconfig FROM pg_proc WHERE pronamespace = ?::regnamespace", schema
        )
    }
    path = (f"search_path={schema}, pg_temp",)
    wanted: dict[str, tuple[object, ...]] = {
        name: (body, False, path) for name, body in guards.POSTGRES_FUNCTIONS.items()
    }
    wanted |= {name: (body, True, path) for name, (_, body) in guards.POSTGRES_DEFINERS.items()}
    yield from _compared("function", wanted, functions)
    triggers = {
        name: (table, enabled, definition)
        for name, table, enabled, definition in session.all(
            "SELECT t.tgname, c.relname, t.tgenabled::text, pg_get_triggerdef(t.oid) FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = ?::regnamespace AND NOT t.tgisinternal",
            schema,
        )
    }
    for name, (table, when, call) in guards.POSTGRES_TRIGGERS.items():
        when = when.replace(f"ON {table}", f"ON {schema}.{table}")
        whole = f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {call}"
        at, enabled, text = triggers.pop(name, ("", "", ""))
        if not at:
            yield table, "trigger", f"the trigger {name} is gone"
        elif enabled != "A":
            yield table, "trigger", f"the trigger {name} is not always enabled"
        elif at != table or _spaced(text) != _spaced(whole):
            yield table, "trigger", f"the trigger {name} is not this release's"
    for name, (table, _, _) in sorted(triggers.items()):
        yield table, "trigger", f"the trigger {name} is not this release's"
    yield from _grants(session, schema, owner, app)
    yield from _columns(session, schema)
    rules = session.all("SELECT tablename, rulename FROM pg_rules WHERE schemaname = ?", schema)
    for table, name in rules:
        yield table, "rule", f"the rule {name} is not this release's"


def _grants(session: Session, schema: str, owner: str, app: str) -> Iterator[tuple[str, str, str]]:
    given: dict[tuple[str, str], set[str]] = {}
    owners: dict[str, str] = dict(
        session.all(
            "SELECT c.relname, pg_get_userbyid(c.relowner) FROM pg_class c "
            "WHERE c.relnamespace = ?::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')",
            schema,
        )
    )
    for table, grantee, right in session.all(
        "SELECT c.relname, coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC'), a.privilege_type "
        "FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a "
        "WHERE c.relnamespace = ?::regnamespace AND c.relkind = 'r'",
        schema,
    ):
        given.setdefault((table, grantee), set()).add(right)
    for table, rights in guards.POSTGRES_GRANTS.items():
        if owners.pop(table, "") != owner:
            yield table, "owner", f"the table {table} is not owned by {owner}"
        found = given.pop((table, app), set())
        if found != set(rights):
            yield table, "grant", f"{app} may {', '.join(sorted(found)) or 'nothing'} on {table}"
    for (table, grantee), found in sorted(given.items()):
        if grantee != owner:
            yield table, "grant", f"{grantee} may {', '.join(sorted(found))} on {table}"
    for name in sorted(owners):
        yield name, "table", f"the table {name} is not this release's"


def _columns(session: Session, schema: str) -> Iterator[tuple[str, str, str]]:
    found: dict[str, list[tuple[str, bool]]] = {}
    for table, column, nullable in session.all(
        "SELECT table_name, column_name, is_nullable FROM information_schema.columns "
        "WHERE table_schema = ? ORDER BY table_name, ordinal_position",
        schema,
    ):
        found.setdefault(table, []).append((column, nullable == "YES"))
    for name, table in metadata.tables.items():
        if found.get(name) != [(column.name, bool(column.nullable)) for column in table.columns]:
            yield name, "table", f"the columns of {name} are not this release's"
    indexes = {name for (name,) in session.all("SELECT indexname FROM pg_indexes WHERE schemaname = ?", schema)}
    for table in metadata.tables.values():
        for index in table.indexes:
            if index.name not in indexes:
                yield table.name, "index", f"the index {index.name} is gone"


def _compared(
    kind: str, wanted: dict[str, tuple[object, ...]], found: dict[str, tuple[object, ...]]
) -> Iterator[tuple[str, str, str]]:
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            yield name, kind, f"the {kind} {name} is gone"
        elif wanted.get(name) != found[name]:
            yield name, kind, f"the {kind} {name} is not this release's"


def _spaced(text: str) -> str:
    return " ".join(text.split())
