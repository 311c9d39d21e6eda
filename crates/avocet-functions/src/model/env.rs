//! A function's environment with its references looked up.

use std::collections::BTreeMap;

use super::expand::expand;
use super::{
    ConfigMap, EnvSource, EnvSourceKind, EnvValue, FileContent, Function, KeySelector, Secret,
    Source, ValueSource,
};

/// Source of ConfigMaps and Secrets.
pub trait References {
    /// A ConfigMap.
    fn config_map(&self, namespace: &str, name: &str) -> Option<&ConfigMap>;

    /// A Secret.
    fn secret(&self, namespace: &str, name: &str) -> Option<&Secret>;
}

impl References for (&[ConfigMap], &[Secret]) {
    fn config_map(&self, namespace: &str, name: &str) -> Option<&ConfigMap> {
        self.0.iter().find(|m| m.name.namespace == namespace && m.name.name == name)
    }

    fn secret(&self, namespace: &str, name: &str) -> Option<&Secret> {
        self.1.iter().find(|m| m.name.namespace == namespace && m.name.name == name)
    }
}

impl Function {
    /// The ConfigMaps and Secrets of its namespace that it refers to, some perhaps twice.
    pub fn references(&self) -> impl Iterator<Item = (EnvSourceKind, &str)> {
        use EnvSourceKind::{ConfigMap, Secret};
        let variables = self.env.iter().filter_map(|variable| match &variable.value {
            EnvValue::ValueFrom(ValueSource::ConfigMapKeyRef(key)) => Some((ConfigMap, &*key.name)),
            EnvValue::ValueFrom(ValueSource::SecretKeyRef(key)) => Some((Secret, &*key.name)),
            _ => None,
        });
        let whole = self.env_from.iter().map(|source| (source.kind, &*source.name));
        let mounts = self.secret_mounts.iter().map(|mount| (Secret, &*mount.secret_name));
        let auth = match &self.source {
            Source::Git(git) => git.auth.as_ref(),
            _ => None,
        };
        let auth = auth.map(|auth| (Secret, &*auth.secret_name));
        variables.chain(whole).chain(mounts).chain(auth)
    }
}

/// Name of the Secret whose files configure the installers of packages, of a function's namespace or,
/// with the label, of [`PLATFORM_NAMESPACE`].
pub const REGISTRY_SECRET: &str = "serverless-package-registry-config";

/// Namespace of what holds for the whole platform.
pub const PLATFORM_NAMESPACE: &str = "kyma-system";

/// Label that a Secret of [`PLATFORM_NAMESPACE`] needs to be for all namespaces, with its value.
const REGISTRY_LABEL: (&str, &str) = ("serverless.kyma-project.io/config", "credentials");

/// Environment of a function with every reference looked up.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ResolvedEnv {
    /// Variables.
    pub vars: BTreeMap<String, String>,
    /// Files of mounted Secrets, by full path.
    pub files: BTreeMap<String, FileContent>,
    /// Settings of the installers of its packages (`.npmrc`, `pip.conf`), out of
    /// [`REGISTRY_SECRET`].
    pub registries: BTreeMap<String, FileContent>,
}

impl std::fmt::Debug for ResolvedEnv {
    /// Without values: some are secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResolvedEnv")
            .field("vars", &self.vars.keys())
            .field("files", &self.files.keys())
            .field("registries", &self.registries.keys())
            .finish()
    }
}

/// A reference that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// The object is not there.
    #[error("{user} needs {kind} `{object}`, which does not exist")]
    NoObject {
        /// Part of the definition that refers to it.
        user: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Namespace and name of the object.
        object: String,
    },
    /// The object has no such key.
    #[error("{user} needs key `{key}` of {kind} `{object}`, which has {has}")]
    NoKey {
        /// Part of the definition that refers to it.
        user: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Namespace and name of the object.
        object: String,
        /// The key.
        key: String,
        /// The keys that it has.
        has: String,
    },
    /// A variable cannot hold the bytes.
    #[error("{user} cannot hold the value of key `{key}`: it is not UTF-8 text without NUL")]
    NotText {
        /// Part of the definition that refers to it.
        user: String,
        /// The key.
        key: String,
    },
}

