//! The launcher's own process: it applies an order to itself and becomes the program.
//!
//! It has one thread. What it does is in the order in which it has to be done: the control group
//! counts from the start on, mounts need rights that later steps may take away, and the program is
//! found as the process then sees files.

mod calls;
mod descriptors;
mod mounts;
mod namespaces;
mod rights;
mod root;
mod split;

use std::fmt::Display;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
use rustix::thread::UnshareFlags;

use crate::order::{Goal, Order, Received, Report};
use crate::{Files, Jail, Launch, REFUSED, Rights};
use split::{Side, split};

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
    let mut reporter = Reporter(Some(reports));
    match carry_out(&order, &mut reporter) {
        Ok(end) => end,
        Err(Failure(text)) => {
            reporter.send(&Report::Failed(text));
            ExitCode::from(REFUSED)
        }
    }
}

/// End of the pipe to the supervisor, in this process.
struct Reporter(Option<File>);

impl Reporter {
    fn send(&self, report: &Report) {
        if let Some(reports) = &self.0 {
            report.send(reports);
        }
    }

    fn note(&self, text: String) {
        self.send(&Report::Note(text));
    }

    /// Leaves the reports to another process that has them.
    fn close(&mut self) {
        self.0 = None;
    }
}

fn carry_out(order: &Order, reporter: &mut Reporter) -> Result<ExitCode, Failure> {
    end_with_parent(reporter);
    // It may have died before that was asked for.
    if getppid().is_none_or(|parent| parent.as_raw_nonzero().get() != order.parent) {
        return Err(Failure("the supervisor is gone".to_owned()));
    }
    if let Err(error) = descriptors::close_on_exec() {
        let text = "descriptors that the supervisor inherited stay open: /proc/self/fd";
        reporter.note(format!("{text}: {error}"));
    }
    let launch = &order.launch;
    if let Some(group) = &launch.group
        && let Err(error) = join(group)
    {
        reporter.note(format!("it has no control group: {}: {error}", group.display()));
    }
    let folder = folder(launch)?;
    match (&launch.jail, &launch.mounts) {
        (Some(jail), mounts) => {
            namespaces::enter(jail.rights, UnshareFlags::NEWPID)?;
            if let Side::Launcher(end) = split(reporter)? {
                return Ok(end);
            }
            let files = mounts.as_ref().map_or(&[][..], |mounts| &mounts.files);
            enclose(jail, files, reporter)?;
        }
        (None, Some(mounts)) => mounts::apply(mounts)?,
        (None, None) => {}
    }
    if let Some(folder) = &folder {
        std::env::set_current_dir(folder)
            .map_err(|error| Failure::new("enter the folder", folder, error))?;
    }
    match order.goal {
        Goal::Try => Ok(ExitCode::SUCCESS),
        Goal::Run => Err(become_program(launch)),
    }
}

/// Asks the system to kill this process when its parent ends.
fn end_with_parent(reporter: &Reporter) {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        let text = "it does not end with the supervisor where that is killed";
        reporter.note(format!("{text}: {error}"));
    }
}

/// Puts walls around this process, which is in a process namespace of its own already.
fn enclose(jail: &Jail, files: &[Files], reporter: &Reporter) -> Result<(), Failure> {
    // Where a user namespace gives the rights, they are this process's own by now.
    let namespaces = UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    namespaces::enter(Rights::Own, namespaces)?;
    namespaces::keep_mounts_private()?;
    root::apply(jail, files)?;
    rights::give_up(jail)?;
    // A process that becomes another user forgets this.
    end_with_parent(reporter);
    calls::refuse()?;
    // The launcher is outside of the namespace, which is seen as no parent.
    match getppid() {
        None => Ok(()),
        Some(_) => Err(Failure("the launcher is gone".to_owned())),
    }
}

/// Moves this process into a control group.
fn join(group: &Path) -> io::Result<()> {
    fs::write(group.join("cgroup.procs"), getpid().as_raw_nonzero().to_string())
}

/// The working folder to enter at the end: mounts may have left this process in another one.
fn folder(launch: &Launch) -> Result<Option<PathBuf>, Failure> {
    match (&launch.current_dir, &launch.jail, &launch.mounts) {
        (Some(folder), ..) => Ok(Some(folder.clone())),
        // The root of its own need not have the supervisor's.
        (None, Some(_), _) => Ok(Some("/".into())),
        (None, None, None) => Ok(None),
        (None, None, Some(_)) => match std::env::current_dir() {
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
