//! The launcher's own process: it applies an order to itself and becomes the program.
//!
//! It has one thread. What it does is in the order in which it has to be done: the control group
//! counts from the start on, mounts need rights that later steps may take away, and the program is
//! found as the process then sees files.

mod descriptors;
mod mounts;

use std::fmt::Display;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

use crate::order::{Goal, Order, Received, Report};
use crate::{Launch, REFUSED};

/// Something that could not be applied.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    /// Says what could not be done to what.
    fn new(what: &str, path: &Path, error: impl Display) -> Self {
        Self(format!("cannot {what} {}: {error}", path.display()))
    }
}

/// The whole program of a launcher. Comes back only where there is nothing more to do: the order
/// was only to be tried, or could not be carried out ([`REFUSED`]), or there is none (2).
pub fn run() -> ExitCode {
    let received = match Order::receive(rustix::stdio::stdin()) {
        Ok(received) => received,
        Err(error) => {
            eprintln!(
                "avocet-launch: no order on standard input ({error}): it is avocet that starts this"
            );
            return ExitCode::from(2);
        }
    };
    let Received { order, reports } = received;
    match carry_out(&order, &reports) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            Report::Failed(text).send(&reports);
            ExitCode::from(REFUSED)
        }
    }
}

fn carry_out(order: &Order, reports: &File) -> Result<(), Failure> {
    let note = |text: String| Report::Note(text).send(reports);
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        note(format!("it does not end with the supervisor where that is killed: {error}"));
    }
    // It may have died before that was asked for.
    if getppid().is_none_or(|parent| parent.as_raw_nonzero().get() != order.parent) {
        return Err(Failure("the supervisor is gone".to_owned()));
    }
    if let Err(error) = descriptors::close_on_exec() {
        note(format!(
            "descriptors that the supervisor inherited stay open: /proc/self/fd: {error}"
        ));
    }
    let launch = &order.launch;
    if let Some(group) = &launch.group
        && let Err(error) = join(group)
    {
        note(format!("it has no control group: {}: {error}", group.display()));
    }
    let folder = folder(launch)?;
    if let Some(mounts) = &launch.mounts {
        mounts::apply(mounts)?;
    }
    if let Some(folder) = &folder {
        std::env::set_current_dir(folder)
            .map_err(|error| Failure::new("enter the folder", folder, error))?;
    }
    match order.goal {
        Goal::Try => Ok(()),
        Goal::Run => Err(become_program(launch)),
    }
}

/// Moves this process into a control group.
fn join(group: &Path) -> io::Result<()> {
    fs::write(group.join("cgroup.procs"), getpid().as_raw_nonzero().to_string())
}

/// The working folder to enter at the end: mounts may have left this process in another one.
fn folder(launch: &Launch) -> Result<Option<PathBuf>, Failure> {
    match (&launch.current_dir, &launch.mounts) {
        (Some(folder), _) => Ok(Some(folder.clone())),
        (None, None) => Ok(None),
        (None, Some(_)) => match std::env::current_dir() {
            Ok(folder) => Ok(Some(folder)),
            Err(error) => Err(Failure::new("find the folder", Path::new("."), error)),
        },
    }
}

/// Comes back only where it failed.
fn become_program(launch: &Launch) -> Failure {
    let error =
        Command::new(&launch.program).args(&launch.args).env_clear().envs(&launch.env).exec();
    Failure::new("execute", &launch.program, error)
}