impl ResolvedEnv {
    /// Looks up every reference of `function`; all that lead nowhere are named at once.
    pub fn resolve(function: &Function, from: &impl References) -> Result<Self, Vec<EnvError>> {
        let mut resolved = Self::default();
        let mut errors = Vec::new();
        for source in &function.env_from {
            match all_keys(function, source, from) {
                Ok(vars) => resolved.vars.extend(vars),
                Err(error) => errors.push(error),
            }
        }
        for variable in &function.env {
            match value(function, &variable.name, &variable.value, &resolved.vars, from) {
                Ok(Some(value)) => drop(resolved.vars.insert(variable.name.clone(), value)),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        for mount in &function.secret_mounts {
            let user = format!("secret mount `{}`", mount.mount_path);
            let namespace = function.name.namespace();
            match from.secret(namespace, &mount.secret_name) {
                Some(secret) => resolved.files.extend(secret.data.iter().map(|(key, content)| {
                    (format!("{}/{key}", mount.mount_path.trim_end_matches('/')), content.clone())
                })),
                None => errors.push(no_object(user, "Secret", namespace, &mount.secret_name)),
            }
        }
        resolved.registries = registries(function, from);
        if errors.is_empty() { Ok(resolved) } else { Err(errors) }
    }
}

fn registries(function: &Function, from: &impl References) -> BTreeMap<String, FileContent> {
    let own = from.secret(function.name.namespace(), REGISTRY_SECRET);
    let (label, value) = REGISTRY_LABEL;
    let for_all = || {
        let secret = from.secret(PLATFORM_NAMESPACE, REGISTRY_SECRET);
        secret.filter(|secret| secret.labels.get(label).is_some_and(|own| own == value))
    };
    let Some(secret) = own.or_else(for_all) else { return BTreeMap::new() };
    let settings = [".npmrc", "pip.conf"].into_iter();
    let settings = settings.filter_map(|name| Some((name, secret.data.get(name)?)));
    settings.map(|(name, content)| (name.to_owned(), content.clone())).collect()
}

fn no_object(user: String, kind: &'static str, namespace: &str, name: &str) -> EnvError {
    EnvError::NoObject { user, kind, object: format!("{namespace}/{name}") }
}

/// The variables of an `envFrom`. Keys that cannot be a variable's name are left out, as Kubernetes
/// does.
fn all_keys(
    function: &Function,
    source: &EnvSource,
    from: &impl References,
) -> Result<BTreeMap<String, String>, EnvError> {
    let (namespace, name) = (function.name.namespace(), &source.name);
    let (kind, keys) = match source.kind {
        EnvSourceKind::ConfigMap => {
            ("ConfigMap", from.config_map(namespace, name).map(config_keys))
        }
        EnvSourceKind::Secret => ("Secret", from.secret(namespace, name).map(secret_keys)),
    };
    let user = || "envFrom".to_owned();
    let Some(keys) = keys else {
        return match source.optional {
            true => Ok(BTreeMap::new()),
            false => Err(no_object(user(), kind, namespace, name)),
        };
    };
    let mut vars = BTreeMap::new();
    for (key, bytes) in keys {
        let name = format!("{}{key}", source.prefix);
        if is_variable_name(&name) {
            let not_text = || EnvError::NotText { user: user(), key: key.to_owned() };
            vars.insert(name, text(bytes).ok_or_else(not_text)?);
        }
    }
    Ok(vars)
}

/// Whether Kubernetes takes the name for a variable.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(usable) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// A variable's value; `None` where it is left out. `known` are the variables before it.
fn value(
    function: &Function,
    variable: &str,
    value: &EnvValue,
    known: &BTreeMap<String, String>,
    from: &impl References,
) -> Result<Option<String>, EnvError> {
    let reference = match value {
        EnvValue::Value(text) => return Ok(Some(expand(text, known))),
        EnvValue::ValueFrom(reference) => reference,
    };
    let namespace = function.name.namespace();
    let (kind, selector, keys) = match reference {
        ValueSource::FieldRef(path) => return Ok(Some(path.value(function))),
        ValueSource::ResourceFieldRef(field) => return Ok(Some(field.value(function))),
        ValueSource::ConfigMapKeyRef(s) => {
            ("ConfigMap", s, from.config_map(namespace, &s.name).map(config_keys))
        }
        ValueSource::SecretKeyRef(s) => {
            ("Secret", s, from.secret(namespace, &s.name).map(secret_keys))
        }
    };
    let user = format!("environment variable `{variable}`");
    selected(user, kind, namespace, selector, keys)
}

/// The value of a selected key.
fn selected(
    user: String,
    kind: &'static str,
    namespace: &str,
    selector: &KeySelector,
    keys: Option<BTreeMap<&str, &[u8]>>,
) -> Result<Option<String>, EnvError> {
    let KeySelector { name, key, optional } = selector;
    let Some(keys) = keys else {
        return match optional {
            true => Ok(None),
            false => Err(no_object(user, kind, namespace, name)),
        };
    };
    match keys.get(key.as_str()) {
        Some(bytes) => match text(bytes) {
            Some(text) => Ok(Some(text)),
            None => Err(EnvError::NotText { user, key: key.clone() }),
        },
        None if *optional => Ok(None),
        None => Err(EnvError::NoKey {
            user,
            kind,
            object: format!("{namespace}/{name}"),
            key: key.clone(),
            has: key_list(&keys),
        }),
    }
}

/// Bytes as the text of a variable; `None` where it cannot hold them.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then(|| text.to_owned())
}

fn key_list(keys: &BTreeMap<&str, &[u8]>) -> String {
    match keys.is_empty() {
        true => "no keys".to_owned(),
        false => keys.keys().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "),
    }
}

fn config_keys(map: &ConfigMap) -> BTreeMap<&str, &[u8]> {
    let binary = map.binary_data.iter().map(|(key, content)| (key.as_str(), &content.0[..]));
    binary.chain(map.data.iter().map(|(key, text)| (key.as_str(), text.as_bytes()))).collect()
}

fn secret_keys(secret: &Secret) -> BTreeMap<&str, &[u8]> {
    secret.data.iter().map(|(key, content)| (key.as_str(), &content.0[..])).collect()
}
