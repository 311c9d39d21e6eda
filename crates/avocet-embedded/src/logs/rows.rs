//! The log store's tables and rows.

use rusqlite::Row;

use super::inbox::Source;
use crate::database::Schema;
use crate::sql::column;
use avocet_backplane::StoredLine;

/// `synchronous = NORMAL`: no sync for a batch of lines, only when the write-ahead log is moved
/// into the database.
pub(super) const SCHEMA: Schema = Schema {
    file: "logs.db",
    migrations: &[VERSION_1, VERSION_2],
    pragmas: "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;
              PRAGMA cache_size = -16000;",
};

/// Lines are clustered by function: one function's log is read in one run, and no second index has
/// to be kept.
const VERSION_1: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('cursor', 0);

CREATE TABLE sources (
    id        INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    function  TEXT NOT NULL,
    lines     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    UNIQUE (namespace, function)
) STRICT;

CREATE TABLE lines (
    source   INTEGER NOT NULL,
    cursor   INTEGER NOT NULL,
    time_ms  INTEGER NOT NULL,
    level    INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    call     TEXT,
    trace    TEXT,
    text     TEXT NOT NULL,
    PRIMARY KEY (source, cursor)
) STRICT, WITHOUT ROWID;
";

/// The lines of one invocation are looked for where somebody asks what an event did.
const VERSION_2: &str = "
CREATE INDEX lines_by_call ON lines (source, call, cursor) WHERE call IS NOT NULL;
";

/// Bytes that a line counts against the limits, beside its text.
pub(super) const LINE_BYTES: u64 = 64;

/// The columns that [`stored_line`] reads.
pub(super) const LINE_COLUMNS: &str = "cursor, time_ms, level, stream, revision, call, trace, text";

pub(super) fn stored_line(row: &Row<'_>, source: &Source) -> rusqlite::Result<StoredLine> {
    Ok(StoredLine {
        cursor: row.get(0)?,
        namespace: source.0.clone(),
        function: source.1.clone(),
        time_ms: row.get(1)?,
        level: column(row, 2)?,
        stream: column(row, 3)?,
        revision: row.get(4)?,
        call: row.get(5)?,
        trace: row.get(6)?,
        text: row.get(7)?,
    })
}
