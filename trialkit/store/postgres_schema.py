"""What a PostgreSQL store must be like: its settings, its roles, and a schema that is this release's to the last right.

What is wanted comes from `tables` and `migrations.guards`, never from the database that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from trialkit.errors import StoreRefused
from trialkit.store.migrations import guards
from trialkit.store.session import Session, one
from trialkit.store.tables import metadata

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
# what alembic makes beside the tables of `tables`
_REVISION = {("alembic_version", "version_num"): ("character varying(32)", "default", True, "")}
_TYPES = {"BIGINT": "bigint", "INTEGER": "integer", "TEXT": "text", "BYTEA": "bytea"}
# set for a role or a database, these would take durability or the guards away from whoever logs in
_UNSAFE = ("fsync", "full_page_writes", "synchronous_commit", "session_replication_role", "search_path", "row_security")
_FLAGS = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls", "rolcanlogin")
_IN_SCHEMA = "relnamespace = ?::regnamespace"

Fault = tuple[str, str, str]


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
    for table, unlogged in session.all(
        f"SELECT relname, relpersistence <> 'p' FROM pg_class WHERE {_IN_SCHEMA} "
        "AND relkind = 'r' AND (relpersistence <> 'p' OR relrowsecurity) ORDER BY relname",
        _quoted(session, schema),
    ):
        if unlogged:
            raise StoreRefused(
                f"the table {table} is UNLOGGED: a crash would empty it", f"ALTER TABLE {table} SET LOGGED"
            )
        raise StoreRefused(
            f"the table {table} has row security: rows could be hidden",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, and ask who enabled it",
        )


def faults(session: Session, schema: str) -> Iterator[Fault]:
    """(object, kind, sentence) of everything that is not as the migrations made it."""
    owner, app = guards.roles(schema)
    at = _quoted(session, schema)
    yield from _functions(session, at, owner, app)
    yield from _triggers(session, at)
    yield from _relations(session, at, owner)
    yield from _grants(session, at, owner, app)
    yield from _columns(session, at)
    yield from _indexes(session, at)
    yield from _additions(session, at, owner)
    yield from _roles(session, owner, app)


def _quoted(session: Session, schema: str) -> str:
    """The schema's name as the server writes it in a definition."""
    [(name,)] = session.all("SELECT quote_ident(?::text)", schema)
    return str(name)


def _functions(session: Session, at: str, owner: str, app: str) -> Iterator[Fault]:
    path = [f"search_path={at}, pg_temp"]
    plain = ("v", "u", "f", False, False)
    wanted: dict[Any, tuple[Any, ...]] = {
        (name, ""): (body, "plpgsql", "trigger", False, path, owner, *plain)
        for name, body in guards.POSTGRES_FUNCTIONS.items()
    }
    for name, (arguments, body) in guards.POSTGRES_DEFINERS.items():
        wanted[name, arguments] = (body, "sql", "void", True, path, owner, *plain)
    found = {
        (row[0], row[1]): tuple(row[2:])
        for row in session.all(
            "SELECT p.proname, pg_get_function_identity_arguments(p.oid), p.prosrc, l.lanname, "
            "format_type(p.prorettype, NULL), p.prosecdef, p.proconfig, pg_get_userbyid(p.proowner), "
            "p.provolatile::text, p.proparallel::text, p.prokind::text, p.proisstrict, p.proleakproof "
            "FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = ?::regnamespace",
            at,
        )
    }
    for key in sorted(wanted.keys() | found.keys()):
        if key not in found:
            yield key[0], "function", f"the function {key[0]} is gone"
        elif wanted.get(key) != found[key]:
            yield key[0], "function", f"the function {key[0]} is not this release's"
    may = {(name, app) for name in guards.POSTGRES_DEFINERS}
    granted = session.all(
        "SELECT p.proname, coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC'), a.is_grantable "
        "FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "WHERE p.pronamespace = ?::regnamespace AND a.grantee <> p.proowner ORDER BY 1, 2",
        at,
    )
    for name, grantee, further in granted:
        if (name, grantee) not in may or further:
            yield name, "grant", f"{grantee} may execute{' and grant' if further else ''} {name}"
    for name, grantee in sorted(may - {(name, grantee) for name, grantee, _ in granted}):
        yield name, "grant", f"{grantee} may not execute {name}"


