//! The thread that writes: one transaction, and one sync, for all changes that wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::apply::Transaction;
use super::rows;
use crate::FolderError;
use crate::database::{Database, Fail};
use crate::queue::{Jobs, Queue, answer, ready};
use avocet_backplane::{Applied, Change, Error, Pending, Result};

/// Time without changes after which the write-ahead log is emptied into the database.
const QUIET: Duration = Duration::from_secs(1);
/// Requests that may wait.
const BOUND: usize = 1024;
/// Bytes that may wait; also the largest request.
const BOUND_BYTES: usize = 256 << 20;
/// Requests that share one transaction.
const GROUP: usize = 64;
/// Bytes of a group at which it takes no further request.
const GROUP_BYTES: usize = 8 << 20;

struct Job {
    changes: Vec<Change>,
    weight: usize,
    reply: oneshot::Sender<Result<Vec<Applied>>>,
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Queue<Job>,
    /// Bytes that wait.
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    pub(super) fn start(
        database: &Arc<Database>,
        connection: Connection,
        max_bytes: Option<u64>,
    ) -> Result<(Self, watch::Receiver<u64>), FolderError> {
        let sequence = prepare(&connection, max_bytes).map_err(|error| database.failed(error))?;
        let (changed, receiver) = watch::channel(sequence);
        let waiting = Arc::new(AtomicUsize::new(0));
        let thread = Thread {
            database: Arc::clone(database),
            connection,
            changed,
            waiting: Arc::clone(&waiting),
        };
        let work = vec![move |jobs: Jobs<Job>| thread.run(&jobs)];
        let queue = Queue::start("avocet-registry", BOUND, work)
            .map_err(|error| database.no_thread(error))?;
        Ok((Self { queue, waiting }, receiver))
    }

    pub(super) fn apply(&self, changes: Vec<Change>) -> Pending<Vec<Applied>> {
        match self.submit(changes) {
            Ok(receiver) => answer(receiver),
            Err(error) => ready(Err(error)),
        }
    }

    fn submit(&self, changes: Vec<Change>) -> Result<oneshot::Receiver<Result<Vec<Applied>>>> {
        changes.iter().try_for_each(Change::check)?;
        let weight = changes.iter().map(Change::weight).sum();
        if weight > BOUND_BYTES {
            return Err(Error::TooLarge {
                what: "one request".into(),
                size: format!("{weight} bytes"),
                limit: format!("{BOUND_BYTES} bytes"),
            });
        }
        let before = self.waiting.fetch_add(weight, Ordering::Relaxed);
        let (reply, result) = oneshot::channel();
        let sent = if before + weight > BOUND_BYTES {
            Err(Error::Busy)
        } else {
            self.queue.send(Job { changes, weight, reply })
        };
        if let Err(error) = sent {
            self.waiting.fetch_sub(weight, Ordering::Relaxed);
            return Err(error);
        }
        Ok(result)
    }

    pub(super) fn close(&self) {
        self.queue.close();
    }
}

/// Sets the size limit, and gives the number of the last change.
fn prepare(connection: &Connection, max_bytes: Option<u64>) -> rusqlite::Result<u64> {
    if let Some(bytes) = max_bytes {
        let page: u64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = (bytes / page).clamp(1, u64::from(u32::MAX - 1));
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    rows::meta(connection, "sequence")
}

struct Thread {
    database: Arc<Database>,
    connection: Connection,
    changed: watch::Sender<u64>,
    waiting: Arc<AtomicUsize>,
}

impl Thread {
    fn run(mut self, jobs: &Jobs<Job>) {
        let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        // What an earlier process wrote may be in the write-ahead log alone, too.
        let mut written = true;
        loop {
            let first = match written {
                true => jobs.recv_timeout(QUIET),
                false => jobs.recv().map_err(RecvTimeoutError::from),
            };
            match first {
                Ok(first) => {
                    self.commit(group(first, &jobs));
                    written = true;
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.checkpoint();
                    written = false;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    /// Copies what is in the write-ahead log alone into the database: damage to the log then takes
    /// nothing with it. Where it fails it is tried after the next change.
    fn checkpoint(&self) {
        let checkpoint = "PRAGMA wal_checkpoint(PASSIVE)";
        let _ = self.connection.query_row(checkpoint, [], |_| Ok(()));
    }

    /// Commits a group. Where SQLite fails, each request is tried alone, so that one that does not
    /// fit on the disk does not take others with it.
    fn commit(&mut self, group: Vec<Job>) {
        match self.attempt(&group) {
            Ok(results) => {
                for (job, result) in group.into_iter().zip(results) {
                    self.reply(job, result);
                }
            }
            Err(_) if group.len() > 1 => group.into_iter().for_each(|job| self.commit(vec![job])),
            Err(fail) => {
                let mut fail = Some(fail);
                for job in group {
                    let fail = fail.take().expect("the group has one request");
                    let error = self.database.error(fail);
                    self.reply(job, Err(error));
                }
            }
        }
    }

    fn reply(&self, job: Job, result: Result<Vec<Applied>>) {
        self.waiting.fetch_sub(job.weight, Ordering::Relaxed);
        // The caller may have gone; its change stays.
        drop(job.reply.send(result));
    }

    fn attempt(&mut self, group: &[Job]) -> Result<Vec<Result<Vec<Applied>>>, Fail> {
        let mut transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut results = Vec::with_capacity(group.len());
        for job in group {
            let savepoint = transaction.savepoint()?;
            let applied = match Transaction::begin(&savepoint)?.apply(&job.changes) {
                Ok(applied) => Ok(applied),
                Err(Fail::Refused(error)) => Err(error),
                Err(fail) => return Err(fail),
            };
            // A savepoint that is not committed rolls back.
            if applied.is_ok() {
                savepoint.commit()?;
            }
            results.push(applied);
        }
        let sequence = rows::meta(&transaction, "sequence")?;
        transaction.commit()?;
        self.changed.send_if_modified(|last| std::mem::replace(last, sequence) != sequence);
        Ok(results)
    }
}

fn group(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let mut bytes = first.weight;
    let mut group = vec![first];
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(job) = jobs.try_recv() else { break };
        bytes += job.weight;
        group.push(job);
    }
    group
}
