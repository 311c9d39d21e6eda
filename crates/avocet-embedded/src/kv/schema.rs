//! The tables of keys and values.

use crate::database::Schema;

/// `synchronous = FULL`: a commit that returned is on the disk.
pub(super) const SCHEMA: Schema = Schema {
    file: "kv.db",
    migrations: &[VERSION_1],
    pragmas: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;
              PRAGMA cache_size = -8000;",
};

/// The value stands last, so that whoever looks for a key or a time does not read it.
const VERSION_1: &str = "
CREATE TABLE buckets (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL UNIQUE,
    -- Of the last write.
    revision INTEGER NOT NULL,
    -- Of all keys and values.
    bytes    INTEGER NOT NULL
) STRICT;

CREATE TABLE entries (
    id         INTEGER PRIMARY KEY,
    bucket     INTEGER NOT NULL,
    key        TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    value      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_by_key ON entries (bucket, key);
CREATE INDEX entries_expiring ON entries (expires_ms) WHERE expires_ms IS NOT NULL;
";
