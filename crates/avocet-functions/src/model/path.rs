//! Paths of routes.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// Paths that an [`ApiRoute`](super::ApiRoute) is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PathPattern {
    /// One path, and no other.
    Exact(String),
    /// Every path that begins so (`/orders/*` is `/orders/`).
    Prefix(String),
    /// Segments, of which `{*}` stands for one and a last `{**}` for any number.
    Template(Vec<String>),
    /// A regular expression, which the whole path has to match.
    Regex(PathRegex),
}

impl PathPattern {
    /// Whether `path` (without query) is one of them.
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(own) => own == path,
            Self::Prefix(own) => path.starts_with(own.as_str()),
            Self::Regex(own) => own.matches(path),
            Self::Template(segments) => {
                let mut path = path.trim_start_matches('/').split('/');
                for segment in segments {
                    let found = match segment.as_str() {
                        "{**}" => return true,
                        "{*}" => path.next().is_some_and(|s| !s.is_empty()),
                        own => path.next() == Some(own),
                    };
                    if !found {
                        return false;
                    }
                }
                path.next().is_none()
            }
        }
    }
}

/// A regular expression over a whole path. It is matched in time linear in the path's length; its
/// program is bounded, and so is what it may keep while it matches.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathRegex {
    /// As it was written.
    text: String,
    whole: Regex,
}

/// Longest expression, bytes.
const MAX_EXPRESSION: usize = 4 << 10;

/// Largest program of an expression, and most memory for what it finds while it matches, bytes.
const MAX_PROGRAM: usize = 256 << 10;

/// Text that is no usable regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PathRegexError(String);

impl FromStr for PathRegex {
    type Err = PathRegexError;

    fn from_str(text: &str) -> Result<Self, PathRegexError> {
        if text.len() > MAX_EXPRESSION {
            return Err(PathRegexError(format!("is longer than {MAX_EXPRESSION} bytes")));
        }
        let mut builder = RegexBuilder::new(&format!("^(?:{text})$"));
        builder.size_limit(MAX_PROGRAM).dfa_size_limit(MAX_PROGRAM).nest_limit(64);
        let whole = builder.build().map_err(|error| {
            PathRegexError(match error {
                regex::Error::CompiledTooBig(_) => "is too large".to_owned(),
                error => {
                    // Below the expression and a caret, the last line says what it is.
                    let said = error.to_string();
                    let last = said.lines().last().unwrap_or_default();
                    last.trim_start_matches("error: ").to_owned()
                }
            })
        })?;
        Ok(Self { text: text.to_owned(), whole })
    }
}

impl PathRegex {
    /// Whether the whole of `path` matches.
    pub fn matches(&self, path: &str) -> bool {
        self.whole.is_match(path)
    }
}

impl TryFrom<String> for PathRegex {
    type Error = PathRegexError;

    fn try_from(text: String) -> Result<Self, PathRegexError> {
        text.parse()
    }
}

impl From<PathRegex> for String {
    fn from(regex: PathRegex) -> Self {
        regex.text
    }
}

impl PartialEq for PathRegex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathRegex {}

impl fmt::Debug for PathRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}
