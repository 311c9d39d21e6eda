//! Functions without YAML.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::dir::{collect, place};
use super::{Options, ProjectFile, names, names_packages, node, packages};
use crate::diagnostic::{Diagnostic, Place};
use crate::manifest::{Located, Manifest};
use crate::model::{FileContent, Function, FunctionName, Handler, Resource, Runtime, Source};

const HANDLERS: [&str; 4] = ["handler.js", "handler.mjs", "handler.cjs", "handler.py"];

/// Count only where none of those is there: beside them they are what they were compiled from.
const TYPED_HANDLERS: [&str; 3] = ["handler.ts", "handler.mts", "handler.cts"];

/// Files that belong to documents already.
pub(super) struct Taken {
    /// Folders whose files, at every depth, are a function's.
    pub(super) claimed: HashSet<String>,
    /// Folders with a file that describes functions: what is directly in them is not guessed.
    pub(super) documented: BTreeSet<String>,
}

/// Adds what no document names.
pub(super) fn find(
    manifest: &mut Manifest,
    files: &[&ProjectFile],
    taken: &Taken,
    options: &Options,
) {
    let mut finder = Finder { manifest, files, claimed: taken.claimed.clone(), options };
    let folders: BTreeSet<&str> = files.iter().filter_map(|f| handler_folder(&f.path)).collect();
    // A folder comes before those in it, and takes their files.
    for folder in folders.iter().filter(|folder| !taken.documented.contains(**folder)) {
        if !finder.is_claimed(folder) {
            finder.folder(folder);
            finder.claimed.insert((*folder).to_owned());
        }
    }
    if taken.documented.contains("") || files.iter().any(|file| file.path == "package.json") {
        return;
    }
    for file in files.iter().filter(|file| is_script(&file.path)) {
        if !finder.is_claimed("") {
            finder.single(file);
        }
    }
}

/// The folder whose handler this file is.
fn handler_folder(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    (HANDLERS.contains(&name) || TYPED_HANDLERS.contains(&name)).then_some(folder)
}

/// A script at the top that can be a function of its own.
fn is_script(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    !path.contains('/') && matches!(extension, Some("js" | "mjs" | "cjs" | "py"))
}

struct Finder<'m, 'f> {
    manifest: &'m mut Manifest,
    files: &'f [&'f ProjectFile],
    claimed: HashSet<String>,
    options: &'f Options,
}

impl Finder<'_, '_> {
    /// Whether the folder is, or is in, one that is taken.
    fn is_claimed(&self, folder: &str) -> bool {
        let mut ends = folder.match_indices('/').map(|(end, _)| end).chain([0, folder.len()]);
        ends.any(|end| self.claimed.contains(&folder[..end]))
    }

    /// A folder with a handler.
    fn folder(&mut self, folder: &str) {
        let is_there = |name: &&str| {
            let path = if folder.is_empty() { (*name).into() } else { format!("{folder}/{name}") };
            self.files.binary_search_by(|file| file.path.cmp(&path)).is_ok()
        };
        let mut handlers: Vec<&str> = HANDLERS.into_iter().filter(is_there).collect();
        if handlers.is_empty() {
            handlers = TYPED_HANDLERS.into_iter().filter(is_there).collect();
        }
        let [handler] = handlers[..] else {
            let message = format!("more than one handler: {}", handlers.join(", "));
            let help = "keep one of them, or write a YAML file that names it in `spec.handler`";
            return self.error(folder, message, help);
        };
        let sources = match collect(self.files, folder) {
            Ok(sources) => sources,
            Err(message) => return self.error(folder, message, "leave files out, or split it up"),
        };
        let name = match folder {
            "" => self.options.folder.as_str(),
            folder => folder.rsplit('/').next().unwrap_or(folder),
        };
        self.add(folder, name, handler, sources);
    }

    /// A file that is a function.
    fn single(&mut self, file: &ProjectFile) {
        let stem = file.path.rsplit_once('.').map_or(&*file.path, |(stem, _)| stem);
        // Alone in a set, `index.js` and `main.py` are named as `handler.js` is: by their folder.
        let nameless = matches!(stem, "index" | "main") && self.files.len() == 1;
        let folder = Some(self.options.folder.as_str()).filter(|name| nameless && !name.is_empty());
        match collect(&[file], "") {
            Ok(sources) => self.add(&file.path, folder.unwrap_or(stem), &file.path, sources),
            Err(message) => self.error(&file.path, message, "split it up"),
        }
    }

    fn add(
        &mut self,
        path: &str,
        name: &str,
        handler: &str,
        sources: BTreeMap<String, FileContent>,
    ) {
        let Some(label) = names::label(name) else {
            let message = format!("{name:?} cannot become a function's name");
            let help = "rename it to lower-case letters, digits and `-`";
            return self.error(path, message, help);
        };
        if label != name {
            let message = format!("{name:?} is no function name: the function is `{label}`");
            self.manifest.diagnostics.push(Diagnostic::warning(place(path), message));
        }
        let name = match FunctionName::new(&self.options.namespace, &label) {
            Ok(name) => name,
            Err(error) => return self.error(path, error.to_string(), "choose another namespace"),
        };
        let runtime = runtime(handler, &sources);
        if let Err(error) = packages::check(runtime.engine(), &sources, path) {
            return self.manifest.diagnostics.push(*error);
        }
        let mut function = Function::new(name, runtime, Source::Files(sources));
        if handler.split('.').next() != Some(Handler::FILE) {
            function.handler.file = Some(handler.to_owned());
        }
        let value = Resource::Function(Box::new(function));
        let place = Place::file(match path {
            "" => handler.to_owned(),
            file if file == handler => file.to_owned(),
            folder => format!("{folder}/{handler}"),
        });
        self.manifest.resources.push(Located { value, place, fields: BTreeMap::new(), code: None });
    }

    fn error(&mut self, path: &str, message: impl Into<String>, help: &str) {
        self.manifest.diagnostics.push(Diagnostic::error(place(path), message).with_help(help));
    }
}

fn runtime(handler: &str, sources: &BTreeMap<String, FileContent>) -> Runtime {
    let package = sources.get("package.json");
    if handler.ends_with(".py") {
        Runtime::PYTHON
    } else if TYPED_HANDLERS.contains(&handler)
        || package.is_some_and(|content| names_packages(&content.0))
        || node::is_needed(handler, sources)
    {
        Runtime::NODEJS
    } else {
        Runtime::V8
    }
}
