//! System calls on files, in the loop's thread or on the pool's.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use avocet_v8::{Arguments, Array, HandleScope, Local, ReturnValue, Value, null, undefined};
use rustix::fs::{Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::convert::{Encoding, error_text, integer, list, number, string, text};
use crate::event_loop;
use crate::runtime::{Hook, Runtime, Task};
use crate::standard;

/// The most that one `read` gives: what is asked for is memory at once.
const MAX_READ: usize = 64 << 20;

/// A descriptor that a script may use: one that it opened, that of a connection, or a standard one.
#[derive(Clone)]
enum File {
    Owned(Arc<OwnedFd>),
    Standard(i32),
}

impl File {
    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Owned(fd) => std::os::fd::AsFd::as_fd(&**fd),
            Self::Standard(0) => rustix::stdio::stdin(),
            Self::Standard(1) => rustix::stdio::stdout(),
            Self::Standard(_) => rustix::stdio::stderr(),
        }
    }
}

/// A call with everything it needs.
enum Call {
    Rename(Vec<u8>, Vec<u8>),
    Unlink(Vec<u8>),
    Rmdir(Vec<u8>),
    Mkdir(Vec<u8>, Mode),
    Open(Vec<u8>, OFlags, Mode),
    Close(Option<File>),
    Read(File, usize, Option<u64>, Encoding),
    Write(File, Vec<u8>, Option<u64>),
    Sendfile(File, File, Option<u64>, usize),
    Readdir(Vec<u8>),
    Stat(Vec<u8>),
    Lstat(Vec<u8>),
    Cat(Vec<u8>, Encoding),
}

/// What a call gives.
enum Answer {
    Nothing,
    Fd(OwnedFd),
    Count(usize),
    Data(Vec<u8>, Encoding),
    /// Data whose end is told by null.
    Chunk(Vec<u8>, Encoding),
    Names(Vec<Vec<u8>>),
    Stat(Box<Stat>),
}

impl Call {
    fn run(self) -> Result<Answer, Errno> {
        use rustix::fs;
        match self {
            Self::Rename(from, to) => fs::rename(from, to).map(|()| Answer::Nothing),
            Self::Unlink(path) => fs::unlink(path).map(|()| Answer::Nothing),
            Self::Rmdir(path) => fs::rmdir(path).map(|()| Answer::Nothing),
            Self::Mkdir(path, mode) => fs::mkdir(path, mode).map(|()| Answer::Nothing),
            Self::Open(path, flags, mode) => {
                fs::open(path, flags | OFlags::CLOEXEC, mode).map(Answer::Fd)
            }
            Self::Close(file) => {
                drop(file);
                Ok(Answer::Nothing)
            }
            Self::Read(file, length, at, encoding) => read(&file, length, at, encoding),
            Self::Write(file, data, at) => match at {
                Some(at) => rustix::io::pwrite(file.fd(), &data, at),
                None => rustix::io::write(file.fd(), &data),
            }
            .map(Answer::Count),
            Self::Sendfile(to, from, at, length) => sendfile(&to, &from, at, length),
            Self::Readdir(path) => readdir(&path),
            Self::Stat(path) => fs::stat(path).map(|stat| Answer::Stat(Box::new(stat))),
            Self::Lstat(path) => fs::lstat(path).map(|stat| Answer::Stat(Box::new(stat))),
            Self::Cat(path, encoding) => cat(path, encoding),
        }
    }
}

fn read(file: &File, length: usize, at: Option<u64>, encoding: Encoding) -> Result<Answer, Errno> {
    let mut buffer = vec![0; length.min(MAX_READ)];
    let got = match at {
        Some(at) => rustix::io::pread(file.fd(), &mut buffer[..], at)?,
        None => rustix::io::read(file.fd(), &mut buffer[..])?,
    };
    buffer.truncate(got);
    Ok(Answer::Chunk(buffer, encoding))
}

fn cat(path: Vec<u8>, encoding: Encoding) -> Result<Answer, Errno> {
    let fd = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let size = rustix::fs::fstat(&fd)?.st_size;
    let mut data = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(MAX_READ) + 1);
    loop {
        if data.capacity() - data.len() < 1024 {
            data.reserve(data.len().max(16 << 10));
        }
        match rustix::io::read(&fd, rustix::buffer::spare_capacity(&mut data)) {
            Ok(0) => return Ok(Answer::Data(data, encoding)),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

fn readdir(path: &[u8]) -> Result<Answer, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty())?;
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(fd)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    Ok(Answer::Names(names))
}

/// Sends a part of one file to another descriptor, by copying where the system cannot.
fn sendfile(to: &File, from: &File, at: Option<u64>, length: usize) -> Result<Answer, Errno> {
    let mut offset = at.unwrap_or(0);
    let sent =
        rustix::fs::sendfile(to.fd(), from.fd(), at.is_some().then_some(&mut offset), length);
    match sent {
        Err(Errno::INVAL | Errno::NOSYS) => {}
        other => return other.map(Answer::Count),
    }
    let Answer::Chunk(data, _) = read(from, length.min(64 << 10), at, Encoding::Binary)? else {
        return Err(Errno::INVAL);
    };
    rustix::io::write(to.fd(), &data).map(Answer::Count)
}

