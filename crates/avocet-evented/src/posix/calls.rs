//! System calls on files, each with everything that it needs, to be made in any thread.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, Stat};
use rustix::io::Errno;

use super::files::File;
use crate::convert::Encoding;

/// The most that one `read` gives: what is asked for is memory at once.
const MAX_READ: usize = 64 << 20;

/// A call with everything it needs.
pub(super) enum Call {
    Rename(String, String),
    Unlink(String),
    Rmdir(String),
    Mkdir(String, Mode),
    Open(String, OFlags, Mode),
    Close(Option<File>),
    Read(File, usize, Option<u64>, Encoding),
    Write(File, Vec<u8>, Option<u64>),
    Sendfile(File, File, Option<u64>, usize),
    Readdir(String),
    Stat(String),
    Lstat(String),
    Cat(String, Encoding),
}

/// Result of a call.
pub(super) enum Answer {
    Nothing,
    Fd(OwnedFd),
    Count(usize),
    Data(Vec<u8>, Encoding),
    /// Data whose end is marked by null.
    Chunk(Vec<u8>, Encoding),
    Names(Vec<Vec<u8>>),
    Stat(Box<Stat>),
}

impl Call {
    pub(super) fn run(self) -> Result<Answer, Errno> {
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

fn cat(path: String, encoding: Encoding) -> Result<Answer, Errno> {
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

fn readdir(path: &str) -> Result<Answer, Errno> {
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
