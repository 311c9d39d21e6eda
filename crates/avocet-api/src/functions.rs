//! Functions and their revisions.

use serde::{Deserialize, Serialize};

/// A function in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionSummary {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Runtime as deployed.
    pub runtime: String,
    /// The active revision.
    pub revision: u64,
    /// URL at which it answers.
    pub url: String,
    /// Load state.
    pub state: Phase,
    /// Time of its first deploy, RFC 3339.
    pub created: String,
    /// Time at which its active revision became active, RFC 3339.
    pub updated: String,
    /// Calls since the platform started.
    pub calls: u64,
    /// Calls that failed.
    pub failures: u64,
}

/// Load state of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The next call loads it.
    Asleep,
    /// Being loaded.
    Loading,
    /// Loaded.
    Awake,
}

/// Every function asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionList {
    /// Ordered by namespace and name.
    pub functions: Vec<FunctionSummary>,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionDetails {
    /// Summary, as in the list.
    #[serde(flatten)]
    pub summary: FunctionSummary,
    /// Definition; a file that is not text has `base64`.
    pub definition: serde_json::Value,
    /// The file that holds the handler.
    pub entry: String,
    /// Limits in force.
    pub limits: serde_json::Value,
}

/// Activity of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionState {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Load state.
    pub state: Phase,
    /// Calls that are not answered yet.
    pub in_flight: u32,
    /// The process that it is loaded in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// Revisions of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionList {
    /// Newest first.
    pub revisions: Vec<RevisionSummary>,
}

/// One revision in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionSummary {
    /// Number, from 1.
    pub revision: u64,
    /// True of the one that runs.
    pub active: bool,
    /// Time of its deploy, RFC 3339.
    pub created: String,
    /// SHA-256 of its content.
    pub digest: String,
    /// Number of its files.
    pub files: usize,
}

/// Request to go back to an earlier revision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// The revision; absent: the one before the running one.
    #[serde(default)]
    pub revision: Option<u64>,
}

/// Result of a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackReport {
    /// The function's namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The revision that runs now.
    pub revision: u64,
    /// The one that ran before.
    pub previous: u64,
}
