//! End of a process, as the system reports it.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Signal;

/// End of a process, as the system reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// The exit code, where it exited.
    pub code: Option<i32>,
    /// The signal, where one killed it.
    pub signal: Option<i32>,
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        Self { code: status.code(), signal: status.signal() }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(0), _) => f.write_str("exited with status 0"),
            (Some(code), _) => write!(f, "exited with status {code}"),
            (None, Some(signal)) => match explain(signal) {
                Some(name) => write!(f, "was killed by signal {signal} ({name})"),
                None => write!(f, "was killed by signal {signal}"),
            },
            (None, None) => f.write_str("ended"),
        }
    }
}

/// Signals that end workers, with what usually sends them.
fn explain(signal: i32) -> Option<&'static str> {
    Some(match Signal::from_named_raw(signal)? {
        Signal::ABORT => "SIGABRT: it gave itself up, often out of memory",
        Signal::BUS => "SIGBUS: a memory access that cannot be",
        Signal::FPE => "SIGFPE: an arithmetic fault",
        Signal::HUP => "SIGHUP",
        Signal::ILL => "SIGILL: V8 or the compiler stopped at a broken invariant",
        Signal::INT => "SIGINT",
        Signal::KILL => "SIGKILL: the supervisor, the system's out-of-memory killer, or a person",
        Signal::SEGV => "SIGSEGV: a memory access that cannot be",
        Signal::SYS => "SIGSYS: a system call that is not allowed",
        Signal::TERM => "SIGTERM: a person or a service manager",
        Signal::TRAP => "SIGTRAP: V8 or the compiler stopped at a broken invariant",
        Signal::XCPU => "SIGXCPU: the limit on processor time",
        _ => return None,
    })
}
