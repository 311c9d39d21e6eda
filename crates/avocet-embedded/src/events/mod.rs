//! The event log in `events.db`.

mod append;
mod list;
mod place;
mod prune;
mod pull;
mod read;
mod rows;
mod schema;
mod subscriptions;
mod view;
mod write;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use avocet_backplane::delivery::{Batch, Pull, Pulled};
use avocet_backplane::{
    Appended, Delivery, DeliveryQuery, Event, EventDelivery, EventList, EventLog, EventPage,
    EventQuery, NewEvent, Pending, Start, Subscription,
};
use tokio::sync::watch;

use crate::database::{Database, Schema};
use crate::readers::Readers;
use crate::{DataFolder, FolderError};
use writer::{Request, Writer};

const READERS: usize = 2;

/// Options of the event log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventLimits {
    /// Age at which an event that nobody needs is deleted. Default 7 days.
    pub keep: Duration,
    /// Age up to which a dead event is kept, so that it can be replayed, however large the log is.
    /// Default 30 days.
    pub keep_dead: Duration,
    /// Size of all events beyond which those that nobody needs are deleted, oldest first, and where
    /// none is left, new ones are refused; bytes. Default 4 GiB.
    pub bytes: u64,
    /// Space that stays free on the disk: new events are refused before it is taken, so that
    /// results can still be written; bytes. Default 64 MiB.
    pub reserve: u64,
    /// Time within which a second event of the same source and id is a duplicate. Default 2 minutes.
    pub duplicates: Duration,
}

impl Default for EventLimits {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(7 * 24 * 3600),
            keep_dead: Duration::from_secs(30 * 24 * 3600),
            bytes: 4 << 30,
            reserve: 64 << 20,
            duplicates: Duration::from_secs(120),
        }
    }
}

#[derive(Debug)]
pub(crate) struct EmbeddedEvents {
    readers: Readers,
    writer: Writer,
    last: watch::Receiver<u64>,
    /// Sessions that were begun. They end with the process, as engines do.
    sessions: AtomicU64,
    /// Keeps the folder locked while the threads run.
    _folder: Arc<DataFolder>,
}

impl EmbeddedEvents {
    pub(crate) fn open(folder: &Arc<DataFolder>, limits: EventLimits) -> Result<Self, FolderError> {
        Self::open_as(folder, limits, &schema::SCHEMA)
    }

    /// The view of a log that is kept elsewhere, in a file of its own.
    pub(crate) fn open_view(
        folder: &Arc<DataFolder>,
        limits: EventLimits,
    ) -> Result<Self, FolderError> {
        Self::open_as(folder, limits, &schema::VIEW)
    }

    fn open_as(
        folder: &Arc<DataFolder>,
        limits: EventLimits,
        schema: &Schema,
    ) -> Result<Self, FolderError> {
        let (database, connection) = Database::open(folder, schema)?;
        let database = Arc::new(database);
        let readers = Readers::start(&database, READERS)?;
        let (writer, last) = Writer::start(&database, connection, folder, limits)?;
        let sessions = AtomicU64::new(0);
        Ok(Self { readers, writer, last, sessions, _folder: Arc::clone(folder) })
    }

    pub(crate) fn close(&self) {
        self.readers.close();
        self.writer.close();
    }
}

impl Drop for EmbeddedEvents {
    fn drop(&mut self) {
        self.close();
    }
}

impl EventLog for EmbeddedEvents {
    fn append(&self, events: Vec<NewEvent>) -> Pending<Vec<Appended>> {
        self.writer.append(events)
    }

    fn read(&self, after: u64, limit: usize) -> Pending<EventPage> {
        self.readers.read(move |db| read::page(db, after, limit))
    }

    fn event(&self, position: u64) -> Pending<Option<Event>> {
        self.readers.read(move |db| read::event(db, position))
    }

    fn find(&self, id: &str) -> Pending<Vec<Event>> {
        let id = id.to_owned();
        self.readers.read(move |db| read::find(db, &id))
    }

    fn list(&self, query: EventQuery) -> Pending<EventList> {
        self.readers.read(move |db| list::list(db, &query))
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.last.clone()
    }

    fn subscribe(&self, name: &str, start: Start) -> Pending<Subscription> {
        let name = name.to_owned();
        self.writer.request(|reply| Request::Subscribe { name, start, reply })
    }

    fn unsubscribe(&self, name: &str) -> Pending<()> {
        let name = name.to_owned();
        self.writer.request(|reply| Request::Unsubscribe { name, reply })
    }

    fn subscriptions(&self) -> Pending<Vec<Subscription>> {
        self.readers.read(|db| Ok(read::subscriptions(db)?))
    }

    fn session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn pull(&self, pull: Pull) -> Pending<Pulled> {
        self.readers.read(move |db| pull::pull(db, &pull))
    }

    fn write(&self, batch: Batch) -> Pending<()> {
        self.writer.request(|reply| Request::Write { batch, reply })
    }

    fn replay(&self, subscription: u64, positions: Vec<u64>) -> Pending<u64> {
        self.writer.request(|reply| Request::Replay { subscription, positions, reply })
    }

    fn purge(&self, positions: Vec<u64>) -> Pending<u64> {
        self.writer.request(|reply| Request::Purge { positions, reply })
    }

    fn deliveries(&self, query: DeliveryQuery) -> Pending<Vec<Delivery>> {
        self.readers.read(move |db| read::deliveries(db, &query))
    }

    fn states(&self, position: u64) -> Pending<Vec<EventDelivery>> {
        self.readers.read(move |db| read::states(db, position))
    }

    fn notes(&self, position: u64) -> Pending<Vec<(String, String)>> {
        self.readers.read(move |db| read::notes(db, position))
    }
}

/// Now, milliseconds since the Unix epoch.
fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
