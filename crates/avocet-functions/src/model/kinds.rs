//! The other kinds that a file can hold.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{FileContent, FunctionName, Labels, PathPattern, RequestPath};

/// Name of a ConfigMap, Secret, Subscription or APIRule, written `namespace/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectName {
    /// The namespace.
    pub namespace: String,
    /// The name inside it.
    pub name: String,
}

impl std::fmt::Display for ObjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A ConfigMap: text by key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMap {
    /// Namespace and name.
    #[serde(flatten)]
    pub name: ObjectName,
    /// `metadata.labels`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Text by key.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
    /// Bytes by key (`binaryData`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub binary_data: BTreeMap<String, FileContent>,
}

/// A Secret: bytes by key, `data` (base64) and `stringData` already joined.
///
/// Its `Debug` form shows keys only. Its JSON form holds the values: it is for the registry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Namespace and name.
    #[serde(flatten)]
    pub name: ObjectName,
    /// `metadata.labels`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Bytes by key.
    #[serde(default)]
    pub data: BTreeMap<String, FileContent>,
    /// Type of the Secret, `Opaque` where none is given.
    #[serde(rename = "type", default = "Secret::default_type")]
    pub kind: String,
}

impl Secret {
    fn default_type() -> String {
        "Opaque".to_owned()
    }

    /// The bytes of a key.
    pub fn bytes(&self, key: &str) -> Option<&Bytes> {
        self.data.get(key).map(|content| &content.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .field("keys", &self.data.keys())
            .finish_non_exhaustive()
    }
}

/// Host and path routes (`APIRule`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRule {
    /// Namespace and name.
    #[serde(flatten)]
    pub name: ObjectName,
    /// Host names, or first labels of one (`orders` is `orders.<any domain>`).
    pub hosts: Vec<String>,
    /// Routes, the first that matches counts, unless one of those that match is closed.
    pub routes: Vec<ApiRoute>,
}

/// One route of an [`ApiRule`]. The function sees the whole path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRoute {
    /// Paths of the route.
    pub path: PathPattern,
    /// Methods of the route; empty is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Function that answers.
    pub function: FunctionName,
    /// Whether the route asks for authentication, which is not checked here: nobody gets through,
    /// by another route neither.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

impl ApiRoute {
    /// Whether it is for this method and path.
    fn fits(&self, method: &str, path: &RequestPath<'_>) -> bool {
        (self.methods.is_empty() || self.methods.iter().any(|own| own == method))
            && self.path.matches(path.path())
    }

    /// Whether it keeps everybody from a path, as far as its function may see it as its own: also
    /// with a slash at its end or an escaped one in it, and by `HEAD` where `GET` is closed.
    fn shuts(&self, method: &str, path: &RequestPath<'_>) -> bool {
        let is_own = |own: &String| own == method || method == "HEAD" && own == "GET";
        let matches = |path: &str| {
            self.path.matches(path)
                || path.strip_suffix('/').is_some_and(|path| self.path.matches(path))
        };
        self.closed
            && (self.methods.is_empty() || self.methods.iter().any(is_own))
            && path.readings().any(matches)
    }
}

impl ApiRule {
    /// Whether `host`, without port, is this rule's.
    pub fn owns(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| host_matches(own, host))
    }

    /// The function that answers, where this rule has an open route for it and no closed one.
    pub fn find(&self, method: &str, path: &RequestPath<'_>) -> Option<&FunctionName> {
        if path.is_disguised() || self.shuts(method, path) {
            return None;
        }
        let mut fitting = self.routes.iter().filter(|route| route.fits(method, path));
        fitting.next().map(|route| &route.function)
    }

    /// Whether one of its routes is closed for this method and path.
    pub fn shuts(&self, method: &str, path: &RequestPath<'_>) -> bool {
        self.routes.iter().any(|route| route.shuts(method, path))
    }

    /// The functions that have a closed route.
    pub fn guarded(&self) -> impl Iterator<Item = &FunctionName> {
        self.routes.iter().filter(|route| route.closed).map(|route| &route.function)
    }

    /// Whether it lets callers reach `function` by a path, whatever the host: `None` where it has no
    /// route for that.
    pub fn admits(
        &self,
        function: &str,
        method: &str,
        path: &RequestPath<'_>,
    ) -> Option<Admission> {
        let mut own = self.routes.iter().filter(|route| route.function.as_str() == function);
        if path.is_disguised() || own.clone().any(|route| route.shuts(method, path)) {
            return Some(Admission::Closed);
        }
        own.any(|route| route.fits(method, path)).then_some(Admission::Open)
    }

    /// The methods that routes name for `path`; none where one of them is closed.
    pub fn methods(&self, path: &RequestPath<'_>) -> Vec<String> {
        let here = || self.routes.iter().filter(|route| route.path.matches(path.path()));
        if path.is_disguised() || here().any(|route| route.closed) {
            return Vec::new();
        }
        here().flat_map(|route| route.methods.clone()).collect()
    }
}

/// Verdict of an [`ApiRule`] on a function's path; the greater counts where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// Anybody may call.
    Open,
    /// Nobody gets through.
    Closed,
}

fn host_matches(own: &str, host: &str) -> bool {
    let Some((beginning, rest)) = host.split_at_checked(own.len()) else { return false };
    let whole = rest.is_empty() || (rest.starts_with('.') && !own.contains('.'));
    beginning.eq_ignore_ascii_case(own) && whole
}
