//! Reading the bytes of objects.

use std::fs::File;
use std::io::Read as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use avocet_backplane::objects::{CHUNK_BYTES, Object, ObjectInfo};
use avocet_backplane::{Bucket, Error, Incoming, Pending, Result};
use bytes::Bytes;
use futures_core::Stream;
use sha2::{Digest as _, Sha256};

use super::draft::Sum;
use super::files::Files;
use super::read::{Place, Stored};
use super::{Shared, read};

/// Looks again for an object whose file went away between the two looks.
const TRIES: usize = 3;

pub(super) async fn get(
    shared: Arc<Shared>,
    bucket: Bucket,
    name: String,
) -> Result<Option<Object>> {
    for _ in 0..TRIES {
        let (bucket, name, files) = (bucket.clone(), name.clone(), Arc::clone(&shared.files));
        let opened = shared.readers.read(move |db| {
            let stored = read::stored(db, &bucket, &name)?;
            Ok(stored.map(|stored| open(stored, &files)).transpose()?)
        });
        match opened.await? {
            None => return Ok(None),
            Some(Some(opened)) => return Ok(Some(opened.object(Arc::clone(&shared.files)))),
            Some(None) => {}
        }
    }
    Err(lost(&name, "its file is missing"))
}

/// An object whose bytes can be read, whatever becomes of it.
pub(super) struct Opened {
    info: ObjectInfo,
    bytes: OpenedBytes,
}

enum OpenedBytes {
    Here(Vec<u8>),
    File { file: File, number: u64 },
}

/// Opens an object; `None` where its file is not there (any more).
pub(super) fn open(stored: Stored, files: &Files) -> Result<Option<Opened>> {
    let bytes = match stored.place {
        Place::Here(data) => OpenedBytes::Here(data),
        Place::File(number) => match files.read(number)? {
            Some(file) => OpenedBytes::File { file, number },
            None => return Ok(None),
        },
    };
    Ok(Some(Opened { info: stored.info, bytes }))
}

impl Opened {
    pub(super) fn object(self, files: Arc<Files>) -> Object {
        let info = self.info;
        let data = match self.bytes {
            OpenedBytes::Here(data) => Incoming::ready(whole(&info, data)),
            OpenedBytes::File { file, number } => {
                let digest = Sha256::new();
                let reader = Reader { file, number, digest, read: 0, info: info.clone() };
                Incoming::new(Reading { files, state: State::Idle(Box::new(reader)) })
            }
        };
        Object { info, data }
    }
}

/// Bytes that are there as a whole; an empty object has no piece.
fn whole(info: &ObjectInfo, data: Vec<u8>) -> Option<Result<Bytes>> {
    if Sum::of(&data).digest != info.digest {
        return Some(Err(damaged(info, "its bytes do not have its digest")));
    }
    (!data.is_empty()).then(|| Ok(data.into()))
}

fn damaged(info: &ObjectInfo, reason: &str) -> Error {
    lost(&info.name, reason)
}

/// The error of an object that is not what was stored.
pub(super) fn lost(name: &str, reason: &str) -> Error {
    Error::Damaged { what: format!("object {name:?}"), reason: reason.into() }
}

struct Reader {
    file: File,
    number: u64,
    digest: Sha256,
    read: u64,
    info: ObjectInfo,
}

impl Reader {
    /// The next piece, and whether it is the last one. The last one is given only where all were
    /// right.
    fn next(&mut self, files: &Files) -> Result<(Bytes, bool)> {
        let left = self.info.bytes - self.read;
        let mut piece = vec![0; usize::try_from(left).map_or(CHUNK_BYTES, |n| n.min(CHUNK_BYTES))];
        self.file.read_exact(&mut piece).map_err(|source| match source.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                damaged(&self.info, "bytes at its end are missing")
            }
            _ => files.failed(self.number, source),
        })?;
        self.read += piece.len() as u64;
        self.digest.update(&piece);
        let last = self.read == self.info.bytes;
        if last && self.info.digest.0[..] != std::mem::take(&mut self.digest).finalize()[..] {
            return Err(damaged(&self.info, "its bytes do not have its digest"));
        }
        Ok((piece.into(), last))
    }
}

/// Pieces of an object; the next one is read while the one before is on its way.
struct Reading {
    files: Arc<Files>,
    state: State,
}

enum State {
    Idle(Box<Reader>),
    Busy(Pending<(Box<Reader>, Bytes, bool)>),
    Ended,
}

impl Reading {
    fn start(&self, mut reader: Box<Reader>) -> State {
        let files = Arc::clone(&self.files);
        let next = move || reader.next(&files).map(|(piece, last)| (reader, piece, last));
        State::Busy(self.files.run(next))
    }
}

impl Stream for Reading {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Idle(reader) => self.state = self.start(reader),
                State::Busy(mut busy) => {
                    let Poll::Ready(read) = busy.as_mut().poll(cx) else {
                        self.state = State::Busy(busy);
                        return Poll::Pending;
                    };
                    let (reader, piece, last) = match read {
                        Ok(read) => read,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    if !last {
                        self.state = self.start(reader);
                    }
                    return Poll::Ready(Some(Ok(piece)));
                }
            }
        }
    }
}
