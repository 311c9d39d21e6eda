//! Objects that functions store.

use serde::{Deserialize, Serialize};

/// Objects of a function, ordered by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObjectList {
    /// Objects.
    pub objects: Vec<StoredObject>,
}

/// Facts about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObject {
    /// Name.
    pub name: String,
    /// Size, bytes.
    pub size: u64,
    /// Number of pieces of 128 KiB.
    pub chunks: u64,
    /// `SHA-256=` and the digest in padded base64url.
    pub digest: String,
    /// Time at which it was stored, RFC 3339.
    pub mtime: String,
}
