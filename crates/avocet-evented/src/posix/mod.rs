//! System calls on files, in the loop's thread or on the pool's.

mod calls;
mod files;
mod standard;

use avocet_engine::ops as operations;
use avocet_engine::ops::Lenient;
use avocet_v8::{Array, HandleScope, Local, String as JsString, Value, null, undefined};
use rustix::fs::{Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::convert::{Encoding, error_text, integer, list, number, string};
use crate::hooks::{self, Hook};
use crate::reactor::{Reactor, Task};

use calls::{Answer, Call};

pub(crate) use files::Files;
pub(crate) use standard::Standard;

include!("table.rs");

/// Result of a call that was made at once: `[errno, text]` or `[0, value, count]`; where a request
/// was given, that goes to the hook `done` instead.
type Returned<'s> = Option<Local<'s, Array>>;

/// Number of a request; `null` for a call that is made at once.
type Request = Option<i32>;

/// A place in a file; anything but a number is the current one.
type Place = Lenient<f64>;

fn place(place: Place) -> Option<u64> {
    place.0.map(|place| place as u64)
}

fn mode(mode: i32) -> Mode {
    Mode::from_bits_truncate(mode as u32)
}

/// Makes a call.
fn make<'s>(
    scope: &mut HandleScope<'s>,
    request: Request,
    call: Result<Call, Errno>,
) -> Returned<'s> {
    let Some(request) = request else {
        let values = values(scope, call.and_then(Call::run));
        return Some(Array::new_with_elements(scope, &values));
    };
    let finish = move |answer: Result<Answer, Errno>| -> Task {
        Box::new(move |scope| tell(scope, request, answer))
    };
    let reactor = Reactor::of(scope);
    reactor.retain();
    match call {
        Ok(call) => reactor.pool().run(Box::new(move || finish(call.run()))),
        // Never at once, even where nothing has to be asked.
        Err(errno) => reactor.later(finish(Err(errno))),
    }
    None
}

fn tell(scope: &mut HandleScope<'_>, request: i32, answer: Result<Answer, Errno>) {
    Reactor::of(scope).release();
    let mut all = vec![integer(scope, request)];
    all.extend(values(scope, answer));
    hooks::call(scope, Hook::Done, &all);
}

/// Declares the operations whose arguments need nothing but to be put into a [`Call`].
macro_rules! calls {
    ($($name:ident($($argument:ident: $type:ty),*) = $call:expr;)*) => {$(
        fn $name<'s>(
            scope: &mut HandleScope<'s>,
            request: Request,
            $($argument: $type),*
        ) -> Returned<'s> {
            make(scope, request, Ok($call))
        }
    )*};
}

calls! {
    posix_rename(from: String, to: String) = Call::Rename(from, to);
    posix_unlink(path: String) = Call::Unlink(path);
    posix_rmdir(path: String) = Call::Rmdir(path);
    posix_mkdir(path: String, bits: i32) = Call::Mkdir(path, mode(bits));
    posix_open(path: String, flags: i32, bits: i32) =
        Call::Open(path, OFlags::from_bits_retain(flags as u32), mode(bits));
    posix_readdir(path: String) = Call::Readdir(path);
    posix_stat(path: String) = Call::Stat(path);
    posix_lstat(path: String) = Call::Lstat(path);
    posix_cat(path: String, encoding: Encoding) = Call::Cat(path, encoding);
}

fn posix_close<'s>(
    scope: &mut HandleScope<'s>,
    request: Request,
    fd: Lenient<i32>,
) -> Returned<'s> {
    let call = files::take(scope, fd.unwrap_or(-1)).map(Call::Close);
    make(scope, request, call)
}

fn posix_read<'s>(
    scope: &mut HandleScope<'s>,
    request: Request,
    fd: Lenient<i32>,
    length: f64,
    at: Place,
    encoding: Encoding,
) -> Returned<'s> {
    let file = files::find(scope, fd.unwrap_or(-1));
    let call = file.map(|file| Call::Read(file, length.max(0.0) as usize, place(at), encoding));
    make(scope, request, call)
}

fn posix_write<'s>(
    scope: &mut HandleScope<'s>,
    request: Request,
    fd: Lenient<i32>,
    text: Local<'s, JsString>,
    at: Place,
    encoding: Encoding,
) -> Returned<'s> {
    let mut data = Vec::new();
    encoding.encode(scope, text, &mut data);
    let file = files::find(scope, fd.unwrap_or(-1));
    make(scope, request, file.map(|file| Call::Write(file, data, place(at))))
}

fn posix_sendfile<'s>(
    scope: &mut HandleScope<'s>,
    request: Request,
    to: Lenient<i32>,
    from: Lenient<i32>,
    at: Place,
    length: f64,
) -> Returned<'s> {
    let to = files::find(scope, to.unwrap_or(-1));
    let call = to.and_then(|to| {
        let from = files::find(scope, from.unwrap_or(-1))?;
        Ok(Call::Sendfile(to, from, place(at), length.max(0.0) as usize))
    });
    make(scope, request, call)
}

fn values<'s>(scope: &mut HandleScope<'s>, answer: Result<Answer, Errno>) -> Vec<Local<'s, Value>> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(errno) => {
            let errno = errno.raw_os_error();
            return vec![integer(scope, errno), string(scope, &error_text(errno))];
        }
    };
    let zero = integer(scope, 0);
    match answer {
        Answer::Nothing => vec![zero, undefined(scope).into()],
        Answer::Fd(fd) => {
            let number = files::give(scope, fd);
            vec![zero, integer(scope, number)]
        }
        Answer::Count(count) => vec![zero, number(scope, count as f64)],
        Answer::Data(data, encoding) => {
            vec![zero, encoding.decode(scope, &data), number(scope, data.len() as f64)]
        }
        Answer::Chunk(data, _) if data.is_empty() => vec![zero, null(scope).into(), zero],
        Answer::Chunk(data, encoding) => {
            vec![zero, encoding.decode(scope, &data), number(scope, data.len() as f64)]
        }
        Answer::Names(names) => vec![zero, list(scope, &names)],
        Answer::Stat(stat) => {
            let fields = stat_fields(&stat).map(|field| number(scope, field));
            vec![zero, Array::new_with_elements(scope, &fields).into()]
        }
    }
}

/// In the order in which JavaScript names them; times in whole seconds, then what is left of the
/// second where the file changed.
fn stat_fields(stat: &Stat) -> [f64; 15] {
    [
        stat.st_dev as f64,
        stat.st_ino as f64,
        f64::from(stat.st_mode),
        stat.st_nlink as f64,
        f64::from(stat.st_uid),
        f64::from(stat.st_gid),
        stat.st_rdev as f64,
        stat.st_size as f64,
        stat.st_blksize as f64,
        stat.st_blocks as f64,
        stat.st_atime as f64,
        stat.st_mtime as f64,
        stat.st_ctime as f64,
        stat.st_mtime_nsec as f64,
        stat.st_ctime_nsec as f64,
    ]
}
