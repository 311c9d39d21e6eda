//! Descriptors that a script may use.

use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use avocet_v8::HandleScope;
use rustix::io::Errno;

use super::standard::{self, Standard};
use crate::reactor::Reactor;
use crate::stream;

/// A descriptor that a script may use: one that it opened, that of a connection, or a standard one.
#[derive(Clone)]
pub(super) enum File {
    Owned(Arc<OwnedFd>),
    Standard(i32),
}

impl File {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Owned(fd) => fd.as_fd(),
            Self::Standard(0) => rustix::stdio::stdin(),
            Self::Standard(1) => rustix::stdio::stdout(),
            Self::Standard(_) => rustix::stdio::stderr(),
        }
    }
}

/// Descriptors that the script of an isolate has opened.
#[derive(Default)]
pub(crate) struct Files {
    opened: HashMap<i32, Arc<OwnedFd>>,
}

impl Files {
    pub(super) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }
}

/// The file that has this number.
pub(super) fn find(scope: &mut HandleScope<'_>, number: i32) -> Result<File, Errno> {
    if Standard::of(scope).is_open(number) {
        return Ok(File::Standard(number));
    }
    let opened = Files::of(scope).opened.get(&number).cloned();
    let file = opened.or_else(|| stream::duplicate(Reactor::of(scope), number).map(Arc::new));
    file.map(File::Owned).ok_or(Errno::BADF)
}

/// Takes a file away from the script; it is closed with the last that uses it, unless it is a
/// standard one, which is closed now.
pub(super) fn take(scope: &mut HandleScope<'_>, number: i32) -> Result<Option<File>, Errno> {
    match find(scope, number)? {
        File::Standard(number) => standard::close(scope, number).map(|()| None),
        File::Owned(fd) => {
            let file = Files::of(scope).opened.remove(&fd.as_raw_fd()).ok_or(Errno::BADF)?;
            Ok(Some(File::Owned(file)))
        }
    }
}

/// Gives the script a file, and its number.
pub(super) fn give(scope: &mut HandleScope<'_>, fd: OwnedFd) -> i32 {
    standard::take(scope, &fd).unwrap_or_else(|| {
        let number = fd.as_raw_fd();
        Files::of(scope).opened.insert(number, Arc::new(fd));
        number
    })
}
