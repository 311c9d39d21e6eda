//! From the files of a request to the documents that they hold.

use std::collections::BTreeMap;

use avocet_functions::Place;
use avocet_functions::manifest::{Ignored, Located};
use avocet_functions::model::{FileContent, Resource, Source, SubjectPattern, Triggers};
use avocet_functions::project::{Options, ProjectFile, common_folder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ApplyFile, ApplyOutcome, ApplyRequest, ApplyResult, Diagnostic};

/// Documents of a request.
pub(super) struct Set {
    pub documents: Vec<Document>,
    /// Documents that have no effect here.
    pub ignored: Vec<ApplyResult>,
    pub diagnostics: Vec<Diagnostic>,
}

/// A document and where it came from.
pub(super) struct Document {
    pub resource: Resource,
    pub origin: Origin,
}

/// Origin of a document.
pub(super) struct Origin {
    place: Place,
    /// Line and column of `spec.runtime`.
    runtime: Option<Place>,
    code: Code,
}

/// Origin of a function's code.
enum Code {
    /// Nowhere that is known.
    Unknown,
    /// Files of the request, by their path in the function's folder.
    Files(BTreeMap<String, String>),
    /// A text inside the YAML file, which begins there.
    Inline(Place),
}

/// Place of a line of a function's code in the person's own files.
pub(super) struct SourcePlace {
    pub file: String,
    pub line: Option<u32>,
    /// Columns that the line is further right there.
    pub indent: u32,
    pub path: Option<String>,
}

type Files = BTreeMap<String, FileContent>;

