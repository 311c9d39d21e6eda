//! Descriptors 0, 1 and 2, which a script may close and open again like others.
//!
//! The numbers themselves stay taken, by `/dev/null` while they count as closed: another thread's
//! file must never come to stand where output goes.

use std::os::fd::OwnedFd;

use avocet_v8::HandleScope;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use crate::stdio;

/// Descriptors among the three that count as closed.
#[derive(Default)]
pub(crate) struct Standard {
    closed: [bool; 3],
}

impl Standard {
    pub(super) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }

    pub(super) fn is_open(&self, number: i32) -> bool {
        usize::try_from(number).is_ok_and(|number| self.closed.get(number) == Some(&false))
    }
}

fn put(fd: &OwnedFd, number: usize) -> Result<(), Errno> {
    match number {
        0 => dup2_stdin(fd),
        1 => dup2_stdout(fd),
        _ => dup2_stderr(fd),
    }
}

/// Closes one of the three; the other side of it sees the end.
pub(super) fn close(scope: &mut HandleScope<'_>, number: i32) -> Result<(), Errno> {
    if !Standard::of(scope).is_open(number) {
        return Err(Errno::BADF);
    }
    if number == 1 {
        stdio::change(scope);
    }
    let nothing = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    put(&nothing, number as usize)?;
    Standard::of(scope).closed[number as usize] = true;
    Ok(())
}

/// A file that was opened takes the lowest number that is free; `None` where no number of these is.
pub(super) fn take(scope: &mut HandleScope<'_>, fd: &OwnedFd) -> Option<i32> {
    let number = Standard::of(scope).closed.iter().position(|closed| *closed)?;
    if number == 1 {
        stdio::change(scope);
    }
    put(fd, number).ok()?;
    Standard::of(scope).closed[number] = false;
    i32::try_from(number).ok()
}
