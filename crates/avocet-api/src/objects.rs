//! Config maps, secrets, subscriptions and API rules.

use serde::{Deserialize, Serialize};

/// Config maps, secrets, subscriptions and API rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectList {
    /// Ordered by kind, namespace and name.
    pub objects: Vec<ObjectSummary>,
}

/// One of them in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectSummary {
    /// `ConfigMap`, `Secret`, `Subscription` or `APIRule`.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Time of its creation, RFC 3339.
    pub created: String,
    /// Time of its last change, RFC 3339.
    pub updated: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectDetails {
    /// Summary, as in the list.
    #[serde(flatten)]
    pub summary: ObjectSummary,
    /// Content; of a secret, its keys with `null` instead of each value.
    pub definition: serde_json::Value,
}
