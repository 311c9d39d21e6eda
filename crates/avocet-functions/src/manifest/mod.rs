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
//! | a document of another kind or version, an APIRule with errors | ignored, with the reason as a warning |
//! | a function without a runtime | one on [`crate::model::Runtime::NODEJS`], with a warning |
//! | an error in the YAML itself | an error; reading goes on at the next `---` |
//!
//! Anchors, aliases and merge keys (`<<`) work; `kind: List` stands for its items.
//!
//! # Fields of our own in a Function's `spec`
//! | field | meaning |
//! |---|---|
//! | `source.dir` | a folder relative to the file, whose files are the source |
//! | `handler` | `file.export`, the file with or without its extension; default `handler.main` |
//! | `timeout`, `cpuTime`, `bodyLimit`, `concurrency`, `queue` | [`crate::model::settings`] |
//! | `cors` | `false`: the function answers `OPTIONS` itself, and no CORS header is added |
//! | `triggers` | what calls the function by itself: [`crate::model::Triggers`] |
//! | `egress.allow` | addresses that it may call: [`crate::model::EgressRule`] |
//! | `reuse`, `allowEval` | of functions of messages |
//!
//! # Bounds
//! A file has at most [`MAX_FILE_BYTES`], [`MAX_DOCUMENTS`] and [`MAX_NODES`] values (those that
//! aliases repeat count each time) nested [`MAX_DEPTH`] deep; over it, the rest is skipped with an error.

mod api_rule;
mod block;
mod fields;
mod filters;
mod function;
mod git_repository;
mod kubeless;
mod kyma_cli;
mod merge;
mod metadata;
mod node;
mod object;
mod objects;
mod scalar;
mod selection;
mod source;
mod subscription;
mod tree;
mod triggers;
mod variables;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Place};
use crate::model::{FunctionName, Resource};

use git_repository::GitRepository;
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
    /// Path of the file, for messages.
    pub path: String,
    /// Text of the file.
    pub text: String,
}

/// A value with the place that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Start of its document.
    pub place: Place,
    /// Places of a function's fields, by their path (`spec.runtime`), for whoever finds a fault in
    /// them later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Place>,
    /// Start of a function's inline source, where its lines are lines of the file: line `n` of it
    /// is `n - 1` lines further down, from the same column on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Place>,
}

impl<T> Located<T> {
    /// Place of a field; of one that is not known, the start of its document.
    pub fn place_of(&self, field: &str) -> &Place {
        self.fields.get(field).unwrap_or(&self.place)
    }
}

/// A document that has no effect here, and stands in nothing's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// Kind, as it is written.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name; empty where it has none.
    pub name: String,
    /// Reason, in one line.
    pub reason: String,
}

/// Content of files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Resources that could be read, in the order of the files.
    pub resources: Vec<Located<Resource>>,
    /// Documents that have no effect here; a diagnostic says so of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Located<Ignored>>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that list functions' dependencies, where they have other names than npm or pip give
    /// them.
    #[serde(skip)]
    pub(crate) lists: HashMap<FunctionName, String>,
}

