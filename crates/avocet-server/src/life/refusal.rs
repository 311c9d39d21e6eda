//! Reasons for which a function of a deploy is not run, and the places of their faults.

use avocet_runtimes::InstallError;
use avocet_workers::{LoadError, SourceError};

use super::families::Refused;
use super::read::{Document as ReadDocument, Origin};
use super::stored::Built;
use crate::api::Diagnostic;

/// Reason for which a function is not run.
pub(super) enum Refusal {
    Workers(Refused),
    Source(Box<SourceError>),
    Other(String),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::Workers(refused)
    }
}

impl Refusal {
    pub(super) fn text(self) -> String {
        match self {
            Self::Source(error) => LoadError::Source(error).to_string(),
            Self::Workers(refused) => refused.to_string(),
            Self::Other(text) => text,
        }
    }

    pub(super) fn diagnostic(self, document: &ReadDocument, built: &Built) -> Diagnostic {
        match self {
            Self::Workers(Refused::Runtime(text)) => {
                document.origin.place_at_runtime(Diagnostic::error(text))
            }
            Self::Workers(Refused::Dependencies(error)) => {
                dependencies_diagnostic(&error, &document.origin, built)
            }
            Self::Workers(Refused::Other(text)) => document.origin.place(Diagnostic::error(text)),
            Self::Other(text) => document.origin.place(Diagnostic::error(text)),
            Self::Source(error) => source_diagnostic(*error, &document.origin, built),
        }
    }
}

/// Says what is wrong with what the function depends on, and where it says that it does.
fn dependencies_diagnostic(error: &InstallError, origin: &Origin, built: &Built) -> Diagnostic {
    let text = error.to_string();
    let mut lines = text.lines();
    let mut diagnostic = Diagnostic::error(lines.next().unwrap_or_default().trim_end_matches(':'));
    let more = lines.collect::<Vec<_>>().join("\n");
    diagnostic.help = (!more.is_empty()).then_some(more);
    let (line, column) = match error {
        InstallError::List { line, column, .. } => (*line, *column),
        _ => (None, None),
    };
    let list = built.stored.function.runtime.engine().dependencies_file();
    let place = origin.source(list, line, &built.stored.entry);
    if place.path.is_some() {
        // In the definition itself, whose lines are not those of the list.
        return origin.place(diagnostic.at("spec.source.inline.dependencies"));
    }
    Diagnostic { file: Some(place.file), line: place.line, column, ..diagnostic }
}

/// Says where in the person's own files the source is wrong.
fn source_diagnostic(error: SourceError, origin: &Origin, built: &Built) -> Diagnostic {
    let SourceError { message, file, line, column, source_line, .. } = error;
    let diagnostic = Diagnostic::error(message);
    let Some(file) = file else { return origin.place(diagnostic) };
    let place = origin.source(&file, line, &built.stored.entry);
    Diagnostic {
        file: Some(place.file),
        line: place.line,
        column: column.map(|column| column + place.indent),
        source_line,
        path: place.path,
        ..diagnostic
    }
}
