//! Replays and purges.

use avocet_api::{PurgeReport, ReplayDeadRequest, ReplayEventRequest, ReplayReport};
use avocet_backplane::delivery::Entry;
use avocet_backplane::{DeliveryQuery, Event, EventDelivery, StateKind};
use http::StatusCode;

use super::Problem;
use super::live::Live;
use super::pages::Pages;
use crate::admin::{Admin, logs};

/// Events that are changed at once.
const AT_ONCE: usize = 500;

impl Admin {
    /// Delivers one event again.
    pub(super) async fn replay_one(
        &self,
        event: &Event,
        how: &ReplayEventRequest,
    ) -> Result<ReplayReport, Problem> {
        let states = self.delivery.log.states(event.position).await?;
        let subscriptions = match &how.to {
            Some(to) => {
                let namespace = how.namespace.clone();
                let namespace = namespace.unwrap_or_else(avocet_api::default_namespace);
                vec![self.subscription_of(&namespace, to, &states).await?]
            }
            None => ended(&states),
        };
        let mut replayed = 0;
        for subscription in subscriptions {
            replayed += self.replay(subscription, vec![event.position]).await?;
        }
        if replayed == 0 {
            let why = match states.is_empty() && how.to.is_none() {
                true => "nobody had it; name a function with `to`",
                false => "it is being delivered already",
            };
            let detail = format!("event {:?} was not replayed: {why}", event.id);
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
        Ok(ReplayReport { replayed })
    }

    /// Subscription by which a function gets an event again: the one by which it had it, or else one
    /// of the platform's own.
    async fn subscription_of(
        &self,
        namespace: &str,
        name: &str,
        states: &[EventDelivery],
    ) -> Result<u64, Problem> {
        let live = Live::read(&self.delivery).await?;
        let own = live.of_function(namespace, name);
        if let Some(had) = states.iter().find(|state| own.contains(&state.subscription)) {
            return Ok(had.subscription);
        }
        let function = self.life.existing(namespace, name)?;
        Ok(self.results.subscription(&function.name).await?)
    }

    /// Lets dead deliveries wait again.
    pub(super) async fn replay_dead(
        &self,
        which: &ReplayDeadRequest,
    ) -> Result<ReplayReport, Problem> {
        let since = which.since.as_deref().map(logs::since).transpose()?;
        let live = Live::read(&self.delivery).await?;
        let subscriptions = match &which.function {
            None => live.all(),
            Some(name) => {
                let namespace = which.namespace.clone();
                let namespace = namespace.unwrap_or_else(avocet_api::default_namespace);
                let own = live.of_function(&namespace, name);
                if own.is_empty() {
                    self.life.existing(&namespace, name)?;
                }
                own
            }
        };
        let mut replayed = 0;
        for subscription in subscriptions {
            replayed += self.replay_dead_of(subscription, since).await?;
        }
        Ok(ReplayReport { replayed })
    }

    async fn replay_dead_of(&self, id: u64, since_ms: Option<u64>) -> Result<u64, Problem> {
        let (log, mut replayed) = (&self.delivery.log, 0);
        let mut query = DeliveryQuery { limit: AT_ONCE, ..DeliveryQuery::new(id, StateKind::Dead) };
        loop {
            let dead = log.deliveries(query).await?;
            let Some(last) = dead.last() else { return Ok(replayed) };
            query.after = last.position;
            let mut positions = Vec::with_capacity(dead.len());
            for position in dead.iter().map(|delivery| delivery.position) {
                let is_young = match since_ms {
                    None => true,
                    Some(since) => {
                        let event = log.event(position).await?;
                        event.is_some_and(|event| event.accepted_ms >= since)
                    }
                };
                positions.extend(is_young.then_some(position));
            }
            replayed += self.replay(id, positions).await?;
        }
    }

    async fn replay(&self, subscription: u64, positions: Vec<u64>) -> Result<u64, Problem> {
        let replayed = self.delivery.log.replay(subscription, positions).await?;
        if replayed > 0 {
            self.delivery.wake(subscription).await;
        }
        Ok(replayed)
    }

    /// Deletes events that nobody waits for.
    pub(super) async fn purge(&self, mut pages: Pages) -> Result<PurgeReport, Problem> {
        let mut report = PurgeReport { purged: 0, kept: 0 };
        loop {
            let mut positions = Vec::with_capacity(AT_ONCE);
            while positions.len() < AT_ONCE
                && let Some((event, _)) = pages.next_whenever().await?
            {
                positions.push(event.position);
            }
            if positions.is_empty() {
                return Ok(report);
            }
            let all = positions.len() as u64;
            let purged = self.delivery.log.purge(positions).await?;
            report.purged += purged;
            report.kept += all - purged;
        }
    }
}

/// Subscriptions whose delivery is dead, or where none is, done.
fn ended(states: &[EventDelivery]) -> Vec<u64> {
    let of = |is: &dyn Fn(Entry) -> bool| -> Vec<u64> {
        states.iter().filter(|own| is(own.entry)).map(|own| own.subscription).collect()
    };
    let dead = of(&|entry| matches!(entry, Entry::Dead { .. }));
    match dead.is_empty() {
        true => of(&|entry| entry == Entry::Done),
        false => dead,
    }
}
