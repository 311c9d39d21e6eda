//! Events that were accepted, and what has become of their deliveries.

pub mod delivery;
mod event;
mod filter;
mod list;
mod subscription;
mod view;

use tokio::sync::watch;

pub use event::{Appended, Event, EventPage, MAX_EVENT_BYTES, NewEvent};
pub use filter::{Candidate, Condition, EventFilter, OWN_TYPES};
pub use list::{DeliveryFilter, EventList, EventOrder, EventQuery, ListedDelivery, ListedEvent};
pub use subscription::{Delivery, DeliveryQuery, EventDelivery, Start, StateKind, Subscription};

pub use view::{EventView, PlacedEvent};

use crate::Pending;
use delivery::{Batch, Pull, Pulled};

/// Durable log of events, with a cursor for each subscription.
///
/// An event gets a position, a number that grows in the order of acceptance and is never used
/// twice. Everything that a call acknowledges is durable: it is there after a crash of the process
/// or of the machine, and nothing of it depends on memory. Calls that wait at the same time share
/// one sync of the disk.
///
/// # Delivery
/// The log is the memory of a delivery engine, whose rules are in [`delivery`]: the engine asks for
/// events with [`EventLog::pull`] and writes what became of them with [`EventLog::write`], many at a
/// time. Deliveries that are running live in the engine's memory alone. After a crash an engine
/// reads on behind the cursor and takes up the rows: an event whose end was not written is delivered
/// again, and one that was written as done or dead is not.
///
/// # Retention
/// An event is deleted when it is older than the store's limit, or the store is over its size, and
/// no subscription needs it any more: all cursors are behind it, and every row of it is done, or dead
/// for longer than the store keeps dead events. What is needed is never deleted; where that fills the
/// store, [`EventLog::append`] refuses with [`crate::Error::StorageFull`], and writing what became of
/// events still works.
pub trait EventLog: Send + Sync + 'static {
    /// Appends events in their order, all or none of them. One whose source and id were accepted
    /// within the store's window for duplicates is not stored again: it has the position of the
    /// first, whose data stays.
    fn append(&self, events: Vec<NewEvent>) -> Pending<Vec<Appended>>;

    /// Events behind the position `after`, in their order: at most `limit`, and fewer where they
    /// are large.
    fn read(&self, after: u64, limit: usize) -> Pending<EventPage>;

    /// One event; `None` where there is none, or none any more.
    fn event(&self, position: u64) -> Pending<Option<Event>>;

    /// Events of this CloudEvents `id`, whatever their source, the latest first; at most 100.
    fn find(&self, id: &str) -> Pending<Vec<Event>>;

    /// Events that a query selects, with their rows and their ledger.
    fn list(&self, query: EventQuery) -> Pending<EventList>;

    /// Position of the last event, now and whenever it grows. It grows after the event is durable;
    /// several events may appear as one. Waiting for it fails once the log is closed.
    fn watch(&self) -> watch::Receiver<u64>;

    /// Makes a subscription that begins at `start`; one that is there already stays as it is.
    fn subscribe(&self, name: &str, start: Start) -> Pending<Subscription>;

    /// Deletes a subscription with its rows. [`crate::Error::Invalid`] where there is none.
    fn unsubscribe(&self, name: &str) -> Pending<()>;

    /// Every subscription, ordered by name.
    fn subscriptions(&self) -> Pending<Vec<Subscription>>;

    /// Begins the session of an engine and gives its number, from 1: batches of earlier sessions are
    /// refused once one of it was written.
    fn session(&self) -> u64;

    /// Events that a subscription can deliver. For a subscription that is not there every event is
    /// fresh.
    fn pull(&self, pull: Pull) -> Pending<Pulled>;

    /// Makes a batch durable, all or nothing. What is about a subscription or an event that is not
    /// there (any more) is left out. [`crate::Error::Invalid`] where a later batch was written
    /// before.
    fn write(&self, batch: Batch) -> Pending<()>;

    /// Lets events wait again, ready at once and without failures: dead and done ones, and those that
    /// have no row. Gives how many; what is open already is left out. The engine has to be told: it
    /// does not look for what it does not expect.
    fn replay(&self, subscription: u64, positions: Vec<u64>) -> Pending<u64>;

    /// Deletes events with their rows and ledger, dead ones too; gives how many. What a subscription
    /// still needs stays: an event that is open, or behind whose position a cursor is.
    fn purge(&self, positions: Vec<u64>) -> Pending<u64>;

    /// Rows of a subscription, ordered by position.
    fn deliveries(&self, query: DeliveryQuery) -> Pending<Vec<Delivery>>;

    /// States of an event, ordered by the names of their subscriptions. A subscription without a row
    /// has not come to it, or does not want it.
    fn states(&self, position: u64) -> Pending<Vec<EventDelivery>>;

    /// The ledger of an event: each line with its subscription's name, in the order in which they
    /// were written for it.
    fn notes(&self, position: u64) -> Pending<Vec<(String, String)>>;
}
