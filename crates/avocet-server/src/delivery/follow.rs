//! Subscriptions follow the registry, whoever changes it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{
    Action, Changes, Error, Key, List, LogStore, Page, Registry, Resource, ResourceKind,
};
use avocet_functions::model::Subscription;
use tokio::sync::watch;

use super::driver::{Command, left_over};
use super::function::Functions;
use super::handle::Delivery;
use super::wanted::{Reach, Wanted};
use crate::calls::ByName;
use crate::log_lines::platform_error;
use crate::neighbours::Neighbours;
use crate::routes::RouteTable;

/// Changes that are read at once.
const CHANGES: usize = 1000;

/// Time before a failed attempt is made again.
const RETRY: Duration = Duration::from_secs(1);

/// Brings the subscriptions of the registry to the delivery.
pub(crate) struct Followed {
    registry: Arc<dyn Registry>,
    logs: Arc<dyn LogStore>,
    delivery: Arc<Delivery>,
    reach: Reach,
    /// Number of the last change that the routes show.
    routed: watch::Receiver<u64>,
    /// Number of the last change that is followed.
    position: u64,
    followed: watch::Sender<u64>,
}

impl Followed {
    pub(crate) fn new(
        registry: Arc<dyn Registry>,
        logs: Arc<dyn LogStore>,
        delivery: Arc<Delivery>,
        (routes, by_name): (&Arc<RouteTable>, Arc<ByName>),
        neighbours: Neighbours,
        routed: watch::Receiver<u64>,
    ) -> Self {
        let functions = Arc::new(Functions { routes: Arc::downgrade(routes), by_name });
        let (position, followed) = (0, watch::Sender::new(0));
        let reach = Reach { functions, neighbours };
        Self { registry, logs, delivery, reach, routed, position, followed }
    }

    /// Number of the last change of the registry that deliveries follow.
    pub(crate) fn position(&self) -> watch::Receiver<u64> {
        self.followed.subscribe()
    }

    /// Takes everything that the registry has, and forgets what it has no more.
    ///
    /// # Errors
    /// Where a store failed.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        let first = List { limit: 1, ..List::all(ResourceKind::Subscription) };
        let sequence = self.registry.list(first).await?.sequence;
        let mut wanted = HashSet::new();
        for resource in self.all(ResourceKind::Subscription).await? {
            wanted.insert(name_of(&resource.key));
            self.put(&resource).await?;
        }
        let there = self.delivery.log.subscriptions().await?;
        for name in left_over(&there, &wanted) {
            self.delivery.leave(name).await?;
        }
        self.delivery.order(Command::Sinks).await;
        self.reached(sequence);
        Ok(())
    }

    /// Follows until the registry is closed.
    pub(crate) async fn run(mut self) {
        let mut changed = self.registry.watch();
        let mut failing = false;
        loop {
            changed.borrow_and_update();
            let done = self.catch_up().await;
            if let (Err(error), false) = (&done, failing) {
                let text = format!("changes of subscriptions cannot be followed: {error}");
                self.logs.append(vec![platform_error(text)]);
            }
            failing = done.is_err();
            match failing {
                true => tokio::time::sleep(RETRY).await,
                false if changed.changed().await.is_err() => return,
                false => {}
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), Error> {
        // Functions are there for subscriptions when they are there for callers.
        let now = *self.registry.watch().borrow();
        if self.routed.wait_for(|routed| *routed >= now).await.is_err() {
            return Ok(());
        }
        loop {
            let Changes { changes, sequence, more, reset } =
                self.registry.changes_since(self.position, CHANGES).await?;
            if reset {
                return self.begin().await;
            }
            for change in &changes {
                match (change.key.kind, change.action) {
                    (ResourceKind::Subscription, Action::Deleted) => {
                        self.delivery.leave(&name_of(&change.key)).await?;
                    }
                    (ResourceKind::Subscription, _) => self.changed(change.key.clone()).await?,
                    _ => {}
                }
            }
            if changes.iter().any(|change| change.key.kind == ResourceKind::Function) {
                if self.routed.wait_for(|routed| *routed >= sequence).await.is_err() {
                    return Ok(());
                }
                self.delivery.order(Command::Sinks).await;
            }
            self.reached(sequence);
            if !more {
                return Ok(());
            }
        }
    }

    async fn changed(&self, key: Key) -> Result<(), Error> {
        match self.registry.get(key.clone()).await? {
            Some(resource) => self.put(&resource).await,
            None => self.delivery.leave(&name_of(&key)).await,
        }
    }

    /// Serves a subscription. One that cannot be served is logged, and keeps nobody from the rest.
    async fn put(&self, resource: &Resource) -> Result<(), Error> {
        let subscription: Result<Subscription, _> = resource.document.to();
        let wanted = subscription.map_err(|error| error.to_string());
        match wanted.and_then(|subscription| Wanted::of(&subscription, &self.reach)) {
            Ok(wanted) => self.delivery.serve(wanted).await,
            Err(why) => {
                let text = format!("{} is not served: {why}", resource.key);
                self.logs.append(vec![platform_error(text)]);
                Ok(())
            }
        }
    }

    async fn all(&self, kind: ResourceKind) -> Result<Vec<Resource>, Error> {
        let mut found = Vec::new();
        let mut list = List::all(kind);
        loop {
            let Page { items, next, .. } = self.registry.list(list.clone()).await?;
            found.extend(items);
            match next {
                Some(next) => list.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn reached(&mut self, sequence: u64) {
        self.position = sequence;
        self.followed.send_replace(sequence);
    }
}

/// Name of a subscription in the log.
fn name_of(key: &Key) -> Arc<str> {
    format!("{}/{}", key.namespace, key.name).into()
}