def _triggers(session: Session, at: str) -> Iterator[Fault]:
    triggers = {
        (table, name): (enabled, definition)
        for table, name, enabled, definition in session.all(
            "SELECT c.relname, t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid) FROM pg_trigger t "
            f"JOIN pg_class c ON c.oid = t.tgrelid WHERE c.{_IN_SCHEMA} AND NOT t.tgisinternal",
            at,
        )
    }
    for name, (table, when, call) in guards.POSTGRES_TRIGGERS.items():
        when = when.replace(f"ON {table}", f"ON {at}.{table}")
        whole = f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {call}"
        enabled, text = triggers.pop((table, name), ("", ""))
        if not text:
            yield table, "trigger", f"the trigger {name} is gone"
        elif enabled != "A":
            yield table, "trigger", f"the trigger {name} is not always enabled"
        elif _spaced(text) not in (_spaced(whole), _spaced(whole.replace(f" {call}", f" {at}.{call}"))):
            yield table, "trigger", f"the trigger {name} is not this release's"
    for table, name in sorted(triggers):
        yield table, "trigger", f"the trigger {name} is not this release's"


def _relations(session: Session, at: str, owner: str) -> Iterator[Fault]:
    """Tables, and whatever else stands in the schema with a name of its own (indexes: `_indexes`)."""
    wanted = set(guards.POSTGRES_GRANTS)
    for name, kind, of, stays, hides in session.all(
        "SELECT relname, relkind::text, pg_get_userbyid(relowner), relpersistence = 'p', "
        f"relrowsecurity OR relforcerowsecurity FROM pg_class WHERE {_IN_SCHEMA} AND relkind NOT IN ('i', 'I') "
        "ORDER BY relname",
        at,
    ):
        if kind != "r" or name not in guards.POSTGRES_GRANTS:
            yield name, "table", f"the {'sequence' if kind == 'S' else 'table'} {name} is not this release's"
            continue
        wanted.discard(name)
        if of != owner:
            yield name, "owner", f"the table {name} is not owned by {owner}"
        if not stays:
            yield name, "table", f"the table {name} is UNLOGGED: a crash would empty it"
        if hides:
            yield name, "policy", f"the table {name} has row security: rows could be hidden"
    for name in sorted(wanted):
        yield name, "table", f"the table {name} is gone"


def _grants(session: Session, at: str, owner: str, app: str) -> Iterator[Fault]:
    given: dict[tuple[str, str], set[str]] = {}
    for table, grantee, right in session.all(
        "SELECT c.relname, coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC'), "
        "a.privilege_type || CASE WHEN a.is_grantable THEN ' and grant' ELSE '' END "
        "FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a "
        f"WHERE c.{_IN_SCHEMA} AND c.relkind = 'r' AND a.grantee <> c.relowner",
        at,
    ):
        given.setdefault((table, grantee), set()).add(right)
    for table, rights in guards.POSTGRES_GRANTS.items():
        found = given.pop((table, app), set())
        if found != set(rights):
            yield table, "grant", f"{app} may {', '.join(sorted(found)) or 'nothing'} on {table}"
    for (table, grantee), found in sorted(given.items()):
        yield table, "grant", f"{grantee} may {', '.join(sorted(found))} on {table}"
    [(of,)] = session.all("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE oid = ?::regnamespace", at)
    if of != owner:
        yield at, "owner", f"the schema {at} is not owned by {owner}"
    schema_rights = session.all(
        "SELECT coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC'), "
        "a.privilege_type || CASE WHEN a.is_grantable THEN ' and grant' ELSE '' END "
        "FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a "
        "WHERE n.oid = ?::regnamespace AND a.grantee <> n.nspowner ORDER BY 1, 2",
        at,
    )
    if (app, "USAGE") not in schema_rights:
        yield at, "grant", f"{app} may not use the schema {at}"
    for grantee, right in schema_rights:
        if (grantee, right) != (app, "USAGE"):
            yield at, "grant", f"{grantee} may {right} on the schema {at}"


