//! The other kinds that a file can hold.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{FileContent, FunctionName, Labels, PathPattern};

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

impl ApiRule {
    /// Whether `host`, without port, is this rule's.
    pub fn owns(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| host_matches(own, host))
    }

    /// The function that answers, where this rule has a route for it. `host` is without port.
    pub fn find(&self, host: &str, method: &str, path: &str) -> Option<&FunctionName> {
        self.owns(host).then_some(())?;
        let method_matches = |m: &[String]| m.is_empty() || m.iter().any(|own| own == method);
        let fits = |r: &&ApiRoute| method_matches(&r.methods) && r.path.matches(path);
        let mut fitting = self.routes.iter().filter(fits);
        let first = fitting.next()?;
        let closed = first.closed || fitting.any(|route| route.closed);
        (!closed).then_some(&first.function)
    }

    /// The methods that routes name for `path`; none where one of them is closed.
    pub fn methods(&self, path: &str) -> Vec<String> {
        let here = || self.routes.iter().filter(|route| route.path.matches(path));
        if here().any(|route| route.closed) {
            return Vec::new();
        }
        here().flat_map(|route| route.methods.clone()).collect()
    }
}

fn host_matches(own: &str, host: &str) -> bool {
    let Some((beginning, rest)) = host.split_at_checked(own.len()) else { return false };
    let whole = rest.is_empty() || (rest.starts_with('.') && !own.contains('.'));
    beginning.eq_ignore_ascii_case(own) && whole
}
