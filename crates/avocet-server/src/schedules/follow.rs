//! Schedules follow the registry, whoever changes it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{Changes, Error, Key, List, Registry, Resource, ResourceKind};
use avocet_functions::model::{Function, FunctionName};
use serde::Deserialize;
use tokio::sync::watch;

use super::Schedules;
use super::past::Past;
use super::plan::Entry;
use crate::life::all;
use crate::log_lines::platform_error;

/// Changes that are read at once.
const CHANGES: usize = 1000;

/// Time before a failed attempt is made again.
const RETRY: Duration = Duration::from_secs(1);

/// Brings the schedules of the registry's functions to the plan.
pub(super) struct Follower {
    registry: Arc<dyn Registry>,
    schedules: Arc<Schedules>,
    /// Number of the last change that deliveries follow: a time that comes before a function's
    /// subscription is there would be nobody's.
    delivered: watch::Receiver<u64>,
    position: watch::Sender<u64>,
}

/// The part of a function's document that is of interest here.
#[derive(Deserialize)]
struct Stored {
    function: Function,
}

impl Follower {
    pub(super) fn new(
        registry: Arc<dyn Registry>,
        schedules: Arc<Schedules>,
        delivered: watch::Receiver<u64>,
    ) -> Self {
        Self { registry, schedules, delivered, position: watch::Sender::new(0) }
    }

    /// Number of the last change of the registry that schedules follow, and deliveries with them.
    pub(super) fn position(&self) -> watch::Receiver<u64> {
        self.position.subscribe()
    }

    /// Takes every schedule that there is, and makes up for what was missed.
    ///
    /// # Errors
    /// Where a store failed.
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        let first = List { limit: 1, ..List::all(ResourceKind::Function) };
        let sequence = self.registry.list(first).await?.sequence;
        let past = Past::read(&self.schedules).await?;
        let mut there = HashSet::new();
        for resource in all(&*self.registry, ResourceKind::Function, None).await? {
            let Some(function) = self.function(&resource) else { continue };
            if function.triggers.cron.is_empty() {
                continue;
            }
            let since = i64::try_from(resource.updated_ms).unwrap_or(i64::MAX);
            let mut entries = Vec::new();
            for trigger in &function.triggers.cron {
                let Some(entry) = Entry::new(trigger, since) else { continue };
                entries.push(past.make_up(&function.name, entry).await?);
            }
            self.schedules.plan().set(&function.name, entries);
            there.insert(function.name.clone());
        }
        self.schedules.plan().retain(|name| there.contains(name));
        self.schedules.changed.notify_one();
        self.position.send_replace(sequence);
        Ok(())
    }

    /// Follows until the registry is closed.
    pub(super) async fn run(mut self) {
        let mut changed = self.registry.watch();
        let mut failing = false;
        loop {
            changed.borrow_and_update();
            let done = self.catch_up().await;
            if let (Err(error), false) = (&done, failing) {
                let text =
                    format!("changes of schedules cannot be followed, trying again: {error}");
                self.schedules.logs.append(vec![platform_error(text)]);
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
        let now = *self.registry.watch().borrow();
        if *self.position.borrow() >= now
            || self.delivered.wait_for(|own| *own >= now).await.is_err()
        {
            return Ok(());
        }
        loop {
            let since = *self.position.borrow();
            let Changes { changes, sequence, more, reset } =
                self.registry.changes_since(since, CHANGES).await?;
            if reset {
                return self.begin().await;
            }
            for change in changes.iter().filter(|own| own.key.kind == ResourceKind::Function) {
                self.changed(&change.key).await?;
            }
            self.position.send_replace(sequence);
            if !more {
                return Ok(());
            }
        }
    }

    /// Brings one function's schedules up to date; those that are new begin now.
    async fn changed(&self, key: &Key) -> Result<(), Error> {
        let Ok(name) = FunctionName::new(&key.namespace, &key.name) else { return Ok(()) };
        let resource = self.registry.get(key.clone()).await?;
        let function = resource.and_then(|resource| self.function(&resource));
        let triggers = function.map(|function| function.triggers.cron).unwrap_or_default();
        let now_ms = self.schedules.clock.now_ms();
        let entries = triggers.iter().filter_map(|trigger| Entry::new(trigger, now_ms)).collect();
        self.schedules.plan().set(&name, entries);
        self.schedules.changed.notify_one();
        Ok(())
    }

    /// The function; one that cannot be read is logged where its calls are routed.
    fn function(&self, resource: &Resource) -> Option<Function> {
        resource.document.to::<Stored>().ok().map(|stored| stored.function)
    }
}
