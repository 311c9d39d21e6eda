//! Events in JetStream.
//!
//! The stream `AVOCET_EVENTS` has the events, on `avocet.events.<type>`; a position is a message's
//! sequence. The stream `AVOCET_LEDGER` has what became of them: subscriptions, batches of an engine,
//! replays and purges, in their order ([`journal`]). What a call acknowledges is in one of them first.
//!
//! A *view* on this machine is made of both, and answers every question: a broker's own consumers know
//! neither the order of a subject nor the history of an event, and do not sync what they know. It
//! can be deleted at any time, and is made again.

mod journal;
mod message;
mod open;
mod place;
mod write;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use avocet_backplane::delivery::{Batch, Origin, Pull, Pulled};
use avocet_backplane::{
    Appended, Delivery, DeliveryQuery, Error, Event, EventDelivery, EventList, EventLog, EventPage,
    EventQuery, EventView, NewEvent, Pending, Result, Start, Subscription,
};
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::task::AbortHandle;

use crate::calls::Calls;
use write::Writer;

/// Stream of the events.
const EVENTS: &str = "AVOCET_EVENTS";
/// Stream of what became of them.
const LEDGER: &str = "AVOCET_LEDGER";

/// Number of the view: the last line of the ledger that it has.
const LINE: &str = "line";

/// Longest name of a subscription, bytes.
const MAX_NAME_BYTES: usize = 1024;

/// Options of [`Nats::events`](crate::Nats::events), for streams that are not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventOptions {
    /// Size of the stream of events beyond which new ones are refused, which the server reserves.
    /// Default: none but the server's own limits.
    pub bytes: Option<u64>,
    /// Time within which a second event of the same source and id is a duplicate. Default 2 minutes.
    pub duplicates: Duration,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self { bytes: None, duplicates: Duration::from_secs(120) }
    }
}

/// The event log; dropping it ends its tasks.
pub(crate) struct NatsEvents {
    log: Arc<Log>,
    tasks: Vec<AbortHandle>,
}

struct Log {
    calls: Calls,
    view: Arc<dyn EventView>,
    writer: AsyncMutex<Writer>,
    /// Messages that are no events, by their positions, and why.
    malformed: Mutex<BTreeMap<u64, String>>,
    sessions: AtomicU64,
}

impl Drop for NatsEvents {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl EventLog for NatsEvents {
    fn append(&self, events: Vec<NewEvent>) -> Pending<Vec<Appended>> {
        if let Err(error) = events.iter().try_for_each(NewEvent::check) {
            return Box::pin(std::future::ready(Err(error)));
        }
        self.run("append to the events", |log| async move { log.append(&events).await })
    }

    fn read(&self, after: u64, limit: usize) -> Pending<EventPage> {
        self.log.view.read(after, limit)
    }

    fn event(&self, position: u64) -> Pending<Option<Event>> {
        self.log.view.event(position)
    }

    fn find(&self, id: &str) -> Pending<Vec<Event>> {
        self.log.view.find(id)
    }

    fn list(&self, query: EventQuery) -> Pending<EventList> {
        self.log.view.list(query)
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.log.view.watch()
    }

    fn subscribe(&self, name: &str, start: Start) -> Pending<Subscription> {
        let name = name.to_owned();
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            let reason = format!("must have 1 to {MAX_NAME_BYTES} bytes");
            let error = Error::Invalid { field: "subscription".into(), reason };
            return Box::pin(std::future::ready(Err(error)));
        }
        self.run("subscribe", |log| async move { log.subscribe(name, start).await })
    }

    fn unsubscribe(&self, name: &str) -> Pending<()> {
        let name = name.to_owned();
        self.run("unsubscribe", |log| async move { log.unsubscribe(name).await })
    }

    fn subscriptions(&self) -> Pending<Vec<Subscription>> {
        self.log.view.subscriptions()
    }

    fn session(&self) -> u64 {
        self.log.sessions.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn pull(&self, pull: Pull) -> Pending<Pulled> {
        if self.log.malformed().is_empty() {
            return self.log.view.pull(pull);
        }
        self.run("pull of events", |log| async move { log.pull(pull).await })
    }

    fn write(&self, batch: Batch) -> Pending<()> {
        self.run("write to the ledger", |log| async move { log.write(batch).await })
    }

    fn replay(&self, subscription: u64, positions: Vec<u64>) -> Pending<u64> {
        self.run("replay", |log| async move { log.replay(subscription, positions).await })
    }

    fn purge(&self, positions: Vec<u64>) -> Pending<u64> {
        self.run("purge of events", |log| async move { log.purge(positions).await })
    }

    fn deliveries(&self, query: DeliveryQuery) -> Pending<Vec<Delivery>> {
        self.log.view.deliveries(query)
    }

    fn states(&self, position: u64) -> Pending<Vec<EventDelivery>> {
        self.log.view.states(position)
    }

    fn notes(&self, position: u64) -> Pending<Vec<(String, String)>> {
        self.log.view.notes(position)
    }
}

impl NatsEvents {
    fn run<T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
        &self,
        what: &'static str,
        call: impl FnOnce(Arc<Log>) -> F,
    ) -> Pending<T> {
        self.log.calls.run(what, call(Arc::clone(&self.log)))
    }
}

impl Log {
    fn malformed(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, String>> {
        self.malformed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the view has this position.
    async fn placed(&self, position: u64) -> Result<()> {
        let mut last = self.view.watch();
        last.wait_for(|last| *last >= position).await.map(drop).map_err(|_| Error::Closed)
    }

    /// Pulls; what is no event is dead at once.
    async fn pull(&self, pull: Pull) -> Result<Pulled> {
        let subscription = pull.subscription;
        let mut pulled = self.view.pull(pull).await?;
        let dead: Vec<(u64, String)> = {
            let malformed = self.malformed();
            let fresh = pulled.events.iter().filter(|event| event.origin == Origin::Fresh);
            let found = fresh.filter_map(|event| malformed.get_key_value(&event.position));
            found.map(|(position, reason)| (*position, reason.clone())).collect()
        };
        if dead.is_empty() {
            return Ok(pulled);
        }
        pulled.events.retain(|event| !dead.iter().any(|(position, _)| *position == event.position));
        self.reject(subscription, dead).await?;
        Ok(pulled)
    }
}
