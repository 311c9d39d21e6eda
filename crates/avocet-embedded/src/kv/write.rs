//! Writing keys and values.

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::kv::{Entry, Watched, Write, WriteKind, Written, sum};
use avocet_backplane::{Bucket, Error};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::cache::Cache;
use super::lives;
use super::read::{self, bounded};
use super::watch::Watchers;
use crate::Clock;
use crate::database::Fail;
use crate::group::Work;

/// Shortest time between two looks for entries whose time is over: nobody sees them meanwhile.
const SWEEP: Duration = Duration::from_secs(1);
/// Entries that one look deletes.
const SWEPT: usize = 1000;

/// Request to the thread.
pub(super) enum Request {
    Write { bucket: Bucket, writes: Vec<Write> },
    Purge { bucket: Bucket },
}

/// Result of a request.
pub(super) enum Done {
    Written(Vec<Written>),
    Purged,
}

/// Change to be told of once it is durable.
enum Staged {
    Changed(Bucket, Vec<Watched>),
    Purged(Bucket, Vec<Watched>),
}

/// State of the thread.
pub(super) struct Writes {
    limit: u64,
    clock: Clock,
    cache: Arc<Cache>,
    watchers: Arc<Watchers>,
    staged: Vec<Staged>,
    /// Time at which the next entry is over, milliseconds since the Unix epoch.
    next_ms: Option<u64>,
}

/// A bucket's row.
struct Row {
    id: i64,
    revision: u64,
    bytes: u64,
}

impl Writes {
    pub(super) fn new(
        limit: u64,
        clock: Clock,
        cache: Arc<Cache>,
        watchers: Arc<Watchers>,
    ) -> Self {
        // The first look is soon: a store may be opened with entries whose time is over.
        Self { limit, clock, cache, watchers, staged: Vec::new(), next_ms: Some(0) }
    }

    /// Deletes entries whose time is over.
    fn sweep(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let now = self.clock.now_ms();
        let over = db
            .prepare_cached(
                "SELECT buckets.name, entries.key FROM entries
                 JOIN buckets ON buckets.id = entries.bucket
                 WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2",
            )?
            .query_map(params![bounded(now), SWEPT as i64], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for (name, key) in over {
            let bucket = Bucket::named(&name);
            let Some(mut row) = find(db, &bucket)? else { continue };
            let Some(entry) = read::entry(db, &bucket, &key)? else { continue };
            let change = delete(db, &mut row, &key, &entry)?;
            store(db, &row)?;
            self.staged.push(Staged::Changed(bucket, vec![change]));
        }
        self.next_ms = db
            .prepare_cached("SELECT min(expires_ms) FROM entries WHERE expires_ms IS NOT NULL")?
            .query_row([], |row| row.get(0))?;
        Ok(())
    }

    fn write(&mut self, db: &Connection, bucket: &Bucket, writes: &[Write]) -> Result<Done, Fail> {
        let mut row = match find(db, bucket)? {
            Some(row) => row,
            None => create(db, bucket)?,
        };
        let (mut written, mut changes) = (Vec::new(), Vec::new());
        for write in writes {
            written.push(self.write_one(db, bucket, &mut row, write, &mut changes)?);
        }
        store(db, &row)?;
        if !changes.is_empty() {
            self.staged.push(Staged::Changed(bucket.clone(), changes));
        }
        Ok(Done::Written(written))
    }

    fn write_one(
        &mut self,
        db: &Connection,
        bucket: &Bucket,
        row: &mut Row,
        write: &Write,
        changes: &mut Vec<Watched>,
    ) -> Result<Written, Fail> {
        let now = self.clock.now_ms();
        let key = &write.key;
        let stored = read::entry(db, bucket, key)?;
        let living = stored.as_ref().filter(|entry| lives(entry, now));
        expected(bucket, write, living)?;
        let (value, expires_ms, number) = match &write.kind {
            WriteKind::Delete => {
                if let Some(entry) = stored {
                    changes.push(delete(db, row, key, &entry)?);
                }
                return Ok(Written { revision: row.revision, number: None });
            }
            WriteKind::Set { value, ttl } => {
                let time = ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
                (value.clone(), time.map(|time| now.saturating_add(time)), None)
            }
            WriteKind::Increment { by } => {
                let number = sum(key, living.map(|entry| &entry.value[..]), *by)?;
                let expires = living.and_then(|entry| entry.expires_ms);
                (Bytes::from(number.to_string()), expires, Some(number))
            }
        };
        row.replace(bucket, key, stored.as_ref(), value.len(), self.limit)?;
        let entry = Entry { value, revision: row.revision, created_ms: now, expires_ms };
        insert(db, row, key, &entry)?;
        self.next_ms = [self.next_ms, expires_ms].into_iter().flatten().min();
        let revision = entry.revision;
        changes.push(Watched::Set { key: key.clone(), entry });
        Ok(Written { revision, number })
    }

    fn purge(&mut self, db: &Connection, bucket: &Bucket) -> Result<Done, Fail> {
        let Some(row) = find(db, bucket)? else { return Ok(Done::Purged) };
        let keys = read::keys(db, bucket, 0)?;
        let gone = (row.revision + 1..).zip(keys);
        let gone = gone.map(|(revision, key)| Watched::Deleted { key, revision }).collect();
        db.prepare_cached("DELETE FROM entries WHERE bucket = ?1")?.execute([row.id])?;
        db.prepare_cached("DELETE FROM buckets WHERE id = ?1")?.execute([row.id])?;
        self.staged.push(Staged::Purged(bucket.clone(), gone));
        Ok(Done::Purged)
    }
}

impl Work for Writes {
    type Request = Request;
    type Done = Done;

