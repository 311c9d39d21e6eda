//! Functions in a folder, found by its files.
//!
//! [`read`] takes the files of a folder (whoever has the file system reads them) and finds, in this
//! order:
//!
//! 1. documents in YAML and JSON files ([`crate::manifest`]), and the `config.yaml` of a cluster's
//!    command line; a `source.dir` gets the files of its folder. Templates of Helm charts and what
//!    Kustomize patches are left out, with a sentence;
//! 2. folders with `handler.js`, `.mjs`, `.cjs` or `.py`, or else `.ts`, and no YAML function of
//!    their own: one function with the folder's name, of all files in it;
//! 3. single `.js`, `.mjs`, `.cjs` and `.py` files at the top, where there is no `package.json`
//!    beside them: one function each, with the file's name.
//!
//! Without YAML, JavaScript runs on `v8`; on [`Runtime::NODEJS`] where it asks for something that
//! `v8` has not (modules of Node.js, packages, `dependencies` in its `package.json`) and where it is
//! TypeScript; Python on [`Runtime::PYTHON`].
//!
//! [`Runtime::NODEJS`]: crate::model::Runtime::NODEJS
//! [`Runtime::PYTHON`]: crate::model::Runtime::PYTHON

mod dir;
mod esm;
mod find;
mod folder;
mod folders;
mod ignore;
mod javascript;
mod locate;
mod names;
mod node;
mod packages;
mod python;
mod rendered;
mod subjects;
mod tokens;
mod uses;

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::diagnostic::{Diagnostic, Place};
use crate::manifest::{self, Manifest, SourceFile, is_config};
use crate::model::{FunctionName, Resource, Source, SubjectPattern};

pub use dir::fill_dirs;
pub use esm::{has_module_syntax, is_module, names_packages, package_is_module};
pub use folder::common_folder;
pub use folders::{below, parent};
pub use ignore::{is_ignored, is_ignored_folder, is_kept};
pub use javascript::read_javascript;
pub use locate::locate;
pub use node::{V8_MODULES, candidates, is_bare, is_of_v8};
pub use python::read_python;
pub use uses::{Outline, Spot, Use};

/// Largest file of a function, bytes.
pub const MAX_FILE_BYTES: usize = 10 << 20;

/// Most files of one function.
pub const MAX_FILES: usize = 2_000;

/// Most bytes of one function's files together.
pub const MAX_TOTAL_BYTES: usize = 50 << 20;

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Path relative to the folder, with `/`.
    pub path: String,
    /// Bytes of the file.
    pub content: Bytes,
}

/// Settings that the files do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Namespace of what names none.
    pub namespace: String,
    /// Name of the folder, for a function whose handler is at its top.
    pub folder: String,
    /// Subjects that trigger the one function, which no document describes.
    pub subjects: Vec<SubjectPattern>,
}

impl Default for Options {
    fn default() -> Self {
        let namespace = FunctionName::DEFAULT_NAMESPACE.to_owned();
        Self { namespace, folder: String::new(), subjects: Vec::new() }
    }
}

/// Finds what the files hold. That nothing is found is an error, which says what was looked for.
///
/// ```
/// use avocet_functions::project::{Options, ProjectFile, read};
///
/// let content = "export const main = () => 'hello';".into();
/// let found = read(&[ProjectFile { path: "hello.js".to_owned(), content }], &Options::default());
/// assert_eq!(found.resources[0].value.name(), ("default", "hello"));
/// ```
pub fn read(files: &[ProjectFile], options: &Options) -> Manifest {
    let files = dir::usable(files);
    let mut manifest = Manifest::default();
    let mut sources: Vec<SourceFile> = files.iter().copied().filter_map(manifest_file).collect();
    let documented: BTreeSet<String> = sources
        .iter()
        .filter(|source| source.text.contains("Function") || is_config(source))
        .map(|source| parent(&source.path).to_owned())
        .collect();
    rendered::leave_out(&mut sources, &mut manifest, &options.namespace);
    manifest.add(manifest::parse_in(&sources, &options.namespace));
    let claimed = dir::fill(&mut manifest, &files);
    find::find(&mut manifest, &files, &find::Taken { claimed, documented }, options);
    manifest.refuse_duplicates();
    subjects::give(&mut manifest, &options.subjects);
    if manifest.resources.is_empty() && !manifest.has_errors() {
        // A file that cannot be read may have been meant to hold one.
        let broken =
            files.iter().filter(|file| is_yaml(&file.path) && manifest_file(file).is_none());
        let errors = broken.flat_map(|file| manifest::syntax_errors(&source_file(file)));
        manifest.diagnostics.extend(errors);
        if !manifest.has_errors() {
            manifest.diagnostics.push(nothing_found(files.len(), &manifest, options));
        }
    }
    manifest
}

/// The folders, relative to a YAML file's own, whose files its functions have.
pub fn source_dirs(file: &SourceFile) -> Vec<String> {
    let resources = manifest::parse(std::slice::from_ref(file)).resources.into_iter();
    let dir = |resource| match resource {
        Resource::Function(function) => match function.source {
            Source::Dir(dir) => Some(dir),
            _ => None,
        },
        _ => None,
    };
    resources.filter_map(|located| dir(located.value)).collect()
}

/// A file that holds documents: YAML with a `kind` or an `apiVersion`, JSON with both; or the
/// configuration of a function, or of Kustomize.
fn manifest_file(file: &ProjectFile) -> Option<SourceFile> {
    let yaml = is_yaml(&file.path);
    let json = file.path.ends_with(".json");
    if !yaml && !json {
        return None;
    }
    let text = String::from_utf8_lossy(&file.content);
    let begins = |key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
    let is_manifest = match yaml {
        true => {
            let keys = ["kind:", "apiVersion:", "\"kind\"", "{", "sourceType:", "definition:"];
            keys.iter().any(|key| begins(key))
                || rendered::is_kustomization(&file.path)
                || is_config(&source_file(file))
        }
        false => text.contains("\"apiVersion\"") && text.contains("\"kind\""),
    };
    is_manifest.then(|| SourceFile { path: file.path.clone(), text: text.into_owned() })
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

fn source_file(file: &ProjectFile) -> SourceFile {
    let text = String::from_utf8_lossy(&file.content).into_owned();
    SourceFile { path: file.path.clone(), text }
}

fn nothing_found(count: usize, manifest: &Manifest, options: &Options) -> Diagnostic {
    let folder = if options.folder.is_empty() { "." } else { &options.folder };
    if let Some(first) = manifest.ignored.first() {
        // The first thing that was meant is the best place to begin.
        let message = "nothing here can be deployed: everything in these files is skipped";
        let told = manifest.diagnostics.iter().find(|d| d.place == first.place);
        let help = told.and_then(|told| told.help.clone());
        let help = help.unwrap_or_else(|| "the warnings say why".to_owned());
        let reason = &first.value.reason;
        return Diagnostic::error(first.place.clone(), format!("{message} ({reason})"))
            .with_help(help);
    }
    let message = match count {
        0 => "no files here".to_owned(),
        1 => "no function in the one file here".to_owned(),
        _ => format!("no function in the {count} files here"),
    };
    let help = "looked for YAML or JSON with `kind: Function`, for config.yaml with `sourceType`, \
                for folders with handler.js, handler.mjs, handler.cjs, handler.ts or handler.py, and \
                for single .js or .py files at the top; left out were node_modules, names that \
                begin with a dot, tests and READMEs";
    Diagnostic::error(Place::file(folder), message).with_help(help)
}
