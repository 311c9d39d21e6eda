//! Child processes; their pipes are [streams](crate::stream).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use avocet_engine::ops as operations;
use avocet_engine::ops::Either;
use avocet_v8::HandleScope;
use rustix::event::epoll::EventFlags;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::convert::{Encoding, integer};
use crate::hooks::{self, Hook};
use crate::reactor::{OnReady, Reactor, Source, Token};
use crate::stream;

include!("table.rs");

struct Child {
    process: std::process::Child,
    pidfd: OwnedFd,
}

impl Source for Child {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.pidfd.as_fd())
    }

    fn on_ready(&self) -> OnReady {
        on_ready
    }
}

fn spawn(
    scope: &mut HandleScope<'_>,
    file: String,
    list: Vec<String>,
    names: Vec<String>,
    values: Vec<String>,
) -> Either<[f64; 5], i32> {
    let mut command = Command::new(file);
    command.args(list).env_clear().envs(names.into_iter().zip(values));
    let started = start(Reactor::of(scope), &mut command);
    started
        .map(|numbers| numbers.map(f64::from))
        .map_err(|error| -error.raw_os_error().unwrap_or(22))
        .into()
}

fn start(reactor: &mut Reactor, command: &mut Command) -> std::io::Result<[i32; 5]> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = piped.spawn()?;
    let pid = process.id() as i32;
    let stdin = process.stdin.take().map(OwnedFd::from);
    let stdout = process.stdout.take().map(OwnedFd::from);
    let stderr = process.stderr.take().map(OwnedFd::from);
    let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    let known = Pid::from_raw(pid).ok_or(std::io::ErrorKind::NotFound)?;
    let pidfd = pidfd_open(known, PidfdFlags::empty())?;
    let token = reactor.add(Child { process, pidfd });
    reactor.watch(token)?;
    reactor.retain();
    let stdin = stream::open_writer(reactor, stdin)?;
    let stdout = stream::open_reader(reactor, stdout, Encoding::Utf8)?;
    let stderr = stream::open_reader(reactor, stderr, Encoding::Utf8)?;
    let ids = [token, stdin, stdout, stderr].map(|token| token.id() as i32);
    Ok([pid, ids[0], ids[1], ids[2], ids[3]])
}

/// The process has ended, or there is a false alarm.
fn on_ready(scope: &mut HandleScope<'_>, token: Token, _: EventFlags) {
    let reactor = Reactor::of(scope);
    let Some(child) = reactor.get::<Child>(token) else { return };
    let status = match child.process.try_wait() {
        Ok(None) => return,
        Ok(Some(status)) => status,
        Err(_) => std::process::ExitStatus::from_raw(0),
    };
    reactor.unwatch(token);
    reactor.remove(token);
    reactor.release();
    let code = status.code().unwrap_or(-1);
    let arguments = [
        integer(scope, token.id() as i32),
        integer(scope, code),
        integer(scope, status.signal().unwrap_or(0)),
    ];
    hooks::call(scope, Hook::Exited, &arguments);
}
