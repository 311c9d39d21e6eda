//! Faults of a person's files, and their places.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Severity of a [`Diagnostic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The deployment goes on.
    Warning,
    /// Nothing is deployed.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as it was given.
    pub file: String,
    /// The document in it, from 1; absent for files that are no YAML or JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<u32>,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }
}

impl fmt::Display for Place {
    /// `file:line:column`, as far as it is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().map_while(|n| n) {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}

/// One thing that a person should know about their files.
///
/// ```
/// use avocet_functions::{Diagnostic, Place};
///
/// let place = Place { document: Some(1), line: Some(7), column: Some(12), ..Place::file("f.yaml") };
/// let mut error = Diagnostic::error(place, "unknown runtime `nodejs99`");
/// error.path = Some("spec.runtime".to_owned());
/// error.help = Some("allowed are v8, nodejs22".to_owned());
/// assert_eq!(
///     error.to_string(),
///     "error: unknown runtime `nodejs99`\n \
///      --> f.yaml:7:12 (document 1, spec.runtime)\n  = help: allowed are v8, nodejs22"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Severity of the fault.
    pub severity: Severity,
    /// Place of the fault.
    #[serde(flatten)]
    pub place: Place,
    /// The field: `spec.source.inline.source`, `spec.env[2].name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Fault, in one line.
    pub message: String,
    /// Advice: what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place, path: None, message: message.into(), help: None }
    }

    /// A warning.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(place, message) }
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the field that it is about.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into()).filter(|path| !path.is_empty());
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    /// As compilers do: several lines, without a line break at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message)?;
        let document = self.place.document.map(|number| format!("document {number}"));
        let details: Vec<String> = document.into_iter().chain(self.path.clone()).collect();
        write!(f, "\n --> {}", self.place)?;
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  = help: {help}"),
            None => Ok(()),
        }
    }
}
