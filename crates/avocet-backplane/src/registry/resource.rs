//! Results of the registry.

use serde::{Deserialize, Serialize};

use crate::{Digest, Document, FileInfo, Key, Labels, ResourceKind, Selector, SourceFile};

/// A resource as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Name.
    #[serde(flatten)]
    pub key: Key,
    /// Labels.
    pub labels: Labels,
    /// Content; of a function, that of the active revision.
    pub document: Document,
    /// Of a function, the number of its active revision; of other resources, a count of its
    /// versions from 1. A resource that is deleted and made again begins at 1 again: use `digest`
    /// or `sequence` to tell them apart.
    pub generation: u64,
    /// The digest of its content.
    pub digest: Digest,
    /// The number of its last change. No two changes of any resource share one.
    pub sequence: u64,
    /// Time at which it came into the registry, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Time of its last change, milliseconds since the Unix epoch.
    pub updated_ms: u64,
}

/// Selection of resources to list.
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
    /// Value of [`List::after`] for the next page; `None` on the last one.
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
    /// Time of the deploy, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// The revision that was active before it was deployed.
    pub replaced: Option<u64>,
    /// True of the active one.
    pub active: bool,
    /// Files.
    pub files: Vec<FileInfo>,
}

/// Choice of a revision.
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
    /// Head.
    pub revision: Revision,
    /// The labels that the function had with it.
    pub labels: Labels,
    /// Definition.
    pub document: Document,
    /// Files with their bytes, in the order of [`Revision::files`].
    pub files: Vec<SourceFile>,
}

/// A line of a function's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The revision that became active.
    pub revision: u64,
    /// Time, milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Cause.
    pub cause: Cause,
    /// Reason that the caller gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Cause of a revision's activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// Deployed.
    Deploy,
    /// Rolled back to.
    Rollback,
}

/// Changes after a sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Resources that changed, each once.
    pub changes: Vec<Changed>,
    /// Value of `sequence` for the next time.
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
    /// Action.
    pub action: Action,
    /// The change's number.
    pub sequence: u64,
}

/// Action on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// New or different: get it.
    Put,
    /// Deleted.
    Deleted,
}
