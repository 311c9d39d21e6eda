//! Subscriptions and triggers, with the state of their delivery.

use std::collections::HashMap;

use avocet_api::{SubscriptionDetails, SubscriptionList, SubscriptionState, SubscriptionSummary};
use avocet_backplane::{Key, ResourceKind};
use avocet_delivery::Phase;
use avocet_functions::model::{Sink, Subscription};

use super::answer::json;
use super::{Admin, Answered, Asked, Problem};
use crate::delivery::SubscriptionStatus;
use crate::life::{Stored, all};

/// States of subscriptions by their names in the log, `namespace/name`.
type States = HashMap<String, SubscriptionStatus>;

impl Admin {
    pub(super) async fn subscriptions(&self, asked: &Asked<'_>) -> Answered {
        let namespace = asked.parameter("namespace");
        let registry = self.life.registry();
        let mut found: Vec<Subscription> = Vec::new();
        for resource in all(registry, ResourceKind::Subscription, namespace).await? {
            // One that cannot be read is told of in the log.
            found.extend(resource.document.to::<Subscription>().ok());
        }
        for resource in all(registry, ResourceKind::Function, namespace).await? {
            let stored = resource.document.to::<Stored>().ok();
            found.extend(stored.iter().flat_map(|stored| stored.function.subscriptions()));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let states = self.states().await;
        let subscriptions = found.iter().map(|own| summary(own, &states)).collect();
        json(&SubscriptionList { subscriptions })
    }

    pub(super) async fn subscription(&self, asked: &Asked<'_>) -> Answered {
        let [namespace, name] = asked.segments()?;
        let found = match name.split_once(':') {
            Some((function, _)) => self.trigger(namespace, function, name).await?,
            None => {
                let key = Key::new(ResourceKind::Subscription, namespace, name);
                let resource = self.life.registry().get(key).await?;
                resource.map(|resource| resource.document.to()).transpose()?
            }
        };
        let Some(found) = found else {
            let detail = format!("there is no subscription {namespace}/{name}");
            return Err(Problem::not_found(detail));
        };
        let summary = summary(&found, &self.states().await);
        let definition = serde_json::to_value(&found)
            .map_err(|error| Problem::internal(format!("the subscription is no JSON: {error}")))?;
        json(&SubscriptionDetails { summary, definition })
    }

    /// The subscription that a function's trigger stands for.
    async fn trigger(
        &self,
        namespace: &str,
        function: &str,
        name: &str,
    ) -> Result<Option<Subscription>, Problem> {
        let resource = self.life.registry().get(Key::function(namespace, function)).await?;
        let Some(resource) = resource else { return Ok(None) };
        let stored: Stored = resource.document.to()?;
        Ok(stored.function.subscriptions().find(|own| own.name.name == name))
    }

    async fn states(&self) -> States {
        let all = self.delivery.status().await;
        all.into_iter().map(|status| (status.name.to_string(), status)).collect()
    }
}

fn summary(subscription: &Subscription, states: &States) -> SubscriptionSummary {
    let state = states.get(&subscription.name.to_string());
    let count = |of: fn(&SubscriptionStatus) -> u64| state.map_or(0, of);
    SubscriptionSummary {
        namespace: subscription.name.namespace.clone(),
        name: subscription.name.name.clone(),
        sink: match &subscription.sink {
            Sink::Function(function) => function.to_string(),
            Sink::Url(url) => url.clone(),
        },
        source: subscription.selection.source.clone(),
        types: subscription.selection.types.clone(),
        // One that is not served yet waits until it is.
        state: state.map_or(SubscriptionState::Waiting, of),
        in_flight: count(|state| state.in_flight as u64),
        lag: count(|state| state.lag),
        delivered: count(|state| state.delivered),
        failed: count(|state| state.failed),
        error: state.and_then(|state| state.failing.as_ref()?.error.clone()),
    }
}

fn of(status: &SubscriptionStatus) -> SubscriptionState {
    match (status.phase, &status.failing) {
        (Phase::Waiting, _) => SubscriptionState::Waiting,
        (_, Some(_)) => SubscriptionState::Failing,
        (Phase::Delivering, None) => SubscriptionState::Delivering,
        (Phase::Idle, None) => SubscriptionState::Idle,
    }
}
