"""The statements that write, for both engines; nothing outside `append*` has any."""

from __future__ import annotations

from trialkit.store.tables import COLUMNS, PROJECTIONS

ENTRY = (
    "seq", "header", "digests", "tag", "at", "act", "subject", "subject_no", "stream", "stream_no", "request", "target",
)  # fmt: skip
INSERT_ENTRY = f"INSERT INTO entry ({', '.join(ENTRY)}) VALUES ({', '.join('?' * len(ENTRY))})"
INSERT_DISCLOSURE = "INSERT INTO disclosure (seq, salts, lines) VALUES (?, ?, ?)"
INSERT_KEY = "INSERT INTO subject_key (subject, wrapped) VALUES (?, ?)"
INSERT_CHECKPOINT = "INSERT INTO checkpoint (number, size, note) VALUES (?, ?, ?)"
INSERT_DEFINITION = "INSERT INTO definition (hash, kind, body) VALUES (?, ?, ?)"
PUT_CREDENTIAL = (
    "INSERT INTO credential (person, encoded) VALUES (?, ?) "
    "ON CONFLICT (person) DO UPDATE SET encoded = excluded.encoded"
)
REWRAP = "UPDATE subject_key SET wrapped = ? WHERE subject = ?"
_SETS = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[1:])
UPSERT = {
    table: f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (stream) DO UPDATE SET {_SETS}"
    for table in PROJECTIONS
}
MOVES = COLUMNS[COLUMNS.index("status") :]
"""What a further entry changes of what stands, where its place stays: no index is over these."""

UPDATE = {
    table: f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in MOVES)} WHERE stream = ?"
    for table in PROJECTIONS
}
EMPTY = {table: f"DELETE FROM {table}" for table in PROJECTIONS}
