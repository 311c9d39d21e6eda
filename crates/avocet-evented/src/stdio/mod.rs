//! Standard input, output and error.

mod output;

use std::os::fd::{AsFd, BorrowedFd};

use avocet_engine::ops as operations;
use avocet_v8::{HandleScope, Local, String as JsString};
use rustix::event::epoll::EventFlags;
use rustix::stdio::stdout;

use crate::convert::Encoding;
use crate::reactor::{OnReady, Reactor, Source, Token};
use crate::stream;

use output::Output;
pub(crate) use output::write_error;

include!("table.rs");

/// Output of an isolate that waits, and its entry in the reactor.
#[derive(Default)]
pub(crate) struct Stdio {
    output: Output,
    entry: Option<Token>,
}

impl Stdio {
    fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }
}

/// Entry for standard output while something waits for it.
struct Waiting;

impl Source for Waiting {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(stdout())
    }

    fn wanted(&self) -> EventFlags {
        EventFlags::OUT
    }

    fn on_ready(&self) -> OnReady {
        |scope, token, _| on_writable(scope, token)
    }
}

/// Standard output can take more.
fn on_writable(scope: &mut HandleScope<'_>, token: Token) {
    if Stdio::of(scope).output.go_on() {
        return;
    }
    Stdio::of(scope).entry = None;
    let reactor = Reactor::of(scope);
    reactor.unwatch(token);
    reactor.remove(token);
    reactor.release();
}

/// Writes what waits, however long that takes: the process ends, or standard output becomes
/// something else.
pub(crate) fn flush(scope: &mut HandleScope<'_>) {
    Stdio::of(scope).output.flush_blocking();
}

/// Standard output becomes something else: what waits is written before.
pub(crate) fn change(scope: &mut HandleScope<'_>) {
    let stdio = Stdio::of(scope);
    stdio.output.change();
    if let Some(token) = stdio.entry {
        on_writable(scope, token);
    }
}

fn stdout_write(scope: &mut HandleScope<'_>, text: Local<'_, JsString>, encoding: Encoding) {
    let mut bytes = Vec::new();
    encoding.encode(scope, text, &mut bytes);
    let stdio = Stdio::of(scope);
    if stdio.output.write(&bytes) && stdio.entry.is_none() {
        write_later(scope);
    }
}

fn write_later(scope: &mut HandleScope<'_>) {
    let reactor = Reactor::of(scope);
    let token = reactor.add(Waiting);
    if reactor.watch(token).is_err() || !reactor.is_watched(token) {
        // A terminal or a file that cannot be watched takes it at once.
        reactor.unwatch(token);
        reactor.remove(token);
        return flush(scope);
    }
    reactor.retain();
    Stdio::of(scope).entry = Some(token);
}

fn stderr_write(_: &mut HandleScope<'_>, text: String) {
    write_error(text.as_bytes());
}

fn stdin_open(scope: &mut HandleScope<'_>, encoding: Encoding) -> i32 {
    // A descriptor of its own, so that closing the stream leaves number 0 alone.
    let opened = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin().as_fd(), 3);
    let opened = opened.and_then(|fd| stream::open_reader(Reactor::of(scope), fd, encoding));
    match opened {
        Ok(token) => token.id() as i32,
        Err(errno) => -errno.raw_os_error(),
    }
}
