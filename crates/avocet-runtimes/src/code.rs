use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use avocet_functions::model::{Engine, FileContent, FunctionName};
use avocet_functions::project;

use crate::files::{self, Draft};
use crate::{Installed, Interpreter};

/// Folders with the files of functions: `<namespace>/<function>/<digest>`. Clones are the same
/// store.
#[derive(Debug, Clone)]
pub struct CodeStore {
    root: PathBuf,
    held: Arc<Mutex<HashMap<PathBuf, Weak<Held>>>>,
}

/// A revision's folder. It is there as long as one of its clones is; any revision can be made into
/// a folder again.
#[derive(Debug, Clone)]
pub struct CodeFolder {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    path: PathBuf,
    /// The store's.
    all: Arc<Mutex<HashMap<PathBuf, Weak<Held>>>>,
}

impl CodeFolder {
    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.held.path
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let gone = {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            // Another one may have been made for the same folder meanwhile.
            if all.get(&self.path).is_some_and(|held| held.strong_count() > 0) {
                return;
            }
            all.remove(&self.path);
            files::put_aside(&self.path)
        };
        // What cannot be removed now goes at the next start of the platform.
        let remove = move || drop(gone.and_then(|gone| files::remove(&gone)));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// A revision's files and what they run on.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'a> {
    /// The function.
    pub name: &'a FunctionName,
    /// Files by path.
    pub files: &'a BTreeMap<String, FileContent>,
    /// The handler's file.
    pub entry: &'a str,
    /// Interpreter that runs it.
    pub interpreter: &'a Interpreter,
    /// Installed dependencies, where it has some.
    pub installed: Option<&'a Installed>,
}

/// A revision's folder could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// A path leads out of the folder.
    #[error("the path `{0}` leads out of the function's folder")]
    Path(String),
    /// The disk.
    #[error("the function's folder {path} could not be written: {error}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        error: io::Error,
    },
}

impl CodeStore {
    /// Below `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), held: Arc::default() }
    }

    /// The folder of a revision, made where it is not there yet. Blocks.
    ///
    /// # Errors
    /// Where a path leads out of it, or the disk fails.
    pub fn materialise(&self, revision: &Revision<'_>) -> Result<CodeFolder, CodeError> {
        for path in revision.files.keys() {
            if !files::is_inside(path) {
                return Err(CodeError::Path(path.clone()));
            }
        }
        let target = self.folder(revision.name).join(digest_of(revision));
        if let Some(held) = self.find(&target) {
            return Ok(held);
        }
        self.write(revision, &target).map_err(|error| CodeError::Io { path: target, error })
    }

    fn find(&self, target: &Path) -> Option<CodeFolder> {
        let all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(target).and_then(Weak::upgrade).map(|held| CodeFolder { held })
    }

    fn write(&self, revision: &Revision<'_>, target: &Path) -> io::Result<CodeFolder> {
        let draft = draft(revision, target)?;
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get(target).and_then(Weak::upgrade) {
            return Ok(CodeFolder { held });
        }
        draft.keep(target)?;
        let held = Arc::new(Held { path: target.to_owned(), all: self.held.clone() });
        all.insert(target.to_owned(), Arc::downgrade(&held));
        Ok(CodeFolder { held })
    }

    /// Removes all of it. Blocks.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn remove(&self) -> io::Result<()> {
        files::remove(&self.root)
    }

    fn folder(&self, name: &FunctionName) -> PathBuf {
        self.root.join(name.namespace()).join(name.name())
    }
}

fn digest_of(revision: &Revision<'_>) -> String {
    let Revision { files, interpreter, installed, .. } = revision;
    let key = installed.map_or("", |installed| &installed.key);
    let start = [interpreter.program.as_os_str().as_encoded_bytes(), key.as_bytes()];
    let own = files.iter().flat_map(|(path, content)| [path.as_bytes(), &content.0[..]]);
    files::digest(start.into_iter().chain(own))[..32].to_owned()
}

/// The revision's files, in a folder that can take the place of `target`.
fn draft(revision: &Revision<'_>, target: &Path) -> io::Result<Draft> {
    let draft = Draft::new(target)?;
    for (path, content) in revision.files {
        files::write(draft.path(), path, &content.0)?;
    }
    if revision.interpreter.engine == Engine::NodeJs {
        if let Some(package) = package_of_module(revision) {
            files::write(draft.path(), "package.json", &package)?;
        }
        if let Some(installed) = revision.installed {
            draft.link("node_modules", &installed.packages)?;
        }
    }
    files::protect(draft.path())?;
    Ok(draft)
}

/// The `package.json` that says that the handler is an ES module, for a Node.js that does not find
/// that out by itself; `None` where the function's own will do.
fn package_of_module(revision: &Revision<'_>) -> Option<Vec<u8>> {
    let Revision { files, entry, interpreter, .. } = revision;
    if interpreter.detects_modules()
        || !entry.ends_with(".js")
        || !project::is_module(entry, files)
        || project::package_is_module(files)
    {
        return None;
    }
    let own = files.get("package.json").and_then(|own| serde_json::from_slice(&own.0).ok());
    let mut package: serde_json::Map<String, serde_json::Value> = own.unwrap_or_default();
    package.insert("type".into(), "module".into());
    serde_json::to_vec_pretty(&package).ok()
}
