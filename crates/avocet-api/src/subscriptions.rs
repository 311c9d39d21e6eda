//! Subscriptions to events, with the state of their delivery.

use serde::{Deserialize, Serialize};

/// Subscriptions of a namespace, or of all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionList {
    /// Ordered by namespace and name.
    pub subscriptions: Vec<SubscriptionSummary>,
}

/// One subscription. A trigger of a function is one too: its name is `FUNCTION:NUMBER`, that of a
/// function's schedules `FUNCTION:cron`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionSummary {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Target of the events: `namespace/function`, or a URL.
    pub sink: String,
    /// Source of the events; empty: any.
    pub source: String,
    /// Event types, as written.
    pub types: Vec<String>,
    /// State of the delivery.
    pub state: SubscriptionState,
    /// Events that are being delivered.
    pub in_flight: u64,
    /// Events of the log that it has not come to yet, those that it does not want among them.
    pub lag: u64,
    /// Events that were delivered since the server started.
    pub delivered: u64,
    /// Deliveries that failed since the server started.
    pub failed: u64,
    /// Failure of the last delivery; absent where that was a success, or nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// State of a subscription's delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// Nothing to deliver.
    Idle,
    /// Events are on their way.
    Delivering,
    /// Sink not there: it goes on when it is.
    Waiting,
    /// The last delivery failed.
    Failing,
}

/// One subscription with its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionDetails {
    /// Summary, as in the list.
    #[serde(flatten)]
    pub summary: SubscriptionSummary,
    /// Definition.
    pub definition: serde_json::Value,
}
