//! Subscriptions as the driver runs them.

use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::EventFilter;
use avocet_delivery::{Ordering, RetryPolicy, SubscriptionSettings};
use avocet_functions::model::{Sink, Subscription};
use http::Uri;

use super::function::{FunctionSink, Functions};
use super::sink::Deliver;
use super::url::UrlSink;
use crate::neighbours::Neighbours;

/// Time after which a delivery that does not end counts as failed. Sinks end by themselves long
/// before, each by its own limit.
const ANSWER_WITHIN: Duration = Duration::from_secs(25 * 3600);

/// A subscription that is to be served.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Its name in the log: `namespace/name`.
    pub name: Arc<str>,
    pub filter: EventFilter,
    pub settings: SubscriptionSettings,
    pub sink: Arc<dyn Deliver>,
}

/// How sinks are reached.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub functions: Arc<Functions>,
    pub neighbours: Neighbours,
}

impl Wanted {
    /// What a subscription of the registry asks for.
    ///
    /// # Errors
    /// Why it cannot be served, as a sentence.
    pub(super) fn of(subscription: &Subscription, reach: &Reach) -> Result<Self, String> {
        let filter = EventFilter {
            source: Some(subscription.source.clone()).filter(|source| !source.is_empty()),
            types: subscription.types.clone(),
        };
        let retry = RetryPolicy {
            max_deliveries: Some(subscription.max_deliveries),
            ..RetryPolicy::default()
        };
        let settings = SubscriptionSettings {
            max_in_flight: subscription.max_in_flight,
            ordering: Ordering::None,
            retry,
            answer_within: ANSWER_WITHIN,
        };
        let sink = sink(&subscription.sink, reach)?;
        Ok(Self { name: subscription.name.to_string().into(), filter, settings, sink })
    }
}

fn sink(sink: &Sink, reach: &Reach) -> Result<Arc<dyn Deliver>, String> {
    Ok(match sink {
        Sink::Function(name) => Arc::new(FunctionSink {
            name: name.clone(),
            path: "/".to_owned(),
            functions: reach.functions.clone(),
        }),
        Sink::Url(text) => {
            let url: Uri = text.parse().map_err(|e| format!("its sink {text:?} is no URL: {e}"))?;
            Arc::new(UrlSink { url, neighbours: reach.neighbours.clone() })
        }
    })
}
