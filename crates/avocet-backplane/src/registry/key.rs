//! Names of resources.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kinds of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResourceKind {
    /// A function; the only kind with revisions and files.
    Function,
    /// Plain configuration values.
    ConfigMap,
    /// Secret configuration values. Stored in a file that only this user can read, not encrypted.
    Secret,
    /// Filters of events, and the sink that they go to.
    Subscription,
    /// Host and path routes.
    #[serde(rename = "APIRule")]
    ApiRule,
}

impl ResourceKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Function, Self::ConfigMap, Self::Secret, Self::Subscription, Self::ApiRule];

    /// As in the `kind` field of a YAML document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Function => "Function",
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::Subscription => "Subscription",
            Self::ApiRule => "APIRule",
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ResourceKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// A word that names no [`ResourceKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind {0:?}")]
pub struct UnknownKind(pub String);

/// Names one resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Kind.
    pub kind: ResourceKind,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// Longest namespace and longest name, bytes.
    pub const MAX_BYTES: usize = 253;

    /// The resource `name` of this kind in `namespace`.
    pub fn new(kind: ResourceKind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The function `name` in `namespace`.
    pub fn function(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self::new(ResourceKind::Function, namespace, name)
    }
}

impl fmt::Display for Key {
    /// As in `Function default/hello`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}
