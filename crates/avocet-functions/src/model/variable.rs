//! Environment variables of a function, as its definition names them.

use serde::{Deserialize, Serialize};

use super::{FieldPath, ResourceField};

/// One environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvVar {
    /// Name of the variable.
    pub name: String,
    /// Value, or the place that it comes from.
    #[serde(flatten)]
    pub value: EnvValue,
}

/// Value of a variable, or the place that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EnvValue {
    /// The value itself. `$(NAME)` in it is the value of a variable before it, `$$` is `$`, as
    /// Kubernetes has it.
    Value(String),
    /// Something else of the function's namespace.
    ValueFrom(ValueSource),
}

/// Object that a variable's value is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueSource {
    /// A key of a ConfigMap.
    ConfigMapKeyRef(KeySelector),
    /// A key of a Secret.
    SecretKeyRef(KeySelector),
    /// A field of the function itself.
    FieldRef(FieldPath),
    /// An amount of memory or processor that the function asks for.
    ResourceFieldRef(ResourceField),
}

/// Key of a ConfigMap or Secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySelector {
    /// The ConfigMap's or Secret's name.
    pub name: String,
    /// The key in it.
    pub key: String,
    /// Whether the variable is left out, without an error, where object or key are missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A ConfigMap or Secret each of whose keys is a variable (`envFrom`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvSource {
    /// Kind of the object.
    pub kind: EnvSourceKind,
    /// Name of the object, in the function's namespace.
    pub name: String,
    /// Prefix of the variables' names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Whether nothing is wrong where it does not exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// Kinds of [`EnvSource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnvSourceKind {
    /// Text by key.
    ConfigMap,
    /// Secret bytes by key.
    Secret,
}
