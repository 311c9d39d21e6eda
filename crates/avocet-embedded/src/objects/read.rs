//! Reading what is known of objects.

use std::collections::HashSet;

use avocet_backplane::Bucket;
use avocet_backplane::objects::{ObjectDigest, ObjectInfo};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

const INFO: &str = "SELECT name, bytes, chunks, digest, modified_ms FROM objects
    WHERE bucket = (SELECT id FROM buckets WHERE name = ?1) AND name = ?2";

const STORED: &str = "SELECT name, bytes, chunks, digest, modified_ms, file, data FROM objects
    WHERE bucket = (SELECT id FROM buckets WHERE name = ?1) AND name = ?2";

const LIST: &str = "SELECT name, bytes, chunks, digest, modified_ms FROM objects
    WHERE bucket = (SELECT id FROM buckets WHERE name = ?1) ORDER BY name";

/// An object, and where its bytes are.
pub(super) struct Stored {
    pub(super) info: ObjectInfo,
    pub(super) place: Place,
}

/// Place of an object's bytes.
pub(super) enum Place {
    Here(Vec<u8>),
    File(u64),
}

fn row_info(row: &Row<'_>) -> rusqlite::Result<ObjectInfo> {
    Ok(ObjectInfo {
        name: row.get(0)?,
        bytes: row.get(1)?,
        chunks: row.get(2)?,
        digest: ObjectDigest(row.get(3)?),
        modified_ms: row.get(4)?,
    })
}

pub(super) fn info(
    db: &Connection,
    bucket: &Bucket,
    name: &str,
) -> rusqlite::Result<Option<ObjectInfo>> {
    db.prepare_cached(INFO)?.query_row(params![bucket.as_str(), name], row_info).optional()
}

pub(super) fn stored(
    db: &Connection,
    bucket: &Bucket,
    name: &str,
) -> rusqlite::Result<Option<Stored>> {
    let found = |row: &Row<'_>| {
        let place = match row.get::<_, Option<u64>>(5)? {
            Some(file) => Place::File(file),
            None => Place::Here(row.get::<_, Option<Vec<u8>>>(6)?.unwrap_or_default()),
        };
        Ok(Stored { info: row_info(row)?, place })
    };
    db.prepare_cached(STORED)?.query_row(params![bucket.as_str(), name], found).optional()
}

pub(super) fn list(db: &Connection, bucket: &Bucket) -> rusqlite::Result<Vec<ObjectInfo>> {
    db.prepare_cached(LIST)?.query_map([bucket.as_str()], row_info)?.collect()
}

/// Bytes that a new object of this name can count on beside all others: those that others take.
pub(super) fn taken(db: &Connection, bucket: &Bucket, name: &str) -> rusqlite::Result<u64> {
    let taken = db
        .prepare_cached(
            "SELECT buckets.bytes - coalesce((SELECT bytes FROM objects
                 WHERE bucket = buckets.id AND name = ?2), 0) FROM buckets WHERE name = ?1",
        )?
        .query_row(params![bucket.as_str(), name], |row| row.get(0))
        .optional()?;
    Ok(taken.unwrap_or(0))
}

/// Numbers of all files that belong to an object.
pub(super) fn files(db: &Connection) -> rusqlite::Result<HashSet<u64>> {
    db.prepare("SELECT file FROM objects WHERE file IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect()
}
