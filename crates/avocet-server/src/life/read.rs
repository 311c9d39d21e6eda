//! From the files of a request to the documents that they hold.

use std::collections::BTreeMap;

use avocet_functions::manifest::{Located, SourceFile, parse_in};
use avocet_functions::model::{FileContent, Function, Resource, Source};
use avocet_functions::{Place, Severity as ReadSeverity};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::{ApplyFile, ApplyRequest, Diagnostic, Severity};

/// What a request holds.
pub(super) struct Set {
    pub documents: Vec<Document>,
    pub diagnostics: Vec<Diagnostic>,
}

/// A document and where it came from.
pub(super) struct Document {
    pub resource: Resource,
    pub origin: Origin,
}

/// Where a document came from.
pub(super) struct Origin {
    place: Place,
    code: Code,
}

/// Where a function's code came from.
enum Code {
    /// Nowhere that is known.
    Unknown,
    /// Files of this folder (with a slash at its end, or empty).
    Folder(String),
    /// A text inside the YAML file.
    Inline { first_line: u32, indent: u32 },
}

/// Where a line of a function's code is in the person's own files.
pub(super) struct SourcePlace {
    pub file: String,
    pub line: Option<u32>,
    /// Columns that the line is further right there.
    pub indent: u32,
    pub path: Option<String>,
}

type Files = BTreeMap<String, FileContent>;

/// Reads every manifest among the files, and the folders that functions name.
pub(super) fn read(request: &ApplyRequest) -> Set {
    let mut diagnostics = Vec::new();
    let files = decode(&request.files, &mut diagnostics);
    let (manifests, others): (Vec<_>, Vec<_>) =
        files.iter().partition(|(path, _)| is_manifest(path));
    let mut sources = Vec::new();
    for (path, content) in manifests {
        match content.text() {
            Some(text) => sources.push(SourceFile { path: path.clone(), text: text.to_owned() }),
            None => {
                let error = Diagnostic::error("the file is not UTF-8 text");
                diagnostics.push(Diagnostic { file: Some(path.clone()), ..error });
            }
        }
    }
    let manifest = parse_in(&sources, &request.namespace);
    diagnostics.extend(manifest.diagnostics.into_iter().map(Diagnostic::from));
    let others = others.into_iter().map(|(path, content)| (path.clone(), content.clone()));
    let others: Files = others.collect();
    let mut documents = Vec::with_capacity(manifest.resources.len());
    for located in manifest.resources {
        let text = sources.iter().find(|source| source.path == located.place.file);
        let text = text.map_or("", |source| &source.text);
        match document(located, text, &others) {
            Ok(document) => documents.push(document),
            Err(error) => diagnostics.push(*error),
        }
    }
    if documents.is_empty() && diagnostics.iter().all(|d| d.severity != Severity::Error) {
        let message = match request.files.len() {
            0 => "there is nothing to deploy: the request has no files",
            _ => "there is nothing to deploy: no file holds a function or another resource",
        };
        diagnostics.push(Diagnostic::error(message));
    }
    Set { documents, diagnostics }
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

fn is_manifest(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

fn document(
    located: Located<Resource>,
    text: &str,
    files: &Files,
) -> Result<Document, Box<Diagnostic>> {
    let Located { value: mut resource, place } = located;
    let mut origin = Origin { place, code: Code::Unknown };
    if let Resource::Function(function) = &mut resource {
        origin.code = code(function, &origin.place, text, files).map_err(|message| {
            Box::new(origin.place(Diagnostic::error(message).at("spec.source")))
        })?;
    }
    Ok(Document { resource, origin })
}

/// Reads the folder that a function names; says where its code is.
fn code(function: &mut Function, place: &Place, text: &str, files: &Files) -> Result<Code, String> {
    match &function.source {
        Source::Inline(inline) => Ok(find_inline(text, place.line.unwrap_or(1), &inline.source)),
        Source::Dir(dir) => {
            let beside = place.file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let folder = match normal(&format!("{beside}/{dir}")) {
                folder if beside.is_empty() => folder.trim_start_matches('/').to_owned(),
                folder => folder,
            };
            let prefix = if folder.is_empty() { folder } else { format!("{folder}/") };
            let inside: Files = files
                .range(prefix.clone()..)
                .take_while(|(path, _)| path.starts_with(&prefix))
                .map(|(path, content)| (path[prefix.len()..].to_owned(), content.clone()))
                .collect();
            if inside.is_empty() {
                return Err(format!("there are no files in the folder {dir:?}"));
            }
            function.source = Source::Files(inside);
            Ok(Code::Folder(prefix))
        }
        Source::Git(git) => Err(format!(
            "sources in a Git repository ({}) are not supported in this build; clone it and use \
             `spec.source.dir`",
            git.url
        )),
        Source::Files(_) => Ok(Code::Unknown),
    }
}

/// Finds a block of code in the YAML text that it came from, at or after line `from`.
fn find_inline(text: &str, from: u32, code: &str) -> Code {
    let mut wanted = code.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((above, first)) = wanted.next() else { return Code::Unknown };
    let second = wanted.next();
    let lines: Vec<&str> = text.lines().collect();
    for at in (from as usize).saturating_sub(1)..lines.len() {
        let Some(indent) = lines[at].strip_suffix(first) else { continue };
        let follows = second.is_none_or(|(later, second)| {
            lines.get(at + later - above) == Some(&format!("{indent}{second}").as_str())
        });
        if follows && indent.trim().is_empty() {
            return Code::Inline {
                first_line: (at + 1).saturating_sub(above) as u32,
                indent: indent.len() as u32,
            };
        }
    }
    Code::Unknown
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

    /// Where a line of the function's file is for the person.
    pub(super) fn source(&self, file: &str, line: Option<u32>, entry: &str) -> SourcePlace {
        let inline = Some("spec.source.inline.source".to_owned());
        match self.code {
            Code::Inline { first_line, indent } if file == entry => SourcePlace {
                file: self.place.file.clone(),
                line: line.map(|line| line + first_line - 1),
                indent,
                path: inline,
            },
            Code::Folder(ref folder) => {
                SourcePlace { file: format!("{folder}{file}"), line, indent: 0, path: None }
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

    #[test]
    fn code_is_found_where_the_yaml_has_it() {
        let yaml = "a: 1\nsource: |\n\n  line one\n    line two\n";
        let found = find_inline(yaml, 1, "\nline one\n  line two\n");
        assert!(matches!(found, Code::Inline { first_line: 3, indent: 2 }));
        assert!(matches!(find_inline(yaml, 1, "line three\n"), Code::Unknown));
    }
}
