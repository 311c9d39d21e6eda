//! Entries of a bucket.

use bytes::Bytes;

/// Value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Bytes.
    pub value: Bytes,
    /// Revision of the write that made it.
    pub revision: u64,
    /// Time of that write, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Time from which it is gone, milliseconds since the Unix epoch; `None`: never.
    pub expires_ms: Option<u64>,
}

/// Key without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Key.
    pub key: String,
    /// Size of its value, bytes.
    pub bytes: u64,
    /// As [`Entry::revision`].
    pub revision: u64,
    /// As [`Entry::created_ms`].
    pub created_ms: u64,
    /// As [`Entry::expires_ms`].
    pub expires_ms: Option<u64>,
}

/// Selection of a bucket's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyList {
    /// Beginning that they have; empty: all.
    pub prefix: String,
    /// Most keys in the page. `None`, and more than [`KeyList::MAX`]: that many.
    pub limit: Option<usize>,
    /// [`KeyPage::cursor`] of the page before.
    pub cursor: Option<String>,
}

impl KeyList {
    /// Most keys in a page.
    pub const MAX: usize = 1000;

    /// Most keys in the page.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(Self::MAX).clamp(1, Self::MAX)
    }
}

/// Keys of a bucket in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// Keys.
    pub keys: Vec<KeyInfo>,
    /// For the next page; `None` where this is the last. Today it is the last key: take it as it is.
    pub cursor: Option<String>,
}

/// Item that a watcher receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// A key has a new value.
    Set {
        /// Key.
        key: String,
        /// Value.
        entry: Entry,
    },
    /// A key was deleted, or its time was over.
    Deleted {
        /// Key.
        key: String,
        /// Revision of the deletion.
        revision: u64,
    },
    /// The watcher was too slow: so many changes are left out here.
    Missed(u64),
}