/// Reads every document among the files, and the functions that no document names.
pub(super) fn read(request: &ApplyRequest) -> Set {
    let mut diagnostics = Vec::new();
    let files = decode(&request.files, &mut diagnostics);
    let top = common_folder(files.keys().map(String::as_str)).to_owned();
    let options = Options {
        namespace: request.namespace.clone(),
        folder: top.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned(),
        subjects: subjects(&request.triggers, &mut diagnostics),
    };
    let inside: Vec<ProjectFile> = files
        .iter()
        .map(|(path, content)| ProjectFile {
            path: path[top.len()..].to_owned(),
            content: content.0.clone(),
        })
        .collect();
    let mut found = avocet_functions::project::read(&inside, &options);
    for diagnostic in found.diagnostics {
        let mut diagnostic = Diagnostic::from(diagnostic);
        // A file, or a folder of some.
        let is_there = |file: &str| {
            inside.iter().any(|own| {
                let rest = own.path.strip_prefix(file);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let there = |file: String| match is_there(&file) {
            true => format!("{top}{file}"),
            false => options.folder.clone(),
        };
        diagnostic.file = diagnostic.file.map(there).filter(|file| !file.is_empty());
        diagnostics.push(diagnostic);
    }
    found.resources.iter_mut().for_each(|located| {
        located.place.file = format!("{top}{}", located.place.file);
    });
    let documents = found.resources.into_iter().map(|mut located| {
        let code = code(&located, &files);
        let mut place = located.place;
        if let Some(handler) = handler(&located.value, &code)
            && !files.contains_key(&place.file)
        {
            // Found by its files: its handler says more than its folder.
            place.file = handler;
        }
        Document {
            resource: located.value,
            origin: Origin { place, runtime: located.fields.remove("spec.runtime"), code },
        }
    });
    let ignored = found.ignored.into_iter().map(|located| ignored(located.value)).collect();
    Set { documents: documents.collect(), ignored, diagnostics }
}

/// Subjects that trigger the function; each that cannot is an error.
fn subjects(triggers: &[String], diagnostics: &mut Vec<Diagnostic>) -> Vec<SubjectPattern> {
    let mut subjects = Vec::with_capacity(triggers.len());
    for trigger in triggers.iter().take(Triggers::MAX + 1) {
        match trigger.parse() {
            Ok(subject) => subjects.push(subject),
            Err(error) => diagnostics.push(Diagnostic::error(format!("{error}")).at("triggers")),
        }
    }
    if triggers.len() > Triggers::MAX {
        let message = format!("{} subjects: at most {}", triggers.len(), Triggers::MAX);
        diagnostics.push(Diagnostic::error(message).at("triggers"));
    }
    subjects
}

fn ignored(document: Ignored) -> ApplyResult {
    let Ignored { kind, namespace, name, reason } = document;
    ApplyResult {
        kind,
        namespace,
        name,
        outcome: ApplyOutcome::Ignored,
        reason: Some(reason),
        revision: None,
        url: None,
    }
}

fn decode(files: &[ApplyFile], diagnostics: &mut Vec<Diagnostic>) -> Files {
    let mut decoded = Files::new();
    for file in files {
        let mut wrong = |message: &str| {
            let error = Diagnostic::error(message);
            diagnostics.push(Diagnostic { file: Some(file.path.clone()), ..error });
        };
        let content = match (&file.text, &file.base64) {
            (Some(text), None) => FileContent::from(text.as_str()),
            (None, Some(base64)) => match STANDARD.decode(base64) {
                Ok(bytes) => FileContent::from(bytes),
                Err(_) => {
                    wrong("the file's `base64` is not base64");
                    continue;
                }
            },
            _ => {
                wrong("a file has either `text` or `base64`");
                continue;
            }
        };
        if decoded.insert(normal(&file.path), content).is_some() {
            wrong("the file is in the request twice");
        }
    }
    decoded
}

/// Without `.` and empty segments, and with `..` taken back.
fn normal(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", segments.join("/"))
}

/// Origin of the function's code among the request's files.
fn code(located: &Located<Resource>, files: &Files) -> Code {
    let Resource::Function(function) = &located.value else { return Code::Unknown };
    match &function.source {
        Source::Inline(_) => located.code.clone().map_or(Code::Unknown, Code::Inline),
        Source::Files(own) => Code::Files(
            own.iter()
                .filter_map(|(path, content)| {
                    Some((path.clone(), nearest(path, content, &located.place.file, files)?))
                })
                .collect(),
        ),
        Source::Dir(_) | Source::Git(_) => Code::Unknown,
    }
}

/// The request's file that holds the function's handler.
fn handler(resource: &Resource, code: &Code) -> Option<String> {
    let (Resource::Function(function), Code::Files(files)) = (resource, code) else { return None };
    files.get(&function.package().ok()?.entry).cloned()
}

/// The request's file that is the function's `path`: of those with this end and content, the one
/// that shares most of its path with `beside`.
fn nearest(path: &str, content: &FileContent, beside: &str, files: &Files) -> Option<String> {
    let same =
        |file: &str| file == path || file.strip_suffix(path).is_some_and(|f| f.ends_with('/'));
    let shared = |file: &str| file.bytes().zip(beside.bytes()).take_while(|(a, b)| a == b).count();
    let candidates = files.iter().filter(|(file, other)| same(file) && *other == content);
    candidates
        .map(|(file, _)| file)
        .max_by_key(|file| (shared(file), usize::MAX - file.len()))
        .cloned()
}

impl Origin {
    /// Puts a diagnostic at the document.
    pub(super) fn place(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.file.get_or_insert_with(|| self.place.file.clone());
        diagnostic.document = self.place.document;
        diagnostic.line = diagnostic.line.or(self.place.line);
        diagnostic.column = diagnostic.column.or(self.place.column);
        diagnostic
    }

    /// Puts a diagnostic at the document's `spec.runtime`.
    pub(super) fn place_at_runtime(&self, diagnostic: Diagnostic) -> Diagnostic {
        let mut diagnostic = diagnostic.at("spec.runtime");
        if let Some(runtime) = &self.runtime {
            (diagnostic.line, diagnostic.column) = (runtime.line, runtime.column);
        }
        self.place(diagnostic)
    }

    /// Place, for the person, of a line of the function's file.
    pub(super) fn source(&self, file: &str, line: Option<u32>, entry: &str) -> SourcePlace {
        let inline = Some("spec.source.inline.source".to_owned());
        match self.code {
            Code::Inline(ref begin) if file == entry => SourcePlace {
                file: self.place.file.clone(),
                line: line.map(|line| line + begin.line.unwrap_or(1) - 1),
                indent: begin.column.unwrap_or(1) - 1,
                path: inline,
            },
            Code::Files(ref files) if files.contains_key(file) => {
                SourcePlace { file: files[file].clone(), line, indent: 0, path: None }
            }
            _ => SourcePlace {
                file: format!("{} ({file})", self.place.file),
                line,
                indent: 0,
                path: inline,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_plain() {
        for (path, plain) in [
            ("./a//b/../c.js", "a/c.js"),
            ("a/.", "a"),
            ("../x/y", "../x/y"),
            ("/a/./b", "/a/b"),
            (".", ""),
        ] {
            assert_eq!(normal(path), plain, "{path}");
        }
    }
}