def _columns(session: Session, at: str) -> Iterator[Fault]:
    wanted = dict(_REVISION)
    for table in metadata.tables.values():
        wanted |= {(table.name, name): how for name, how in _described(table).items()}
    found: dict[tuple[str, str], tuple[str, str, bool, str]] = {}
    for table_name, column, *how, rights in session.all(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
        "CASE WHEN o.oid IS NULL THEN '' WHEN o.collnamespace = 'pg_catalog'::regnamespace THEN o.collname "
        "ELSE 'another' END::text, a.attnotnull, "
        "coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text || a.attgenerated::text, "
        "a.attacl::text FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation o ON o.oid = a.attcollation "
        "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        f"WHERE c.{_IN_SCHEMA} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
        "ORDER BY c.relname, a.attnum",
        at,
    ):
        found[table_name, column] = (how[0], how[1], how[2], how[3])
        if rights not in (None, "{}"):
            yield table_name, "grant", f"the column {column} of {table_name} has rights of its own: {rights}"
    for name in sorted({name for name, _ in wanted}):
        if [item for item in wanted.items() if item[0][0] == name] != [i for i in found.items() if i[0][0] == name]:
            yield name, "table", f"the columns of {name} are not this release's"


def _described(table: Table) -> dict[str, tuple[str, str, bool, str]]:
    """Type, collation, whether it must be there, and default of each column, in order."""
    made = {}
    for column in table.columns:
        kind, _, collation = column.type.compile(_DIALECT).partition(" COLLATE ")
        name = _TYPES[kind]
        collation = collation.strip('"') or "default" if name == "text" else ""
        made[column.name] = (name, collation, not column.nullable, "")
    return made


def _indexes(session: Session, at: str) -> Iterator[Fault]:
    """Indexes and constraints. The server keeps a not-null of its own kind from version 18 on: `_columns` has it."""
    wanted: dict[tuple[str, str, str], str] = {}
    keys = {name: [column.name for column in table.primary_key] for name, table in metadata.tables.items()}
    for table, columns in {**keys, "alembic_version": ["version_num"]}.items():
        name, inside = f"{table}_pk{'c' if table == 'alembic_version' else 'ey'}", ", ".join(columns)
        wanted[table, "constraint", name] = f"PRIMARY KEY ({inside})"
        wanted[table, "index", name] = f"CREATE UNIQUE INDEX {name} ON {at}.{table} USING btree ({inside})"
    for whole in metadata.tables.values():
        for index in whole.indexes:
            unique, inside = "UNIQUE " if index.unique else "", ", ".join(column.name for column in index.columns)
            where = index.dialect_options["postgresql"]["where"]
            wanted[whole.name, "index", str(index.name)] = (
                f"CREATE {unique}INDEX {index.name} ON {at}.{whole.name} USING btree ({inside})"
                + (f" WHERE ({where})" if where is not None else "")
            )
    found = {
        (table, kind, name): definition
        for table, kind, name, definition in session.all(
            "SELECT c.relname, 'index', i.relname, "
            "pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid AND x.indisready THEN '' ELSE ' invalid' END "
            "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid "
            f"WHERE c.{_IN_SCHEMA} UNION ALL SELECT c.relname, 'constraint', n.conname, pg_get_constraintdef(n.oid) "
            "FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid "
            f"WHERE c.{_IN_SCHEMA} AND n.contype NOT IN ('n', 't')",
            at,
            at,
        )
    }
    for key in sorted(wanted.keys() | found.keys()):
        if key not in found:
            yield key[0], key[1], f"the {key[1]} {key[2]} is gone"
        elif wanted.get(key) != found[key]:
            yield key[0], key[1], f"the {key[1]} {key[2]} is not this release's"


