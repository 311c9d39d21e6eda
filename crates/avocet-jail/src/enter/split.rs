//! The program's process, where it is in a process namespace of its own.
//!
//! A process cannot enter one itself, only its children do. The launcher stays as the process that
//! the supervisor knows; its first child in the namespace is the one whose end ends all in it, and
//! adopts what the program leaves behind; the second becomes the program.

#![expect(unsafe_code, reason = "there are no safe bindings for these calls")]

use std::fs::File;
use std::io;
use std::process::ExitCode;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getpid, kill_process, setrlimit,
    waitpid,
};

use super::{Failure, Reporter};
use crate::order::Report;

/// Role of this process after the split.
pub(super) enum Side {
    /// The one that becomes the program.
    Program,
    /// The launcher, once the program has ended, with its end.
    Launcher(ExitCode),
}

/// Goes on as two processes, of which the program's has the reports.
pub(super) fn split(reporter: &mut Reporter) -> Result<Side, Failure> {
    let failed = |error: io::Error| Failure(format!("cannot start a process: {error}"));
    let Some(first) = fork().map_err(failed)? else {
        reporter.close();
        keep_namespace();
    };
    let program = match fork() {
        Ok(Some(program)) => program,
        Ok(None) => return Ok(Side::Program),
        Err(error) => {
            let _ = kill_process(first, Signal::KILL);
            return Err(failed(error));
        }
    };
    reporter.send(&Report::Process(program.as_raw_nonzero().get().unsigned_abs()));
    reporter.close();
    close_standard_descriptors();
    let status = wait_for(program);
    let _ = kill_process(first, Signal::KILL);
    wait_for(first);
    Ok(Side::Launcher(end_as(status)))
}

/// `None` in the child.
fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: The launcher has one thread, so no lock is held that the child would wait for, and the
    // child may go on as any process does.
    match unsafe { libc::fork() } {
        0 => Ok(None),
        pid => {
            Pid::from_raw(pid).filter(|_| pid > 0).map(Some).ok_or_else(io::Error::last_os_error)
        }
    }
}

/// The first process of the namespace: there to the end.
fn keep_namespace() -> ! {
    // It goes with the launcher, as everything else in the namespace then goes with it.
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    close_standard_descriptors();
    // SAFETY: No handler is installed: children that nobody waits for are to vanish by themselves.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    loop {
        std::thread::park();
    }
}

/// The socket and the pipes are the program's: while another process has them, nobody sees it end.
fn close_standard_descriptors() {
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
    }
}

fn wait_for(process: Pid) -> Option<WaitStatus> {
    loop {
        match waitpid(Some(process), WaitOptions::empty()) {
            Ok(Some((_, status))) => return Some(status),
            Err(rustix::io::Errno::INTR) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends as the program did.
fn end_as(status: Option<WaitStatus>) -> ExitCode {
    let Some(status) = status else { return ExitCode::from(crate::REFUSED) };
    if let Some(code) = status.exit_status() {
        return ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX));
    }
    let signal = status.terminating_signal().unwrap_or(libc::SIGKILL);
    // The program's core is enough.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // SAFETY: The default for a signal replaces a handler of the standard library, and installs none.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(getpid(), signal);
    }
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
}