impl Manifest {
    /// Whether anything stands in the way of deploying it.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Takes what others hold.
    pub(crate) fn add(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.ignored.extend(other.ignored);
        self.diagnostics.extend(other.diagnostics);
        self.lists.extend(other.lists);
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
    let mut repositories = Vec::new();
    for file in files {
        parse_file(file, namespace, &mut manifest, &mut repositories);
    }
    git_repository::resolve(&mut manifest.resources, &repositories, &mut manifest.diagnostics);
    manifest.refuse_duplicates();
    manifest
}

/// Syntax errors of a file as YAML, whatever it is about.
pub(crate) fn syntax_errors(file: &SourceFile) -> Vec<Diagnostic> {
    unreadable(file, tree::read(&file.text, false).errors)
}

/// Whether a text without a `kind` describes a function all the same.
pub(crate) fn is_config(file: &SourceFile) -> bool {
    // Most data need not be parsed to know.
    let words = ["sourceType", "type: inline", "type: git"];
    if !words.iter().any(|word| file.text.contains(word)) {
        return false;
    }
    let read = tree::read(&file.text, false);
    let cx = Cx::new(&file.path, 1, FunctionName::DEFAULT_NAMESPACE);
    let [(_, node)] = &read.documents[..] else { return false };
    read.errors.is_empty() && Object::root(&cx, node).is_some_and(|o| kyma_cli::is_one(&o))
}

/// The files with which a Kustomization patches others, as it names them.
pub(crate) fn patches(file: &SourceFile) -> Vec<String> {
    let read = tree::read(&file.text, false);
    let cx = Cx::new(&file.path, 1, FunctionName::DEFAULT_NAMESPACE);
    let Some((_, node)) = read.documents.first() else { return Vec::new() };
    let Some(object) = Object::root(&cx, node) else { return Vec::new() };
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902"];
    let items = lists.into_iter().flat_map(|key| object.list(key));
    let path = |item: object::Field<'_>| match &item.node.value {
        node::Value::Text(path) => Some(path.clone()),
        _ => Object::root(&cx, item.node)?.peek_text("path").map(str::to_owned),
    };
    items.filter_map(path).collect()
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

fn parse_file(
    file: &SourceFile,
    namespace: &str,
    manifest: &mut Manifest,
    repositories: &mut Vec<GitRepository>,
) {
    let read = tree::read(&file.text, file.path.ends_with(".json"));
    let mut found = unreadable(file, read.errors);
    for (document, node) in &read.documents {
        let cx = Cx::new(&file.path, *document, namespace);
        let mut documents = Documents { cx: &cx, manifest, repositories };
        documents.read(node);
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

/// Results out of one document of a file.
struct Documents<'a, 'f> {
    cx: &'a Cx<'f>,
    manifest: &'a mut Manifest,
    repositories: &'a mut Vec<GitRepository>,
}

impl Documents<'_, '_> {
    /// The resources of one document: one, or a list's items.
    fn read(&mut self, node: &Node) {
        let cx = self.cx;
        let Some(object) = Object::root(cx, node) else { return };
        let (api_version, kind) = (object.peek_text("apiVersion"), object.peek_text("kind"));
        if kind.is_some_and(|kind| kind.ends_with("List")) && object.has("items") {
            for item in object.list("items") {
                self.read(item.node);
            }
            return;
        }
        if kyma_cli::is_one(&object) {
            return self.config(&object, node);
        }
        if api_version.is_none() && object.has("definition") {
            return self.shown(node, kind.unwrap_or("Function"));
        }
        match (api_version, kind) {
            (Some(version), Some(kind)) => self.document(&object, node, version, kind),
            (version, kind) if kind != Some("Function") => {
                let lacks = match (version, kind) {
                    (None, None) => "no `kind` and no `apiVersion`",
                    (None, _) => "no `apiVersion`",
                    _ => "no `kind`",
                };
                let message = format!("document has {lacks}: it is skipped");
                cx.warning(node.at, "", message);
            }
            _ => {
                object.required_text("apiVersion");
                object.required_text("kind");
            }
        }
    }

    /// A resource as the admin API shows it, and the command line prints it.
    fn shown(&mut self, node: &Node, kind: &str) {
        let mut document = node.to_json();
        let mut definition = document["definition"].take();
        if let Some(fields) = definition.as_object_mut() {
            fields.insert("kind".to_owned(), kind.into());
        }
        match serde_json::from_value::<Resource>(definition) {
            Ok(value) => {
                let place = self.cx.place(node.at);
                let fields = BTreeMap::new();
                self.manifest.resources.push(Located { value, place, fields, code: None });
            }
            Err(error) => {
                let message = format!("is no {kind} as the admin API shows it: {error}");
                let help = "of a Secret it shows no values: deploy its own file";
                self.cx.error_with_help(node.at, "definition", message, help);
            }
        }
    }

    fn document(&mut self, object: &Object<'_, '_>, node: &Node, version: &str, kind: &str) {
        let (before, errors) = (self.cx.diagnostics(), self.cx.errors());
        let read = match reader(version, kind) {
            Ok(reader) => reader,
            Err(unknown) => {
                let Described { key, reason, help } = unknown.describe(version, kind);
                let at = object.at_of(key);
                if let (Some(help), true) = (&help, version.starts_with(SERVERLESS)) {
                    // Whoever wrote a function means it to run.
                    return self.cx.error_with_help(at, key, reason, help);
                }
                let message = format!("{reason}: it is skipped");
                match help {
                    Some(help) => self.cx.warning_with_help(at, key, message, help),
                    None => self.cx.warning(at, key, message),
                }
                return self.ignore(object, node, kind, reason);
            }
        };
        let resource = match read {
            Reader::Repository => {
                let repository = git_repository::read(object);
                return self.repositories.extend(repository);
            }
            Reader::Resource(read) => read(object),
        };
        let failed = self.cx.errors() > errors;
        if failed && kind == "APIRule" {
            let first = self.cx.soften(before);
            return self.ignore(object, node, kind, first);
        }
        if let Some(value) = resource.filter(|_| !failed) {
            let (fields, code) = match value {
                Resource::Function(_) => (function::places(object), source::code(node)),
                _ => (BTreeMap::new(), None),
            };
            let (place, code) = (self.cx.place(node.at), code.map(|at| self.cx.place(at)));
            self.manifest.resources.push(Located { value, place, fields, code });
        }
    }

    /// A function with what belongs to it.
    fn config(&mut self, object: &Object<'_, '_>, node: &Node) {
        let errors = self.cx.errors();
        let read = kyma_cli::read(object).filter(|_| self.cx.errors() == errors);
        let Some(config) = read else { return };
        let place = self.cx.place(node.at);
        for (name, reason) in config.ignored {
            let kind = "APIRule".to_owned();
            let namespace = self.cx.namespace.to_owned();
            let value = Ignored { kind, namespace, name, reason };
            let (place, fields) = (place.clone(), BTreeMap::new());
            self.manifest.ignored.push(Located { value, place, fields, code: None });
        }
        if let (Some(list), Some(Resource::Function(function))) =
            (config.dependencies, config.resources.first())
        {
            self.manifest.lists.insert(function.name.clone(), list);
        }
        for value in config.resources {
            let fields = match value {
                Resource::Function(_) => {
                    let of = |(key, at)| (format!("spec.{key}"), self.cx.place(at));
                    object.places().map(of).collect()
                }
                _ => BTreeMap::new(),
            };
            self.manifest.resources.push(Located {
                value,
                place: place.clone(),
                fields,
                code: None,
            });
        }
    }

    fn ignore(&mut self, object: &Object<'_, '_>, node: &Node, kind: &str, reason: String) {
        let named = object.peek_named();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let value = Ignored {
            kind: kind.chars().take(80).collect(),
            namespace: text(named.and_then(|(_, ns)| ns).or(Some(self.cx.namespace))),
            name: text(named.map(|(name, _)| name)),
            reason,
        };
        let place = self.cx.place(node.at);
        let fields = BTreeMap::new();
        self.manifest.ignored.push(Located { value, place, fields, code: None });
    }
}

/// Reader of a kind.
enum Reader {
    Resource(fn(&Object<'_, '_>) -> Option<Resource>),
    /// Of which only functions make use.
    Repository,
}

/// Reason for which nothing reads a document.
enum Unknown {
    Kind,
    /// The versions that are read.
    Version(Vec<String>),
}

/// Message about an [`Unknown`].
struct Described {
    /// The field that says so.
    key: &'static str,
    reason: String,
    help: Option<String>,
}

impl Unknown {
    fn describe(self, version: &str, kind: &str) -> Described {
        let group = version.split('/').next().unwrap_or_default();
        match self {
            Self::Version(allowed) => Described {
                key: "apiVersion",
                reason: format!("version `{version}` of kind `{kind}` is not read here"),
                help: Some(format!("read are {}", allowed.join(", "))),
            },
            Self::Kind if group == "kustomize.config.k8s.io" => Described {
                key: "kind",
                reason: "Kustomize is not run here".to_owned(),
                help: Some(KUSTOMIZE.to_owned()),
            },
            Self::Kind => Described {
                key: "kind",
                reason: format!("kind `{kind}` ({version}) is not known here"),
                help: None,
            },
        }
    }
}

const SERVERLESS: &str = "serverless.kyma-project.io";

/// Advice about a folder of Kustomize.
pub(crate) const KUSTOMIZE: &str =
    "deploy what it makes: `kubectl kustomize . | avocet deploy -f -`";

fn reader(version: &str, kind: &str) -> Result<Reader, Unknown> {
    const EVENTING: &str = "eventing.kyma-project.io";
    const GATEWAY: &str = "gateway.kyma-project.io";
    let (group, number) = version.rsplit_once('/').unwrap_or(("", version));
    let (versions, read): (&[&str], _) = match (group, kind) {
        (SERVERLESS, "Function") => (&["v1alpha2", "v1alpha1"], Reader::Resource(function::read)),
        (SERVERLESS, "GitRepository") => (&["v1alpha1"], Reader::Repository),
        ("kubeless.io", "Function") => (&["v1beta1"], Reader::Resource(kubeless::read)),
        (EVENTING, "Subscription") => {
            (&["v1alpha2", "v1alpha1"], Reader::Resource(subscription::read))
        }
        ("", "ConfigMap") => (&["v1"], Reader::Resource(objects::config_map)),
        ("", "Secret") => (&["v1"], Reader::Resource(objects::secret)),
        (GATEWAY, "APIRule") => (
            &["v2", "v2alpha1", "v1beta2", "v1beta1", "v1alpha1"],
            Reader::Resource(api_rule::read),
        ),
        _ => return Err(Unknown::Kind),
    };
    if versions.contains(&number) {
        return Ok(read);
    }
    let full = |v: &&str| if group.is_empty() { (*v).to_owned() } else { format!("{group}/{v}") };
    Err(Unknown::Version(versions.iter().map(full).collect()))
}
