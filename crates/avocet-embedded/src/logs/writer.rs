//! The thread that stores lines.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, params};

use super::inbox::{Batch, Inbox, Request, Source};
use super::prune::prune;
use super::rows::LINE_BYTES;
use super::sources::Sources;
use super::{Feeds, LogLimits};
use crate::FolderError;
use crate::database::{Database, Fail};
use crate::sql::Sql;
use avocet_backplane::{Level, LogLine, Result, StoredLine, Stream};

pub(super) struct Writer {
    database: Arc<Database>,
    connection: Connection,
    limits: LogLimits,
    inbox: Arc<Inbox>,
    feeds: Feeds,
    sources: Sources,
    /// The last line's cursor.
    cursor: u64,
    /// Lines missing of each function, noted in its log as soon as that works.
    missing: HashMap<Source, Missing>,
}

#[derive(Default)]
struct Missing {
    /// Lines that came too fast.
    dropped: u64,
    /// Lines that could not be stored.
    failed: u64,
}

impl Writer {
    pub(super) fn new(
        database: &Arc<Database>,
        connection: Connection,
        limits: LogLimits,
        inbox: Arc<Inbox>,
        feeds: Feeds,
    ) -> Result<Self, FolderError> {
        let (sources, cursor) = load(&connection).map_err(|error| database.failed(error))?;
        let database = Arc::clone(database);
        let missing = HashMap::new();
        Ok(Self { database, connection, limits, inbox, feeds, sources, cursor, missing })
    }

    pub(super) fn run(mut self) {
        while let Some(batch) = self.inbox.take() {
            self.handle(batch);
        }
    }

    fn handle(&mut self, batch: Batch) {
        let Batch { mut lines, shares, requests } = batch;
        for (source, share) in shares.into_iter().filter(|(_, share)| share.dropped > 0) {
            self.missing.entry(source).or_default().dropped += share.dropped;
        }
        let taken = lines.len();
        lines.extend(self.missing.iter().map(notice));
        let result = self.store(&lines);
        match &result {
            Ok(first) => {
                self.inbox.settle(taken as u64, 0);
                self.missing.clear();
                self.publish(lines, *first);
                self.prune();
            }
            Err(_) => {
                self.inbox.settle(0, taken as u64);
                lines.truncate(taken);
                self.note_failed(lines);
            }
        }
        let mut result = result.map(|_| ());
        for request in requests {
            let failed = std::mem::replace(&mut result, Ok(()));
            self.answer(request, failed);
        }
    }

    /// Stores lines in one transaction and gives the first one's cursor.
    fn store(&mut self, lines: &[LogLine]) -> Result<u64, Fail> {
        let first = self.cursor + 1;
        if lines.is_empty() {
            return Ok(first);
        }
        match insert(&mut self.connection, &mut self.sources, lines, first) {
            Ok(()) => self.cursor += lines.len() as u64,
            Err(error) => {
                self.reload();
                return Err(error.into());
            }
        }
        Ok(first)
    }

    /// After a transaction that failed, the counts in memory are ahead of the table's. Where even
    /// reading fails they stay so until it works: they only steer what is pruned.
    fn reload(&mut self) {
        if let Ok((sources, cursor)) = load(&self.connection) {
            self.sources = sources;
            self.cursor = self.cursor.max(cursor);
        }
    }

    fn note_failed(&mut self, lines: Vec<LogLine>) {
        for line in lines {
            self.missing.entry((line.namespace, line.function)).or_default().failed += 1;
        }
    }

    fn publish(&self, lines: Vec<LogLine>, first: u64) {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if feeds.is_empty() {
            return;
        }
        let lines: Vec<_> = lines
            .into_iter()
            .zip(first..)
            .map(|(line, cursor)| Arc::new(stored(line, cursor)))
            .collect();
        feeds.retain(|feed| feed.send(&lines));
    }

    fn prune(&mut self) {
        if prune(&mut self.connection, &mut self.sources, &self.limits).is_err() {
            // The next batch tries again; too many lines are no reason to stop taking new ones.
            self.reload();
        }
    }

    fn answer(&mut self, request: Request, stored: Result<(), Fail>) {
        match request {
            Request::Flush(reply) => {
                drop(reply.send(stored.map_err(|fail| self.database.error(fail))));
            }
            Request::Forget(source, reply) => {
                let forgotten = forget(&mut self.connection, &mut self.sources, &source);
                if forgotten.is_err() {
                    self.reload();
                }
                drop(reply.send(forgotten.map_err(|e| self.database.error(e.into()))));
            }
        }
    }
}

fn load(db: &Connection) -> rusqlite::Result<(Sources, u64)> {
    let cursor =
        db.query_row("SELECT value FROM meta WHERE key = 'cursor'", [], |row| row.get(0))?;
    Ok((Sources::load(db)?, cursor))
}

/// Lines of one function lie side by side in the table, so they are written so too.
fn insert(
    connection: &mut Connection,
    sources: &mut Sources,
    lines: &[LogLine],
    first: u64,
) -> rusqlite::Result<()> {
    let db = connection.transaction()?;
    let mut ordered = Vec::with_capacity(lines.len());
    for (line, cursor) in lines.iter().zip(first..) {
        let source = (Arc::clone(&line.namespace), Arc::clone(&line.function));
        ordered.push((sources.id(&db, &source)?, cursor, line));
    }
    ordered.sort_unstable_by_key(|(source, cursor, _)| (*source, *cursor));
    {
        let mut insert =
            db.prepare_cached("INSERT INTO lines VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        for (source, cursor, line) in ordered {
            insert.execute(params![
                source,
                cursor,
                line.time_ms,
                Sql(line.level),
                Sql(line.stream),
                line.revision,
                line.call,
                line.trace,
                line.text
            ])?;
            sources.add(source, 1, LINE_BYTES + line.text.len() as u64);
        }
    }
    sources.save(&db)?;
    db.prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'cursor'")?
        .execute([first + lines.len() as u64 - 1])?;
    db.commit()
}

fn forget(
    connection: &mut Connection,
    sources: &mut Sources,
    source: &Source,
) -> rusqlite::Result<()> {
    let Some(id) = sources.find(source) else { return Ok(()) };
    let db = connection.transaction()?;
    db.execute("DELETE FROM lines WHERE source = ?1", [id])?;
    sources.remove(&db, source)?;
    db.commit()
}

fn notice((source, missing): (&Source, &Missing)) -> LogLine {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (namespace, function) = source.clone();
    let why = [
        (missing.dropped, "came faster than they can be stored"),
        (missing.failed, "could not be stored"),
    ];
    let why: Vec<String> = why
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    LogLine {
        namespace,
        function,
        revision: 0,
        call: None,
        trace: None,
        stream: Stream::Platform,
        level: Level::Warn,
        time_ms: now.as_millis() as u64,
        text: format!("log lines of this function are missing here: {}", why.join(", ")),
    }
}

fn stored(line: LogLine, cursor: u64) -> StoredLine {
    StoredLine {
        cursor,
        namespace: line.namespace,
        function: line.function,
        revision: line.revision,
        call: line.call,
        trace: line.trace,
        stream: line.stream,
        level: line.level,
        time_ms: line.time_ms,
        text: line.text.into(),
    }
}
