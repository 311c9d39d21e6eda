//! Secrets as files, at the paths where a function looks for them.
//!
//! The files are written to a folder that only the platform's user can read. A worker that is to
//! see them at their paths is launched with [`Mounts`]: each folder is a `tmpfs` with copies of them,
//! in a mount namespace of its own. That takes root, or a system that lets its users make
//! namespaces; elsewhere [`VARIABLE`] says where the folder is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use avocet_functions::model::FileContent;
use avocet_jail::{Files, Launch, Launcher, Mounts, Rights};

use crate::files;

/// Variable of a function's environment that names the folder in which its secrets are, each below
/// its whole path, where they cannot be mounted.
pub const VARIABLE: &str = "AVOCET_SECRETS";

/// Folder in a folder of secrets on which file systems are put together.
const STAGE: &str = ".stage";

/// Way in which secrets come to their paths on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mounting {
    /// In a mount namespace that is made with these rights.
    With(Rights),
    /// Not at all.
    Not {
        /// Reason, in one line.
        why: String,
    },
}

impl Mounting {
    /// Way that this machine allows this process; tried once, with the first launcher. Blocks.
    pub fn of_system(launcher: &Launcher) -> &'static Self {
        static SYSTEM: OnceLock<Mounting> = OnceLock::new();
        SYSTEM.get_or_init(|| try_out(launcher))
    }

    /// Rights to mount with, where that can be.
    pub fn rights(&self) -> Option<Rights> {
        match self {
            Self::With(rights) => Some(*rights),
            Self::Not { .. } => None,
        }
    }

    /// Warning for the person who deploys a function with a secret at `path`, where it will not be
    /// there.
    pub fn refusal(&self, path: &str) -> Option<String> {
        let Self::Not { why } = self else { return None };
        Some(format!(
            "{path} will not be there: this machine lets this user mount nothing ({why}); the files \
             are below ${VARIABLE}{path}: read them there, or run the server as root, or let users \
             make namespaces (sysctl kernel.unprivileged_userns_clone=1, \
             kernel.apparmor_restrict_unprivileged_userns=0), or take the values from the \
             environment (valueFrom.secretKeyRef)"
        ))
    }
}

fn try_out(launcher: &Launcher) -> Mounting {
    let root = std::env::temp_dir().join(format!("avocet-mounting-{}", std::process::id()));
    let mut why = String::new();
    for rights in [Rights::Own, Rights::UserNamespace] {
        match try_with(rights, launcher, &root) {
            Ok(()) => return Mounting::With(rights),
            Err(error) => why = error,
        }
    }
    Mounting::Not { why }
}

/// Mounts one folder for a process that ends at once.
fn try_with(rights: Rights, launcher: &Launcher, root: &Path) -> Result<(), String> {
    let files = [("/avocet-mounting/probe".to_owned(), FileContent::from("1"))].into();
    let secrets = Secrets::write(root, &files).map_err(|error| error.to_string())?;
    let tried = launcher.try_out(&Launch::new("/").mounts(secrets.mounts(rights)));
    drop(secrets);
    let _ = fs::remove_dir(root);
    tried
}

/// The files of one revision's secrets; they are gone when this is dropped.
#[derive(Debug)]
pub struct Secrets {
    folder: PathBuf,
    /// The folders that the function expects.
    mounts: Vec<PathBuf>,
}

impl Secrets {
    /// Writes files, given by their whole path, to a new folder in `root`, which need not exist
    /// yet. Blocks.
    ///
    /// # Errors
    /// Where the disk fails, or a path is none of a file.
    pub fn write(root: &Path, files: &BTreeMap<String, FileContent>) -> io::Result<Self> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let mut private = DirBuilder::new();
        private.mode(0o700).recursive(true).create(root)?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let folder = root.join(format!("{}-{serial}", std::process::id()));
        files::remove(&folder)?;
        private.create(&folder)?;
        // Whatever fails from here on, what was written goes with it.
        let mut secrets = Self { folder, mounts: Vec::new() };
        private.create(secrets.folder.join(STAGE))?;
        let mut mounts = BTreeSet::new();
        for (path, content) in files {
            let relative = path.trim_start_matches('/');
            let parent = Path::new(path).parent().filter(|parent| *parent != Path::new("/"));
            let (true, Some(parent)) = (files::is_inside(relative), parent) else {
                return Err(io::Error::other(format!("{path} is no path of a secret")));
            };
            let target = secrets.folder.join(relative);
            private.create(inside(&secrets.folder, parent))?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o400);
            options.open(target)?.write_all(&content.0)?;
            mounts.insert(parent.to_owned());
        }
        secrets.mounts = mounts.into_iter().collect();
        Ok(secrets)
    }

    /// The folder, in which each secret is below its whole path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same files at their paths, for a launch.
    pub fn mounts(&self, rights: Rights) -> Mounts {
        let files = |at: &PathBuf| Files { from: inside(&self.folder, at), at: at.clone() };
        let files = self.mounts.iter().map(files).collect();
        Mounts { rights, stage: self.folder.join(STAGE), files }
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        // What is left goes at the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Path inside a folder that holds a whole tree.
fn inside(folder: &Path, path: &Path) -> PathBuf {
    folder.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn secrets(root: &Path, files: &[(&str, &str)]) -> io::Result<Secrets> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).into()));
        Secrets::write(&root.join("secrets"), &files.collect())
    }

    #[test]
    fn files_are_their_owners_alone_and_go_with_their_revision() {
        let root = tempfile::tempdir().unwrap();
        let files = [("/etc/secret/user", "ada"), ("/etc/secret/password", "1815")];
        let secrets = secrets(root.path(), &files).unwrap();
        let folder = secrets.folder().to_owned();
        let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().mode() & 0o777;
        assert_eq!((mode(""), mode("etc"), mode("etc/secret")), (0o700, 0o700, 0o700));
        assert_eq!(mode("etc/secret/password"), 0o400);
        assert_eq!(fs::read_to_string(folder.join("etc/secret/user")).unwrap(), "ada");
        let mounts = secrets.mounts(Rights::Own);
        let files = Files { from: folder.join("etc/secret"), at: "/etc/secret".into() };
        assert_eq!((mounts.files, mounts.stage), (vec![files], folder.join(".stage")));
        drop(secrets);
        assert!(!folder.exists());
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        for path in ["/etc/../x", "/key", "/"] {
            assert!(secrets(root.path(), &[("/a/b", ""), (path, "")]).is_err(), "{path}");
        }
        assert_eq!(fs::read_dir(root.path().join("secrets")).unwrap().count(), 0);
    }

    #[test]
    fn a_machine_that_mounts_nothing_says_what_to_do() {
        let not = Mounting::Not { why: "unshare: Operation not permitted".to_owned() };
        let told = not.refusal("/etc/secret").unwrap();
        for part in ["/etc/secret", "Operation not permitted", "$AVOCET_SECRETS/etc/secret"] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(Mounting::With(Rights::Own).refusal("/etc/secret"), None);
    }
}
