//! Functions and the kinds around them, read from YAML and JSON files.
//!
//! The YAML that people have for a cluster is taken unchanged. [`parse`] never fails: it returns
//! what it could read and a [`Diagnostic`] for everything else, each with file, document, line,
//! column and field.
//!
//! | what | becomes |
//! |---|---|
//! | a missing field, a wrong type, an unknown runtime, a duplicate name | an error |
//! | an unknown field, a deprecated runtime, a field that does nothing here | a warning |
//! | a document of another kind | a warning; the document is skipped |
//! | an error in the YAML itself | an error; reading goes on at the next `---` |
//!
//! Anchors, aliases and merge keys (`<<`) work; `kind: List` stands for its items.
//!
//! # Fields of our own in a Function's `spec`
//! | field | meaning |
//! |---|---|
//! | `source.dir` | a folder relative to the file, whose files are the source |
//! | `handler` | `file.export`, the file with or without its extension; default `handler.main` |
//! | `timeout`, `cpuTime`, `bodyLimit`, `concurrency`, `queue` | [`crate::model::limits`] |
//! | `cors` | `false`: the function answers `OPTIONS` itself, and no CORS header is added |
//!
//! # Bounds
//! A file has at most [`MAX_FILE_BYTES`], [`MAX_DOCUMENTS`] and [`MAX_NODES`] values (those that
//! aliases repeat count each time) nested [`MAX_DEPTH`] deep; over it, the rest is skipped with an error.

mod api_rule;
mod block;
mod fields;
mod function;
mod merge;
mod metadata;
mod node;
mod object;
mod objects;
mod scalar;
mod source;
mod subscription;
mod tree;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{FunctionName, Resource};
use node::Node;
use object::{Cx, Object};

/// Largest file, bytes.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// Most documents in one file.
pub const MAX_DOCUMENTS: u32 = 50_000;

/// Most values in one document.
pub const MAX_NODES: usize = 200_000;

/// Deepest nesting.
pub const MAX_DEPTH: usize = 64;

/// Most diagnostics that are kept of one file.
pub const MAX_DIAGNOSTICS: usize = 500;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, for messages.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A value with the place that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where its document begins.
    pub place: Place,
    /// Where a function's fields are, by their path (`spec.runtime`), for who finds out later that
    /// something about them is wrong.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Place>,
    /// Where a function's inline source begins, where its lines are lines of the file: line `n` of it
    /// is `n - 1` lines further down, from the same column on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Place>,
}

impl<T> Located<T> {
    /// Where a field is; of one that is not known, where its document begins.
    pub fn place_of(&self, field: &str) -> &Place {
        self.fields.get(field).unwrap_or(&self.place)
    }
}

/// What files hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What could be read, in the order of the files.
    pub resources: Vec<Located<Resource>>,
    /// What could not, and what is worth a warning.
    pub diagnostics: Vec<Diagnostic>,
}

