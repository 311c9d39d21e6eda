//! The event log's tables.

use crate::database::Schema;

/// `synchronous = FULL`: a commit that returned is on the disk.
pub(super) const SCHEMA: Schema = Schema {
    file: "events.db",
    migrations: &[VERSION_1],
    pragmas: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;
              PRAGMA cache_size = -32000;",
};

/// View of a log that is kept elsewhere: what a power cut takes of it is read from there again, so
/// nothing waits for the disk.
pub(super) const VIEW: Schema = Schema {
    file: "events-view.db",
    migrations: &[VERSION_1],
    pragmas: "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;
              PRAGMA cache_size = -32000;",
};

/// `AUTOINCREMENT`: a position is never used twice, also after the last events were deleted. The
/// data stands last, so that whoever looks for a position or a size does not read it. Rows and
/// notes lie beside those of the same event, with which they go.
const VERSION_1: &str = "
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Bytes of all events.
INSERT INTO meta VALUES ('bytes', 0);

CREATE TABLE events (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    accepted_ms   INTEGER NOT NULL,
    not_before_ms INTEGER,
    bytes         INTEGER NOT NULL,
    source        TEXT NOT NULL,
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    subject       TEXT,
    -- Hash of the subject.
    key           INTEGER,
    attributes    TEXT NOT NULL,
    data          BLOB NOT NULL
) STRICT;
CREATE INDEX events_by_id ON events (id, source);
CREATE INDEX events_by_kind ON events (kind);
CREATE INDEX events_by_source ON events (source);

CREATE TABLE subscriptions (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    name   TEXT NOT NULL UNIQUE,
    cursor INTEGER NOT NULL
) STRICT;

-- Rows: 0 done, 1 waiting, 2 behind, 3 taken, 4 dead. `ready_ms` is when a row is given again; of
-- rows that are behind it is 0 for the one that is the first of its key, which is kept so by
-- whoever writes, and nothing for those that wait for it. `holds`: later events of the key wait.
CREATE TABLE deliveries (
    position     INTEGER NOT NULL,
    subscription INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    key          INTEGER,
    holds        INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    ready_ms     INTEGER,
    written_ms   INTEGER,
    reason       INTEGER,
    PRIMARY KEY (position, subscription)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_state ON deliveries (subscription, state, position);
CREATE INDEX deliveries_ready ON deliveries (subscription, ready_ms, position)
    WHERE ready_ms IS NOT NULL;
CREATE INDEX deliveries_holding ON deliveries (subscription, key, position) WHERE holds = 1;
CREATE INDEX deliveries_first ON deliveries (subscription, key)
    WHERE state = 2 AND ready_ms IS NOT NULL;
CREATE INDEX deliveries_written ON deliveries (subscription, written_ms)
    WHERE state = 1 AND holds = 1;

-- The ledger.
CREATE TABLE notes (
    position     INTEGER NOT NULL,
    subscription INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    text         TEXT NOT NULL,
    PRIMARY KEY (position, subscription, number)
) STRICT, WITHOUT ROWID;
";
