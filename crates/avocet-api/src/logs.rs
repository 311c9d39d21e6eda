//! Log lines, one JSON object per line.

pub use avocet_frames::head::Level;
use serde::{Deserialize, Serialize};

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// Time, RFC 3339 with milliseconds.
    pub time: String,
    /// The function's namespace.
    pub namespace: String,
    /// The function.
    pub function: String,
    /// The revision that wrote it; 0 where none did.
    pub revision: u64,
    /// Level.
    pub level: Level,
    /// Stream that it was written to.
    pub stream: Stream,
    /// The invocation that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation: Option<String>,
    /// Trace id of that invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The line.
    pub text: String,
}

/// Stream that a line was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// The function's standard output.
    Stdout,
    /// The function's standard error.
    Stderr,
    /// The platform, about the function, or about none.
    Platform,
}

/// Lines that a follower was too slow for. They are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGap {
    /// Number of lines.
    pub dropped: u64,
}

/// Line of a log as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LogLine {
    /// A line.
    Record(LogRecord),
    /// Lines that are missing here.
    Gap(LogGap),
}

/// Selection of a log's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Of this namespace, and those of the platform that belong to none. `None`: of all.
    pub namespace: Option<String>,
    /// Of functions with this name. `None`: of all, and the platform's own.
    pub function: Option<String>,
    /// Of this invocation ([`LogRecord::invocation`]).
    pub call: Option<String>,
    /// Of this time or later: a duration before now (`90s`, `10m`, `2h`, `1d`, `250ms`), or an
    /// RFC 3339 time.
    pub since: Option<String>,
    /// The last so many lines.
    pub tail: Option<usize>,
    /// Of this level or a more important one.
    pub level: Option<Level>,
    /// Continuation after the stored lines.
    pub then: Then,
}

/// Continuation after the stored lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    /// The answer ends.
    #[default]
    End,
    /// New lines, as they are stored.
    Follow,
}
