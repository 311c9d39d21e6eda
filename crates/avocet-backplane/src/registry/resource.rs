//! What the registry gives back.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Document, Error, Key, ResourceKind, Result, Selector, SourceFile};

/// Labels of a resource.
pub type Labels = BTreeMap<String, String>;

/// A resource as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    #[serde(flatten)]
    pub key: Key,
    /// Its labels.
    pub labels: Labels,
    /// Its content; of a function, that of the active revision.
    pub document: Document,
    /// Of a function, the number of its active revision; of other resources, a count of its
    /// versions from 1. A resource that is deleted and made again begins at 1 again: use `digest`
    /// or `sequence` to tell them apart.
    pub generation: u64,
    /// The digest of its content.
    pub digest: Digest,
    /// The number of its last change. No two changes of any resource share one.
    pub sequence: u64,
    /// When it came into the registry, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// When it changed last, milliseconds since the Unix epoch.
    pub updated_ms: u64,
}

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

/// Which resources to list.
#[derive(Debug, Clone)]
pub struct List {
    /// Of this kind.
    pub kind: ResourceKind,
    /// Of this namespace only.
    pub namespace: Option<String>,
    /// With these labels.
    pub selector: Selector,
    /// After this one: namespace and name, the [`Page::next`] of the page before.
    pub after: Option<(String, String)>,
    /// At most so many, and at most [`List::MAX`].
    pub limit: usize,
}

impl List {
    /// Most resources of a page.
    pub const MAX: usize = 1000;

    /// All of a kind, [`List::MAX`] to a page.
    pub fn all(kind: ResourceKind) -> Self {
        Self { kind, namespace: None, selector: Selector::default(), after: None, limit: Self::MAX }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Ordered by namespace and name.
    pub items: Vec<Resource>,
    /// What to give as [`List::after`] for the next page; `None` on the last one.
    pub next: Option<(String, String)>,
    /// The number of the last change that this page shows; what changed while the pages were read
    /// is found by [`crate::Registry::changes_since`] the first page's number.
    pub sequence: u64,
}

/// A revision of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1, without gaps.
    pub number: u64,
    /// The digest of its content.
    pub digest: Digest,
    /// When it was deployed, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// The revision that was active before it was deployed.
    pub replaced: Option<u64>,
    /// It is the active one.
    pub active: bool,
    /// Its files.
    pub files: Vec<FileInfo>,
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

/// Which revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The active one.
    Active,
    /// The one with this number.
    Number(u64),
}

/// A revision with everything that is needed to run it.
#[derive(Debug, Clone)]
pub struct RevisionContent {
    /// Its head.
    pub revision: Revision,
    /// The labels that the function had with it.
    pub labels: Labels,
    /// Its definition.
    pub document: Document,
    /// Its files with their bytes, in the order of [`Revision::files`].
    pub files: Vec<SourceFile>,
}

/// A line of a function's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The revision that became active.
    pub revision: u64,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// How.
    pub cause: Cause,
    /// Why, as the caller said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a revision became active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// It was deployed.
    Deploy,
    /// Somebody went back to it.
    Rollback,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Each resource once.
    pub changes: Vec<Changed>,
    /// What to give as `sequence` the next time.
    pub sequence: u64,
    /// There are more than `limit`: ask again.
    pub more: bool,
    /// The asked number is so old that deletions since then may be missing: list everything again.
    pub reset: bool,
}

/// A resource's last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The resource.
    pub key: Key,
    /// What happened.
    pub action: Action,
    /// The change's number.
    pub sequence: u64,
}

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It is new or different: get it.
    Put,
    /// It is gone.
    Deleted,
}
