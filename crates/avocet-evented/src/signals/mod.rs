//! Signals that a script listens to.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use avocet_engine::ops as operations;
use avocet_engine::ops::Lenient;
use avocet_v8::HandleScope;
use rustix::event::epoll::EventFlags;

use crate::convert::integer;
use crate::hooks::{self, Hook};
use crate::reactor::{OnReady, Reactor, Source, Token};

include!("table.rs");

/// A signal's pipe, on which a byte arrives for each delivery.
struct Signal {
    number: i32,
    pipe: UnixStream,
}

impl Source for Signal {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.pipe.as_fd())
    }

    fn on_ready(&self) -> OnReady {
        on_ready
    }
}

fn signal_watch(scope: &mut HandleScope<'_>, number: Lenient<i32>) -> bool {
    watch(Reactor::of(scope), number.unwrap_or_default()).is_ok()
}

fn watch(reactor: &mut Reactor, number: i32) -> std::io::Result<()> {
    // Signals that end or stop the process whoever listens, and those that its faults raise.
    if signal_hook::consts::FORBIDDEN.contains(&number) {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let (pipe, writer) = UnixStream::pair()?;
    pipe.set_nonblocking(true)?;
    signal_hook::low_level::pipe::register(number, writer)?;
    let token = reactor.add(Signal { number, pipe });
    reactor.watch(token)?;
    Ok(())
}

fn on_ready(scope: &mut HandleScope<'_>, token: Token, _: EventFlags) {
    let Some(signal) = Reactor::of(scope).get::<Signal>(token) else { return };
    let mut bytes = [0; 64];
    let count = signal.pipe.read(&mut bytes).unwrap_or(0);
    let number = signal.number;
    for _ in 0..count {
        let arguments = [integer(scope, number)];
        hooks::call(scope, Hook::Signal, &arguments);
    }
}
