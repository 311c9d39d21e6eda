//! Packages that functions depend on, installed once for each list.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use avocet_functions::model::{Engine, FileContent};
use tokio::sync::Mutex as AsyncMutex;

use crate::files::{self, Draft};
use crate::{Environment, Interpreter};

mod error;
mod install;
mod list;
mod message;

pub use error::InstallError;

use install::Places;
use list::List;

/// File whose time of change says when an entry was used last.
const USED: &str = ".used";

/// Folder of what installers said that failed.
const LOGS: &str = ".logs";

/// A cache of installed packages, keyed by the list that asked for them, by interpreter and by
/// whether packages may run scripts. Clones are the same cache.
#[derive(Debug, Clone)]
pub struct DependencyCache {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    options: InstallOptions,
    /// One per key that is being installed, so that it is installed once.
    locks: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
}

/// Settings of installing packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallOptions {
    /// Packages may run programs of theirs while they are installed (no). Without it a Python
    /// package has to have a wheel.
    pub allow_scripts: bool,
    /// An installation that takes longer is stopped (5 minutes).
    pub time_limit: Duration,
    /// Places where installers are looked for.
    pub environment: Environment,
}

impl InstallOptions {
    /// The defaults named here.
    pub fn new(environment: Environment) -> Self {
        Self { allow_scripts: false, time_limit: Duration::from_secs(300), environment }
    }
}

/// Packages that a function asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Interpreter that the packages are for.
    pub interpreter: &'a Interpreter,
    /// The function's files: its list of dependencies is among them, and what that refers to.
    pub files: &'a BTreeMap<String, FileContent>,
    /// Settings of the installers by name (`.npmrc`, `pip.conf`) that are not among the files. Those
    /// among the files count more.
    pub registries: &'a BTreeMap<String, FileContent>,
}

/// Packages that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The entry's name in the cache.
    pub key: String,
    /// `node_modules`, or the folder for Python's path.
    pub packages: PathBuf,
    /// Whether they were there before.
    pub cached: bool,
}

