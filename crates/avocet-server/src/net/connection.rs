//! The limits that a connection is held to, and the sweep that enforces them.
//!
//! A timer per request would cost an allocation and two trips through the timer wheel. Instead each
//! connection notes its phase and the tick at which it began, and one task looks at all of them a
//! few times within the shortest limit.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::task::AbortHandle;

use super::answers::AnswerMemory;

/// Sweeps within the shortest limit: a limit is kept to within a fraction of this of its length.
const SWEEPS_PER_LIMIT: u32 = 4;

/// Longest stay of a connection in each phase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// From the first byte of a request (or the start of the connection) to the end of its head.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// A peer that takes no byte of an answer.
    pub write_stall: Duration,
}

/// Time for a peer to close its side after we have closed ours.
const LINGER: Duration = Duration::from_secs(2);

impl ConnectionLimits {
    pub(crate) fn sweep_interval(&self) -> Duration {
        let shortest = self.head.min(self.idle).min(self.write_stall);
        (shortest / SWEEPS_PER_LIMIT).clamp(Duration::from_millis(1), Duration::from_secs(1))
    }

    fn ticks(&self, limit: Duration) -> u32 {
        let ticks = limit.as_nanos().div_ceil(self.sweep_interval().as_nanos());
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }
}

/// Share of the memory for answers of one that waits for its peer, until it is dropped.
#[derive(Debug)]
pub(crate) struct Waiting {
    _permit: OwnedSemaphorePermit,
    connection: Arc<Connection>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.connection.keeps.store(false, Relaxed);
    }
}

/// Between requests.
const IDLE: u8 = 0;
/// A request's head is arriving.
const HEAD: u8 = 1;
/// A request is being answered; its own limits apply.
const BUSY: u8 = 2;
/// Our side is closed.
const CLOSING: u8 = 3;

/// State of one connection, for the sweep.
#[derive(Debug)]
pub(crate) struct Connection {
    sweep: Arc<Sweep>,
    /// Address of the peer, as text: each request has it.
    ip: String,
    phase: AtomicU8,
    since: AtomicU32,
    /// The tick at which the peer stopped taking bytes, plus one; 0 while it takes them.
    blocked: AtomicU32,
    /// An answer of ours is not wholly written.
    owes: AtomicBool,
    /// Bytes arrived since the last answer.
    begun: AtomicBool,
    /// Notified once when a head did not arrive in time.
    late: Notify,
    /// The server ends: nothing is waited for that is not an answer.
    hurried: AtomicBool,
    /// A head waits that has more headers than there are places for.
    crowded: AtomicBool,
    /// The next answer is the last one, and says so.
    last: AtomicBool,
    /// A large answer waits for its peer.
    keeps: AtomicBool,
}

impl Connection {
    fn enter(&self, phase: u8) {
        self.since.store(self.sweep.tick.load(Relaxed), Relaxed);
        self.phase.store(phase, Relaxed);
    }

    /// The peer's address.
    pub(crate) fn ip(&self) -> &str {
        &self.ip
    }

