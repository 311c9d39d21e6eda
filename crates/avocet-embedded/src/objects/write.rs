//! Writing what is known of objects.

use std::sync::Arc;

use avocet_backplane::objects::ObjectInfo;
use avocet_backplane::{Bucket, Error};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::draft::Draft;
use super::files::Files;
use crate::database::Fail;
use crate::group::Work;
use crate::kv::bounded;

/// Request to the thread.
pub(super) enum Request {
    Put { bucket: Bucket, info: ObjectInfo, source: Source },
    Delete { bucket: Bucket, name: String },
    Purge { bucket: Bucket },
}

/// Bytes of a new object.
pub(super) enum Source {
    Here(Vec<u8>),
    File(Draft),
}

impl Source {
    /// Bytes that wait with the request.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Here(data) => data.len(),
            Self::File(_) => 0,
        }
    }
}

/// State of the thread.
pub(super) struct Writes {
    limit: u64,
    files: Arc<Files>,
    /// Files that nobody needs once the transaction is durable.
    useless: Vec<u64>,
}

/// A bucket's row.
struct Row {
    id: i64,
    bytes: u64,
}

impl Writes {
    pub(super) fn new(limit: u64, files: Arc<Files>) -> Self {
        Self { limit, files, useless: Vec::new() }
    }

    fn put(
        &mut self,
        db: &Connection,
        bucket: &Bucket,
        info: &ObjectInfo,
        source: &Source,
    ) -> Result<u64, Fail> {
        let mut row = match find(db, bucket)? {
            Some(row) => row,
            None => create(db, bucket)?,
        };
        let old = remove(db, &mut row, &info.name)?;
        row.bytes += info.bytes;
        room(bucket, &info.name, row.bytes, self.limit)?;
        let (file, data) = match source {
            Source::Here(data) => (None, Some(data)),
            Source::File(draft) => (Some(draft.number()), None),
        };
        db.prepare_cached(
            "INSERT INTO objects (bucket, name, bytes, chunks, digest, modified_ms, file, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            row.id,
            info.name,
            bounded(info.bytes),
            bounded(info.chunks),
            &info.digest.0[..],
            bounded(info.modified_ms),
            file.map(bounded),
            data
        ])?;
        store(db, &row)?;
        self.useless.extend(old.into_iter().flatten());
        Ok(1)
    }

    fn delete(&mut self, db: &Connection, bucket: &Bucket, name: &str) -> Result<u64, Fail> {
        let Some(mut row) = find(db, bucket)? else { return Ok(0) };
        let Some(old) = remove(db, &mut row, name)? else { return Ok(0) };
        store(db, &row)?;
        self.useless.extend(old);
        Ok(1)
    }

    fn purge(&mut self, db: &Connection, bucket: &Bucket) -> Result<u64, Fail> {
        let Some(row) = find(db, bucket)? else { return Ok(0) };
        let files = db
            .prepare_cached("SELECT file FROM objects WHERE bucket = ?1 AND file IS NOT NULL")?
            .query_map([row.id], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<u64>>>()?;
        let deleted =
            db.prepare_cached("DELETE FROM objects WHERE bucket = ?1")?.execute([row.id])?;
        db.prepare_cached("DELETE FROM buckets WHERE id = ?1")?.execute([row.id])?;
        self.useless.extend(files);
        Ok(deleted as u64)
    }
}

impl Work for Writes {
    type Request = Request;
    /// Number of objects that were stored or deleted.
    type Done = u64;

    fn begin(&mut self, _db: &Connection) -> rusqlite::Result<()> {
        self.useless.clear();
        Ok(())
    }

    fn carry_out(&mut self, db: &Connection, request: &Request) -> Result<u64, Fail> {
        match request {
            Request::Put { bucket, info, source } => self.put(db, bucket, info, source),
            Request::Delete { bucket, name } => self.delete(db, bucket, name),
            Request::Purge { bucket } => self.purge(db, bucket),
        }
    }

    fn committed(&mut self) {
        self.useless.drain(..).for_each(|number| self.files.remove(number));
    }
}

impl Request {
    /// Marks its bytes as stored.
    pub(super) fn keep(&mut self) {
        if let Self::Put { source: Source::File(draft), .. } = self {
            draft.keep();
        }
    }
}

/// Refuses an object as soon as it is too large for its bucket.
pub(super) fn room(bucket: &Bucket, name: &str, needed: u64, limit: u64) -> Result<(), Error> {
    if needed <= limit {
        return Ok(());
    }
    let what = format!("object {name:?}");
    Err(Error::BucketFull { bucket: bucket.clone(), what, needed, limit })
}

/// Removes an object; gives its file where it has one.
fn remove(db: &Connection, row: &mut Row, name: &str) -> rusqlite::Result<Option<Option<u64>>> {
    let old = db
        .prepare_cached(
            "DELETE FROM objects WHERE bucket = ?1 AND name = ?2 RETURNING bytes, file",
        )?
        .query_row(params![row.id, name], |row| Ok((row.get::<_, u64>(0)?, row.get(1)?)))
        .optional()?;
    Ok(old.map(|(bytes, file)| {
        row.bytes = row.bytes.saturating_sub(bytes);
        file
    }))
}

fn find(db: &Connection, bucket: &Bucket) -> rusqlite::Result<Option<Row>> {
    db.prepare_cached("SELECT id, bytes FROM buckets WHERE name = ?1")?
        .query_row([bucket.as_str()], |row| Ok(Row { id: row.get(0)?, bytes: row.get(1)? }))
        .optional()
}

fn create(db: &Connection, bucket: &Bucket) -> rusqlite::Result<Row> {
    db.prepare_cached("INSERT INTO buckets (name, bytes) VALUES (?1, 0)")?
        .execute([bucket.as_str()])?;
    Ok(Row { id: db.last_insert_rowid(), bytes: 0 })
}

fn store(db: &Connection, row: &Row) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE buckets SET bytes = ?2 WHERE id = ?1")?
        .execute(params![row.id, bounded(row.bytes)])?;
    Ok(())
}
