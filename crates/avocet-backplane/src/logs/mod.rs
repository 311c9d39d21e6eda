//! Log lines of functions.

mod follow;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use follow::{Feed, Followed, Follower};

use crate::Pending;

/// Holds log lines.
///
/// Lines get a growing number (`cursor`) in the order in which they are stored; it is never used
/// twice. Lines are kept until a limit of the implementation (per function and in total) is
/// reached, then the oldest go.
pub trait LogStore: Send + Sync + 'static {
    /// Takes lines to be stored soon. Never blocks: where a function writes faster than lines can
    /// be stored, its newest lines are dropped, and a line that says how many takes their place.
    fn append(&self, lines: Vec<LogLine>);

    /// Resolves when everything that was appended before is stored.
    fn flush(&self) -> Pending<()>;

    /// The stored lines that match.
    fn query(&self, query: LogQuery) -> Pending<LogPage>;

    /// The last stored lines that match (as with [`Order::Last`]), then each new one: between them
    /// nothing is missing and nothing is there twice.
    fn follow(&self, query: LogQuery) -> Pending<Follow>;

    /// Forgets the lines of a function.
    fn forget(&self, namespace: &str, function: &str) -> Pending<()>;

    /// Counts since the store was opened.
    fn counts(&self) -> LogCounts;
}

/// A line to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The function's namespace.
    pub namespace: Arc<str>,
    /// The function's name.
    pub function: Arc<str>,
    /// The revision that wrote it; 0 where none did.
    pub revision: u64,
    /// The invocation that wrote it.
    pub call: Option<Arc<str>>,
    /// Trace id of that invocation, 32 hexadecimal digits.
    pub trace: Option<Arc<str>>,
    /// Stream that it was written to.
    pub stream: Stream,
    /// Level.
    pub level: Level,
    /// Time, milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The line, without a line break at its end; the part over [`LogLine::MAX_TEXT`] is cut off
    /// and its size noted.
    pub text: String,
}

impl LogLine {
    /// Longest text, bytes.
    pub const MAX_TEXT: usize = 64 << 10;
}

/// Stream that a line was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// The function's standard output.
    Stdout,
    /// The function's standard error.
    Stderr,
    /// The platform, about the function.
    Platform,
}

/// Level of a line, from the least to the most important.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the author only.
    Debug,
    /// Normal output.
    Info,
    /// Something to look at.
    Warn,
    /// A failure.
    Error,
}

/// A stored line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLine {
    /// Number; give it as [`LogQuery::after`] to go on behind it.
    pub cursor: u64,
    /// The function's namespace.
    pub namespace: Arc<str>,
    /// The function's name.
    pub function: Arc<str>,
    /// The revision that wrote it; 0 where none did.
    pub revision: u64,
    /// The invocation that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Arc<str>>,
    /// Trace id of that invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Arc<str>>,
    /// Stream that it was written to.
    pub stream: Stream,
    /// Level.
    pub level: Level,
    /// Time, milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The line.
    pub text: Box<str>,
}

/// Selection of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Of this namespace, and those of the platform that belong to none.
    pub namespace: Option<String>,
    /// Of functions with this name.
    pub function: Option<String>,
    /// Of this time or later, milliseconds since the Unix epoch.
    pub since_ms: Option<u64>,
    /// Of this level or a more important one.
    pub level: Option<Level>,
    /// Of this invocation. Numbers of invocations begin anew with each process: with
    /// [`LogQuery::since_ms`] it is the right one.
    pub call: Option<String>,
    /// Stored after this one.
    pub after: Option<u64>,
    /// Choice among the matching lines, where there are more than `limit`.
    pub order: Order,
    /// At most so many, and at most [`LogQuery::MAX`]; `None` is [`LogQuery::MAX`].
    pub limit: Option<usize>,
}

impl LogQuery {
    /// Most lines of an answer.
    pub const MAX: usize = 10_000;

    /// The lines of one function.
    pub fn function(namespace: impl Into<String>, function: impl Into<String>) -> Self {
        Self {
            namespace: Some(namespace.into()),
            function: Some(function.into()),
            ..Self::default()
        }
    }

    /// The last `count` lines instead of the first.
    #[must_use]
    pub fn tail(mut self, count: usize) -> Self {
        self.order = Order::Last;
        self.limit = Some(count);
        self
    }
}

/// Choice among the lines where there are too many. They are always in the order of storing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The oldest; go on with [`LogQuery::after`].
    #[default]
    First,
    /// The newest: the tail.
    Last,
}

/// Lines that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// In the order of storing.
    pub lines: Vec<StoredLine>,
    /// Lines that match were left out.
    pub more: bool,
    /// All stored lines up to this one were looked at (with [`Order::First`] and `more`: those up
    /// to the last one given).
    pub cursor: u64,
}

/// Stored lines and those to come.
#[derive(Debug)]
pub struct Follow {
    /// Stored lines.
    pub page: LogPage,
    /// Lines to come.
    pub follower: Follower,
}

/// Counts of a store since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCounts {
    /// Lines that were taken.
    pub accepted: u64,
    /// Lines that were stored.
    pub stored: u64,
    /// Lines that were dropped because they came too fast, or could not be stored.
    pub dropped: u64,
    /// Lines waiting to be stored.
    pub waiting: u64,
}
