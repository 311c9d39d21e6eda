//! Standard output and standard error.
//!
//! Output must not block, yet the descriptors may be shared with other programs, so they are not
//! made non-blocking: a pipe is asked before each write of a size that it then takes.

use std::os::fd::{AsFd, BorrowedFd};

use avocet_v8::{Arguments, HandleScope, ReturnValue};
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};
use rustix::io::Errno;
use rustix::stdio::{stderr, stdout};

use crate::convert::Encoding;
use crate::runtime::{Runtime, Source, Token};
use crate::stream::Stream;

/// A pipe that is writable takes this much without blocking.
const ATOMIC: usize = 4096;

/// What waits to be written to standard output.
#[derive(Default)]
pub(crate) struct Output {
    queue: Vec<u8>,
    /// How much of the queue is written.
    start: usize,
    token: Option<Token>,
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
    fn write(&mut self, bytes: &[u8]) -> bool {
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
    fn go_on(&mut self) -> bool {
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
    pub(crate) fn flush_blocking(&mut self) {
        let queue = std::mem::take(&mut self.queue);
        write_all(stdout(), &queue[std::mem::take(&mut self.start)..]);
    }
}

/// Writes while the other side takes it; what is gone when it does not exist any more counts as
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

/// Standard output can take more.
pub(crate) fn on_writable(runtime: &mut Runtime, token: Token) {
    if runtime.out.go_on() {
        return;
    }
    let _ = epoll::delete(&runtime.epoll, stdout());
    runtime.remove(token);
    runtime.out.token = None;
    runtime.alive -= 1;
}

/// Standard output becomes something else: what waits is written before.
pub(crate) fn leave(runtime: &mut Runtime) {
    runtime.out.flush_blocking();
    runtime.out.plain = None;
    if let Some(token) = runtime.out.token {
        on_writable(runtime, token);
    }
}

fn write_out(runtime: &mut Runtime, bytes: &[u8]) {
    if !runtime.out.write(bytes) || runtime.out.token.is_some() {
        return;
    }
    let token = runtime.add(Source::Stream(Box::new(Stream::standard_output())));
    if runtime.watch(stdout(), token, epoll::EventFlags::OUT).is_err() {
        // A terminal or a file that cannot be watched takes it at once.
        runtime.remove(token);
        return runtime.out.flush_blocking();
    }
    runtime.out.token = Some(token);
    runtime.alive += 1;
}

/// `stdoutWrite(text, encoding)`.
pub(crate) fn stdout_write(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let mut bytes = Vec::new();
    Encoding::of(arguments.i32(1)).encode(scope, arguments.get(0), &mut bytes);
    write_out(Runtime::of(scope), &bytes);
}

/// `stderrWrite(text)`: synchronous.
pub(crate) fn stderr_write(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    _: ReturnValue<'_>,
) {
    let mut bytes = Vec::new();
    Encoding::Utf8.encode(scope, arguments.get(0), &mut bytes);
    write_error(&bytes);
}

/// `stdinOpen(encoding)`: the number of the stream, or minus the error number.
pub(crate) fn stdin_open(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let encoding = Encoding::of(arguments.i32(0));
    // A descriptor of its own, so that closing the stream leaves number 0 alone.
    let opened = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin().as_fd(), 3);
    let opened = opened.and_then(|fd| crate::stream::open_reader(Runtime::of(scope), fd, encoding));
    result.set_int32(match opened {
        Ok(token) => token.id() as i32,
        Err(errno) => -errno.raw_os_error(),
    });
}
