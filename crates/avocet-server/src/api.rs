//! What the admin API takes and gives: the types behind `docs/openapi.json`.

use avocet_functions::model::FunctionName;
use serde::{Deserialize, Serialize};

/// A set of files to deploy, all or nothing unless it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyRequest {
    /// Namespace of documents that name none.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The files.
    pub files: Vec<ApplyFile>,
    /// Check everything, change nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Deploy what is right, also where something else is refused.
    #[serde(default)]
    pub partial: bool,
}

pub(crate) fn default_namespace() -> String {
    FunctionName::DEFAULT_NAMESPACE.to_owned()
}

/// A file of an [`ApplyRequest`]; exactly one of `text` and `base64` is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyFile {
    /// Its path as the person knows it, with `/`.
    pub path: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its bytes, where they are no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// What became of an [`ApplyRequest`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyReport {
    /// Each document of the set.
    pub results: Vec<ApplyResult>,
    /// What there is to say about them.
    pub diagnostics: Vec<Diagnostic>,
}

impl ApplyReport {
    /// Whether anything was refused; nothing was changed then, unless [`ApplyRequest::partial`].
    pub fn is_refused(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyResult {
    /// `Function`, `ConfigMap`, ….
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What happened.
    pub outcome: ApplyOutcome,
    /// Of a function, the revision that is active now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Of a function, where it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What happened to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplyOutcome {
    /// It is new.
    Created,
    /// It has new content.
    Configured,
    /// It was so already.
    Unchanged,
    /// It is wrong; a diagnostic says where.
    Refused,
    /// It is right, but another document of the set is not.
    Skipped,
}

/// Something to say about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The file, as in [`ApplyFile::path`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The document in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<u32>,
    /// Line in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The field (`spec.runtime`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_line: Option<String>,
}

/// How much a [`Diagnostic`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The set is refused.
    Error,
    /// It works, but perhaps not as meant.
    Warning,
}

impl Diagnostic {
    pub(crate) fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            help: None,
            file: None,
            document: None,
            line: None,
            column: None,
            path: None,
            source_line: None,
        }
    }

    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    pub(crate) fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

/// A function in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionSummary {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its runtime as deployed.
    pub runtime: String,
    /// The active revision.
    pub revision: u64,
    /// Where it answers.
    pub url: String,
    /// Whether it is loaded.
    pub state: Phase,
    /// When it was first deployed, RFC 3339.
    pub created: String,
    /// When its active revision became active, RFC 3339.
    pub updated: String,
    /// Calls since the platform started.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
}

/// Whether a function is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The next call loads it.
    Asleep,
    /// It is being loaded.
    Loading,
    /// It is loaded.
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
    /// What the list says of it.
    #[serde(flatten)]
    pub summary: FunctionSummary,
    /// Its definition; where a file is not text, it has `base64`.
    pub definition: serde_json::Value,
    /// The file that holds the handler.
    pub entry: String,
    /// Limits in force.
    pub limits: serde_json::Value,
}

/// What a function is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionState {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it is loaded.
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
    /// Its number.
    pub revision: u64,
    /// Whether it is the one that runs.
    pub active: bool,
    /// When it was deployed, RFC 3339.
    pub created: String,
    /// SHA-256 of its content.
    pub digest: String,
    /// Number of its files.
    pub files: usize,
}

/// Which revision to go back to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// The revision; absent: the one before the running one.
    #[serde(default)]
    pub revision: Option<u64>,
}

/// Where a rollback led.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackReport {
    /// The function's namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The revision that runs now.
    pub revision: u64,
    /// The one that ran before.
    pub previous: u64,
}

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
    /// Its name.
    pub name: String,
    /// Functions in it.
    pub functions: usize,
}

/// What is served, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Version of the platform.
    pub version: String,
    /// What runs the functions, as its workers said; absent until the first one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Where functions are called.
    pub gateway: String,
    /// Where this API is.
    pub admin: String,
    /// Where everything is kept.
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

/// What the gateway bounds.
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

/// Whether the parts work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, or `failing`.
    pub status: String,
    /// Each part: `ok`, or what is wrong.
    pub parts: std::collections::BTreeMap<String, String>,
}

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
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// When it came, RFC 3339.
    pub created: String,
    /// When it changed last, RFC 3339.
    pub updated: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectDetails {
    /// What the list says of it.
    #[serde(flatten)]
    pub summary: ObjectSummary,
    /// Its content; of a secret, its keys with `null` instead of each value.
    pub definition: serde_json::Value,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// When, RFC 3339 with milliseconds.
    pub time: String,
    /// The function's namespace.
    pub namespace: String,
    /// The function.
    pub function: String,
    /// The revision that wrote it; 0 where none did.
    pub revision: u64,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// `stdout`, `stderr` or `platform`.
    pub stream: String,
    /// The invocation that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<String>,
    /// That invocation's trace id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The line.
    pub text: String,
}

/// A time as the API writes it.
pub(crate) fn rfc3339(milliseconds: u64) -> String {
    let time = i64::try_from(milliseconds).ok();
    let time = time.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    format!("{:.3}", time.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_769_860_800_123), "2026-01-31T12:00:00.123Z");
    }
}
