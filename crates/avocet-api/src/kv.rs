//! Keys and values of functions.

use serde::{Deserialize, Serialize};

/// Keys of a function in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    /// Keys.
    pub keys: Vec<KeySummary>,
    /// For the next page; nothing where this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A key without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySummary {
    /// Key.
    pub key: String,
    /// Size of its value, bytes.
    pub bytes: u64,
    /// Revision: grows with every write of the function's keys.
    pub revision: u64,
    /// Time of the write, RFC 3339.
    pub created: String,
    /// Time from which it is gone, RFC 3339; nothing: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// Key.
    pub key: String,
    /// Value where it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Value in base64 where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// As [`KeySummary::revision`].
    pub revision: u64,
    /// As [`KeySummary::created`].
    pub created: String,
    /// As [`KeySummary::expires`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// Result of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyWritten {
    /// Revision.
    pub revision: u64,
}

/// A change of a key, as a watcher gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum KeyChange {
    /// A new value.
    Set(KeyValue),
    /// Deletion, or the end of its time.
    Deleted {
        /// Key.
        key: String,
        /// Revision of the deletion.
        revision: u64,
    },
    /// The watcher was too slow.
    Missed {
        /// Number of changes that are left out here.
        changes: u64,
    },
}

/// Conditions of the write of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet {
    /// Time after which the value is gone: `90s`, `10m`.
    pub ttl: Option<String>,
    /// Revision that the key must have, 0: it must not exist.
    pub if_revision: Option<u64>,
}
