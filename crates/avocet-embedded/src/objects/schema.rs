//! The tables of objects.

use crate::database::Schema;

/// `synchronous = FULL`: a commit that returned is on the disk.
pub(super) const SCHEMA: Schema = Schema {
    file: "objects.db",
    migrations: &[VERSION_1],
    pragmas: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;
              PRAGMA cache_size = -4000;",
};

/// The data stands last, so that whoever looks for a name does not read it.
const VERSION_1: &str = "
CREATE TABLE buckets (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    name  TEXT NOT NULL UNIQUE,
    -- Of all objects.
    bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE objects (
    id          INTEGER PRIMARY KEY,
    bucket      INTEGER NOT NULL,
    name        TEXT NOT NULL,
    bytes       INTEGER NOT NULL,
    chunks      INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    modified_ms INTEGER NOT NULL,
    -- Number of the file that has the bytes; of an object of one piece nothing: they are in `data`.
    file        INTEGER,
    data        BLOB
) STRICT;
CREATE UNIQUE INDEX objects_by_name ON objects (bucket, name);
";
