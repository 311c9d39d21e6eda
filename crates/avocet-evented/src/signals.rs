//! Signals that a script listens to.

use std::io::Read;
use std::os::unix::net::UnixStream;

use avocet_v8::{Arguments, HandleScope, ReturnValue};
use rustix::event::epoll;

use crate::convert::integer;
use crate::event_loop;
use crate::runtime::{Hook, Runtime, Source, Token};

/// One signal: a byte arrives for each delivery.
pub(crate) struct Signal {
    number: i32,
    pipe: UnixStream,
}

/// `signalWatch(number)`: whether it can be watched.
pub(crate) fn signal_watch(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let number = arguments.i32(0).unwrap_or(0);
    result.set_bool(watch(Runtime::of(scope), number).is_ok());
}

fn watch(runtime: &mut Runtime, number: i32) -> std::io::Result<()> {
    // What ends or stops the process whoever listens, and what a fault of it raises.
    if signal_hook::consts::FORBIDDEN.contains(&number) {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let (pipe, writer) = UnixStream::pair()?;
    pipe.set_nonblocking(true)?;
    signal_hook::low_level::pipe::register(number, writer)?;
    let watched = pipe.try_clone()?;
    let token = runtime.add(Source::Signal(Signal { number, pipe }));
    runtime.watch(watched, token, epoll::EventFlags::IN)?;
    Ok(())
}

pub(crate) fn on_ready(scope: &mut HandleScope<'_>, token: Token) {
    let Some(Source::Signal(signal)) = Runtime::of(scope).source(token) else { return };
    let mut bytes = [0; 64];
    let count = signal.pipe.read(&mut bytes).unwrap_or(0);
    let number = signal.number;
    for _ in 0..count {
        let arguments = [integer(scope, number)];
        event_loop::call(scope, Hook::Signal, &arguments);
    }
}
