//! Secrets as files, at the paths where a function looks for them.
//!
//! The files are written to a folder that only the platform's user can read. A worker that is to
//! see them at their paths gets a mount namespace of its own, in which each folder is a `tmpfs`
//! with copies of them: nothing outside of the worker changes, and where a path does not exist it
//! exists for the worker alone. That takes root, or a system that lets its users make namespaces;
//! elsewhere the function is told where the folder is, in [`VARIABLE`].

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use avocet_functions::model::FileContent;
use avocet_workers::{Jail, Launch, WorkerCommand};

use crate::files;

/// Variable of a function's environment that names the folder in which its secrets are, each below
/// its whole path, where they cannot be mounted.
pub const VARIABLE: &str = "AVOCET_SECRETS";

/// Becomes a program in a namespace of its own; says in its head how it is called.
const SCRIPT: &str = include_str!("mount.sh");

/// Folder in a folder of secrets on which other file systems are put together.
const STAGE: &str = ".stage";

/// How secrets come to their paths on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mounting {
    /// In a mount namespace, with the rights that this process has.
    AsRoot,
    /// In a mount namespace of a user namespace.
    AsUser,
    /// Not at all.
    Not {
        /// Why.
        why: String,
    },
}

impl Mounting {
    /// What this machine lets this process do; tried once.
    pub fn of_system() -> &'static Self {
        static SYSTEM: LazyLock<Mounting> = LazyLock::new(try_out);
        &SYSTEM
    }

    /// What to tell who deploys a function with a secret at `path`, where it will not be there.
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

    /// The beginning of a command that has a mount namespace, and what is done with its rights.
    fn unshare(&self) -> Option<(Vec<&'static str>, &'static str)> {
        let private = ["--mount", "--propagation", "private"];
        match self {
            Self::AsRoot => Some((private.to_vec(), "own")),
            Self::AsUser => {
                let user = ["--user", "--map-current-user", "--keep-caps"];
                Some(([&user[..], &private].concat(), "none"))
            }
            Self::Not { .. } => None,
        }
    }

    /// The command of `program` with its arguments and these folders mounted.
    fn wrap(&self, secrets: &Path, folders: &[PathBuf], program: Vec<OsString>) -> Vec<OsString> {
        let Some((unshare, caps)) = self.unshare() else { return program };
        let mut words: Vec<OsString> = vec!["unshare".into()];
        words.extend(unshare.into_iter().map(OsString::from));
        words.extend(["--", "/bin/sh", "-c", SCRIPT, "sh"].map(OsString::from));
        words.push(secrets.join(STAGE).into());
        words.push(caps.into());
        for folder in folders {
            words.push(inside(secrets, folder).into());
            words.push(folder.into());
        }
        words.push("--".into());
        words.extend(program);
        words
    }
}

fn try_out() -> Mounting {
    let root = std::env::temp_dir().join(format!("avocet-mounting-{}", std::process::id()));
    let mut why = String::new();
    for way in [Mounting::AsRoot, Mounting::AsUser] {
        match try_way(&way, &root) {
            Ok(()) => return way,
            Err(error) => why = error,
        }
    }
    Mounting::Not { why }
}

