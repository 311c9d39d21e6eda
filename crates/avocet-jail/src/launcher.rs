//! The launcher as its supervisor sees it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{Access, access};

use crate::order::{Goal, MAX_REPORTS, Order};
use crate::{Launch, Reports};

/// File name of the launcher.
const NAME: &str = "avocet-launch";

/// The program that carries out launches: a process that calls [`crate::run`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    program: PathBuf,
    args: Vec<OsString>,
}

/// A launch that is ready to be started.
#[derive(Debug)]
pub struct Prepared {
    /// The launcher's command: its standard input is the worker's end of the socket, it is the first
    /// of a process group of its own. Standard output and standard error are the caller's to set.
    pub command: Command,
    /// The supervisor's end of the socket.
    pub socket: UnixStream,
    /// A pipe with what the launcher reports, for [`Reports::read`]. It ends when the program begins
    /// or the launcher ends.
    pub reports: OwnedFd,
}

impl Launcher {
    /// A program that is a launcher by itself.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args: Vec::new() }
    }

    /// Adds an argument that makes the program a launcher.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// The launcher of an installation whose main program is `program`: `avocet-launch` beside it or
    /// in `../lib/avocet`, else `program` with the argument `launch`, which costs the start of the
    /// whole program for each launch.
    pub fn of(program: &Path) -> Self {
        let beside = program.with_file_name(NAME);
        let prefix = program.parent().and_then(Path::parent);
        let library = prefix.map(|prefix| prefix.join("lib/avocet").join(NAME));
        let found = std::iter::once(beside).chain(library).find(|path| path.is_file());
        found.map_or_else(|| Self::new(program).arg("launch"), Self::new)
    }

    /// Makes a launch ready: a socket for it, with the order in it.
    ///
    /// # Errors
    /// Where the program is no executable file, or the system has no descriptors or memory left.
    pub fn prepare(&self, launch: &Launch) -> io::Result<Prepared> {
        executable(&launch.program)?;
        self.prepare_for(Goal::Run, launch)
    }

    fn prepare_for(&self, goal: Goal, launch: &Launch) -> io::Result<Prepared> {
        let (socket, theirs) = UnixStream::pair()?;
        let reports = Order::new(goal, launch.clone()).send(socket.as_fd())?;
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().stdin(OwnedFd::from(theirs)).process_group(0);
        // Where the launcher is the whole program, it may need this to find its libraries.
        if let Some(folders) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", folders);
        }
        Ok(Prepared { command, socket, reports })
    }

    /// Applies everything in `launch` to a process that then ends without becoming the program.
    /// Blocks.
    ///
    /// # Errors
    /// What could not be applied.
    pub fn try_out(&self, launch: &Launch) -> Result<(), String> {
        self.tried(launch).unwrap_or_else(|error| {
            Err(format!("the launcher {}: {error}", self.program.display()))
        })
    }

    fn tried(&self, launch: &Launch) -> io::Result<Result<(), String>> {
        let Prepared { mut command, reports, socket: _socket } =
            self.prepare_for(Goal::Try, launch)?;
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        // It has the worker's end of the socket, and with it a report that was never received.
        drop(command);
        let mut bytes = Vec::new();
        File::from(reports).take(MAX_REPORTS).read_to_end(&mut bytes)?;
        let status = child.wait()?;
        Ok(match (Reports::read(&bytes).failure, status.success()) {
            (Some(failure), _) => Err(failure),
            (None, true) => Ok(()),
            (None, false) => Err(format!("the launcher {}: {status}", self.program.display())),
        })
    }
}

/// Whether a program can be executed: what nobody can start is known before anything is.
fn executable(program: &Path) -> io::Result<()> {
    if !fs::metadata(program)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is no file"));
    }
    Ok(access(program, Access::EXEC_OK)?)
}
