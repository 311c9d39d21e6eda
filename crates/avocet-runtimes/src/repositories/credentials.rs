//! Credentials for repositories.

use std::fmt;

use avocet_functions::model::{GitAuth, GitAuthKind, Secret};

/// Credentials for a repository.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// For `http` and `https`: a user name, and a password or token.
    Basic {
        /// The user.
        username: String,
        /// The password, or a token.
        password: String,
    },
    /// For SSH: the text of a private key without a passphrase.
    Key(String),
}

/// A Secret holds no credentials of the kind that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A key is missing.
    #[error("the Secret {secret} has no `{key}`")]
    Missing {
        /// The Secret's name.
        secret: String,
        /// The key.
        key: &'static str,
    },
    /// A value is not UTF-8.
    #[error("`{key}` of the Secret {secret} is no text")]
    NotText {
        /// The Secret's name.
        secret: String,
        /// The key.
        key: &'static str,
    },
    /// A value that goes into one line of a protocol has several, or control characters.
    #[error("`{key}` of the Secret {secret} is not one line")]
    NotOneLine {
        /// The Secret's name.
        secret: String,
        /// The key.
        key: &'static str,
    },
}

impl Credentials {
    /// Credentials in `secret`, by the keys of its kind: `username` and `password`, or `key`.
    ///
    /// # Errors
    /// Where a key is missing or its value cannot be used.
    pub fn of(auth: &GitAuth, secret: &Secret) -> Result<Self, CredentialsError> {
        let text = |key| text(auth, secret, key);
        let line = |key| line(auth, text(key)?, key);
        Ok(match auth.kind {
            GitAuthKind::Basic => {
                Self::Basic { username: line("username")?, password: line("password")? }
            }
            GitAuthKind::Key => Self::Key(text("key")?.to_owned()),
        })
    }
}

fn text<'a>(
    auth: &GitAuth,
    secret: &'a Secret,
    key: &'static str,
) -> Result<&'a str, CredentialsError> {
    let name = || auth.secret_name.clone();
    let bytes =
        secret.bytes(key).ok_or_else(|| CredentialsError::Missing { secret: name(), key })?;
    std::str::from_utf8(bytes).map_err(|_| CredentialsError::NotText { secret: name(), key })
}

/// The value without the line's end that files end with.
fn line(auth: &GitAuth, text: &str, key: &'static str) -> Result<String, CredentialsError> {
    let line = text.trim_end_matches(['\n', '\r']);
    match line.chars().any(char::is_control) {
        true => Err(CredentialsError::NotOneLine { secret: auth.secret_name.clone(), key }),
        false => Ok(line.to_owned()),
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // They end up in no log.
        f.write_str(match self {
            Self::Basic { .. } => "Basic",
            Self::Key(_) => "Key",
        })
    }
}
