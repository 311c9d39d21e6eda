//! Subscriptions as the driver runs them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use avocet_backplane::{Candidate, Condition, Event, EventFilter, OWN_TYPES};
use avocet_delivery::{Ordering, RetryPolicy, SubscriptionSettings};
use avocet_functions::filters::{Attributes, EventMatch};
use avocet_functions::model::{
    DeliveryConfig, EventOrder, FunctionName, Selection, Sink, Subscription,
};
use avocet_services::egress::Policy;
use http::Uri;
use serde_json::{Map, Value};

use super::function::{FunctionSink, Functions};
use super::sink::Deliver;
use super::url::UrlSink;

/// Time after which a delivery that does not end counts as failed. Sinks end by themselves long
/// before, each by its own limit.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(25 * 3600);

/// A subscription that is to be served.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Name of the subscription in the log: `namespace/name`.
    pub name: Arc<str>,
    pub choice: Choice,
    pub settings: SubscriptionSettings,
    pub sink: Arc<dyn Deliver>,
}

/// Choice of the events that a subscription wants.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// For the log.
    pub(super) filter: EventFilter,
    /// Condition that the filter has no words for.
    pub(super) condition: Option<Condition>,
    /// The same, where it is a person's choice.
    pub(super) event_match: Option<EventMatch>,
}

impl Choice {
    /// Whether it is one of an event.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        let Event { source, kind, attributes, .. } = event;
        let candidate = Candidate { source, kind, attributes: attributes.as_str() };
        self.filter.matches(source, kind)
            && self.condition.as_ref().is_none_or(|condition| condition.holds(&candidate))
    }
}

/// Means to reach sinks.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub functions: Arc<Functions>,
    /// Addresses that URLs may have.
    pub policy: Arc<Policy>,
}

impl Wanted {
    /// Subscription of the log for one of the registry.
    ///
    /// # Errors
    /// Why it cannot be served, as a sentence.
    pub(super) fn of(subscription: &Subscription, reach: &Reach) -> Result<Self, String> {
        let event_match = subscription.selection.event_match().map_err(|e| e.to_string())?;
        let own = event_match.clone();
        let condition = Condition::new(move |candidate| own.matches(&Read::of(candidate)));
        let (filter, condition) = (filter(&subscription.selection), Some(condition));
        Ok(Self {
            name: subscription.name.to_string().into(),
            choice: Choice { filter, condition, event_match: Some(event_match) },
            settings: settings(&subscription.delivery),
            sink: sink(&subscription.sink, reach)?,
        })
    }
}

/// Filter that the log is asked with: the platform's own events by their names, of others all that there is.
fn filter(selection: &Selection) -> EventFilter {
    match selection.types.iter().all(|kind| kind.starts_with(OWN_TYPES)) {
        true => {
            EventFilter { source: Some(selection.source.clone()), types: selection.types.clone() }
        }
        false => EventFilter::default(),
    }
}

fn settings(config: &DeliveryConfig) -> SubscriptionSettings {
    SubscriptionSettings {
        max_in_flight: config.max_in_flight,
        ordering: match config.ordering {
            EventOrder::None => Ordering::None,
            EventOrder::Subject => Ordering::Subject,
        },
        retry: RetryPolicy {
            max_deliveries: config.max_deliveries,
            max_age: Duration::from_millis(config.max_age_ms()),
            min_pause: Duration::from_millis(config.backoff.min_ms),
            max_pause: Duration::from_millis(config.backoff.max_ms),
        },
        answer_within: ANSWER_WITHIN,
    }
}

fn sink(sink: &Sink, reach: &Reach) -> Result<Arc<dyn Deliver>, String> {
    let function = |name: FunctionName, path: String| {
        let functions = reach.functions.clone();
        Arc::new(FunctionSink { name, path, functions })
    };
    let text = match sink {
        Sink::Function(name) => return Ok(function(name.clone(), "/".to_owned())),
        Sink::Url(text) => text,
    };
    let url: Uri = text.parse().map_err(|e| format!("its sink {text:?} is no URL: {e}"))?;
    Ok(match url.host().and_then(FunctionName::of_service) {
        Some(name) => {
            let path = url.path_and_query().map_or("/", |path| path.as_str());
            function(name, path.to_owned())
        }
        None => Arc::new(UrlSink { url, policy: reach.policy.clone() }),
    })
}

/// Attributes of an event in the log. Most choices are made by source and type alone: the others are
/// read when they are asked for.
struct Read<'a> {
    candidate: &'a Candidate<'a>,
    attributes: OnceCell<Map<String, Value>>,
}

impl<'a> Read<'a> {
    fn of(candidate: &'a Candidate<'a>) -> Self {
        Self { candidate, attributes: OnceCell::new() }
    }
}

impl Attributes for Read<'_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "source" => Some(Cow::Borrowed(self.candidate.source)),
            "type" => Some(Cow::Borrowed(self.candidate.kind)),
            name => {
                let read = || serde_json::from_str(self.candidate.attributes).unwrap_or_default();
                self.attributes.get_or_init(read).attribute(name)
            }
        }
    }
}
