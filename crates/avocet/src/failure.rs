//! Failures of commands: message and exit code.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use crate::terminal::Style;

/// The exit codes, as `docs/cli.md` documents them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Failure without a code of its own.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The server or the platform refused what it was given: it is not valid.
    Refused = 3,
    /// Named thing that does not exist.
    NotFound = 4,
    /// No server answers at the address.
    Unreachable = 5,
    /// The function answered with a status of 400 or more.
    Answer = 6,
    /// Ctrl-C.
    Interrupted = 130,
}

/// A failure with its exit code and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    what: String,
    details: Vec<String>,
    help: Option<String>,
}

impl Failure {
    /// `what` says what failed and, after a colon, where.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), details: Vec::new(), help: None }
    }

    /// Advice, in one line.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Lines between the error and the help: a source excerpt, further errors.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// The lines between the error and the help.
    pub(crate) fn details(&self) -> &[String] {
        &self.details
    }

    /// Advice.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Ends with this code and says nothing more: the message has already been given.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// Prints `error` to standard error and gives the exit code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let failure = error.downcast_ref::<Failure>();
    let exit = failure.map_or(Exit::Failed, |failure| failure.exit);
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    if failure.is_none_or(|failure| !failure.what.is_empty()) {
        print(error);
    }
    ExitCode::from(exit as u8)
}

/// Writes `error` with its details to standard error.
pub(crate) fn print(error: &anyhow::Error) {
    let style = Style::stderr();
    let mut out = std::io::stderr().lock();
    // Standard error is the last place to complain to: where it is closed, nobody listens.
    let _ = writeln!(out, "{}: {error:#}", style.red("error"));
    let Some(failure) = error.downcast_ref::<Failure>() else { return };
    for detail in &failure.details {
        let _ = writeln!(out, "{detail}");
    }
    if let Some(help) = &failure.help {
        let _ = writeln!(out, "{}: {help}", style.cyan("help"));
    }
}

/// The reader of standard output went away (`avocet logs | head`): no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
