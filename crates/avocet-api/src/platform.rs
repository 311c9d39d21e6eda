//! The platform itself.

use serde::{Deserialize, Serialize};

/// Namespaces that hold something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceList {
    /// Ordered by name.
    pub namespaces: Vec<NamespaceSummary>,
}

/// One namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceSummary {
    /// Name.
    pub name: String,
    /// Functions in it.
    pub functions: usize,
}

/// Facts about the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Version of the platform.
    pub version: String,
    /// Engine of the functions, as its workers report it; absent until the first one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// URL of the gateway.
    pub gateway: String,
    /// URL of this API.
    pub admin: String,
    /// Folder that holds everything.
    pub data_folder: String,
    /// Runtimes that functions can be deployed with.
    pub runtimes: Vec<String>,
    /// Since when it runs, RFC 3339.
    pub started: String,
    /// For how many seconds.
    pub uptime_seconds: u64,
    /// Functions deployed.
    pub functions: usize,
    /// Limits of the gateway.
    pub limits: GatewayLimits,
}

/// Bounds of the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayLimits {
    /// Open connections.
    pub connections: usize,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Seconds for a request's head.
    pub head_seconds: f64,
    /// Seconds for a request's body.
    pub body_seconds: f64,
    /// Seconds between two requests of a connection.
    pub idle_seconds: f64,
}

/// Health of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, or `failing`.
    pub status: String,
    /// Parts by name: `ok`, or the fault.
    pub parts: std::collections::BTreeMap<String, String>,
}
