//! Starts processes that do not outlive the supervisor, however it ends.
//!
//! A worker that is busy never sees its socket close. So the system is asked to kill it with its
//! parent, by `setpriv`, which becomes the worker's program. The system ties that to the *thread*
//! that started the process, so one thread, which lives as long as this process, starts them all.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, mpsc};
use std::thread;

use avocet_frames::head::Level;
use rustix::fs::{Access, access};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;

use crate::{Launch, LogLine, SupervisorOptions};

struct Job {
    command: Command,
    runtime: Handle,
    started: mpsc::SyncSender<io::Result<Child>>,
}

static STARTER: LazyLock<io::Result<mpsc::Sender<Job>>> = LazyLock::new(|| {
    let (jobs, queue) = mpsc::channel::<Job>();
    thread::Builder::new().name("starter".to_owned()).spawn(move || {
        for mut job in queue {
            let _runtime = job.runtime.enter();
            // Whoever asked waits for the answer.
            let _ = job.started.send(job.command.spawn());
        }
    })?;
    Ok(jobs)
});

/// `setpriv`, where it is there and knows what is asked of it; that of BusyBox does not.
static SETPRIV: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        ["/usr/bin".into(), "/bin".into()].into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join("setpriv")).find(|setpriv| {
        is_program(setpriv)
            && std::process::Command::new(setpriv)
                .args(["--pdeathsig", "KILL", "--"])
                .arg(setpriv)
                .arg("--version")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
    })
});

/// Starts a worker with `socket` as its standard input. Must run inside a tokio runtime.
pub(super) fn start(options: &SupervisorOptions, socket: OwnedFd) -> io::Result<Child> {
    let setpriv = SETPRIV.as_deref();
    if setpriv.is_none() {
        tell_once(options);
    }
    let jobs = STARTER.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let command = super::command(&bound(options.command.launch(), setpriv), socket);
    let (started, start) = mpsc::sync_channel(1);
    let over = || io::Error::other("the thread that starts workers ended");
    jobs.send(Job { command, runtime: Handle::current(), started }).map_err(|_| over())?;
    start.recv().map_err(|_| over())?
}

/// The launch behind `setpriv`. A program that cannot be executed is left as it is: starting it
/// then fails with the reason.
fn bound(mut launch: Launch, setpriv: Option<&Path>) -> Launch {
    if let Some(setpriv) = setpriv
        && is_program(&launch.program)
    {
        let program = std::mem::replace(&mut launch.program, setpriv.to_owned());
        let front = ["--pdeathsig".into(), "KILL".into(), "--".into(), program.into_os_string()];
        launch.args.splice(0..0, front);
    }
    launch
}

fn is_program(path: &Path) -> bool {
    path.is_absolute() && path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

fn tell_once(options: &SupervisorOptions) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if !TOLD.swap(true, Ordering::Relaxed) {
        let text = "there is no setpriv (of util-linux) on this machine: a worker that is busy \
                    goes on where the supervisor is killed";
        options.logs.log(LogLine::platform(Level::Warn, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkerCommand;

    #[test]
    fn a_program_is_put_behind_setpriv_where_both_are_there() {
        let launch = WorkerCommand::new("/bin/sh").arg("-c").launch();
        let setpriv = Path::new("/usr/bin/setpriv");
        assert_eq!(bound(launch.clone(), None), launch);
        let bound_launch = bound(launch.clone(), Some(setpriv));
        assert_eq!(bound_launch.program, setpriv);
        assert_eq!(bound_launch.args, ["--pdeathsig", "KILL", "--", "/bin/sh", "-c"]);
        for program in ["/", "/no/such/program", "sh"] {
            let launch = WorkerCommand::new(program).launch();
            assert_eq!(bound(launch.clone(), Some(setpriv)), launch);
        }
    }
}