struct Reader<'a, 's> {
    arguments: &'a Arguments<'s>,
}

impl Reader<'_, '_> {
    fn path(&self, scope: &mut HandleScope<'_>, index: usize) -> Vec<u8> {
        text(scope, self.arguments.get(index)).into_bytes()
    }

    fn mode(&self, index: usize) -> Mode {
        Mode::from_bits_truncate(self.arguments.i32(index).unwrap_or(0) as u32)
    }

    fn size(&self, index: usize) -> usize {
        self.arguments.f64(index).unwrap_or(0.0).max(0.0) as usize
    }

    /// A place in a file; anything but a number is the current one.
    fn place(&self, index: usize) -> Option<u64> {
        self.arguments.f64(index).map(|place| place as u64)
    }

    fn file(&self, runtime: &Runtime, index: usize) -> Result<File, Errno> {
        match self.arguments.i32(index).ok_or(Errno::BADF)? {
            number @ 0..=2 if runtime.standard.is_open(number) => Ok(File::Standard(number)),
            number => {
                let file = runtime.files.get(&number).cloned();
                let file = file.or_else(|| runtime.duplicate(number).map(Arc::new));
                file.map(File::Owned).ok_or(Errno::BADF)
            }
        }
    }

    /// The call that the arguments from the second on describe; the first is its name's number.
    fn call(&self, scope: &mut HandleScope<'_>) -> Result<Call, Errno> {
        Ok(match self.arguments.i32(1).unwrap_or(-1) {
            0 => Call::Rename(self.path(scope, 2), self.path(scope, 3)),
            1 => Call::Unlink(self.path(scope, 2)),
            2 => Call::Rmdir(self.path(scope, 2)),
            3 => Call::Mkdir(self.path(scope, 2), self.mode(3)),
            4 => {
                let flags = self.arguments.i32(3).unwrap_or(0) as u32;
                Call::Open(self.path(scope, 2), OFlags::from_bits_retain(flags), self.mode(4))
            }
            5 => {
                let runtime = Runtime::of(scope);
                match self.file(runtime, 2)? {
                    File::Standard(number) => {
                        standard::close(runtime, number)?;
                        Call::Close(None)
                    }
                    File::Owned(fd) => {
                        let file = runtime.files.remove(&fd.as_raw_fd()).ok_or(Errno::BADF)?;
                        Call::Close(Some(File::Owned(file)))
                    }
                }
            }
            6 => {
                let file = self.file(Runtime::of(scope), 2)?;
                Call::Read(file, self.size(3), self.place(4), Encoding::of(self.arguments.i32(5)))
            }
            7 => {
                let file = self.file(Runtime::of(scope), 2)?;
                let mut data = Vec::new();
                let encoding = Encoding::of(self.arguments.i32(5));
                encoding.encode(scope, self.arguments.get(3), &mut data);
                Call::Write(file, data, self.place(4))
            }
            8 => {
                let runtime = Runtime::of(scope);
                let (to, from) = (self.file(runtime, 2)?, self.file(runtime, 3)?);
                Call::Sendfile(to, from, self.place(4), self.size(5))
            }
            9 => Call::Readdir(self.path(scope, 2)),
            10 => Call::Stat(self.path(scope, 2)),
            11 => Call::Lstat(self.path(scope, 2)),
            12 => Call::Cat(self.path(scope, 2), Encoding::of(self.arguments.i32(3))),
            _ => return Err(Errno::NOSYS),
        })
    }
}

/// `fs(request, call, …)`: what it gives goes to `done`. With request -1 it is done at once and
/// returned: `[errno, text]` or `[0, value, count]`.
pub(crate) fn fs(scope: &mut HandleScope<'_>, arguments: &Arguments<'_>, result: ReturnValue<'_>) {
    let request = arguments.i32(0).unwrap_or(-1);
    let call = Reader { arguments }.call(scope);
    if request < 0 {
        let answer = call.and_then(Call::run);
        let values = values(scope, answer);
        result.set(Array::new_with_elements(scope, &values).into());
        return;
    }
    let runtime = Runtime::of(scope);
    runtime.alive += 1;
    let finish = move |answer: Result<Answer, Errno>| -> Task {
        Box::new(move |scope| {
            Runtime::of(scope).alive -= 1;
            let mut all = vec![integer(scope, request)];
            all.extend(values(scope, answer));
            event_loop::call(scope, Hook::Done, &all);
        })
    };
    match call {
        Ok(call) => runtime.pool.run(Box::new(move || finish(call.run()))),
        // Never at once, even where nothing has to be asked.
        Err(errno) => runtime.later(finish(Err(errno))),
    }
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
            let runtime = Runtime::of(scope);
            let number = standard::take(runtime, &fd).unwrap_or_else(|| {
                let raw = fd.as_raw_fd();
                runtime.files.insert(raw, Arc::new(fd));
                raw
            });
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
