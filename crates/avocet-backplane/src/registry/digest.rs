//! Digests of contents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Document, Error, Labels, Result};

/// SHA-256 of a content.
///
/// Of a file: of its bytes. Of a revision: of its document (keys in order, without white space),
/// labels, paths and files' digests, so two revisions with the same digest do the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of a resource's content. Every part is preceded by its length, so that no two contents run
    /// together into the same bytes.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the document is no JSON.
    pub fn of_content<'a>(
        document: &Document,
        labels: &Labels,
        files: impl Iterator<Item = (&'a str, Self)>,
    ) -> Result<Self> {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(document.canonical()?.as_bytes());
        part(&(labels.len() as u64).to_le_bytes());
        for (key, value) in labels {
            part(key.as_bytes());
            part(value.as_bytes());
        }
        let mut files: Vec<_> = files.collect();
        files.sort_unstable();
        for (path, digest) in files {
            part(path.as_bytes());
            part(&digest.0);
        }
        Ok(Self(hash.finalize().into()))
    }
}

impl fmt::Display for Digest {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::Invalid {
            field: "digest".into(),
            reason: format!("{text:?} is not 64 hexadecimal digits"),
        };
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