    fn begin(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.staged.clear();
        match self.next_ms {
            Some(next) if next <= self.clock.now_ms() => self.sweep(db),
            _ => Ok(()),
        }
    }

    fn carry_out(&mut self, db: &Connection, request: &Request) -> Result<Done, Fail> {
        match request {
            Request::Write { bucket, writes } => self.write(db, bucket, writes),
            Request::Purge { bucket } => self.purge(db, bucket),
        }
    }

    fn committed(&mut self) {
        for staged in self.staged.drain(..) {
            let (bucket, changes) = match &staged {
                Staged::Changed(bucket, changes) => {
                    self.cache.update(bucket, changes.iter().filter_map(update));
                    (bucket, changes)
                }
                Staged::Purged(bucket, changes) => {
                    self.cache.purge(bucket);
                    (bucket, changes)
                }
            };
            self.watchers.tell(bucket, changes);
        }
    }

    fn due(&self) -> Option<Duration> {
        let now = self.clock.now_ms();
        let time = self.next_ms.map(|next| Duration::from_millis(next.saturating_sub(now)));
        time.map(|time| time.max(SWEEP))
    }
}

impl Row {
    /// Counts a value that takes the place of another, and its revision.
    fn replace(
        &mut self,
        bucket: &Bucket,
        key: &str,
        stored: Option<&Entry>,
        bytes: usize,
        limit: u64,
    ) -> Result<(), Error> {
        let before = stored.map_or(0, |entry| weight(key, entry.value.len()));
        let needed = self.bytes.saturating_sub(before) + weight(key, bytes);
        if needed > limit {
            let what = format!("key {key:?}");
            return Err(Error::BucketFull { bucket: bucket.clone(), what, needed, limit });
        }
        self.bytes = needed;
        self.revision += 1;
        Ok(())
    }
}

/// Bytes that an entry counts for in its bucket.
fn weight(key: &str, bytes: usize) -> u64 {
    (key.len() + bytes) as u64
}

fn expected(bucket: &Bucket, write: &Write, living: Option<&Entry>) -> Result<(), Error> {
    let found = living.map_or(0, |entry| entry.revision);
    match write.if_revision {
        Some(expected) if expected != found => {
            let (bucket, key) = (bucket.clone(), write.key.clone());
            Err(Error::Revision { bucket, key, expected, found })
        }
        _ => Ok(()),
    }
}

fn update(change: &Watched) -> Option<super::cache::Update<'_>> {
    match change {
        Watched::Set { key, entry } => Some((key, Some(entry))),
        Watched::Deleted { key, .. } => Some((key, None)),
        Watched::Missed(_) => None,
    }
}

fn find(db: &Connection, bucket: &Bucket) -> rusqlite::Result<Option<Row>> {
    db.prepare_cached("SELECT id, revision, bytes FROM buckets WHERE name = ?1")?
        .query_row([bucket.as_str()], |row| {
            Ok(Row { id: row.get(0)?, revision: row.get(1)?, bytes: row.get(2)? })
        })
        .optional()
}

fn create(db: &Connection, bucket: &Bucket) -> rusqlite::Result<Row> {
    db.prepare_cached("INSERT INTO buckets (name, revision, bytes) VALUES (?1, 0, 0)")?
        .execute([bucket.as_str()])?;
    Ok(Row { id: db.last_insert_rowid(), revision: 0, bytes: 0 })
}

fn store(db: &Connection, row: &Row) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE buckets SET revision = ?2, bytes = ?3 WHERE id = ?1")?
        .execute(params![row.id, bounded(row.revision), bounded(row.bytes)])?;
    Ok(())
}

fn insert(db: &Connection, row: &Row, key: &str, entry: &Entry) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO entries (bucket, key, revision, created_ms, expires_ms, value)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (bucket, key) DO UPDATE SET revision = ?3, created_ms = ?4,
             expires_ms = ?5, value = ?6",
    )?
    .execute(params![
        row.id,
        key,
        bounded(entry.revision),
        bounded(entry.created_ms),
        entry.expires_ms.map(bounded),
        &entry.value[..]
    ])?;
    Ok(())
}

/// Deletes an entry, and counts that.
fn delete(db: &Connection, row: &mut Row, key: &str, entry: &Entry) -> rusqlite::Result<Watched> {
    db.prepare_cached("DELETE FROM entries WHERE bucket = ?1 AND key = ?2")?
        .execute(params![row.id, key])?;
    row.bytes = row.bytes.saturating_sub(weight(key, entry.value.len()));
    row.revision += 1;
    Ok(Watched::Deleted { key: key.to_owned(), revision: row.revision })
}
