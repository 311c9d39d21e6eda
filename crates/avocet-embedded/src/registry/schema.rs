//! The registry's tables.

use crate::database::Schema;

/// `synchronous = FULL`: a commit that returned is on the disk. `secure_delete`: a deleted secret
/// does not stay behind in a free page.
pub(super) const SCHEMA: Schema = Schema {
    file: "registry.db",
    migrations: &[VERSION_1],
    pragmas: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
              PRAGMA journal_size_limit = 67108864;",
};

/// A function's row in `resources` repeats its active revision's document and labels: lists, which
/// are frequent, read one table for all kinds.
const VERSION_1: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The last change, and the newest one whose tombstone was thrown away.
INSERT INTO meta VALUES ('sequence', 0), ('forgotten', 0);

CREATE TABLE resources (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    name       TEXT NOT NULL,
    generation INTEGER NOT NULL,
    sequence   INTEGER NOT NULL UNIQUE,
    digest     BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    labels     TEXT NOT NULL,
    document   TEXT NOT NULL,
    UNIQUE (kind, namespace, name)
) STRICT;

CREATE TABLE labels (
    resource INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    resource   INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    replaced   INTEGER,
    labels     TEXT NOT NULL,
    document   TEXT NOT NULL,
    PRIMARY KEY (resource, number)
) STRICT;

CREATE TABLE blobs (
    id     INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    size   INTEGER NOT NULL,
    bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE files (
    resource INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    path     TEXT NOT NULL,
    blob     INTEGER NOT NULL REFERENCES blobs,
    PRIMARY KEY (resource, number, position),
    FOREIGN KEY (resource, number) REFERENCES revisions ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_blob ON files (blob);

CREATE TABLE activations (
    id       INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    reason   TEXT
) STRICT;
CREATE INDEX activations_by_resource ON activations (resource);

-- Deleted resources, for those who watch.
CREATE TABLE tombstones (
    kind      TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    sequence  INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (kind, namespace, name)
) STRICT, WITHOUT ROWID;
";
