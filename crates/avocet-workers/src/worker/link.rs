//! The connection with the worker process.

use std::sync::Arc;
use std::time::Duration;

use avocet_frames::{CallId, Kind};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::outbox::Outbox;
use crate::FailureKind;
use crate::process::Process;

/// State of the worker process.
#[derive(Debug)]
pub(super) enum Link {
    /// There is none; the next call starts one.
    Down,
    /// There is none, and none is started before `until`.
    BackOff { until: Instant, reason: String },
    /// Running.
    Up(Box<Up>),
    /// Closed socket; the process's exit is awaited.
    Ending,
}

impl Link {
    pub(super) fn up(&mut self) -> Option<&mut Up> {
        match self {
            Self::Up(up) => Some(up),
            _ => None,
        }
    }
}

/// Reason for which a worker is killed.
#[derive(Debug)]
pub(super) struct Kill {
    /// Failure that its calls are answered with.
    pub(super) kind: FailureKind,
    pub(super) reason: String,
}

/// Wakes the two tasks that serve a link from this side.
#[derive(Debug, Default)]
pub(super) struct Signals {
    pub(super) write: Notify,
    pub(super) timer: Notify,
}

/// A worker that runs.
#[derive(Debug)]
pub(super) struct Up {
    pub(super) process: Process,
    pub(super) signals: Arc<Signals>,
    pub(super) engine: String,
    pub(super) started: Instant,
    /// Whether it said hello.
    pub(super) ready: bool,
    /// Time since which it was asked to end and has nothing left to do.
    pub(super) leaving: Option<Instant>,
    /// Reason for which it is being killed.
    pub(super) killed: Option<Kill>,
    /// With one function of its own: the latest deadline of the calls that were given up. Until
    /// then what it still runs may be what it should.
    pub(super) patience: Instant,
    /// Time of the last look at its memory.
    pub(super) memory_looked: Instant,
    /// Time of the next look at its memory.
    pub(super) memory_check: Instant,
    pub(super) out: Outbox,
    /// The writer knows that something is queued.
    pub(super) writing: bool,
    /// Whether the timer sleeps for long: a call has to wake it.
    pub(super) dozing: bool,
    /// Whether a call came since the timer looked last.
    pub(super) active: bool,
    /// Number for the next load.
    pub(super) next_number: u32,
    pub(super) ping: PingAccount,
    /// Time of the next look for idle functions.
    pub(super) idle_check: Instant,
    /// Time of the next look for loads that take too long.
    pub(super) load_check: Instant,
    /// Since when no function is awake.
    pub(super) empty_since: Option<Instant>,
    /// Since when its pongs count calls that were given up.
    pub(super) stuck_since: Option<Instant>,
    pub(super) heap_bytes: u64,
    /// Whether its last pong says that something goes on in it beside its calls.
    pub(super) working: bool,
    /// Host calls that are open, and the bytes of their payloads.
    pub(super) host_calls: u32,
    pub(super) host_bytes: usize,
}

/// Pings and pongs, which come in order.
#[derive(Debug)]
pub(super) struct PingAccount {
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) sent_at: Instant,
    /// Time of the last arrival, whatever it was.
    pub(super) heard_at: Instant,
}

impl Up {
    pub(super) fn new(process: Process, engine: Option<String>, now: Instant) -> Self {
        Self {
            process,
            signals: Arc::default(),
            ready: engine.is_some(),
            engine: engine.unwrap_or_default(),
            started: now,
            leaving: None,
            killed: None,
            patience: now,
            memory_looked: now,
            memory_check: now,
            out: Outbox::default(),
            writing: false,
            dozing: false,
            active: true,
            next_number: 1,
            ping: PingAccount { sent: 0, answered: 0, sent_at: now, heard_at: now },
            idle_check: now,
            load_check: now,
            empty_since: None,
            stuck_since: None,
            heap_bytes: 0,
            working: false,
            host_calls: 0,
            host_bytes: 0,
        }
    }

    /// Has the writer take what is queued, after all tasks that are ready now.
    pub(super) fn write_soon(&mut self) {
        if !self.writing && self.out.queued > 0 {
            self.writing = true;
            self.signals.write.notify_one();
        }
    }

    pub(super) fn ping(&mut self, now: Instant) {
        self.ping.sent += 1;
        self.ping.sent_at = now;
        self.out.bare(Kind::Ping, CallId::WORKER);
        self.write_soon();
    }

    /// Whether the instance has work under way, by what it said since `idle_since`; it is asked. One
    /// that does not answer within `patience` is taken for one without.
    pub(super) fn works_since(
        &mut self,
        idle_since: Instant,
        now: Instant,
        patience: Duration,
    ) -> bool {
        if self.ping.sent > self.ping.answered {
            return now < self.ping.sent_at + patience;
        }
        if self.ping.sent_at >= idle_since && !self.working {
            return false;
        }
        self.ping(now);
        true
    }

    /// Has deadlines checked again soon.
    pub(super) fn wake_timer(&mut self) {
        self.active = true;
        if self.dozing {
            self.dozing = false;
            self.signals.timer.notify_one();
        }
    }

    /// Kills the process; the reason stays with it.
    pub(super) fn kill(&mut self, reason: String) {
        self.kill_for(FailureKind::Crashed, reason);
    }

    /// Kills the process; its calls are answered with a failure of this kind.
    pub(super) fn kill_for(&mut self, kind: FailureKind, reason: String) {
        if self.killed.is_none() {
            self.killed = Some(Kill { kind, reason });
            self.process.kill();
        }
    }
}
