//! Settings of a subscription, and the bounds of the engine.

use std::time::Duration;

/// Settings of a subscription (`spec.config` of a `Subscription`, specification of functions,
/// sections 3 and 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// Deliveries at the same time, `maxInFlightMessages` (10).
    pub max_in_flight: u32,
    /// Order of deliveries, `ordering` (none).
    pub ordering: Ordering,
    /// Policy for events whose delivery failed.
    pub retry: RetryPolicy,
    /// Time after which a delivery without an answer counts as failed (1 h). It has to be longer
    /// than the sink's own time limit, or a slow handler is called twice.
    pub answer_within: Duration,
}

impl Default for SubscriptionSettings {
    fn default() -> Self {
        Self {
            max_in_flight: 10,
            ordering: Ordering::None,
            retry: RetryPolicy::default(),
            answer_within: Duration::from_secs(3600),
        }
    }
}

/// Order in which the events of a subscription are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordering {
    /// In the order of the log as far as nothing fails; nothing waits for anything.
    None,
    /// One at a time for each `ce-subject`, in the order of the log. A failing event holds back
    /// later events of its own subject, until it is delivered or dead; other subjects flow.
    Subject,
}

/// Policy for events whose delivery failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Failed deliveries after which an event is dead, `maxDeliveries` (no limit).
    pub max_deliveries: Option<u32>,
    /// Age at which an event whose delivery fails is dead, `maxAge` (7 days). Every event is tried
    /// at least once, however old it is.
    pub max_age: Duration,
    /// Pause after the first failure, `backoff.min` (1 s); each further one doubles it.
    pub min_pause: Duration,
    /// Longest pause, `backoff.max` (5 min), before jitter.
    pub max_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_deliveries: None,
            max_age: Duration::from_secs(7 * 24 * 3600),
            min_pause: Duration::from_secs(1),
            max_pause: Duration::from_secs(300),
        }
    }
}

/// Bounds of an engine, over all subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Deliveries at the same time (4,096).
    pub max_in_flight: usize,
    /// Events in memory (65,536), shared out evenly: a subscription has at least [`LEAST_WINDOW`]. Where
    /// one is added, the others keep what they hold until it is delivered.
    pub max_held: usize,
    /// Reads of the log at the same time (32).
    pub max_pulls: usize,
    /// Entries in one batch (1,024).
    pub max_batch: usize,
    /// Events of a subscription delivered beyond its cursor after which what holds the cursor is
    /// written down by itself (1,024). It bounds what a log with a cursor keeps of them.
    pub max_ahead: usize,
    /// Time after which a read without an answer is made again (30 s).
    pub pull_within: Duration,
    /// Pause after a read or a batch that failed (1 s).
    pub log_pause: Duration,
    /// Time after which a batch without an answer counts as failed (30 s).
    pub write_within: Duration,
    /// The log's kind (a cursor).
    pub log: LogKind,
}

/// Keeper of the books of what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// The engine: it reads from behind a cursor that it moves, and nobody else reads for the
    /// subscription.
    Cursor,
    /// The log, a broker: it lends each event for a time and gives it again where nothing is heard
    /// of it. There are no cursors and no [`Entry::Taken`](crate::Entry::Taken).
    Broker {
        /// Time for which an event is lent. The engine extends it every third of that.
        lease: Duration,
    },
}

impl LogKind {
    pub(crate) fn lease(self) -> Option<Duration> {
        match self {
            Self::Cursor => None,
            Self::Broker { lease } => Some(lease),
        }
    }
}

/// Events that each subscription may have in memory, however many subscriptions there are.
pub const LEAST_WINDOW: usize = 4;

/// Events that a subscription has in memory at most.
pub const MOST_WINDOW: usize = 1024;

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            max_in_flight: 4096,
            max_held: 65_536,
            max_pulls: 32,
            max_batch: 1024,
            max_ahead: 1024,
            pull_within: Duration::from_secs(30),
            log_pause: Duration::from_secs(1),
            write_within: Duration::from_secs(30),
            log: LogKind::Cursor,
        }
    }
}

impl EngineOptions {
    /// Events that one of `subscriptions` subscriptions may have in memory.
    pub(crate) fn window(&self, settings: &SubscriptionSettings, subscriptions: usize) -> usize {
        let wanted = (settings.max_in_flight as usize).saturating_mul(2).clamp(16, MOST_WINDOW);
        wanted.min((self.max_held / subscriptions.max(1)).max(LEAST_WINDOW))
    }
}
