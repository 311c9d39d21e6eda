//! The delivery of events, for the rest of the server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use avocet_backplane::{EventLog, LogStore, Start};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::bus::News;
use super::driver::{Command, Driver, Totals};
use super::sink::Deliver;
use super::wanted::{Choice, Wanted};
use super::{Bus, SubscriptionStatus};

/// Orders that wait for the driver.
const MOST_ORDERS: usize = 1024;

/// Subscriptions that are begun at the same time.
const GROUP: usize = 256;

/// The bus, and what the delivery needs to begin later: functions hold the bus before there are any
/// routes to them.
pub(crate) struct Parts {
    pub bus: Arc<Bus>,
    pub totals: Arc<Totals>,
    log: Arc<dyn EventLog>,
    news: mpsc::Receiver<News>,
}

impl Parts {
    /// A bus on a log, which takes events of up to `limit` bytes.
    pub(crate) fn new(log: Arc<dyn EventLog>, limit: usize) -> Self {
        let (bus, news) = Bus::new(log.clone(), limit);
        Self { bus, totals: Arc::default(), log, news }
    }
}

/// Deliveries that run. Dropping it breaks them off; what they did is delivered again.
pub(crate) struct Delivery {
    pub log: Arc<dyn EventLog>,
    pub bus: Arc<Bus>,
    pub(super) orders: mpsc::Sender<Command>,
    driver: Mutex<Option<JoinHandle<()>>>,
}

impl Delivery {
    /// Begins, without subscriptions.
    pub(crate) fn start(parts: Parts, logs: Arc<dyn LogStore>) -> Arc<Self> {
        let Parts { bus, totals, log, news } = parts;
        let (orders, taken) = mpsc::channel(MOST_ORDERS);
        let driver = Driver::new(bus.clone(), log.clone(), logs, taken, news, totals);
        let driver = Mutex::new(Some(tokio::spawn(driver.run())));
        Arc::new(Self { log, bus, orders, driver })
    }

    /// Serves subscriptions, new ones as of now, the others on from where they were.
    ///
    /// # Errors
    /// Where the log failed.
    pub(super) async fn serve(&self, all: Vec<Wanted>) -> avocet_backplane::Result<()> {
        let mut all = all.into_iter();
        loop {
            // Asked at the same time they share a sync of the disk.
            let group: Vec<_> = all
                .by_ref()
                .take(GROUP)
                .map(|wanted| (self.log.subscribe(&wanted.name, Start::Next), wanted))
                .collect();
            if group.is_empty() {
                return Ok(());
            }
            for (subscribed, wanted) in group {
                let found = subscribed.await?;
                let (id, cursor, wanted) = (found.id, found.cursor, Box::new(wanted));
                self.order(Command::Serve { id, cursor, wanted }).await;
            }
        }
    }

    /// Serves a subscription of the platform's own; `name` has no slash, so that it is nobody else's.
    ///
    /// # Errors
    /// Where the log failed.
    pub(crate) async fn serve_own(
        &self,
        name: &str,
        filter: avocet_backplane::EventFilter,
        settings: avocet_delivery::SubscriptionSettings,
        sink: Arc<dyn Deliver>,
    ) -> avocet_backplane::Result<()> {
        let choice = Choice { filter, condition: None, event_match: None };
        self.serve(vec![Wanted { name: name.into(), choice, settings, sink }]).await
    }

    /// Serves a subscription no more, and forgets it.
    ///
    /// # Errors
    /// Where the log failed.
    pub(super) async fn leave(&self, name: &str) -> avocet_backplane::Result<()> {
        self.order(Command::Leave { name: name.into() }).await;
        match self.log.unsubscribe(name).await {
            Err(error) if error.kind() != avocet_backplane::ErrorKind::Invalid => Err(error),
            // It was not there.
            _ => Ok(()),
        }
    }

    /// Looks at once for rows of a subscription that became ready, as after a replay.
    pub(crate) async fn wake(&self, subscription: u64) {
        self.order(Command::Wake { id: subscription }).await;
    }

    /// Positions of events, as they are accepted and as something becomes of them.
    pub(crate) fn changes(&self) -> broadcast::Receiver<u64> {
        self.bus.changes.subscribe()
    }

    /// State of every subscription, by name.
    pub(crate) async fn status(&self) -> Vec<SubscriptionStatus> {
        let (reply, status) = oneshot::channel();
        self.order(Command::Status(reply)).await;
        status.await.unwrap_or_default()
    }

    pub(super) async fn order(&self, order: Command) {
        // It fails where the driver has ended: then nothing is delivered, and all is in the log.
        let _ = self.orders.send(order).await;
    }

    /// Starts no further delivery, lets those that run end for up to `grace`, and writes down what
    /// became of them.
    pub(crate) async fn stop(&self, grace: Duration) {
        self.order(Command::Stop).await;
        let driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut driver) = driver
            && tokio::time::timeout(grace, &mut driver).await.is_err()
        {
            driver.abort();
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.lock().unwrap_or_else(PoisonError::into_inner).take() {
            driver.abort();
        }
    }
}
