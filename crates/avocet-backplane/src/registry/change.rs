//! Changes to the registry.

use std::fmt;

use bytes::Bytes;

use crate::{Digest, Document, Error, Key, Labels, ResourceKind, Result, SourceFile};

/// Largest document, bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;
/// Most files of one revision.
pub const MAX_FILES: usize = 4096;
/// Largest sum of the files of one revision, bytes.
pub const MAX_REVISION_BYTES: usize = 32 << 20;

/// One change; see [`crate::Registry::apply`].
#[derive(Debug, Clone)]
pub enum Change {
    /// A new revision of a function, active at once.
    Deploy(Deploy),
    /// An older revision of a function, active again.
    Activate(Activate),
    /// A resource without revisions, new or changed.
    Put(Put),
    /// The end of a resource. Of a function, all revisions, files and history go with it.
    Delete {
        /// Key of the resource.
        key: Key,
        /// Expected state before.
        expect: Expect,
    },
}

/// Expected state of a resource before a change, so that nobody overwrites what he has not seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    #[default]
    Any,
    /// Absent.
    Absent,
    /// [`crate::Resource::generation`]: of a function, its active revision.
    Generation(u64),
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::Absent => f.write_str("that it does not exist"),
            Self::Generation(n) => write!(f, "generation {n}"),
        }
    }
}

/// A new revision of a function.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// The function; its kind is [`ResourceKind::Function`].
    pub key: Key,
    /// Labels of the function from now on.
    pub labels: Labels,
    /// Definition, without the sources.
    pub document: Document,
    /// Sources: at most [`MAX_FILES`], together [`MAX_REVISION_BYTES`].
    pub files: Vec<SourceFile>,
    /// Expected state before.
    pub expect: Expect,
    /// Reason, for the history.
    pub reason: Option<String>,
}

impl Deploy {
    /// A revision without files and labels.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, document: Document) -> Self {
        Self {
            key: Key::function(namespace, name),
            labels: Labels::new(),
            document,
            files: Vec::new(),
            expect: Expect::Any,
            reason: None,
        }
    }

    /// Adds a source file.
    #[must_use]
    pub fn file(mut self, path: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.files.push(SourceFile { path: path.into(), bytes: bytes.into() });
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// Expected state before.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}

/// Makes an older revision active again. It keeps its number.
#[derive(Debug, Clone)]
pub struct Activate {
    /// The function.
    pub key: Key,
    /// The revision. `None`: the one that the active revision replaced when it was deployed, so
    /// that doing it again goes back one more.
    pub revision: Option<u64>,
    /// Expected state before.
    pub expect: Expect,
    /// Reason, for the history.
    pub reason: Option<String>,
}

/// A resource without revisions.
#[derive(Debug, Clone)]
pub struct Put {
    /// Any kind but [`ResourceKind::Function`].
    pub key: Key,
    /// Labels.
    pub labels: Labels,
    /// Content.
    pub document: Document,
    /// Expected state before.
    pub expect: Expect,
}

impl Put {
    /// A resource without labels.
    pub fn new(key: Key, document: Document) -> Self {
        Self { key, labels: Labels::new(), document, expect: Expect::Any }
    }
}

/// Result of a [`Change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The resource.
    pub key: Key,
    /// Outcome.
    pub outcome: Outcome,
    /// [`crate::Resource::generation`] now: of a function, its active revision. Of a deleted
    /// resource, its last one.
    pub generation: u64,
    /// The digest of its content; see [`Digest`].
    pub digest: Digest,
    /// Time at which the content came into the registry, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// The number of this change, or of the last one where nothing changed.
    pub sequence: u64,
}

/// Outcome for a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// New.
    Created,
    /// New content; of a function, a new revision.
    Updated,
    /// No change: it was so already, and no revision was made.
    Unchanged,
    /// Older revision active again.
    Activated,
    /// Deleted.
    Deleted,
}

