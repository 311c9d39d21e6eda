//! References of a function to itself by `fieldRef` and `resourceFieldRef` (the downward API of
//! Kubernetes). A function here has no pod: its own name stands for the pod's, and the machine that
//! it runs on for the node.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Cpu, Memory};

/// `fieldRef.fieldPath`: a field that a function can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPath(pub(super) Field);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Plain(&'static str),
    Label(String),
    Annotation(String),
}

/// Fields without a key.
const PLAIN: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Text that names no such field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no field {0:?} is known: allowed are {plain}, metadata.labels['KEY'] and \
     metadata.annotations['KEY']",
    plain = PLAIN.join(", ")
)]
pub struct FieldPathError(String);

impl FromStr for FieldPath {
    type Err = FieldPathError;

    fn from_str(path: &str) -> Result<Self, FieldPathError> {
        let key = |map: &str| {
            let key = path.strip_prefix(map)?.strip_prefix("['")?.strip_suffix("']")?;
            Some(key.to_owned())
        };
        let plain = PLAIN.into_iter().find(|plain| *plain == path).map(Field::Plain);
        let label = || key("metadata.labels").map(Field::Label);
        let annotation = || key("metadata.annotations").map(Field::Annotation);
        let found = plain.or_else(label).or_else(annotation).map(Self);
        found.ok_or_else(|| FieldPathError(path.chars().take(80).collect()))
    }
}

impl TryFrom<String> for FieldPath {
    type Error = FieldPathError;

    fn try_from(path: String) -> Result<Self, FieldPathError> {
        path.parse()
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.to_string()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Field::Plain(path) => f.write_str(path),
            Field::Label(key) => write!(f, "metadata.labels['{key}']"),
            Field::Annotation(key) => write!(f, "metadata.annotations['{key}']"),
        }
    }
}

/// `resourceFieldRef`: an amount, in units of its divisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceField {
    /// `limits.cpu`, `limits.memory`, `requests.cpu` or `requests.memory`.
    pub(super) resource: String,
    /// `1`, `1m`, `1Mi`, …; absent is one processor, or one byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    divisor: Option<String>,
}

/// A reference to a resource that cannot be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResourceFieldError {
    /// There is no such resource.
    #[error(
        "unknown resource {0:?}: allowed are limits.cpu, limits.memory, requests.cpu and \
         requests.memory"
    )]
    Resource(String),
    /// The divisor is no amount of it, or 0.
    #[error("{0:?} is no divisor: write `1`, `1m`, `1Ki` or `1Mi`")]
    Divisor(String),
}

impl ResourceField {
    /// Checks both parts.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub fn new(resource: &str, divisor: Option<&str>) -> Result<Self, ResourceFieldError> {
        let cut = |text: &str| text.chars().take(40).collect::<String>();
        let known = ["limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
        if !known.contains(&resource) {
            return Err(ResourceFieldError::Resource(cut(resource)));
        }
        // Kubernetes takes `0` for the default.
        let divisor = divisor.filter(|text| *text != "0").map(str::to_owned);
        let field = Self { resource: resource.to_owned(), divisor };
        match field.unit() {
            Some(_) => Ok(field),
            None => Err(ResourceFieldError::Divisor(cut(field.divisor.as_deref().unwrap_or("")))),
        }
    }

    fn is_cpu(&self) -> bool {
        self.resource.ends_with(".cpu")
    }

    /// The divisor in thousandths of a processor or in bytes; `None` where it is none of them.
    pub(super) fn unit(&self) -> Option<u64> {
        let text = self.divisor.as_deref();
        let unit = match self.is_cpu() {
            true => u64::from(text.unwrap_or("1").parse::<Cpu>().ok()?.millis()),
            false => text.unwrap_or("1").parse::<Memory>().ok()?.bytes(),
        };
        (unit > 0).then_some(unit)
    }
}
