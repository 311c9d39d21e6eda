//! Errors of the stores, with what to do about them.

use std::time::Duration;

use crate::{Bucket, Key, UnknownKind};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Reason for which an operation did not happen. Nothing of it did: every change is one
/// transaction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such resource.
    #[error("there is no {0}")]
    NotFound(Key),
    /// The function has no such revision.
    #[error("{key} has no revision {revision}; its revisions are 1 to {last}")]
    NoRevision {
        /// The function.
        key: Key,
        /// The revision that was asked for.
        revision: u64,
        /// The newest revision that it has.
        last: u64,
    },
    /// The active revision replaced none, so there is nothing to go back to.
    #[error(
        "{key} cannot be rolled back: its active revision {active} is the first one; name a \
         revision to activate instead"
    )]
    NothingBefore {
        /// The function.
        key: Key,
        /// Active revision.
        active: u64,
    },
    /// The resource is not as the caller expected it: somebody else changed it first.
    #[error("{key} was changed by somebody else: expected {expected}, found {found}")]
    Conflict {
        /// The resource.
        key: Key,
        /// Expectation of the caller.
        expected: String,
        /// State that was found.
        found: String,
    },
    /// A value that cannot be stored.
    #[error("{field}: {reason}")]
    Invalid {
        /// Field.
        field: String,
        /// Fault, and what is allowed.
        reason: String,
    },
    /// More than a limit allows.
    #[error("{what} has {size}, the limit is {limit}")]
    TooLarge {
        /// Thing that is too large.
        what: String,
        /// Size, with its unit.
        size: String,
        /// Limit, with its unit.
        limit: String,
    },
    /// The key was not as the caller expected it: somebody else wrote it first.
    #[error(
        "key {key:?} in {bucket} {}: somebody else wrote it first; read it again",
        revisions(*.expected, *.found)
    )]
    Revision {
        /// Bucket.
        bucket: Bucket,
        /// Key.
        key: String,
        /// Revision that the caller expected; 0: no such key.
        expected: u64,
        /// Revision that it has; 0: there is no such key.
        found: u64,
    },
    /// The bucket has no room for it.
    #[error(
        "{what} does not fit into {bucket}: it would have {needed} bytes, the limit is {limit}; \
         delete something or raise the limit"
    )]
    BucketFull {
        /// Bucket.
        bucket: Bucket,
        /// Key or object that does not fit.
        what: String,
        /// Bytes that the bucket would have.
        needed: u64,
        /// Limit, bytes.
        limit: u64,
    },
    /// Data that was being sent broke off. Nothing of it was stored.
    #[error("{what} broke off: {reason}; nothing was stored")]
    BrokenOff {
        /// Object.
        what: String,
        /// Reason, in one line.
        reason: String,
    },
    /// Content that is read is not the one that was stored.
    #[error("{what} is damaged: {reason}; store it again or restore it from a backup")]
    Damaged {
        /// Object.
        what: String,
        /// Sign of it.
        reason: String,
    },
    /// Nobody listens on the subject.
    #[error("nobody serves the subject {subject:?}")]
    NoResponders {
        /// Subject.
        subject: String,
    },
    /// Nobody answered within the time.
    #[error("nobody answered on {subject:?} within {} ms", .time.as_millis())]
    NoReply {
        /// Subject.
        subject: String,
        /// Time that was waited.
        time: Duration,
    },
    /// Call that this backplane does not support.
    #[error("{what} is not possible: {needs}")]
    Unsupported {
        /// Call, or part of it.
        what: String,
        /// Requirement of the call.
        needs: String,
    },
    /// The server behind the store is not there.
    #[error("{server} cannot be reached: {reason}; try again in a second")]
    Unreachable {
        /// Server, as a person knows it.
        server: String,
        /// Reason, in one line.
        reason: String,
    },
    /// Too much waits already; try again later.
    #[error("the store has too many requests waiting; try again in a second")]
    Busy,
    /// The disk, or the store's own limit, is full. What was stored before is untouched.
    #[error(
        "no space left to write {place}: free disk space or raise the store's limit, then try again"
    )]
    StorageFull {
        /// File or stream that could not grow, as a person knows it.
        place: String,
    },
    /// The store cannot be used as it is: a person has to act. The source says where and how.
    #[error(transparent)]
    Unusable(Box<dyn std::error::Error + Send + Sync>),
    /// The store failed in another way (an input/output error, no memory).
    #[error("{place} failed: {source}")]
    Storage {
        /// File or stream that failed, as a person knows it.
        place: String,
        /// Cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Kind of an [`Error`], by the answer that it deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such thing (HTTP 404).
    NotFound,
    /// Somebody else was faster, or the state does not allow it (409).
    Conflict,
    /// The caller's mistake (400).
    Invalid,
    /// Over a limit (413).
    TooLarge,
    /// Try again later (503 with `Retry-After`).
    Busy,
    /// Nobody listens on a subject (404).
    NoResponders,
    /// Nobody answered in time (504).
    TimedOut,
    /// Stored content is damaged (500).
    Damaged,
    /// Call that this backplane does not support (501).
    Unsupported,
    /// The server behind the store is not there (503 with `Retry-After`).
    Unreachable,
    /// The disk, or a bucket, is full (507).
    StorageFull,
    /// The store cannot be used as it is: a person has to act (500).
    Unusable,
    /// The store failed or is closed (500).
    Failed,
}

impl Error {
    /// Kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) | Self::NoRevision { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } | Self::NothingBefore { .. } | Self::Revision { .. } => {
                ErrorKind::Conflict
            }
            Self::Invalid { .. } | Self::BrokenOff { .. } => ErrorKind::Invalid,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Busy => ErrorKind::Busy,
            Self::StorageFull { .. } | Self::BucketFull { .. } => ErrorKind::StorageFull,
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::NoResponders { .. } => ErrorKind::NoResponders,
            Self::NoReply { .. } => ErrorKind::TimedOut,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Unreachable { .. } => ErrorKind::Unreachable,
            Self::Unusable(_) => ErrorKind::Unusable,
            Self::Storage { .. } | Self::Closed => ErrorKind::Failed,
        }
    }
}

impl From<UnknownKind> for Error {
    fn from(unknown: UnknownKind) -> Self {
        Self::Invalid { field: "kind".into(), reason: unknown.to_string() }
    }
}

fn revisions(expected: u64, found: u64) -> String {
    match (expected, found) {
        (0, found) => format!("exists already, with revision {found}"),
        (expected, 0) => format!("does not exist, expected revision {expected}"),
        (expected, found) => format!("has revision {found}, not {expected}"),
    }
}