impl DependencyCache {
    /// Below `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>, options: InstallOptions) -> Self {
        let shared = Shared { root: root.into(), options, locks: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Installs what a function's list names, where it is not there yet; `None` where it names
    /// nothing. `progress` hears each line that the installer prints.
    ///
    /// # Errors
    /// Where the list cannot be read or the installer fails: what it said is in the error.
    pub async fn ensure(
        &self,
        wanted: Wanted<'_>,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Option<Installed>, InstallError> {
        let Some(list) = List::of(&wanted)? else { return Ok(None) };
        let key = self.key(wanted.interpreter, &list);
        let entry = self.shared.root.join(&key);
        let lock = self.lock_of(&key);
        let installing = lock.lock().await;
        let result = match found(&entry, &key, wanted.interpreter.engine) {
            Some(found) => Ok(found),
            None => self.install(wanted.interpreter, &list, &entry, &key, progress).await,
        };
        drop(installing);
        self.forget_lock(&key, &lock);
        result.map(Some)
    }

    /// The name of the entry that a function's list has or would have; `None` where it names
    /// nothing.
    ///
    /// # Errors
    /// Where the list cannot be read.
    pub fn key_of(&self, wanted: Wanted<'_>) -> Result<Option<String>, InstallError> {
        let list = List::of(&wanted)?;
        Ok(list.map(|list| self.key(wanted.interpreter, &list)))
    }

    async fn install(
        &self,
        interpreter: &Interpreter,
        list: &List,
        entry: &Path,
        key: &str,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Installed, InstallError> {
        let io = |error| InstallError::Io { path: entry.to_owned(), error };
        let draft = Draft::new(entry).map_err(io)?;
        for (path, content) in &list.files {
            files::write(draft.path(), path, content).map_err(io)?;
        }
        let log = self.shared.root.join(LOGS).join(format!("{key}.log"));
        let places = Places { folder: draft.path(), log: &log };
        install::run(&self.shared.options, interpreter, list, places, progress).await?;
        for path in list.files.keys().filter(|path| list::SETTINGS.contains(&path.as_str())) {
            // They may hold what opens a registry.
            std::fs::remove_file(draft.path().join(path)).map_err(io)?;
        }
        let packages = packages_in(draft.path(), interpreter.engine);
        std::fs::create_dir_all(&packages).map_err(io)?;
        std::fs::write(draft.path().join(USED), b"").map_err(io)?;
        if entry.symlink_metadata().is_ok() {
            // Under its name, but not whole.
            files::put_aside(entry).and_then(|aside| files::remove(&aside)).map_err(io)?;
        }
        draft.keep(entry).map_err(io)?;
        let packages = packages_in(entry, interpreter.engine);
        Ok(Installed { key: key.to_owned(), packages, cached: false })
    }

    fn key(&self, interpreter: &Interpreter, list: &List) -> String {
        let options = &self.shared.options;
        let scripts: &[u8] = if options.allow_scripts { b"scripts" } else { b"" };
        let start = [
            interpreter.engine.default_file().as_bytes(),
            interpreter.full_version.as_bytes(),
            std::env::consts::ARCH.as_bytes(),
            scripts,
        ];
        let own = list.files.iter().flat_map(|(path, content)| [path.as_bytes(), &content[..]]);
        files::digest(start.into_iter().chain(own))[..32].to_owned()
    }

    fn lock_of(&self, key: &str) -> Arc<AsyncMutex<()>> {
        let mut locks = self.shared.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(key.to_owned()).or_default().clone()
    }

    fn forget_lock(&self, key: &str, lock: &Arc<AsyncMutex<()>>) {
        let mut locks = self.shared.locks.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's and this one: nobody else waits for it.
        if Arc::strong_count(lock) <= 2 {
            locks.remove(key);
        }
    }

    /// Removes what installations left that were killed, and what was being removed. Blocks.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn sweep(&self) -> std::io::Result<()> {
        files::sweep(&self.shared.root)
    }

    /// Removes entries that have not been used for `age`; those in `keep` count as used now. Gives
    /// how many. Blocks.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn clean(&self, keep: &BTreeSet<String>, age: Duration) -> std::io::Result<usize> {
        let Ok(entries) = std::fs::read_dir(&self.shared.root) else { return Ok(0) };
        let mut removed = 0;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if keep.contains(&name) {
                mark_used(&entry.path());
            } else if self.remove_unused(&name, age)? {
                removed += 1;
            }
        }
        let logs = self.shared.root.join(LOGS);
        for log in std::fs::read_dir(logs).into_iter().flatten() {
            let log = log?;
            if is_older(log.metadata()?.modified()?, age) {
                std::fs::remove_file(log.path())?;
            }
        }
        Ok(removed)
    }

    /// Removes an entry, where it is old and nobody is about to use it.
    fn remove_unused(&self, key: &str, age: Duration) -> std::io::Result<bool> {
        let lock = self.lock_of(key);
        let entry = self.shared.root.join(key);
        let removed = match lock.try_lock() {
            Ok(_free) => {
                let used = entry.join(USED).metadata().or_else(|_| entry.metadata())?;
                let old = is_older(used.modified()?, age);
                if old { Some(files::put_aside(&entry)?) } else { None }
            }
            Err(_) => None,
        };
        self.forget_lock(key, &lock);
        let Some(aside) = removed else { return Ok(false) };
        files::remove(&aside)?;
        Ok(true)
    }
}

/// Whether a function's files name packages to install, read as an installation reads them.
///
/// # Errors
/// Where the list cannot be read.
pub fn asks_for_packages(
    engine: Engine,
    files: &BTreeMap<String, FileContent>,
) -> Result<bool, InstallError> {
    List::read(engine, files).map(|list| list.is_some())
}

fn is_older(time: SystemTime, age: Duration) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|since| since >= age)
}

/// Says that an entry was used now; where it is complete.
fn mark_used(entry: &Path) -> Option<()> {
    let used = std::fs::OpenOptions::new().write(true).open(entry.join(USED)).ok()?;
    // A cache on a disk that can only be read is as good.
    let _ = used.set_modified(SystemTime::now());
    Some(())
}

fn packages_in(entry: &Path, engine: Engine) -> PathBuf {
    entry.join(match engine {
        Engine::Python => "site",
        _ => "node_modules",
    })
}

/// The entry, where it is complete: it got its name by a rename.
fn found(entry: &Path, key: &str, engine: Engine) -> Option<Installed> {
    mark_used(entry)?;
    Some(Installed { key: key.to_owned(), packages: packages_in(entry, engine), cached: true })
}
