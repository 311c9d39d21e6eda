//! Rules of keys.

use crate::{Error, Result};

/// Longest key, bytes.
pub const MAX_KEY_BYTES: usize = 1024;

/// Checks a key: one or more of `A` to `Z`, `a` to `z`, `0` to `9`, `-`, `/`, `_`, `=` and `.`, no
/// dot first, last or beside another, at most [`MAX_KEY_BYTES`]. (JetStream's own rule, so that each
/// key is a subject.)
///
/// # Errors
/// [`Error::Invalid`], which names the key and the rule.
pub fn check_key(key: &str) -> Result<()> {
    let dots = key.starts_with('.') || key.ends_with('.') || key.contains("..");
    let reason = match fault(key) {
        Some(reason) => reason,
        None if key.is_empty() => "a key must not be empty".to_owned(),
        None if dots => "a dot cannot be first, last or beside another dot".to_owned(),
        None => return Ok(()),
    };
    Err(Error::Invalid { field: format!("key {:?}", shown(key)), reason })
}

/// Checks a prefix of keys: a beginning that a key can have, or nothing.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_prefix(prefix: &str) -> Result<()> {
    let dots = prefix.starts_with('.') || prefix.contains("..");
    let reason = match fault(prefix) {
        Some(reason) => reason,
        None if dots => "no key has a dot first or beside another dot".to_owned(),
        None => return Ok(()),
    };
    Err(Error::Invalid { field: format!("prefix {:?}", shown(prefix)), reason })
}

fn fault(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-/_=.".contains(c);
    if let Some(other) = text.chars().find(|c| !allowed(*c)) {
        return Some(format!(
            "{other:?} is not allowed; allowed are letters, digits and - / _ = ."
        ));
    }
    (text.len() > MAX_KEY_BYTES).then(|| format!("is longer than {MAX_KEY_BYTES} bytes"))
}

/// As much of it as a message can hold.
fn shown(key: &str) -> String {
    key.chars().take(80).collect()
}
