//! Child processes; their pipes are [streams](crate::stream).

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use avocet_v8::{Arguments, Array, HandleScope, Local, ReturnValue, Value};
use rustix::event::epoll;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::convert::{Encoding, integer, strings, text_argument};
use crate::event_loop;
use crate::runtime::{Hook, Runtime, Source, Token};
use crate::stream;

pub(crate) struct Child {
    process: std::process::Child,
    _pidfd: OwnedFd,
}

/// `spawn(file, arguments, names, values)`: `[pid, child, stdin, stdout, stderr]` as numbers, or
/// minus the error number.
pub(crate) fn spawn(
    scope: &mut HandleScope<'_>,
    arguments: &Arguments<'_>,
    result: ReturnValue<'_>,
) {
    let file = text_argument(scope, arguments, 0);
    let list = strings(scope, arguments.get(1));
    let names = strings(scope, arguments.get(2));
    let values = strings(scope, arguments.get(3));
    let mut command = Command::new(file);
    command
        .args(list)
        .env_clear()
        .envs(names.into_iter().map(OsString::from).zip(values.into_iter().map(OsString::from)));
    match start(Runtime::of(scope), &mut command) {
        Ok(numbers) => {
            let numbers: Vec<Local<'_, Value>> =
                numbers.iter().map(|number| integer(scope, *number)).collect();
            result.set(Array::new_with_elements(scope, &numbers).into());
        }
        Err(error) => result.set_int32(-error.raw_os_error().unwrap_or(22)),
    }
}

fn start(runtime: &mut Runtime, command: &mut Command) -> std::io::Result<[i32; 5]> {
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
    let watched = rustix::io::fcntl_dupfd_cloexec(&pidfd, 3)?;
    let token = runtime.add(Source::Child(Child { process, _pidfd: pidfd }));
    runtime.watch(watched, token, epoll::EventFlags::IN)?;
    runtime.alive += 1;
    let stdin = stream::open_writer(runtime, stdin)?;
    let stdout = stream::open_reader(runtime, stdout, Encoding::Utf8)?;
    let stderr = stream::open_reader(runtime, stderr, Encoding::Utf8)?;
    let ids = [token, stdin, stdout, stderr].map(|token| token.id() as i32);
    Ok([pid, ids[0], ids[1], ids[2], ids[3]])
}

/// The process has ended, or there is a false alarm.
pub(crate) fn on_ready(scope: &mut HandleScope<'_>, token: Token) {
    let runtime = Runtime::of(scope);
    let Some(Source::Child(child)) = runtime.source(token) else { return };
    let status = match child.process.try_wait() {
        Ok(None) => return,
        Ok(Some(status)) => status,
        Err(_) => std::process::ExitStatus::from_raw(0),
    };
    runtime.remove(token);
    runtime.alive -= 1;
    let code = status.code().unwrap_or(-1);
    let arguments = [
        integer(scope, token.id() as i32),
        integer(scope, code),
        integer(scope, status.signal().unwrap_or(0)),
    ];
    event_loop::call(scope, Hook::Exited, &arguments);
}