/// Mounts one folder for a program that looks for it.
fn try_way(way: &Mounting, root: &Path) -> Result<(), String> {
    let failed = |error: io::Error| error.to_string();
    let files = [("/avocet-mounting/probe".to_owned(), FileContent::from("1"))].into();
    let secrets = Secrets::write(root, &files).map_err(failed)?;
    let test = ["test", "-r", "/avocet-mounting/probe"].map(OsString::from);
    let words = way.wrap(&secrets.folder, &secrets.mounts, test.to_vec());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("unshare: {error}"))?;
    drop(secrets);
    let _ = fs::remove_dir(root);
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("it failed without a word").to_owned())
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

    /// A worker that sees the secrets at their paths.
    #[must_use]
    pub fn show_to(&self, command: WorkerCommand, mounting: &Mounting) -> WorkerCommand {
        let (folder, mounts) = (self.folder.clone(), self.mounts.clone());
        command.jail(Namespace { mounting: mounting.clone(), folder, mounts })
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        // What is left goes at the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where a path is in a folder that holds a whole tree.
fn inside(folder: &Path, path: &Path) -> PathBuf {
    folder.join(path.strip_prefix("/").unwrap_or(path))
}

/// A mount namespace around a worker. It confines nothing.
#[derive(Debug)]
struct Namespace {
    mounting: Mounting,
    folder: PathBuf,
    mounts: Vec<PathBuf>,
}

impl Jail for Namespace {
    fn describe(&self) -> String {
        "workers with mounted secrets run unconfined, with the rights of the supervisor's user"
            .to_owned()
    }

    fn confines(&self) -> bool {
        false
    }

    fn wrap(&self, mut launch: Launch) -> Launch {
        let program = std::mem::take(&mut launch.program).into_os_string();
        let words = std::iter::once(program).chain(launch.args).collect();
        let mut words = self.mounting.wrap(&self.folder, &self.mounts, words).into_iter();
        let first = words.next().unwrap_or_default();
        launch.program = match first == "unshare" {
            true => find_unshare(),
            false => first.into(),
        };
        launch.args = words.collect();
        launch
    }
}

/// Its whole path, so that it can be put behind the program that ends it with its supervisor.
fn find_unshare() -> PathBuf {
    let places = ["/usr/bin/unshare", "/bin/unshare"].map(PathBuf::from);
    places.into_iter().find(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("unshare"))
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
        assert_eq!(secrets.mounts, [PathBuf::from("/etc/secret")]);
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
        assert_eq!(Mounting::AsRoot.refusal("/etc/secret"), None);
        let root = tempfile::tempdir().unwrap();
        let secrets = secrets(root.path(), &[("/a/b", "")]).unwrap();
        let command = secrets.show_to(WorkerCommand::new("/bin/true").arg("x"), &not);
        let launch = command.launch();
        assert_eq!((launch.program, launch.args), ("/bin/true".into(), vec!["x".into()]));
    }

    /// What a program sees at the paths, and what it can do there; `None` where the machine mounts
    /// nothing in this way.
    fn seen(way: &Mounting, files: &[(&str, &str)], script: &str) -> Option<String> {
        let root = tempfile::tempdir().unwrap();
        if let Err(why) = try_way(way, &root.path().join("probe")) {
            eprintln!("{way:?} is not tried: {why}");
            return None;
        }
        let secrets = secrets(root.path(), files).unwrap();
        let command = WorkerCommand::new("/bin/sh").arg("-c").arg(script);
        let launch = secrets.show_to(command, way).launch();
        let output = Command::new(launch.program).args(launch.args).output().unwrap();
        assert!(output.status.success(), "{way:?}: {output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn a_program_finds_its_secrets_wherever_they_are_to_be() {
        let files = [
            ("/avocet-a/deep/key", "at the root"),
            ("/etc/avocet-b/key", "beside others"),
            ("/mnt/key", "over a folder"),
            ("/mnt/inner/key", "inside of another"),
        ];
        let script = "cat /avocet-a/deep/key; echo; cat /etc/avocet-b/key; echo; cat /mnt/key; echo; \
                      cat /mnt/inner/key; echo; stat -c %a /mnt/key; head -c 4 /etc/passwd; echo; \
                      { echo x > /mnt/new; } 2>/dev/null || echo refused";
        for way in [Mounting::AsRoot, Mounting::AsUser] {
            let Some(seen) = seen(&way, &files, script) else { continue };
            let expected = "at the root\nbeside others\nover a folder\ninside of another\n400\nroot\nrefused\n";
            assert_eq!(seen, expected, "{way:?}");
            assert!(!Path::new("/avocet-a").exists() && !Path::new("/etc/avocet-b").exists());
        }
    }
}
