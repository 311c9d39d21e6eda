//! Files of a revision.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// One source file.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the function's folder, with `/`; without `.`, `..` and empty parts.
    pub path: String,
    /// Content.
    pub bytes: Bytes,
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.bytes.len())
    }
}

/// A file of a revision, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Relative to the function's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of its bytes.
    pub digest: Digest,
}
