//! Subscriptions follow the registry, whoever changes it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{
    Action, Changes, Error, Key, List, LogStore, Page, Registry, Resource, ResourceKind,
};
use avocet_functions::model::{Function, Subscription};
use avocet_services::egress::Policy;
use serde::Deserialize;
use tokio::sync::watch;

use super::driver::{Command, left_over};
use super::function::Functions;
use super::handle::Delivery;
use super::wanted::{Reach, Wanted};
use crate::calls::ByName;
use crate::log_lines::platform_error;
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
    /// Subscriptions that functions have by themselves (`spec.triggers.events`), by function.
    triggers: HashMap<Key, HashSet<Arc<str>>>,
}

/// The part of a function's document that is of interest here.
#[derive(Deserialize)]
struct Stored {
    function: Function,
}

impl Followed {
    pub(crate) fn new(
        registry: Arc<dyn Registry>,
        logs: Arc<dyn LogStore>,
        delivery: Arc<Delivery>,
        (routes, by_name): (&Arc<RouteTable>, Arc<ByName>),
        policy: Arc<Policy>,
        routed: watch::Receiver<u64>,
    ) -> Self {
        let functions = Arc::new(Functions { routes: Arc::downgrade(routes), by_name });
        let (position, followed) = (0, watch::Sender::new(0));
        let reach = Reach { functions, policy };
        let triggers = HashMap::new();
        Self { registry, logs, delivery, reach, routed, position, followed, triggers }
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
        let mut all = Vec::new();
        for kind in [ResourceKind::Subscription, ResourceKind::Function] {
            for resource in self.all(kind).await? {
                all.extend(self.wanted(&resource));
            }
        }
        let wanted = all.iter().map(|wanted| wanted.name.clone()).collect();
        self.delivery.serve(all).await?;
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
        if self.position >= now {
            return Ok(());
        }
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
                if let ResourceKind::Subscription | ResourceKind::Function = change.key.kind {
                    self.changed(&change.key, change.action).await?;
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

    /// Brings what one resource asks for up to date.
    async fn changed(&mut self, key: &Key, action: Action) -> Result<(), Error> {
        let before = self.triggers.remove(key).unwrap_or_default();
        let resource = match action {
            Action::Deleted => None,
            _ => self.registry.get(key.clone()).await?,
        };
        let wanted = resource.map_or(Vec::new(), |resource| self.wanted(&resource));
        let now: HashSet<_> = wanted.iter().map(|wanted| wanted.name.clone()).collect();
        self.delivery.serve(wanted).await?;
        let own = (key.kind == ResourceKind::Subscription).then(|| name_of(key));
        for gone in before.into_iter().chain(own).filter(|name| !now.contains(name)) {
            self.delivery.leave(&gone).await?;
        }
        Ok(())
    }

    /// Subscriptions that a resource asks for. One that cannot be served is logged, and keeps nobody
    /// from the rest.
    fn wanted(&mut self, resource: &Resource) -> Vec<Wanted> {
        let read = match resource.key.kind {
            ResourceKind::Function => resource.document.to().map(|stored: Stored| {
                stored.function.subscriptions().collect::<Vec<Subscription>>()
            }),
            _ => resource.document.to().map(|one| vec![one]),
        };
        let log = |why: String| {
            let text = format!("events of {} are not delivered: {why}", resource.key);
            self.logs.append(vec![platform_error(text)]);
        };
        let subscriptions = read.unwrap_or_else(|error| {
            log(error.to_string());
            Vec::new()
        });
        let wanted = subscriptions.iter().map(|one| Wanted::of(one, &self.reach));
        let wanted: Vec<Wanted> = wanted.filter_map(|wanted| wanted.map_err(&log).ok()).collect();
        if resource.key.kind == ResourceKind::Function && !wanted.is_empty() {
            let names = wanted.iter().map(|wanted| wanted.name.clone()).collect();
            self.triggers.insert(resource.key.clone(), names);
        }
        wanted
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
