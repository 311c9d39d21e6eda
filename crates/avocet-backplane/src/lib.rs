//! Traits of the stores that the platform stands on: registry, revisions, logs, events, keys and
//! values, objects, and messages.
//!
//! The rest of the platform knows these traits alone: [`Registry`] holds functions with all their
//! revisions, and the other resources; [`LogStore`] holds what functions print; [`EventLog`] holds
//! events and what became of their deliveries. [`KeyValue`], [`ObjectStore`] and [`Messaging`] are
//! what functions ask for by their host services. Implementations are in crates of their own and pass
//! the `conformance` suite; the program that puts the platform together chooses one and hands it on
//! as a [`Backplane`].
//!
//! # Calling it
//! Every method returns a [`Pending`] result, a future that needs no runtime of its own kind: in
//! tokio `.await` it, in a thread use [`wait`]. Calling a method never blocks and never touches the
//! disk; threads of the store do. Dropping the future does not take a change back.
//!
//! # Limits
//! Of every implementation, which may have more:
//!
//! | what | limit | beyond it |
//! |---|---|---|
//! | a document | [`MAX_DOCUMENT_BYTES`] | [`Error::TooLarge`] |
//! | a revision | [`MAX_FILES`], together [`MAX_REVISION_BYTES`] | [`Error::TooLarge`] |
//! | revisions of a function | none: all are kept until it is deleted | |
//! | a page of a list, of log lines | [`List::MAX`], [`LogQuery::MAX`] | the next page |
//! | an event | [`MAX_EVENT_BYTES`] | [`Error::TooLarge`] |
//! | a line of an event's ledger | [`delivery::MAX_NOTE_BYTES`] | it is cut |
//! | lines of an event's ledger, for one subscription | [`delivery::MAX_NOTES`] | the first stays, the oldest others go |
//! | a key; a batch of writes | [`kv::MAX_KEY_BYTES`]; [`kv::MAX_WRITES`] | [`Error::Invalid`]; [`Error::TooLarge`] |
//! | a bucket | [`kv::DEFAULT_BUCKET_BYTES`], [`objects::DEFAULT_BUCKET_BYTES`] | [`Error::BucketFull`] |
//! | a message | [`messaging::MAX_MESSAGE_BYTES`] | [`Error::TooLarge`] |
//! | messages that wait for a subscriber | [`messaging::Subscribe`] | [`messaging::Received::Missed`] |
//! | a log line | [`LogLine::MAX_TEXT`] | it is cut, with a note |
//!
//! # What this crate is not
//! It has no implementation. It knows nothing of YAML, runtimes or routes: a resource's content is
//! a [`Document`], any JSON.

mod bucket;
#[cfg(feature = "conformance")]
pub mod conformance;
mod document;
mod error;
mod events;
mod incoming;
pub mod kv;
mod logs;
pub mod messaging;
pub mod objects;
mod registry;
mod wait;

pub use bucket::Bucket;
pub use document::Document;
pub use error::{Error, ErrorKind, Result};
pub use events::{
    Appended, Candidate, Condition, Delivery, DeliveryFilter, DeliveryQuery, Event, EventDelivery,
    EventFilter, EventList, EventLog, EventOrder, EventPage, EventQuery, EventView, ListedDelivery,
    ListedEvent, MAX_EVENT_BYTES, NewEvent, OWN_TYPES, PlacedEvent, Start, StateKind, Subscription,
    delivery,
};
pub use incoming::Incoming;
pub use kv::KeyValue;
pub use logs::{
    Feed, Follow, Followed, Follower, Level, LogCounts, LogLine, LogPage, LogQuery, LogStore,
    Order, StoredLine, Stream,
};
pub use messaging::{Message, Messaging};
pub use objects::ObjectStore;
pub use registry::{
    Action, Activate, Activation, Applied, Cause, Change, Changed, Changes, Deploy, Digest, Expect,
    FileInfo, Key, Labels, List, MAX_DOCUMENT_BYTES, MAX_FILES, MAX_REVISION_BYTES, Operator,
    Outcome, Page, Put, Registry, Requirement, Resource, ResourceKind, Revision, RevisionContent,
    Selector, SourceFile, UnknownKind, Which,
};
pub use wait::{Pending, wait};

use std::sync::Arc;

/// The stores that a platform works on. Whoever opened them closes them, after the platform ended.
#[derive(Clone)]
pub struct Backplane {
    /// Functions and the other resources.
    pub registry: Arc<dyn Registry>,
    /// Events, and what has become of their deliveries.
    pub events: Arc<dyn EventLog>,
    /// Log lines of functions.
    pub logs: Arc<dyn LogStore>,
    /// Keys and values of functions.
    pub kv: Arc<dyn KeyValue>,
    /// Objects of functions.
    pub objects: Arc<dyn ObjectStore>,
    /// Messages on subjects.
    pub messaging: Arc<dyn Messaging>,
}

impl std::fmt::Debug for Backplane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backplane").finish_non_exhaustive()
    }
}