impl Manifest {
    /// Whether anything stands in the way of deploying it.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Reports each name that a resource of the same kind has before it, and leaves that one out.
    pub(crate) fn refuse_duplicates(&mut self) {
        let mut first: HashMap<(&'static str, String), Place> = HashMap::new();
        let diagnostics = &mut self.diagnostics;
        self.resources.retain(|located| {
            let (namespace, name) = located.value.name();
            let key = (located.value.kind(), format!("{namespace}/{name}"));
            let Some(before) = first.get(&key) else {
                first.insert(key, located.place.clone());
                return true;
            };
            let (kind, name) = key;
            let message = format!("{kind} `{name}` is defined twice: first at {before}");
            diagnostics.push(
                Diagnostic::error(located.place.clone(), message)
                    .with_path("metadata.name")
                    .with_help("rename or remove one of them"),
            );
            false
        });
    }
}

/// Reads files. Documents that name no namespace are in
/// [`FunctionName::DEFAULT_NAMESPACE`].
pub fn parse(files: &[SourceFile]) -> Manifest {
    parse_in(files, FunctionName::DEFAULT_NAMESPACE)
}

/// As [`parse`], with the namespace for documents that name none.
pub fn parse_in(files: &[SourceFile], namespace: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for file in files {
        parse_file(file, namespace, &mut manifest);
    }
    manifest.refuse_duplicates();
    manifest
}

/// What is wrong with a file as YAML, whatever it is about.
pub(crate) fn syntax_errors(file: &SourceFile) -> Vec<Diagnostic> {
    unreadable(file, tree::read(&file.text, false).errors)
}

fn unreadable(file: &SourceFile, errors: Vec<tree::TreeError>) -> Vec<Diagnostic> {
    let of = |error: tree::TreeError| {
        let place = Place {
            file: file.path.clone(),
            document: Some(error.document),
            line: Some(error.at.line),
            column: Some(error.at.column),
        };
        Diagnostic::error(place, error.message)
    };
    errors.into_iter().map(of).collect()
}

fn parse_file(file: &SourceFile, namespace: &str, manifest: &mut Manifest) {
    let read = tree::read(&file.text, file.path.ends_with(".json"));
    let mut found = unreadable(file, read.errors);
    for (document, node) in &read.documents {
        let cx = Cx::new(&file.path, *document, namespace);
        resources(&cx, node, &mut manifest.resources);
        found.append(&mut cx.into_diagnostics());
    }
    if found.len() > MAX_DIAGNOSTICS {
        let rest = found.len() - MAX_DIAGNOSTICS;
        // Errors stay: a file that has any must not pass for one that has none.
        found.sort_by_key(|diagnostic| !diagnostic.is_error());
        found.truncate(MAX_DIAGNOSTICS);
        let message = format!("{rest} more errors and warnings in this file are not shown");
        found.push(Diagnostic::warning(Place::file(&*file.path), message));
    }
    manifest.diagnostics.append(&mut found);
}

/// The resources of one document: one, or a list's items.
fn resources(cx: &Cx<'_>, node: &Node, out: &mut Vec<Located<Resource>>) {
    let Some(object) = Object::root(cx, node) else { return };
    let (api_version, kind) = (object.peek_text("apiVersion"), object.peek_text("kind"));
    if kind.is_some_and(|kind| kind.ends_with("List")) && object.has("items") {
        for item in object.list("items") {
            resources(cx, item.node, out);
        }
        return;
    }
    let before = cx.errors();
    let resource = match (api_version, kind) {
        (Some(version), Some(kind)) => match read_kind(&object, version, kind) {
            Some(resource) => resource,
            None => return,
        },
        (None, None) if !object.has("apiVersion") && !object.has("kind") => {
            cx.warning(node.at, "", "document has no `kind` and no `apiVersion`: it is skipped");
            return;
        }
        _ => {
            object.required_text("apiVersion");
            object.required_text("kind");
            return;
        }
    };
    if let Some(value) = resource.filter(|_| cx.errors() == before) {
        let (fields, code) = match value {
            Resource::Function(_) => (function::places(&object), source::code(node)),
            _ => (BTreeMap::new(), None),
        };
        let code = code.map(|at| cx.place(at));
        out.push(Located { value, place: cx.place(node.at), fields, code });
    }
}

type Reader = fn(&Object<'_, '_>) -> Option<Resource>;

/// `None` where the kind is not one of ours; `Some(None)` where it has errors.
fn read_kind(object: &Object<'_, '_>, version: &str, kind: &str) -> Option<Option<Resource>> {
    const SERVERLESS: &str = "serverless.kyma-project.io";
    const EVENTING: &str = "eventing.kyma-project.io";
    const GATEWAY: &str = "gateway.kyma-project.io";
    let (group, number) = version.rsplit_once('/').unwrap_or(("", version));
    let (versions, read): (&[&str], Reader) = match (group, kind) {
        (SERVERLESS, "Function") => (&["v1alpha2", "v1alpha1"], function::read),
        (EVENTING, "Subscription") => (&["v1alpha2"], subscription::read),
        ("", "ConfigMap") => (&["v1"], objects::config_map),
        ("", "Secret") => (&["v1"], objects::secret),
        (GATEWAY, "APIRule") => (&["v2", "v2alpha1", "v1beta2", "v1beta1"], api_rule::read),
        _ => {
            let message = format!("kind `{kind}` ({version}) is not known here: it is skipped");
            object.cx.warning(object.at_of("kind"), "kind", message);
            return None;
        }
    };
    if !versions.contains(&number) {
        let allowed: Vec<String> = versions
            .iter()
            .map(|v| if group.is_empty() { (*v).to_owned() } else { format!("{group}/{v}") })
            .collect();
        let message = format!("unknown version `{version}` of kind `{kind}`");
        let help = format!("allowed are {}", allowed.join(", "));
        object.cx.error_with_help(object.at_of("apiVersion"), "apiVersion", message, help);
        return Some(None);
    }
    Some(read(object))
}
