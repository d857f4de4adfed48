"""What the database itself forbids, whoever asks: the triggers of both engines, and PostgreSQL's roles and grants.

They stop accidents and a taken-over application role. A database administrator can drop them; `verify` then finds that
they are gone, and finds what was changed (21 CFR 11.10(e); security.md names the gaps that plain triggers leave).
"""

from __future__ import annotations

from trialkit.store.tables import LEDGER, PROJECTIONS

_REDACTED = "EXISTS (SELECT 1 FROM entry WHERE target = OLD.seq AND act = 'disclosure.redact')"
_ERASED = "EXISTS (SELECT 1 FROM entry WHERE subject = {}.subject AND act = 'subject.erase')"


def _sqlite(name: str, when: str, condition: str, message: str) -> str:
    table = name.split("_no_")[0].split("_dense")[0]
    return (
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} "
        + (f"WHEN {condition} " if condition else "")
        + f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _dense(table: str, key: str, more: str = "") -> str:
    return _sqlite(
        f"{table}_dense",
        "INSERT",
        f"NEW.{key} IS NOT (SELECT coalesce(max({key}), -1) + 1 FROM {table}){more}",
        f"{table} takes only the next row",
    )


SQLITE_TRIGGERS: tuple[str, ...] = (
    _sqlite("entry_no_update", "UPDATE", "", "entry is append-only"),
    _sqlite("entry_no_delete", "DELETE", "", "entry is append-only"),
    # REPLACE deletes whatever a unique index finds, past the delete trigger: so the insert must not meet anything
    _dense(
        "entry",
        "seq",
        " OR EXISTS (SELECT 1 FROM entry WHERE stream = NEW.stream AND stream_no = NEW.stream_no)"
        " OR EXISTS (SELECT 1 FROM entry WHERE request = NEW.request)"
        " OR EXISTS (SELECT 1 FROM entry WHERE subject = NEW.subject AND subject_no = NEW.subject_no)",
    ),
    _sqlite(
        "disclosure_no_update",
        "UPDATE",
        f"NEW.seq IS NOT OLD.seq OR NOT {_REDACTED}",
        "a disclosure changes only after its redaction entry",
    ),
    _sqlite("disclosure_no_delete", "DELETE", "", "disclosure is append-only"),
    _dense("disclosure", "seq"),
    _sqlite("checkpoint_no_update", "UPDATE", "", "checkpoint is append-only"),
    _sqlite("checkpoint_no_delete", "DELETE", "", "checkpoint is append-only"),
    _dense("checkpoint", "number"),
    _sqlite("definition_no_update", "UPDATE", "", "definition is append-only"),
    _sqlite("definition_no_delete", "DELETE", "", "definition is append-only"),
    _sqlite(
        "definition_no_replace",
        "INSERT",
        "EXISTS (SELECT 1 FROM definition WHERE hash = NEW.hash)",
        "definition is append-only",
    ),
    _sqlite(
        "subject_key_no_update", "UPDATE", "NEW.subject IS NOT OLD.subject", "a subject key never changes its subject"
    ),
    _sqlite(
        "subject_key_no_delete",
        "DELETE",
        f"NOT {_ERASED.format('OLD')}",
        "a subject key goes only after its erasure entry",
    ),
    _sqlite(
        "subject_key_no_replace",
        "INSERT",
        f"EXISTS (SELECT 1 FROM subject_key WHERE subject = NEW.subject) OR {_ERASED.format('NEW')}",
        "a subject has one key, and none after its erasure",
    ),
    _sqlite("credential_no_delete", "DELETE", "", "credential is never deleted"),
)


def roles(schema: str) -> tuple[str, str]:
    """The names of the owning and the application role of a PostgreSQL schema."""
    return f"trialkit_owner_{schema}", f"trialkit_app_{schema}"


