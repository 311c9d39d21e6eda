//! A function's environment with its references looked up.

use std::collections::BTreeMap;

use super::{ConfigMap, EnvValue, FileContent, Function, KeyRef, KeySelector, Secret};

/// Where ConfigMaps and Secrets are looked up.
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

/// What a function finds in its environment.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ResolvedEnv {
    /// Variables.
    pub vars: BTreeMap<String, String>,
    /// Files of mounted Secrets, by full path.
    pub files: BTreeMap<String, FileContent>,
}

impl std::fmt::Debug for ResolvedEnv {
    /// Without values: some are secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResolvedEnv")
            .field("vars", &self.vars.keys())
            .field("files", &self.files.keys())
            .finish()
    }
}

/// A reference that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// The object is not there.
    #[error("{user} needs {kind} `{object}`, which does not exist")]
    NoObject {
        /// What refers to it.
        user: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Its namespace and name.
        object: String,
    },
    /// The object has no such key.
    #[error("{user} needs key `{key}` of {kind} `{object}`, which has {has}")]
    NoKey {
        /// What refers to it.
        user: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Its namespace and name.
        object: String,
        /// The key.
        key: String,
        /// The keys that it has.
        has: String,
    },
    /// A variable cannot hold the bytes.
    #[error("{user} cannot hold the value of key `{key}`: it is not UTF-8 text without NUL")]
    NotText {
        /// What refers to it.
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
        for variable in &function.env {
            match value(function, &variable.name, &variable.value, from) {
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
        if errors.is_empty() { Ok(resolved) } else { Err(errors) }
    }
}

fn no_object(user: String, kind: &'static str, namespace: &str, name: &str) -> EnvError {
    EnvError::NoObject { user, kind, object: format!("{namespace}/{name}") }
}

fn value(
    function: &Function,
    variable: &str,
    value: &EnvValue,
    from: &impl References,
) -> Result<Option<String>, EnvError> {
    let reference = match value {
        EnvValue::Value(text) => return Ok(Some(text.clone())),
        EnvValue::ValueFrom(reference) => reference,
    };
    let user = format!("environment variable `{variable}`");
    let namespace = function.name.namespace();
    let (kind, selector, keys) = match reference {
        KeyRef::ConfigMapKeyRef(s) => {
            ("ConfigMap", s, from.config_map(namespace, &s.name).map(config_keys))
        }
        KeyRef::SecretKeyRef(s) => ("Secret", s, from.secret(namespace, &s.name).map(secret_keys)),
    };
    let KeySelector { name, key, optional } = selector;
    let Some(keys) = keys else {
        return match optional {
            true => Ok(None),
            false => Err(no_object(user, kind, namespace, name)),
        };
    };
    match keys.get(key.as_str()) {
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(Some(text.to_owned())),
            _ => Err(EnvError::NotText { user, key: key.clone() }),
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
