//! Names of namespaces and functions.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Maps of labels and annotations.
pub type Labels = BTreeMap<String, String>;

/// Longest label (RFC 1123): a namespace's or a function's name.
pub const MAX_LABEL: usize = 63;

/// Longest name of a ConfigMap, Secret, Subscription or APIRule (a DNS subdomain).
pub const MAX_SUBDOMAIN: usize = 253;

/// A function's full name, written `namespace/name`.
///
/// Both parts are DNS labels (RFC 1123), so a name is also the beginning of the function's path at
/// the gateway and can be a part of a host name. It is one shared string: cloning is cheap, and
/// since it hashes like the `str` `"namespace/name"`, a map with it as key is searched with
/// a route's key without building a name.
///
/// ```
/// use avocet_functions::model::FunctionName;
///
/// let name: FunctionName = "shop/orders".parse()?;
/// assert_eq!((name.namespace(), name.name()), ("shop", "orders"));
/// assert_eq!("orders".parse::<FunctionName>()?.to_string(), "default/orders");
/// # Ok::<(), avocet_functions::model::NameError>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionName {
    full: Arc<str>,
    slash: u8,
}

impl FunctionName {
    /// The namespace of a name that is given without one.
    pub const DEFAULT_NAMESPACE: &'static str = "default";

    /// From its two parts.
    pub fn new(namespace: &str, name: &str) -> Result<Self, NameError> {
        check_label(namespace).map_err(|e| e.within("namespace"))?;
        check_label(name).map_err(|e| e.within("name"))?;
        Ok(Self { full: format!("{namespace}/{name}").into(), slash: namespace.len() as u8 })
    }

    /// The function that a cluster's service name stands for.
    /// ```
    /// use avocet_functions::model::FunctionName;
    ///
    /// let name = FunctionName::of_service("orders.shop.svc.cluster.local");
    /// assert_eq!(name, FunctionName::new("shop", "orders").ok());
    /// assert_eq!(FunctionName::of_service("orders.example.com"), None);
    /// ```
    pub fn of_service(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let name = host.strip_suffix(".svc.cluster.local").or_else(|| host.strip_suffix(".svc"))?;
        let (function, namespace) = name.split_once('.')?;
        Self::new(namespace, function).ok()
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.full[..self.slash as usize]
    }

    /// The name inside its namespace.
    pub fn name(&self) -> &str {
        &self.full[self.slash as usize + 1..]
    }

    /// `namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.full
    }
}

impl FromStr for FunctionName {
    type Err = NameError;

    /// `namespace/name`, or `name` alone in [`FunctionName::DEFAULT_NAMESPACE`].
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.split_once('/') {
            Some((namespace, name)) => Self::new(namespace, name),
            None => Self::new(Self::DEFAULT_NAMESPACE, text),
        }
    }
}

impl TryFrom<String> for FunctionName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<FunctionName> for String {
    fn from(name: FunctionName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.full)
    }
}

impl fmt::Debug for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.full, f)
    }
}

impl PartialEq for FunctionName {
    fn eq(&self, other: &Self) -> bool {
        self.full == other.full
    }
}

impl Eq for FunctionName {}

impl Hash for FunctionName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.full.hash(state);
    }
}

impl PartialOrd for FunctionName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FunctionName {
    /// By the whole text, as [`Borrow`] requires.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.full.cmp(&other.full)
    }
}

impl Borrow<str> for FunctionName {
    fn borrow(&self) -> &str {
        &self.full
    }
}

/// Text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part} {text:?} {kind}")]
pub struct NameError {
    /// Part of the name: `namespace` or `name`.
    pub part: &'static str,
    /// The text, cut at 80 characters.
    pub text: String,
    /// Fault of the name.
    pub kind: NameErrorKind,
}

impl NameError {
    fn new(text: &str, kind: NameErrorKind) -> Self {
        Self { part: "name", text: text.chars().take(80).collect(), kind }
    }

    fn within(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }
}

/// Fault in a [`NameError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameErrorKind {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Over the limit.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A character that names cannot have.
    #[error(
        "has the character {0:?}: allowed are lower-case letters, digits and '-', \
         with a letter or digit first and last"
    )]
    Character(char),
}

/// Whether `text` is a DNS label: 1–63 of `a-z0-9-`, a letter or digit first and last.
pub fn check_label(text: &str) -> Result<(), NameError> {
    check_dns(text, MAX_LABEL, |_| false)
}

/// Whether `text` is a DNS subdomain: labels joined by dots, 253 characters at most.
pub fn check_subdomain(text: &str) -> Result<(), NameError> {
    check_dns(text, MAX_SUBDOMAIN, |c| c == '.')?;
    match text.split('.').find_map(|label| check_label(label).err()) {
        Some(error) => Err(NameError::new(text, error.kind)),
        None => Ok(()),
    }
}

fn check_dns(text: &str, max: usize, also: impl Fn(char) -> bool) -> Result<(), NameError> {
    let fail = |kind| Err(NameError::new(text, kind));
    if text.is_empty() {
        return fail(NameErrorKind::Empty);
    }
    if text.len() > max {
        return fail(NameErrorKind::TooLong(max));
    }
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if let Some(c) = text.chars().find(|&c| !(edge(c) || c == '-' || also(c))) {
        return fail(NameErrorKind::Character(c));
    }
    match [text.chars().next(), text.chars().last()].into_iter().flatten().find(|&c| !edge(c)) {
        Some(c) => fail(NameErrorKind::Character(c)),
        None => Ok(()),
    }
}