POSTGRES_FUNCTIONS: dict[str, str] = {
    "guard_forbid": """
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
""",
    "guard_disclosure": """
BEGIN
  IF NEW.seq IS DISTINCT FROM OLD.seq
     OR NOT EXISTS (SELECT 1 FROM entry WHERE target = OLD.seq AND act = 'disclosure.redact') THEN
    RAISE EXCEPTION 'a disclosure changes only after its redaction entry' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
""",
    "guard_subject_key": """
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF NOT EXISTS (SELECT 1 FROM entry WHERE subject = OLD.subject AND act = 'subject.erase') THEN
      RAISE EXCEPTION 'a subject key goes only after its erasure entry' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.subject IS DISTINCT FROM OLD.subject
     OR EXISTS (SELECT 1 FROM entry WHERE subject = NEW.subject AND act = 'subject.erase') THEN
    RAISE EXCEPTION 'a subject has one key, and none after its erasure' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
""",
    "guard_dense": """
DECLARE
  latest bigint;
BEGIN
  EXECUTE format('SELECT coalesce(max(%I), -1) FROM %I', TG_ARGV[0], TG_TABLE_NAME) INTO latest;
  IF (to_jsonb(NEW) ->> TG_ARGV[0])::bigint <> latest + 1 THEN
    RAISE EXCEPTION '% takes only the next row', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
""",
}

POSTGRES_DEFINERS: dict[str, tuple[str, str]] = {
    "redact_disclosure": (
        "at_seq bigint, new_salts bytea, new_lines bytea",
        " UPDATE disclosure SET salts = new_salts, lines = new_lines WHERE seq = at_seq ",
    ),
    "erase_subject_key": ("of_subject text", " DELETE FROM subject_key WHERE subject = of_subject "),
}

# name of the trigger -> (table, when, function with arguments)
POSTGRES_TRIGGERS: dict[str, tuple[str, str, str]] = {
    **{
        f"{table}_no_{verb.lower()}": (table, f"BEFORE {verb} ON {table} FOR EACH ROW", "guard_forbid()")
        for table in ("entry", "checkpoint", "definition")
        for verb in ("UPDATE", "DELETE")
    },
    "disclosure_no_update": ("disclosure", "BEFORE UPDATE ON disclosure FOR EACH ROW", "guard_disclosure()"),
    "disclosure_no_delete": ("disclosure", "BEFORE DELETE ON disclosure FOR EACH ROW", "guard_forbid()"),
    "credential_no_delete": ("credential", "BEFORE DELETE ON credential FOR EACH ROW", "guard_forbid()"),
    "subject_key_guard": (
        "subject_key",
        "BEFORE INSERT OR DELETE OR UPDATE ON subject_key FOR EACH ROW",
        "guard_subject_key()",
    ),
    "checkpoint_dense": ("checkpoint", "BEFORE INSERT ON checkpoint FOR EACH ROW", "guard_dense('number')"),
    **{
        f"{table}_no_truncate": (table, f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "guard_forbid()")
        for table in LEDGER
    },
}

# what the application role may do, table by table; nobody else but the owner may do anything
POSTGRES_GRANTS: dict[str, tuple[str, ...]] = {
    "entry": ("INSERT", "SELECT"),
    "disclosure": ("INSERT", "SELECT"),
    "checkpoint": ("INSERT", "SELECT"),
    "definition": ("INSERT", "SELECT"),
    "subject_key": ("INSERT", "SELECT", "UPDATE"),
    "credential": ("INSERT", "SELECT", "UPDATE"),
    **dict.fromkeys(PROJECTIONS, ("DELETE", "INSERT", "SELECT", "UPDATE")),
    "alembic_version": ("SELECT",),
}


def postgres_statements(schema: str) -> list[str]:
    """Functions, triggers and grants of the ledger in `schema`, in order; run once, as the owning role."""
    _, app = roles(schema)
    path = f'SET search_path = "{schema}", pg_temp'
    statements = [f'REVOKE ALL ON SCHEMA "{schema}" FROM PUBLIC', f'GRANT USAGE ON SCHEMA "{schema}" TO "{app}"']
    for name, body in POSTGRES_FUNCTIONS.items():
        statements.append(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {path} AS $${body}$$")
    for name, (arguments, body) in POSTGRES_DEFINERS.items():
        statements.append(
            f"CREATE FUNCTION {name}({arguments}) RETURNS void LANGUAGE sql SECURITY DEFINER {path} AS $${body}$$"
        )
    statements.append(f'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA "{schema}" FROM PUBLIC')
    statements += [f'GRANT EXECUTE ON FUNCTION {name} TO "{app}"' for name in POSTGRES_DEFINERS]
    for name, (table, when, call) in POSTGRES_TRIGGERS.items():
        statements.append(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {call}")
        statements.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table, rights in POSTGRES_GRANTS.items():
        statements.append(f'REVOKE ALL ON TABLE {table} FROM PUBLIC, "{app}"')
        statements.append(f'GRANT {", ".join(rights)} ON TABLE {table} TO "{app}"')
    return statements