    /// Bytes arrived.
    pub(crate) fn received(&self) {
        self.begun.store(true, Relaxed);
        if self.phase.load(Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    /// A head arrived that has more headers than hyper has places for.
    pub(super) fn leave_few(&self) {
        self.crowded.store(true, Relaxed);
    }

    /// Whether such a head waits; true once.
    pub(super) fn leaves_few(&self) -> bool {
        self.crowded.load(Relaxed) && self.crowded.swap(false, Relaxed)
    }

    /// Nothing has arrived since the last answer: what comes next begins a request.
    pub(super) fn begins(&self) -> bool {
        !self.begun.load(Relaxed)
    }

    /// Nothing has arrived yet: its peer has just connected and is about to ask.
    pub(super) fn is_new(&self) -> bool {
        self.phase.load(Relaxed) == HEAD && !self.begun.load(Relaxed)
    }

    /// A request's head is complete.
    pub(crate) fn busy(&self) {
        self.phase.store(BUSY, Relaxed);
        self.owes.store(true, Relaxed);
    }

    /// Whether what is written may be an answer of ours; otherwise it is hyper's own.
    pub(super) fn owes(&self) -> bool {
        self.owes.load(Relaxed)
    }

    /// All that was to be written is.
    pub(super) fn paid(&self) {
        if self.phase.load(Relaxed) != BUSY {
            self.owes.store(false, Relaxed);
        }
    }

    /// The answer is complete as far as the function is concerned.
    pub(crate) fn idle(&self) {
        self.begun.store(false, Relaxed);
        self.enter(IDLE);
    }

    /// Our side is closed; whether to wait for the peer to close its own.
    ///
    /// Closing a socket with unread bytes resets the connection, and the peer may lose the answer
    /// that it is about to read: why its request was refused.
    pub(crate) fn closing(&self) -> bool {
        self.enter(CLOSING);
        !self.hurried.load(Relaxed)
    }

    /// From now on each answer tells the peer that it is the last one.
    pub(super) fn end(&self) {
        self.last.store(true, Relaxed);
    }

    /// Whether the next answer is the last one.
    pub(super) fn is_ending(&self) -> bool {
        self.last.load(Relaxed)
    }

    /// Whether a request is being answered.
    pub(super) fn is_busy(&self) -> bool {
        self.phase.load(Relaxed) == BUSY
    }

    /// Keeps a large answer of so many bytes for the peer; `None` where there is no room for it.
    pub(crate) fn keep(self: &Arc<Self>, memory: &AnswerMemory, bytes: usize) -> Option<Waiting> {
        let permit = memory.hold(bytes)?;
        self.keeps.store(true, Relaxed);
        Some(Waiting { _permit: permit, connection: self.clone() })
    }

    /// From now on the connection does not wait for its peer to close.
    pub(crate) fn hurry(&self) {
        self.hurried.store(true, Relaxed);
    }

    /// The peer takes no bytes.
    pub(crate) fn blocked(&self) {
        if self.blocked.load(Relaxed) == 0 {
            self.blocked.store(self.sweep.tick.load(Relaxed).wrapping_add(1).max(1), Relaxed);
        }
    }

    /// The peer took bytes.
    pub(crate) fn unblocked(&self) {
        if self.blocked.load(Relaxed) != 0 {
            self.blocked.store(0, Relaxed);
        }
    }

    /// Waits until the sweep finds that a head that began did not end in time.
    pub(super) async fn late(&self) {
        self.late.notified().await;
        if self.phase.load(Relaxed) != CLOSING {
            // The rest came at the last moment, and is being answered.
            std::future::pending::<()>().await;
        }
    }

    /// Lets the connection's task say why it ends, where part of a head came and nothing else is
    /// on its way to the peer.
    fn says_late(&self) -> bool {
        let says = self.phase.load(Relaxed) == HEAD
            && self.begun.load(Relaxed)
            && !self.owes.load(Relaxed)
            && self.blocked.load(Relaxed) == 0;
        if says {
            self.enter(CLOSING);
            self.late.notify_one();
        }
        says
    }

    fn is_over(&self, tick: u32, ticks: &PhaseTicks) -> bool {
        let blocked = self.blocked.load(Relaxed);
        let patience = match ticks.scarce && self.keeps.load(Relaxed) {
            true => 1,
            false => ticks.write_stall,
        };
        if blocked != 0 && tick.wrapping_sub(blocked.wrapping_sub(1)) > patience {
            return true;
        }
        let age = tick.wrapping_sub(self.since.load(Relaxed));
        match self.phase.load(Relaxed) {
            IDLE => age > ticks.idle,
            HEAD => age > ticks.head,
            CLOSING => age > ticks.linger,
            _ => false,
        }
    }
}

struct PhaseTicks {
    head: u32,
    idle: u32,
    write_stall: u32,
    linger: u32,
    /// The memory for answers is nearly taken.
    scarce: bool,
}

/// The open connections with their tasks; a place is empty until its task exists.
type Open = slab::Slab<Option<(Arc<Connection>, AbortHandle)>>;

/// All connections of one listener.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    tick: AtomicU32,
    open: Mutex<Open>,
}

impl Sweep {
    fn open(&self) -> MutexGuard<'_, Open> {
        // A panic while it was held left whole entries: each change is one assignment.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection's place; `bound` fills it once its task exists.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> (Place, Arc<Connection>) {
        let connection = Arc::new(Connection {
            sweep: self.clone(),
            // An IPv4 peer of an IPv6 socket is what it is.
            ip: peer.to_canonical().to_string(),
            phase: AtomicU8::new(HEAD),
            since: AtomicU32::new(self.tick.load(Relaxed)),
            blocked: AtomicU32::new(0),
            owes: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            late: Notify::new(),
            hurried: AtomicBool::new(false),
            crowded: AtomicBool::new(false),
            last: AtomicBool::new(false),
            keeps: AtomicBool::new(false),
        });
        let key = self.open().insert(None);
        (Place { sweep: self.clone(), key }, connection)
    }

    /// Lets the sweep end the task of the connection at `key`.
    pub(crate) fn bind(&self, key: usize, connection: Arc<Connection>, task: AbortHandle) {
        // The task may be over already, and its place taken away.
        if let Some(place) = self.open().get_mut(key) {
            *place = Some((connection, task));
        }
    }

    /// Ends what is over its limits, for ever.
    pub(crate) async fn run(self: Arc<Self>, limits: ConnectionLimits, answers: AnswerMemory) {
        let mut ticks = PhaseTicks {
            head: limits.ticks(limits.head),
            idle: limits.ticks(limits.idle),
            write_stall: limits.ticks(limits.write_stall),
            linger: limits.ticks(LINGER),
            scarce: false,
        };
        let mut interval = tokio::time::interval(limits.sweep_interval());
        loop {
            interval.tick().await;
            let tick = self.tick.fetch_add(1, Relaxed).wrapping_add(1);
            ticks.scarce = answers.is_scarce();
            for (_, place) in self.open().iter() {
                if let Some((connection, task)) = place
                    && connection.is_over(tick, &ticks)
                    && !connection.says_late()
                {
                    task.abort();
                }
            }
        }
    }

    /// Ends every connection that is still open.
    pub(crate) fn abort_all(&self) {
        for (_, place) in self.open().iter() {
            if let Some((_, task)) = place {
                task.abort();
            }
        }
    }
}

/// A connection's place among the open ones; dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Place {
    sweep: Arc<Sweep>,
    key: usize,
}

impl Place {
    pub(crate) fn key(&self) -> usize {
        self.key
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sweep.open().remove(self.key);
    }
}
