//! `avocet runtime`: a function as a container image runs it, by its environment alone.
//!
//! Where the machine lets the test do so (as root), the process gets what a hardened container has:
//! a root folder of its own in which nothing can be written, no `/tmp`, and the user `nobody`.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::{interpreters, project};

/// Longest wait for a line that is announced: a hang fails the test, it does not stop it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Folders of the machine that the confined process sees, where they are there.
const SYSTEM: [&str; 7] = ["/usr", "/bin", "/lib", "/lib64", "/etc", "/dev", "/proc"];

/// Makes the root folder and becomes the program in it.
const CONFINE: &str = r#"
set -e
root=$1 sources=$2
shift 2
mount -t tmpfs -o mode=0755 avocet-image "$root"
show() {
  mkdir -p "$root$2"
  mount --rbind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
}
while [ "$1" != -- ]; do
  show "$1" "$1"
  shift
done
shift
show "$sources" /kubeless
mount -o remount,ro "$root"
exec chroot --userspec=65534:65534 --groups= "$root" "$@"
"#;

/// Surroundings that a function is started in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surroundings {
    /// Nobody, on a root that is read-only.
    Confined,
    /// As the test itself.
    Plain,
}

impl Surroundings {
    /// Confined where that can be; else says why not.
    pub(crate) fn best() -> Self {
        let tried = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt"])
            .output();
        match tried {
            Ok(output) if output.status.success() => Self::Confined,
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                eprintln!("as the test's own user, on its own root: {why}");
                Self::Plain
            }
            Err(error) => {
                eprintln!("as the test's own user, on its own root: unshare: {error}");
                Self::Plain
            }
        }
    }
}

/// Standard output or standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// A function by itself.
pub(crate) struct Image {
    child: Child,
    lines: Receiver<(Stream, String)>,
    seen: Vec<(Stream, String)>,
    _root: tempfile::TempDir,
}

/// Output and end of a function by itself.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<(Stream, String)>,
}

impl Ended {
    pub(crate) fn text(&self, stream: Stream) -> String {
        let own = self.lines.iter().filter(|(from, _)| *from == stream);
        own.map(|(_, line)| format!("{line}\n")).collect()
    }
}

impl Image {
    /// Starts `avocet runtime` with the function in `sources` and these variables.
    pub(crate) fn start(
        surroundings: Surroundings,
        sources: &Path,
        variables: &[(String, String)],
    ) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut command = match surroundings {
            Surroundings::Plain => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_avocet"));
                command.env_clear().env("KUBELESS_INSTALL_VOLUME", sources);
                command
            }
            Surroundings::Confined => confined(root.path(), sources),
        };
        let mut child = command
            .arg("runtime")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("AVOCET_GUESTS", project().join("guests").canonicalize().expect("it is there"))
            .envs(programs_for(variables))
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (sender, lines) = channel();
        follow(Stream::Out, child.stdout.take().expect("piped"), sender.clone());
        follow(Stream::Err, child.stderr.take().expect("piped"), sender);
        Self { child, lines, seen: Vec::new(), _root: root }
    }

    /// Waits until the handler is loaded; gives where it answers.
    pub(crate) fn ready(&mut self) -> SocketAddr {
        match self.becomes_ready() {
            Some(address) => address,
            None => panic!("it ended: {:#?}", self.seen),
        }
    }

    /// As [`Image::ready`]; `None` where the process ended.
    pub(crate) fn becomes_ready(&mut self) -> Option<SocketAddr> {
        let address = self.line(|_, line| line.contains(" at http://"))?;
        let (_, address) = address.rsplit_once("http://")?;
        self.line(|_, line| line == "avocet: ready")?;
        address.parse().ok()
    }

    /// The first line from now on that `wanted` accepts; `None` where the process ended before.
    pub(crate) fn line(&mut self, wanted: impl Fn(Stream, &str) -> bool) -> Option<String> {
        loop {
            let (stream, line) = match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(_) => panic!("the line did not come: {:#?}", self.seen),
            };
            self.seen.push((stream, line.clone()));
            if wanted(stream, &line) {
                return Some(line);
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([format!("-{name}"), pid]).status();
        assert!(status.expect("kill runs").success(), "kill -{name}");
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        while self.line(|_, _| false).is_some() {}
        let status = self.child.wait().expect("it can be waited for");
        Ended { code: status.code(), lines: std::mem::take(&mut self.seen) }
    }

    /// Asks it to end and waits for that.
    pub(crate) fn stop(self) -> Ended {
        self.signal("TERM");
        self.end()
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(stream: Stream, pipe: impl Read + Send + 'static, sender: Sender<(Stream, String)>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send((stream, line)).is_err() {
                return;
            }
        }
    });
}

fn confined(root: &Path, sources: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.env_clear().args(["--mount", "--propagation", "private", "sh", "-c", CONFINE, "sh"]);
    command.arg(root).arg(sources);
    for folder in visible() {
        command.arg(folder);
    }
    command.arg("--").arg(env!("CARGO_BIN_EXE_avocet"));
    command
}

/// Every interpreter; asking them takes a while.
fn programs() -> &'static [(&'static str, String); 2] {
    static PROGRAMS: OnceLock<[(&str, String); 2]> = OnceLock::new();
    PROGRAMS.get_or_init(interpreters::all)
}

/// The interpreter of the function's runtime alone, where it is known by its path: asking all of
/// them at each start takes half a second.
fn programs_for(variables: &[(String, String)]) -> Vec<(&'static str, String)> {
    let runtime = variables.iter().find(|(name, _)| name == "FUNC_RUNTIME");
    let version = runtime.map_or("", |(_, runtime)| runtime.as_str());
    let version = match version.strip_prefix("python3") {
        Some(minor) => format!("/3.{}.", minor.trim_start_matches('.')),
        None => format!("/{}/", version.replace("nodejs", "node")),
    };
    let own = programs().iter().map(|(name, all)| {
        let mut each = all.split(':');
        let found = match &*version {
            // The first is the installed one, which this stands for.
            "/node20/" => each.next(),
            version => each.find(|program| program.contains(version)),
        };
        (*name, found.unwrap_or(all).to_owned())
    });
    own.collect()
}

/// The folders that the program and what it runs are in.
fn visible() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = SYSTEM.map(PathBuf::from).into();
    folders.extend(Path::new(env!("CARGO_BIN_EXE_avocet")).parent().map(Path::to_owned));
    folders.push(project().join("guests").canonicalize().expect("it is there"));
    folders.extend(project().join(".deps").canonicalize());
    for (_, list) in programs() {
        for program in std::env::split_paths(list) {
            // An interpreter's own libraries are beside the folder of its program.
            let real = program.canonicalize().unwrap_or(program);
            folders.extend(real.parent().and_then(Path::parent).map(Path::to_owned));
        }
    }
    let covered = |folder: &Path| ["/usr", "/"].iter().any(|top| folder == Path::new(top));
    folders.retain(|folder| folder.is_dir() && (!covered(folder) || folder == Path::new("/usr")));
    folders.sort();
    folders.dedup();
    folders
}
