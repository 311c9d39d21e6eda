//! A server of the real binary, on free ports, with a data folder of its own.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::command::{Run, avocet, run};
use super::http::{self, Answer};

/// Longest wait for something that is announced: a hang fails the test, it does not stop it.
const PATIENCE: Duration = Duration::from_secs(30);

const ON_FREE_PORTS: [&str; 6] =
    ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "-o", "json"];

/// Lines of a running process, read as they come.
pub(crate) struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Process {
    /// Starts the binary; its standard output is read line by line, standard error is the test's.
    pub(crate) fn start(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::spawn(avocet().args(args))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// Starts the binary and reads one line; from then on nobody reads.
    fn with_one_line_read(command: &mut Command) -> (Self, String) {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("the process prints a line");
        (Self { child, lines: mpsc::channel().1 }, line)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it says something soon; the line is taken.
    pub(crate) fn is_heard(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(500)).is_ok()
    }

    /// The next line.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the process prints a line")
    }

    /// The first line that `wanted` accepts.
    pub(crate) fn line_where(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.find_line(wanted).expect("the process prints the line")
    }

    /// The first line that `wanted` accepts, where it comes before the patience ends.
    pub(crate) fn find_line(&self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).ok()?;
            if wanted(&line) {
                return Some(line);
            }
        }
    }

    /// Whether the process has said everything and ended, with which exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.child.wait().expect("the process can be waited for").code()
    }

    /// Sends a signal by its name (`INT`, `TERM`, `KILL`).
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success(), "kill -{name}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `avocet serve`, ready.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) gateway: SocketAddr,
    pub(crate) admin: String,
    pub(crate) ready: Value,
}

impl Server {
    /// Serves `paths` with data in `data`; more arguments in `more`.
    pub(crate) fn start(data: &Path, paths: &[&Path], more: &[&str]) -> Self {
        let mut args: Vec<&OsStr> = vec!["serve".as_ref(), "--data".as_ref(), data.as_ref()];
        args.extend(paths.iter().map(|path| path.as_os_str()));
        Self::of(args, more)
    }

    /// `avocet dev` for one path.
    pub(crate) fn dev(path: &Path) -> Self {
        Self::of(vec!["dev".as_ref(), path.as_os_str()], &[])
    }

    /// As [`Server::start`], with more in its environment.
    pub(crate) fn start_with(data: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = avocet();
        command.envs(environment.iter().copied()).args(["serve", "--data"]).arg(data);
        Self::ready(Process::spawn(command.args(ON_FREE_PORTS)))
    }

    /// As [`Server::start`], where no file can grow over so many blocks of 512 bytes: for the
    /// server it is as if the disk were full.
    pub(crate) fn start_on_small_disk(data: &Path, blocks: u32) -> Self {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_avocet"), "serve", "--data"]).arg(data);
        command.args(ON_FREE_PORTS);
        Self::ready(Process::spawn(&mut command))
    }

    fn of<'a>(mut args: Vec<&'a OsStr>, more: &[&'a str]) -> Self {
        args.extend(ON_FREE_PORTS.map(OsStr::new));
        args.extend(more.iter().map(|arg| AsRef::<OsStr>::as_ref(*arg)));
        Self::ready(Process::start(args))
    }

    /// Waits for the line that tells the addresses.
    pub(crate) fn ready(process: Process) -> Self {
        let line = process.line();
        Self::told_by(process, &line)
    }

    /// As [`Server::start`] with `--watch`, where nobody reads more than its first line.
    pub(crate) fn unheard(data: &Path, path: &Path) -> Self {
        let mut command = avocet();
        command.args(["serve", "--watch", "--data"]).arg(data).arg(path).args(ON_FREE_PORTS);
        let (process, line) = Process::with_one_line_read(&mut command);
        Self::told_by(process, &line)
    }

    fn told_by(process: Process, line: &str) -> Self {
        let ready: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |key: &str| ready[key].as_str().unwrap_or_else(|| panic!("no {key}: {line}"));
        let gateway = text("gateway").trim_start_matches("http://").parse().expect("an address");
        Self { gateway, admin: text("admin").to_owned(), ready: ready.clone(), process }
    }

    /// Runs a command against this server.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        run(args.iter().copied().chain(["--server", &self.admin]))
    }

    /// Deploys a path.
    pub(crate) fn deploy(&self, path: &Path) -> Run {
        self.run(&["deploy", "-f", path.to_str().expect("UTF-8")])
    }

    /// Calls a function of the namespace `default`.
    pub(crate) fn get(&self, function: &str, path: &str) -> Answer {
        http::get(self.gateway, &format!("/default/{function}{path}"))
    }

    /// Follows a function's log from its beginning.
    pub(crate) fn follow(&self, function: &str) -> Process {
        let selector = format!("function={function}");
        Process::start(["logs", "-f", "-o", "json", "-l", &selector, "--server", &self.admin])
    }
}
