//! Deploying a set of files.

use avocet_functions::Severity as ReadSeverity;
use avocet_functions::model::FunctionName;
use serde::{Deserialize, Serialize};

/// A set of files to deploy, all or nothing unless it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyRequest {
    /// Namespace of documents that name none.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The files.
    pub files: Vec<ApplyFile>,
    /// Check everything, change nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Deploy what is right, also where something else is refused.
    #[serde(default)]
    pub partial: bool,
    /// Subjects whose messages call the one function of the set, which no document describes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<String>,
}

/// Namespace of documents and requests that name none.
pub fn default_namespace() -> String {
    FunctionName::DEFAULT_NAMESPACE.to_owned()
}

/// A file of an [`ApplyRequest`]; exactly one of `text` and `base64` is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyFile {
    /// Path as the person knows it, with `/`.
    pub path: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Bytes, where they are no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// Result of an [`ApplyRequest`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyReport {
    /// Results of the documents of the set.
    pub results: Vec<ApplyResult>,
    /// Remarks about them.
    pub diagnostics: Vec<Diagnostic>,
}

impl ApplyReport {
    /// True where anything was refused; nothing was changed then, unless [`ApplyRequest::partial`].
    pub fn is_refused(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Result of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyResult {
    /// `Function`, `ConfigMap`, ….
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Outcome.
    pub outcome: ApplyOutcome,
    /// Reason, where it is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a function, the revision that is active now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Of a function, where it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Outcome for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplyOutcome {
    /// New.
    Created,
    /// New content.
    Configured,
    /// No change.
    Unchanged,
    /// Wrong; a diagnostic says where.
    Refused,
    /// Right, but another document of the set is not.
    Skipped,
    /// Without effect here, as its reason says; it stands in nothing's way.
    Ignored,
}

/// Remark about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Severity of the finding.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// Advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The file, as in [`ApplyFile::path`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The document in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<u32>,
    /// Line in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The field (`spec.runtime`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_line: Option<String>,
}

/// Severity of a [`Diagnostic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The set is refused.
    Error,
    /// Accepted, but perhaps not as meant.
    Warning,
}

impl Diagnostic {
    /// One about the whole set.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            help: None,
            file: None,
            document: None,
            line: None,
            column: None,
            path: None,
            source_line: None,
        }
    }

    /// One that refuses the set.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// One that refuses nothing.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// The field that it is about.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

impl From<avocet_functions::Diagnostic> for Diagnostic {
    fn from(read: avocet_functions::Diagnostic) -> Self {
        Self {
            severity: match read.severity {
                ReadSeverity::Error => Severity::Error,
                ReadSeverity::Warning => Severity::Warning,
            },
            message: read.message,
            help: read.help,
            file: Some(read.place.file).filter(|file| !file.is_empty()),
            document: read.place.document,
            line: read.place.line,
            column: read.place.column,
            path: read.path,
            source_line: None,
        }
    }
}
