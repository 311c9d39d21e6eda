//! The thread that writes: one transaction, and one sync, for all requests that wait.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use avocet_backplane::delivery::Batch;
use avocet_backplane::{Appended, Error, NewEvent, Pending, Result, Start, Subscription};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::place::Change;
use super::{EventLimits, append, now_ms, prune, read, subscriptions, write};
use crate::FolderError;
use crate::database::{Database, Fail};
use crate::folder::DataFolder;
use crate::queue::{Jobs, Queue, answer, ready};

/// Requests that may wait.
const BOUND: usize = 4096;
/// Bytes of events that may wait.
const BOUND_BYTES: usize = 64 << 20;
/// Requests of one transaction.
const GROUP: usize = 512;
/// Bytes of events of one transaction.
const GROUP_BYTES: usize = 8 << 20;
/// Time between two looks for events that are too old.
const PRUNE_EVERY: Duration = Duration::from_secs(10);
/// Steps of one such look, so that nobody waits for long.
const PRUNE_STEPS: usize = 100;

type Reply<T> = oneshot::Sender<Result<T>>;

/// Request to the thread, with where its result goes.
pub(super) enum Request {
    Append { events: Vec<NewEvent>, weight: usize, reply: Reply<Vec<Appended>> },
    Subscribe { name: String, start: Start, reply: Reply<Subscription> },
    Unsubscribe { name: String, reply: Reply<()> },
    Write { batch: Batch, reply: Reply<()> },
    Replay { subscription: u64, positions: Vec<u64>, reply: Reply<u64> },
    Purge { positions: Vec<u64>, reply: Reply<u64> },
    View { change: Change, reply: Reply<()> },
}

/// Result of a request that was carried out, to be given once it is durable.
enum Outcome {
    Appended(Vec<Appended>),
    Subscribed(Subscription),
    Count(u64),
    Nothing,
}

impl Request {
    fn weight(&self) -> usize {
        match self {
            Self::Append { weight, .. } => *weight,
            _ => 0,
        }
    }

    fn fail(self, error: Error) {
        // Whoever asked may have gone.
        match self {
            Self::Append { reply, .. } => drop(reply.send(Err(error))),
            Self::Subscribe { reply, .. } => drop(reply.send(Err(error))),
            Self::Replay { reply, .. } | Self::Purge { reply, .. } => {
                drop(reply.send(Err(error)));
            }
            Self::Unsubscribe { reply, .. }
            | Self::Write { reply, .. }
            | Self::View { reply, .. } => {
                drop(reply.send(Err(error)));
            }
        }
    }

