//! Subjects of messages that trigger a function.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Subjects that trigger a function: tokens between dots, of which `*` stands for any one and `>`,
/// as the last, for one or more.
///
/// ```
/// use avocet_functions::model::SubjectPattern;
///
/// assert!("orders.>".parse::<SubjectPattern>().is_ok());
/// let error = "orders..new".parse::<SubjectPattern>().unwrap_err();
/// assert_eq!(error.to_string(), "subject \"orders..new\" has an empty token");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectPattern(String);

/// Beginnings of subjects that belong to the bus itself: functions neither hear nor reach them.
pub const RESERVED_SUBJECTS: [&str; 2] = ["$", "_INBOX."];

/// Longest subject, bytes.
pub const MAX_SUBJECT: usize = 1024;

/// A subject that cannot be a trigger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("subject {text:?} {kind}")]
pub struct SubjectError {
    /// The subject, cut at 80 characters.
    pub text: String,
    /// Fault.
    pub kind: SubjectErrorKind,
}

/// Fault of a [`SubjectError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectErrorKind {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Over [`MAX_SUBJECT`].
    #[error("is longer than {MAX_SUBJECT} bytes")]
    TooLong,
    /// Nothing between two dots, before the first or after the last.
    #[error("has an empty token")]
    EmptyToken,
    /// White space or a control character.
    #[error("has white space or a control character in it")]
    Space,
    /// A wildcard beside other characters.
    #[error("has a wildcard that is no token of its own: write `*` or `>` alone between dots")]
    Wildcard,
    /// `>` before the end.
    #[error("has `>` before its end: it stands for all further tokens")]
    Rest,
    /// Every message would be taken.
    #[error("would take every message there is: begin with a token of your own, as in `orders.>`")]
    Everything,
    /// One of [`RESERVED_SUBJECTS`].
    #[error("belongs to the bus: subjects that begin with `$` or `_INBOX.` trigger no function")]
    Reserved,
}

impl SubjectPattern {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(text: &str) -> Result<(), SubjectErrorKind> {
    use SubjectErrorKind as Kind;
    if text.is_empty() {
        return Err(Kind::Empty);
    }
    if text.len() > MAX_SUBJECT {
        return Err(Kind::TooLong);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Kind::Space);
    }
    if matches!(text, ">" | "*.>") {
        return Err(Kind::Everything);
    }
    if RESERVED_SUBJECTS.iter().any(|own| text.starts_with(own)) {
        return Err(Kind::Reserved);
    }
    let last = text.split('.').count() - 1;
    for (place, token) in text.split('.').enumerate() {
        match token {
            "" => return Err(Kind::EmptyToken),
            ">" if place < last => return Err(Kind::Rest),
            ">" | "*" => {}
            token if token.contains(['*', '>']) => return Err(Kind::Wildcard),
            _ => {}
        }
    }
    Ok(())
}

impl FromStr for SubjectPattern {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let error = |kind| SubjectError { text: text.chars().take(80).collect(), kind };
        check(text).map_err(error)?;
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for SubjectPattern {
    type Error = SubjectError;

    fn try_from(text: String) -> Result<Self, SubjectError> {
        text.parse()
    }
}

impl From<SubjectPattern> for String {
    fn from(subject: SubjectPattern) -> Self {
        subject.0
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
