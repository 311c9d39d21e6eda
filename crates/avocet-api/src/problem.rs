//! Errors as RFC 9457 problem details.

use serde::{Deserialize, Serialize};

use crate::Diagnostic;

/// Failure of the API, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The status in words.
    #[serde(default)]
    pub title: String,
    /// The answer's status.
    #[serde(default)]
    pub status: u16,
    /// One sentence: what failed, and what to do.
    pub detail: String,
    /// Remarks about files.
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
}

impl Problem {
    /// Media type of a problem.
    pub const MEDIA_TYPE: &str = "application/problem+json";
}
