use std::time::Duration;

use avocet_frames::head::{Failure, FailureKind, SourceError};

/// Reason for which a call has no response from its function. [`FailureKind`] decides the status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// The class.
    pub kind: FailureKind,
    /// One line for people: what failed, and the limit or setting that it exceeded.
    pub message: String,
    /// Pause before trying again, for `Retry-After`; with [`FailureKind::Overload`] and
    /// [`FailureKind::NotLoaded`].
    pub retry_after: Option<Duration>,
    /// Place where the source is wrong, with [`FailureKind::NotLoaded`].
    pub source_error: Option<Box<SourceError>>,
}

impl CallError {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        let retry_after = match kind {
            FailureKind::Overload | FailureKind::NotLoaded => Some(Duration::from_secs(1)),
            _ => None,
        };
        Self { kind, message: message.into(), retry_after, source_error: None }
    }

    pub(crate) fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    pub(crate) fn not_loaded(name: &str, error: &SourceError) -> Self {
        let mut made = Self::new(
            FailureKind::NotLoaded,
            format!("the function {name} could not be loaded: {}", describe(error)),
        );
        made.source_error = Some(Box::new(error.clone()));
        made
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind, failure.message)
    }
}

/// Reason for which a function is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The source is wrong; says where.
    #[error("{}", describe(.0))]
    Source(Box<SourceError>),
    /// There was no answer about the source: no worker, no time, or no room.
    #[error(transparent)]
    Failed(#[from] CallError),
}

/// `file:line:column: message`, as far as it is known.
fn describe(error: &SourceError) -> String {
    let mut place = String::new();
    if let Some(file) = &error.file {
        place.push_str(file);
        for number in [error.line, error.column].into_iter().map_while(|n| n) {
            place.push_str(&format!(":{number}"));
        }
        place.push_str(": ");
    }
    place + &error.message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_error_begins_with_its_place() {
        let mut error = SourceError { message: "SyntaxError: x".into(), ..Default::default() };
        assert_eq!(LoadError::Source(Box::new(error.clone())).to_string(), "SyntaxError: x");
        error.file = Some("handler.js".into());
        error.line = Some(3);
        error.column = Some(7);
        let text = LoadError::Source(Box::new(error)).to_string();
        assert_eq!(text, "handler.js:3:7: SyntaxError: x");
    }
}
