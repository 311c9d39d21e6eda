//! Code of a function as its worker gets it.

use std::collections::BTreeMap;

use super::{Engine, FileContent, Function, Handler, Inline, Source};

/// Code as a worker gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Files by path.
    pub files: BTreeMap<String, FileContent>,
    /// The handler's file, one of `files`.
    pub entry: String,
    /// The handler's export.
    pub export: String,
    /// Whether the entry is an ECMAScript module (see [`crate::project::is_module`]).
    pub module: bool,
}

/// A function whose code cannot be handed to a worker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The code has not been read from its folder.
    #[error("the files of folder `{0}` have not been read yet")]
    DirNotRead(String),
    /// The code has not been fetched.
    #[error("the repository {0} has not been fetched yet")]
    GitNotFetched(String),
    /// No handler among the files.
    #[error("no handler file: looked for {}", .looked_for.join(", "))]
    NoHandler {
        /// Paths that would have done.
        looked_for: Vec<String>,
    },
}

impl Function {
    /// The function's files with the one that holds its handler.
    pub fn package(&self) -> Result<Package, PackageError> {
        let files = match &self.source {
            Source::Inline(inline) => self.inline_files(inline),
            Source::Files(files) => files.clone(),
            Source::Dir(path) => return Err(PackageError::DirNotRead(path.clone())),
            Source::Git(git) => return Err(PackageError::GitNotFetched(git.shown_url())),
        };
        let looked_for = self.handler_paths();
        let Some(entry) = looked_for.iter().find(|path| files.contains_key(*path)).cloned() else {
            return Err(PackageError::NoHandler { looked_for });
        };
        let module = crate::project::is_module(&entry, &files);
        Ok(Package { files, entry, export: self.handler.export.clone(), module })
    }

    /// Paths at which the handler's file is looked for, the first that exists counts.
    pub fn handler_paths(&self) -> Vec<String> {
        let file = self.handler.file.as_deref().unwrap_or(Handler::FILE);
        let engine = self.runtime.engine();
        let named = engine.extensions().iter().any(|e| file.ends_with(&format!(".{e}")));
        match named {
            true => vec![file.to_owned()],
            false => engine.extensions().iter().map(|e| format!("{file}.{e}")).collect(),
        }
    }

    /// An ES module goes by `.mjs` unless its `package.json` says `module`, so that every engine
    /// takes it as one.
    fn inline_files(&self, inline: &Inline) -> BTreeMap<String, FileContent> {
        let engine = self.runtime.engine();
        let mut files = BTreeMap::new();
        if let Some(text) = inline.dependencies.as_deref().filter(|t| !t.trim().is_empty()) {
            files.insert(engine.dependencies_file().to_owned(), text.into());
        }
        let path = self.handler_paths().swap_remove(0);
        files.insert(path.clone(), inline.source.as_str().into());
        let esm = engine != Engine::Python && crate::project::has_module_syntax(&inline.source);
        if let Some(stem) = path.strip_suffix(".js")
            && esm
            && !crate::project::package_is_module(&files)
        {
            let content = files.remove(&path).unwrap_or_default();
            files.insert(format!("{stem}.mjs"), content);
        }
        files
    }
}
