//! Subscriptions to events, and what a trigger has in common with them.

use serde::{Deserialize, Serialize};

use super::{FunctionName, Labels, ObjectName};
use crate::filters::{EventMatch, Filter, TypeMatching, TypePatternError};

/// Subscription to events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Namespace and name. The name of one that stands for a function's trigger is
    /// [`Function::trigger_name`](super::Function::trigger_name).
    #[serde(flatten)]
    pub name: ObjectName,
    /// `metadata.labels`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Target of the events.
    pub sink: Sink,
    /// Events that it takes.
    #[serde(flatten)]
    pub selection: Selection,
    /// Delivery of them.
    #[serde(flatten)]
    pub delivery: DeliveryConfig,
}

/// Events that a subscription or a trigger takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// Source of the events; empty is any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Event types, each literal or with `*` (see [`crate::filters`]).
    pub types: Vec<String>,
    /// Comparison of types.
    #[serde(default)]
    pub type_matching: TypeMatching,
    /// Conditions on other attributes, all of which an event passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
}

impl Selection {
    /// Most types of one subscription.
    pub const MAX_TYPES: usize = 1000;

    /// Decides whether an event is one of them.
    ///
    /// # Errors
    /// Where a type is none; of what was read from a file none fails.
    pub fn event_match(&self) -> Result<EventMatch, TypePatternError> {
        let types = self.types.iter().map(String::as_str);
        EventMatch::new(types, self.type_matching, &self.source, &self.filters)
    }
}

/// Delivery of the events of a subscription or a trigger: `spec.config` of a `Subscription`
/// (specification of functions §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryConfig {
    /// Deliveries at the same time, `maxInFlightMessages` (10).
    pub max_in_flight: u32,
    /// Order of deliveries.
    #[serde(skip_serializing_if = "EventOrder::is_default")]
    pub ordering: EventOrder,
    /// Failed deliveries after which an event is dead; no limit where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_deliveries: Option<u32>,
    /// Age at which an event whose delivery fails is dead, milliseconds; absent:
    /// [`DeliveryConfig::DEFAULT_MAX_AGE_MS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_ms: Option<u64>,
    /// Pauses between deliveries of one event.
    #[serde(skip_serializing_if = "BackoffConfig::is_default")]
    pub backoff: BackoffConfig,
}

impl DeliveryConfig {
    /// [`DeliveryConfig::max_in_flight`] where none is given.
    pub const DEFAULT_MAX_IN_FLIGHT: u32 = 10;

    /// [`DeliveryConfig::max_age_ms`] where none is given: 7 days.
    pub const DEFAULT_MAX_AGE_MS: u64 = 7 * 86_400_000;

    /// The age at which an event whose delivery fails is dead, milliseconds.
    pub fn max_age_ms(&self) -> u64 {
        self.max_age_ms.unwrap_or(Self::DEFAULT_MAX_AGE_MS)
    }
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            max_in_flight: Self::DEFAULT_MAX_IN_FLIGHT,
            ordering: EventOrder::None,
            max_deliveries: None,
            max_age_ms: None,
            backoff: BackoffConfig::default(),
        }
    }
}

/// Order in which the events of a subscription are delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventOrder {
    /// Nothing waits for anything.
    #[default]
    None,
    /// One at a time for each `ce-subject`, in the order of acceptance.
    Subject,
}

impl EventOrder {
    fn is_default(&self) -> bool {
        *self == Self::None
    }
}

/// Pauses between deliveries of one event: doubled each time from `min_ms` up to `max_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackoffConfig {
    /// Pause after the first failure, milliseconds (1 s).
    pub min_ms: u64,
    /// Longest pause, milliseconds (5 min).
    pub max_ms: u64,
}

impl BackoffConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self { min_ms: 1000, max_ms: 300_000 }
    }
}

/// Target of a [`Subscription`]'s events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sink {
    /// A function of this platform: its address was `http://<function>.<namespace>…`.
    Function(FunctionName),
    /// Another address.
    Url(String),
}
