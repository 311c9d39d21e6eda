//! The delivery of events: a state machine.
//!
//! An [`Engine`] decides which event is delivered to which subscription when, what follows on its
//! outcome, and what is written down. It does no I/O and has no clock: its embedder hands it what
//! happened ([`Input`]) together with the time, and does what it says ([`Action`]). So the server
//! drives the same code as the simulation of this crate's tests, which runs it through thousands of
//! crashes a second.
//!
//! # An event's way, for one subscription
//!
//! ```text
//!            read            start             Delivered
//!   log ───────────▶ ready ────────▶ leased ───────────────▶ done
//!    ▲                 ▲               │ │ Rejected, or too often, or too old
//!    │   its time has  │ Absent,       │ └──────────────────▶ dead
//!    │   come          │ Interrupted   │ Failed, Refused
//!    └─── waiting ◀────┴───────────────┘
//! ```
//!
//! Leases are in memory; done, waiting and dead are in the log ([`Entry`]). After a crash what was
//! leased is delivered again: *at least once*. What the log relies on, and what it is relied on for,
//! is in the description of [`Entry`], [`Pull`] and [`Batch`].
//!
//! # What holds
//!
//! - An event that a subscription wants ends done or dead, whatever is killed when.
//! - Nothing is delivered after the log has confirmed that it is done or dead.
//! - An event that is being delivered is not delivered a second time by the same engine, however
//!   slow the handler is: its lease is extended ([`Action::Extend`]).
//! - With [`Ordering::Subject`] no event is delivered before an earlier one of its key is done or
//!   dead, and that is durable. (Scheduled events are in order from their time on.)
//! - Every event is tried before it can die of its age. What the platform itself refuses counts for
//!   the age, not for the number of deliveries; a missing sink and what the platform breaks off count
//!   for nothing.
//! - A subscription with a failing, slow or missing sink changes nothing for others: deliveries and
//!   reads go round by turns.
//!
//! # Bounds
//!
//! Events in memory: [`EngineOptions::max_held`], shared out; a backlog stays in the log. Deliveries:
//! [`SubscriptionSettings::max_in_flight`] each, [`EngineOptions::max_in_flight`] together. Reads:
//! [`EngineOptions::max_pulls`]. Entries on their way into the log: one batch at a time, and no event
//! has more than two. A subscription whose entries cannot be written reads nothing more.
//!
//! # Time
//!
//! [`Moment`] (monotonic) decides whatever ends with the process; [`Timestamp`] (wall clock) is what
//! is written down. A row that was written more than a minute "in the future" is of a clock that went
//! back since, and is ready at once; a clock that jumps ahead makes events older, which costs them at
//! most their further deliveries: they are dead and can be replayed, not lost.
//!
//! # What is not here
//!
//! The content of events, filters (a log is asked for a subscription's events), the ledger (a
//! [`Note`] passes through), HTTP, SQL, tokio.

mod backoff;
mod engine;
mod item;
mod log;
mod protocol;
mod reading;
mod settings;
mod subscription;
mod time;
mod view;
mod window;
mod writer;

pub use backoff::MAX_RETRY_AFTER;
pub use engine::Engine;
pub use log::{
    Batch, BatchId, DeadReason, Entry, Event, Note, Origin, Position, Pull, PullId, Pulled, Record,
    SubscriptionId, Tries,
};
pub use protocol::{Action, DeliveryId, Input, Outcome};
pub use settings::{
    EngineOptions, LEAST_WINDOW, LogKind, MOST_WINDOW, Ordering, RetryPolicy, SubscriptionSettings,
};
pub use time::{Moment, Now, Timestamp};
pub use view::{Phase, SubscriptionView};
