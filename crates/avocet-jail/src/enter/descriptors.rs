//! Descriptors that the program is not to have.

#![expect(unsafe_code, reason = "descriptors that nothing in this process owns have only a number")]

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{Dir, Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};

/// Number of standard input, output and error, which a program is given.
const GIVEN: i32 = 3;

/// Lets every other descriptor be closed when the program begins: the supervisor may have inherited
/// some from whoever started it.
pub(super) fn close_on_exec() -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut listing = Dir::new(open("/proc/self/fd", flags, Mode::empty())?)?;
    while let Some(entry) = listing.read() {
        let number = entry?.file_name().to_str().ok().and_then(|name| name.parse().ok());
        let Some(number) = number.filter(|number: &i32| *number >= GIVEN) else { continue };
        // SAFETY: The number is open: the system just listed it, the launcher has no other thread,
        // and nothing in this loop closes a descriptor, that of the listing included.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
    }
    Ok(())
}
