//! The bus: where events are published, by whomever.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use avocet_backplane::{Appended, Document, Error, ErrorKind, Event, EventLog, NewEvent};
use tokio::sync::{broadcast, mpsc};

use super::recent::Recent;
use crate::log_lines::now_ms;

/// News that wait for the driver. Beyond it they are not told one by one.
const MOST_NEWS: usize = 4096;

/// Positions that wait for a follower. One that reads more slowly misses some.
const MOST_CHANGES: usize = 4096;

/// Publishes events: what [`Bus::publish`] acknowledges is durable.
pub(crate) struct Bus {
    log: Arc<dyn EventLog>,
    limit: usize,
    news: mpsc::Sender<News>,
    pub(super) recent: Recent,
    /// Positions of events that were accepted, or that something became of.
    pub(super) changes: broadcast::Sender<u64>,
    /// Events that were accepted, duplicates apart.
    pub published: AtomicU64,
    /// Events that were accepted before.
    pub duplicates: AtomicU64,
    /// Events that were not accepted.
    pub refused: AtomicU64,
}

/// News of the bus for the driver.
#[derive(Debug)]
pub(super) enum News {
    /// Events were appended.
    Appended {
        /// Attributes of each.
        events: Vec<Document>,
        /// Position of the last.
        last: u64,
    },
    /// The log is full.
    Full,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Bus {
    /// The bus on a log, which takes events of up to `limit` bytes.
    pub(super) fn new(log: Arc<dyn EventLog>, limit: usize) -> (Arc<Self>, mpsc::Receiver<News>) {
        let (news, heard) = mpsc::channel(MOST_NEWS);
        let (recent, published, duplicates, refused) = Default::default();
        let changes = broadcast::Sender::new(MOST_CHANGES);
        let bus = Self { log, limit, news, recent, changes, published, duplicates, refused };
        (Arc::new(bus), heard)
    }

    /// Most bytes of an event.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Appends events, all or none; they are durable when this returns. Of those that were published
    /// within the window for duplicates the first stays.
    ///
    /// # Errors
    /// Those of [`EventLog::append`].
    pub(crate) async fn publish(&self, events: Vec<NewEvent>) -> Result<Vec<Appended>, Error> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let count = events.len() as u64;
        match self.log.append(events.clone()).await {
            Ok(appended) => {
                self.tell(events, &appended);
                Ok(appended)
            }
            Err(error) => {
                self.refused.fetch_add(count, Relaxed);
                if error.kind() == ErrorKind::StorageFull {
                    // Where the channel is full the driver has enough to do, and looks by itself.
                    let _ = self.news.try_send(News::Full);
                }
                Err(error)
            }
        }
    }

    /// Tells followers, where there are some.
    pub(super) fn changed(&self, position: u64) {
        if self.changes.receiver_count() > 0 {
            // The last one may have gone just now.
            let _ = self.changes.send(position);
        }
    }

    fn tell(&self, events: Vec<NewEvent>, appended: &[Appended]) {
        let mut last = 0;
        let mut attributes = Vec::with_capacity(events.len());
        for (event, Appended { position, duplicate }) in events.into_iter().zip(appended) {
            last = last.max(*position);
            if *duplicate {
                self.duplicates.fetch_add(1, Relaxed);
                continue;
            }
            self.published.fetch_add(1, Relaxed);
            self.changed(*position);
            attributes.push(event.attributes.clone());
            self.recent.add(stored(event, *position));
        }
        if !attributes.is_empty() {
            // Where the channel is full the driver sees by the log's position that there is more.
            let _ = self.news.try_send(News::Appended { events: attributes, last });
        }
    }
}

/// An event as the log gives it.
fn stored(event: NewEvent, position: u64) -> Event {
    let NewEvent { source, id, kind, subject, attributes, data, not_before_ms } = event;
    let accepted_ms = now_ms();
    Event { position, accepted_ms, not_before_ms, source, id, kind, subject, attributes, data }
}