    fn succeed(self, outcome: Outcome) {
        match (self, outcome) {
            (Self::Append { reply, .. }, Outcome::Appended(appended)) => {
                drop(reply.send(Ok(appended)));
            }
            (Self::Subscribe { reply, .. }, Outcome::Subscribed(subscription)) => {
                drop(reply.send(Ok(subscription)));
            }
            (Self::Replay { reply, .. } | Self::Purge { reply, .. }, Outcome::Count(count)) => {
                drop(reply.send(Ok(count)));
            }
            (
                Self::Unsubscribe { reply, .. }
                | Self::Write { reply, .. }
                | Self::View { reply, .. },
                _,
            ) => {
                drop(reply.send(Ok(())));
            }
            // A reply that is dropped answers `Closed`.
            _ => {}
        }
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    queue: Queue<Request>,
    /// Bytes of events that wait.
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread; the receiver follows the position of the last event.
    pub(super) fn start(
        database: &Arc<Database>,
        connection: Connection,
        folder: &DataFolder,
        limits: EventLimits,
    ) -> Result<(Self, watch::Receiver<u64>), FolderError> {
        let last = read::last(&connection).map_err(|error| database.failed(error))?;
        let (last, receiver) = watch::channel(last);
        let waiting = Arc::new(AtomicUsize::new(0));
        let thread = Thread {
            database: Arc::clone(database),
            connection,
            folder: folder.path().to_owned(),
            limits,
            last,
            waiting: Arc::clone(&waiting),
            last_batch: (0, 0),
            pruned: Instant::now(),
            prune_from: 0,
        };
        let work = vec![move |jobs: Jobs<Request>| thread.run(&jobs)];
        let queue = Queue::start("avocet-events", BOUND, work)
            .map_err(|error| database.no_thread(error))?;
        Ok((Self { queue, waiting }, receiver))
    }

    pub(super) fn append(&self, events: Vec<NewEvent>) -> Pending<Vec<Appended>> {
        if let Err(error) = events.iter().try_for_each(NewEvent::check) {
            return ready(Err(error));
        }
        let weight: usize = events.iter().map(NewEvent::weight).sum();
        if weight > BOUND_BYTES {
            return ready(Err(Error::TooLarge {
                what: "one request".into(),
                size: format!("{weight} bytes"),
                limit: format!("{BOUND_BYTES} bytes"),
            }));
        }
        let before = self.waiting.fetch_add(weight, Ordering::Relaxed);
        if before + weight > BOUND_BYTES {
            self.waiting.fetch_sub(weight, Ordering::Relaxed);
            return ready(Err(Error::Busy));
        }
        self.request(|reply| Request::Append { events, weight, reply })
    }

    pub(super) fn request<T: Send + 'static>(
        &self,
        make: impl FnOnce(Reply<T>) -> Request,
    ) -> Pending<T> {
        let (reply, result) = oneshot::channel();
        let request = make(reply);
        let weight = request.weight();
        match self.queue.send(request) {
            Ok(()) => answer(result),
            Err(error) => {
                self.waiting.fetch_sub(weight, Ordering::Relaxed);
                ready(Err(error))
            }
        }
    }

    pub(super) fn close(&self) {
        self.queue.close();
    }
}

struct Thread {
    database: Arc<Database>,
    connection: Connection,
    folder: PathBuf,
    limits: EventLimits,
    last: watch::Sender<u64>,
    waiting: Arc<AtomicUsize>,
    /// Session and number of the last batch.
    last_batch: (u64, u64),
    /// Time of the last look for events that are too old, and where it ended.
    pruned: Instant,
    prune_from: u64,
}

