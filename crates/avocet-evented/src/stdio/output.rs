//! Standard output that never blocks, and standard error that does.
//!
//! The descriptors may be shared with other programs, so they are not made non-blocking: a pipe is
//! asked before each write of a size that it then takes.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio::{stderr, stdout};

/// A pipe that is writable takes this much without blocking.
const ATOMIC: usize = 4096;

/// Bytes that wait for standard output.
#[derive(Default)]
pub(super) struct Output {
    queue: Vec<u8>,
    /// Bytes of the queue that are written.
    start: usize,
    /// Whether standard output is a file, once that is known.
    plain: Option<bool>,
}

impl Output {
    /// Whether writes never wait for another program.
    fn is_plain(&mut self) -> bool {
        *self.plain.get_or_insert_with(|| {
            rustix::fs::fstat(stdout()).is_ok_and(|stat| {
                let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
                kind == rustix::fs::FileType::RegularFile
            })
        })
    }

    /// Writes as much as is taken at once; whether something is left.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        if !self.queue.is_empty() {
            self.queue.extend_from_slice(bytes);
            return true;
        }
        let written = if self.is_plain() {
            write_all(stdout(), bytes);
            bytes.len()
        } else {
            write_ready(bytes)
        };
        self.queue.extend_from_slice(&bytes[written..]);
        !self.queue.is_empty()
    }

    /// Writes more of what waits; whether something is left.
    pub(super) fn go_on(&mut self) -> bool {
        self.start += write_ready(&self.queue[self.start..]);
        if self.start == self.queue.len() {
            self.queue = Vec::new();
            self.start = 0;
        } else if self.start > self.queue.len() / 2 {
            // Each byte is moved about once, however long the queue is.
            self.queue.drain(..self.start);
            self.start = 0;
        }
        !self.queue.is_empty()
    }

    /// Before the process ends, nothing may be lost.
    pub(super) fn flush_blocking(&mut self) {
        let queue = std::mem::take(&mut self.queue);
        write_all(stdout(), &queue[std::mem::take(&mut self.start)..]);
    }

    /// Standard output becomes something else.
    pub(super) fn change(&mut self) {
        self.flush_blocking();
        self.plain = None;
    }
}

/// Writes while the other side takes it; bytes for a side that does not exist any more count as
/// written.
fn write_ready(bytes: &[u8]) -> usize {
    let mut written = 0;
    while written < bytes.len() {
        let out = stdout();
        let mut polled = [PollFd::new(&out, PollFlags::OUT)];
        if poll(&mut polled, Some(&Timespec::default())) != Ok(1) {
            break;
        }
        let end = bytes.len().min(written + ATOMIC);
        match rustix::io::write(out, &bytes[written..end]) {
            Ok(n) => written += n,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => break,
            Err(_) => return bytes.len(),
        }
    }
    written
}

fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut polled = [PollFd::new(&fd, PollFlags::OUT)];
                let _ = poll(&mut polled, None);
            }
            Err(_) => return,
        }
    }
}

/// Writes to standard error, now.
pub(crate) fn write_error(bytes: &[u8]) {
    write_all(stderr(), bytes);
}