impl Change {
    /// The resource that it changes.
    pub fn key(&self) -> &Key {
        match self {
            Self::Deploy(deploy) => &deploy.key,
            Self::Activate(activate) => &activate.key,
            Self::Put(put) => &put.key,
            Self::Delete { key, .. } => key,
        }
    }

    /// Bytes that it holds in memory while it waits.
    pub fn weight(&self) -> usize {
        let content = match self {
            Self::Deploy(deploy) => {
                let files: usize = deploy.files.iter().map(|f| f.path.len() + f.bytes.len()).sum();
                deploy.document.as_str().len() + files
            }
            Self::Put(put) => put.document.as_str().len(),
            Self::Activate(_) | Self::Delete { .. } => 0,
        };
        512 + content
    }

    /// Checks what can be checked without the store: implementations call it first.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::TooLarge`].
    pub fn check(&self) -> Result<()> {
        check_key(self.key())?;
        let function = self.key().kind == ResourceKind::Function;
        match self {
            Self::Deploy(deploy) => {
                kind(function, "only a function can be deployed")?;
                document_size(&deploy.key, &deploy.document)?;
                files(deploy)
            }
            Self::Put(put) => {
                kind(!function, "a function has revisions: deploy it")?;
                document_size(&put.key, &put.document)
            }
            Self::Activate(_) => kind(function, "only a function has revisions"),
            Self::Delete { .. } => Ok(()),
        }
    }
}

fn kind(right: bool, reason: &str) -> Result<()> {
    if right {
        return Ok(());
    }
    Err(Error::Invalid { field: "kind".into(), reason: reason.into() })
}

fn document_size(key: &Key, document: &Document) -> Result<()> {
    limit(|| key.to_string(), document.as_str().len(), MAX_DOCUMENT_BYTES, "bytes of JSON")
}

fn limit(what: impl Fn() -> String, size: usize, limit: usize, unit: &str) -> Result<()> {
    if size <= limit {
        return Ok(());
    }
    let show = |n| format!("{n} {unit}");
    Err(Error::TooLarge { what: what(), size: show(size), limit: show(limit) })
}

fn files(deploy: &Deploy) -> Result<()> {
    let what = || deploy.key.to_string();
    limit(what, deploy.files.len(), MAX_FILES, "files")?;
    let bytes = deploy.files.iter().map(|f| f.bytes.len()).sum();
    limit(what, bytes, MAX_REVISION_BYTES, "bytes of files")?;
    let mut paths: Vec<&str> = deploy.files.iter().map(|f| f.path.as_str()).collect();
    paths.sort_unstable();
    if let Some(twice) = paths.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(bad_path(twice[0], "is there twice"));
    }
    paths.into_iter().try_for_each(path)
}

fn path(path: &str) -> Result<()> {
    if path.len() > 1024 {
        return Err(bad_path(path, "is longer than 1024 bytes"));
    }
    if path.contains(['\0', '\\']) {
        return Err(bad_path(path, "must not hold NUL or '\\'"));
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(bad_path(path, "must be relative, without '.', '..' and empty parts"));
    }
    Ok(())
}

fn bad_path(path: &str, reason: &str) -> Error {
    Error::Invalid { field: format!("files[{path:?}]"), reason: reason.into() }
}

/// Rules of a store for a name; those of a good name are the model's.
fn check_key(key: &Key) -> Result<()> {
    for (field, value) in [("namespace", &key.namespace), ("name", &key.name)] {
        let reason = if value.is_empty() {
            "must not be empty".into()
        } else if value.len() > Key::MAX_BYTES {
            format!("is longer than {} bytes", Key::MAX_BYTES)
        } else if value.chars().any(|c| c.is_control() || c == '/') {
            "must not hold control characters or '/'".into()
        } else {
            continue;
        };
        return Err(Error::Invalid { field: field.into(), reason });
    }
    Ok(())
}