impl Thread {
    fn run(mut self, jobs: &Jobs<Request>) {
        let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match jobs.recv_timeout(PRUNE_EVERY) {
                Ok(first) => self.serve(group(first, &jobs)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.pruned.elapsed() >= PRUNE_EVERY {
                self.prune(0);
            }
        }
    }

    /// Carries out a group, without what there is no room for.
    fn serve(&mut self, group: Vec<Request>) {
        let weight = group.iter().map(Request::weight).sum::<usize>();
        self.waiting.fetch_sub(weight, Ordering::Relaxed);
        let group = match weight == 0 || self.has_room(weight as u64) {
            true => group,
            false => self.what_fits(group),
        };
        if !group.is_empty() {
            self.commit(group);
        }
    }

    /// Refuses the events that there is no room for.
    fn what_fits(&mut self, group: Vec<Request>) -> Vec<Request> {
        let (mut fits, mut taken) = (Vec::new(), 0);
        for request in group {
            let weight = request.weight() as u64;
            if weight == 0 || self.has_room(taken + weight) {
                taken += weight;
                fits.push(request);
            } else {
                request.fail(self.database.full().into());
            }
        }
        fits
    }

    /// Room for so many bytes of events: within the log's size, and on the disk.
    fn has_room(&mut self, weight: u64) -> bool {
        // A page of the database and one of its log for each, about.
        let disk = rustix::fs::statvfs(&self.folder)
            .map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        if disk < self.limits.reserve.saturating_add(2 * weight) || weight > self.limits.bytes {
            return false;
        }
        let fits = |thread: &Self| {
            prune::bytes(&thread.connection)
                .is_ok_and(|bytes| bytes + weight <= thread.limits.bytes)
        };
        fits(self) || {
            self.prune(weight);
            fits(self)
        }
    }

    /// Commits a group of requests. Where the transaction fails as a whole, each request is tried
    /// by itself: one that does not fit takes nothing from the others.
    fn commit(&mut self, mut group: Vec<Request>) {
        match self.attempt(&group) {
            Ok(results) => {
                for (request, result) in group.into_iter().zip(results) {
                    match result {
                        Ok(outcome) => request.succeed(outcome),
                        Err(error) => request.fail(error),
                    }
                }
            }
            Err(_) if group.len() > 1 => {
                group.into_iter().for_each(|request| self.commit(vec![request]));
            }
            Err(fail) => {
                let error = self.database.error(fail);
                if let Some(request) = group.pop() {
                    request.fail(error);
                }
            }
        }
    }

    fn attempt(&mut self, group: &[Request]) -> Result<Vec<Result<Outcome>>, Fail> {
        let mut transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now = now_ms();
        let window_ms = u64::try_from(self.limits.duplicates.as_millis()).unwrap_or(u64::MAX);
        let mut last_batch = self.last_batch;
        let mut results = Vec::with_capacity(group.len());
        for request in group {
            let savepoint = transaction.savepoint()?;
            let result = match carry_out(&savepoint, request, now, window_ms, &mut last_batch) {
                Ok(outcome) => Ok(outcome),
                Err(Fail::Refused(error)) => Err(error),
                Err(fail) => return Err(fail),
            };
            // A savepoint that is not committed rolls back.
            if result.is_ok() {
                savepoint.commit()?;
            }
            results.push(result);
        }
        let position = read::last(&transaction)?;
        transaction.commit()?;
        self.last_batch = last_batch;
        self.last.send_if_modified(|last| std::mem::replace(last, position) != position);
        Ok(results)
    }

    /// Deletes what nobody needs and is too old, or in the way of so many bytes. It goes on where the
    /// last look ended: what is needed is not looked at again and again.
    fn prune(&mut self, more: u64) {
        self.pruned = Instant::now();
        for _ in 0..PRUNE_STEPS {
            let from = self.prune_from;
            // Where it fails, the next look tries again: too many events are no reason to stop.
            let next = prune::step(&mut self.connection, &self.limits, now_ms(), more, from);
            self.prune_from = next.unwrap_or(None).unwrap_or(0);
            if self.prune_from == 0 && from == 0 {
                return;
            }
        }
    }
}

fn carry_out(
    db: &Connection,
    request: &Request,
    now_ms: u64,
    window_ms: u64,
    last_batch: &mut (u64, u64),
) -> Result<Outcome, Fail> {
    Ok(match request {
        Request::Append { events, .. } => {
            Outcome::Appended(append::append(db, events, now_ms, window_ms)?)
        }
        Request::Subscribe { name, start, .. } => {
            Outcome::Subscribed(subscriptions::subscribe(db, name, *start)?)
        }
        Request::Unsubscribe { name, .. } => {
            subscriptions::unsubscribe(db, name)?;
            Outcome::Nothing
        }
        Request::Write { batch, .. } => {
            *last_batch = next_batch(batch, *last_batch)?;
            write::batch(db, batch, now_ms, window_ms)?;
            Outcome::Nothing
        }
        Request::Replay { subscription, positions, .. } => {
            Outcome::Count(write::replay(db, *subscription, positions, now_ms)?)
        }
        Request::View { change, .. } => {
            change.carry_out(db)?;
            Outcome::Nothing
        }
        Request::Purge { positions, .. } => Outcome::Count(prune::purge(db, positions)?),
    })
}

/// Session and number of a batch, unless it comes too late.
fn next_batch(batch: &Batch, last: (u64, u64)) -> Result<(u64, u64)> {
    let own = (batch.session, batch.id);
    if own > last {
        return Ok(own);
    }
    let reason = format!("{own:?} comes after {last:?} was written (session, number)");
    Err(Error::Invalid { field: "batch".into(), reason })
}

fn group(first: Request, jobs: &Receiver<Request>) -> Vec<Request> {
    let mut bytes = first.weight();
    let mut group = vec![first];
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(request) = jobs.try_recv() else { break };
        bytes += request.weight();
        group.push(request);
    }
    group
}
