//! A thread that writes: one transaction, and one sync, for all requests that wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use avocet_backplane::{Error, Pending, Result};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::FolderError;
use crate::database::{Database, Fail};
use crate::queue::{Jobs, Queue, answer, ready};

/// Requests that may wait.
const BOUND: usize = 4096;
/// Bytes of requests that may wait.
const BOUND_BYTES: usize = 64 << 20;
/// Requests of one transaction.
const GROUP: usize = 512;
/// Bytes of requests of one transaction.
const GROUP_BYTES: usize = 8 << 20;

/// Work of a thread that writes, with its requests.
pub(crate) trait Work: Send + 'static {
    /// Request.
    type Request: Send + 'static;
    /// Result of a request, until it is durable.
    type Done;

    /// Begins a transaction; it may be one that is tried again.
    fn begin(&mut self, _db: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// Carries out one request, in a savepoint that is rolled back where this fails.
    fn carry_out(&mut self, db: &Connection, request: &Self::Request) -> Result<Self::Done, Fail>;

    /// The transaction is durable.
    fn committed(&mut self) {}

    /// Time until [`Work::begin`] has something to do by itself; `None`: it has not.
    fn due(&self) -> Option<Duration> {
        None
    }
}

/// Taker of a request's result, which gets the request back.
type Reply<W> = Box<dyn FnOnce(Result<<W as Work>::Done>, <W as Work>::Request) + Send>;

/// Request and the taker of its result.
pub(crate) struct Asked<W: Work> {
    request: W::Request,
    weight: usize,
    reply: Reply<W>,
}

/// The thread's queue.
pub(crate) struct Writer<W: Work> {
    queue: Queue<Asked<W>>,
    /// Bytes of requests that wait.
    waiting: Arc<AtomicUsize>,
}

impl<W: Work> Writer<W> {
    /// Starts the thread.
    pub(crate) fn start(
        name: &str,
        database: &Arc<Database>,
        connection: Connection,
        work: W,
    ) -> Result<Self, FolderError> {
        let waiting = Arc::new(AtomicUsize::new(0));
        let thread = Thread {
            database: Arc::clone(database),
            connection,
            work,
            waiting: Arc::clone(&waiting),
        };
        let queue = Queue::start(name, BOUND, vec![move |jobs: Jobs<Asked<W>>| thread.run(&jobs)])
            .map_err(|error| database.no_thread(error))?;
        Ok(Self { queue, waiting })
    }

    /// Asks for a request of so many bytes. `give` makes what the caller gets of what was done, once
    /// it is durable, on the thread.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        request: W::Request,
        weight: usize,
        give: impl FnOnce(W::Done, W::Request) -> T + Send + 'static,
    ) -> Pending<T> {
        let before = self.waiting.fetch_add(weight, Ordering::Relaxed);
        if before > 0 && before + weight > BOUND_BYTES {
            self.waiting.fetch_sub(weight, Ordering::Relaxed);
            return ready(Err(Error::Busy));
        }
        let (sender, result) = oneshot::channel();
        let reply = Box::new(move |done: Result<W::Done>, request: W::Request| {
            let given = done.map(|done| give(done, request));
            // Whoever asked may have gone.
            drop(sender.send(given));
        });
        match self.queue.send(Asked { request, weight, reply }) {
            Ok(()) => answer(result),
            Err(error) => {
                self.waiting.fetch_sub(weight, Ordering::Relaxed);
                ready(Err(error))
            }
        }
    }

    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

impl<W: Work> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

struct Thread<W: Work> {
    database: Arc<Database>,
    connection: Connection,
    work: W,
    waiting: Arc<AtomicUsize>,
}

impl<W: Work> Thread<W> {
    fn run(mut self, jobs: &Jobs<Asked<W>>) {
        let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let first = match self.work.due() {
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(time) => jobs.recv_timeout(time),
            };
            match first {
                Ok(first) => self.commit(group(first, &jobs)),
                Err(RecvTimeoutError::Timeout) => self.commit(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// One transaction; if it fails as a whole, each request is tried by itself: one that does not
    /// fit takes nothing from the others.
    fn commit(&mut self, group: Vec<Asked<W>>) {
        let weight = group.iter().map(|asked| asked.weight).sum();
        self.waiting.fetch_sub(weight, Ordering::Relaxed);
        match self.attempt(&group) {
            Ok(results) => give(group, results),
            Err(fail) if group.len() == 1 => {
                let error = self.database.error(fail);
                give(group, vec![Err(error)]);
            }
            Err(_) => {
                for asked in group {
                    let result = self.attempt(std::slice::from_ref(&asked));
                    let result = result.map_err(|fail| self.database.error(fail));
                    give(vec![asked], result.unwrap_or_else(|error| vec![Err(error)]));
                }
            }
        }
    }

    fn attempt(&mut self, group: &[Asked<W>]) -> Result<Vec<Result<W::Done>>, Fail> {
        let mut transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.work.begin(&transaction)?;
        let mut results = Vec::with_capacity(group.len());
        for asked in group {
            let savepoint = transaction.savepoint()?;
            match self.work.carry_out(&savepoint, &asked.request) {
                Ok(done) => {
                    savepoint.commit()?;
                    results.push(Ok(done));
                }
                // A savepoint that is not committed rolls back.
                Err(Fail::Refused(error)) => results.push(Err(error)),
                Err(fail) => return Err(fail),
            }
        }
        transaction.commit()?;
        self.work.committed();
        Ok(results)
    }
}

fn give<W: Work>(group: Vec<Asked<W>>, results: Vec<Result<W::Done>>) {
    for (asked, result) in group.into_iter().zip(results) {
        (asked.reply)(result, asked.request);
    }
}

fn group<W: Work>(first: Asked<W>, jobs: &Receiver<Asked<W>>) -> Vec<Asked<W>> {
    let mut bytes = first.weight;
    let mut group = vec![first];
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(asked) = jobs.try_recv() else { break };
        bytes += asked.weight;
        group.push(asked);
    }
    group
}