def _additions(session: Session, at: str, owner: str) -> Iterator[Fault]:
    """Things of which a store has none."""
    of_table = f"JOIN pg_class c ON c.oid = {{}} WHERE c.{_IN_SCHEMA}"
    for kind, sql in {
        "rule": "SELECT c.relname, r.rulename FROM pg_rewrite r "
        + of_table.format("r.ev_class")
        + " AND relkind = 'r'",
        "policy": "SELECT c.relname, p.polname FROM pg_policy p " + of_table.format("p.polrelid"),
        "child table": "SELECT c.relname, i.inhrelid::regclass::text FROM pg_inherits i "
        + of_table.format("i.inhparent")
        + " AND c.relkind = 'r'",
        "parent table": "SELECT c.relname, i.inhparent::regclass::text FROM pg_inherits i "
        + of_table.format("i.inhrelid")
        + " AND c.relkind = 'r'",
        "operator": "SELECT oprname, oprname FROM pg_operator WHERE oprnamespace = ?::regnamespace",
        "type": "SELECT typname, typname FROM pg_type WHERE typnamespace = ?::regnamespace AND typtype <> 'c' "
        "AND typelem = 0",
        "default privilege": "SELECT n.nspname, d.defaclacl::text FROM pg_default_acl d "
        "JOIN pg_namespace n ON n.oid = ?::regnamespace WHERE d.defaclnamespace = n.oid",
    }.items():
        for table, name in session.all(sql, at):
            yield table, kind, f"the {kind} {name} is not this release's"
    for (acl,) in session.all(
        "SELECT defaclacl::text FROM pg_default_acl WHERE pg_get_userbyid(defaclrole) = ? AND defaclnamespace = 0",
        owner,
    ):
        yield owner, "default privilege", f"the default privilege {acl} is not this release's"
    for (name,) in session.all(  # an extension's are the server's own affair
        "SELECT evtname FROM pg_event_trigger e WHERE evtenabled <> 'D' AND NOT EXISTS (SELECT 1 FROM pg_depend d "
        "WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')"
    ):
        yield name, "event trigger", f"the event trigger {name} is not this release's"


def _roles(session: Session, owner: str, app: str) -> Iterator[Fault]:
    found = {
        name: [right for right, has in zip(_FLAGS, flags, strict=True) if has]
        for name, *flags in session.all(
            f"SELECT rolname, {', '.join(_FLAGS)} FROM pg_roles WHERE rolname = ? OR rolname = ?", owner, app
        )
    }
    for role, allowed in ((owner, set[str]()), (app, {"rolcanlogin"})):
        more = sorted(set(found.get(role, ())) - allowed)
        if role not in found:
            yield role, "role", f"the role {role} is gone"
        elif more:
            yield role, "role", f"the role {role} has {', '.join(more)}"
    # whoever makes roles made this one, and could join it at any time: that is no fault of the schema
    for member, role in session.all(
        "SELECT m.rolname, r.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member "
        "JOIN pg_roles r ON r.oid = a.roleid WHERE m.rolname IN (?, ?) "
        "OR r.rolname = ? AND NOT (m.rolsuper OR m.rolcreaterole) ORDER BY 1, 2",
        owner,
        app,
        owner,
    ):
        yield role, "role", f"{member} is a member of {role}"
    for role, setting in session.all(
        "SELECT r.rolname, unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
        "WHERE r.rolname IN (?, ?)",
        owner,
        app,
    ):
        if setting.partition("=")[0] in _UNSAFE:
            yield role, "role", f"the role {role} has the setting {setting}"


def _spaced(text: str) -> str:
    return " ".join(text.split())
