//! Rows to values and back.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::database::Fail;
use crate::sql::{Sql, column};
use avocet_backplane::{Digest, Error, Key, Resource};

/// The columns that [`resource`] reads.
pub(super) const RESOURCE_COLUMNS: &str =
    "kind, namespace, name, generation, sequence, digest, created_ms, updated_ms, labels, document";

pub(super) fn resource(row: &Row<'_>) -> rusqlite::Result<Resource> {
    Ok(Resource {
        key: Key { kind: column(row, 0)?, namespace: row.get(1)?, name: row.get(2)? },
        generation: row.get(3)?,
        sequence: row.get(4)?,
        digest: column(row, 5)?,
        created_ms: row.get(6)?,
        updated_ms: row.get(7)?,
        labels: column(row, 8)?,
        document: column(row, 9)?,
    })
}

/// State of a resource before a change.
pub(super) struct Head {
    pub(super) id: i64,
    pub(super) generation: u64,
    pub(super) digest: Digest,
    pub(super) updated_ms: u64,
}

pub(super) fn head(db: &Connection, key: &Key) -> rusqlite::Result<Option<Head>> {
    db.prepare_cached(
        "SELECT id, generation, digest, updated_ms FROM resources
         WHERE kind = ?1 AND namespace = ?2 AND name = ?3",
    )?
    .query_row(params![Sql(key.kind), key.namespace, key.name], |row| {
        Ok(Head {
            id: row.get(0)?,
            generation: row.get(1)?,
            digest: column(row, 2)?,
            updated_ms: row.get(3)?,
        })
    })
    .optional()
}

pub(super) fn existing(db: &Connection, key: &Key) -> Result<Head, Fail> {
    head(db, key)?.ok_or_else(|| Error::NotFound(key.clone()).into())
}

/// A caller's number as SQLite can compare it; none that is stored is larger.
pub(super) fn bounded(number: u64) -> u64 {
    number.min(i64::MAX as u64)
}

/// A number of the table `meta`.
pub(super) fn meta(db: &Connection, key: &str) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0))
}

pub(super) fn set_meta(db: &Connection, key: &str, value: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE meta SET value = ?2 WHERE key = ?1")?
        .execute(params![key, value])
        .map(|_| ())
}
