//! Frames on their way to a worker.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use avocet_frames::{CallId, Kind, codec};
use bytes::{Buf, Bytes, BytesMut};
use tokio::net::unix::OwnedWriteHalf;

use crate::definition::MAX_BODY;

/// Bodies from this size on are not copied into the buffer but written from where they are.
const SHARE_FROM: usize = 32 * 1024;

/// Largest head, bytes.
const MAX_HEAD: usize = 1024 * 1024;

/// A written buffer keeps at most this capacity for the next batch.
const KEEP: usize = 128 * 1024;

/// Most pieces of one gathered write.
const GATHER: usize = 32;

/// A frame that is over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Frames that the writer has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    batch: Batch,
    /// Bytes that were put here and not written yet, also those that the writer holds.
    pub(super) queued: usize,
}

impl Outbox {
    /// Appends a frame whose head `write` serialises in place. On an error, and where `write`
    /// panics, nothing is appended.
    pub(super) fn frame(
        &mut self,
        kind: Kind,
        call: CallId,
        body: &Bytes,
        write: impl FnOnce(&mut BytesMut),
    ) -> Result<(), TooLong> {
        if body.len() > MAX_BODY {
            return Err(TooLong);
        }
        let shared = body.len() >= SHARE_FROM;
        let draft = Draft::begin(&mut self.batch.tail);
        let inline = if shared { &[][..] } else { &body[..] };
        codec::put_with(draft.tail, kind, call, inline, write);
        let length = draft.tail.len() - draft.start;
        if length - inline.len() > MAX_HEAD {
            return Err(TooLong);
        }
        if shared {
            lengthen(&mut draft.tail[draft.start..], body.len());
        }
        draft.keep();
        self.queued += length;
        if shared {
            self.queued += body.len();
            self.batch.share(body.clone());
        }
        Ok(())
    }

    /// Appends a frame whose head is `head` as JSON.
    pub(super) fn json(
        &mut self,
        kind: Kind,
        call: CallId,
        head: &impl serde::Serialize,
        body: &Bytes,
    ) -> Result<(), TooLong> {
        self.frame(kind, call, body, |out| {
            serde_json::to_writer(bytes::BufMut::writer(out), head)
                .expect("heads have string keys and no I/O");
        })
    }

    /// Appends a frame without head and body.
    pub(super) fn bare(&mut self, kind: Kind, call: CallId) {
        let start = self.batch.tail.len();
        codec::put(&mut self.batch.tail, kind, call, &[], &[]);
        self.queued += self.batch.tail.len() - start;
    }

    /// Gives what is queued, taking the emptied `batch` in exchange; `false` where nothing is.
    pub(super) fn swap(&mut self, batch: &mut Batch) -> bool {
        if self.batch.is_empty() {
            return false;
        }
        std::mem::swap(&mut self.batch, batch);
        true
    }
}

/// Adds to the length of the frame that begins here.
fn lengthen(frame: &mut [u8], by: usize) {
    let length = u32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]);
    // Bounded by MAX_FRAME: head and body were checked.
    frame[..4].copy_from_slice(&(length + by as u32).to_le_bytes());
}

/// A frame under construction: undone unless it is kept.
struct Draft<'a> {
    tail: &'a mut BytesMut,
    start: usize,
    kept: bool,
}

impl<'a> Draft<'a> {
    fn begin(tail: &'a mut BytesMut) -> Self {
        let start = tail.len();
        Self { tail, start, kept: false }
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.tail.truncate(self.start);
        }
    }
}

/// Bytes in the order in which they are to be written.
#[derive(Debug, Default)]
pub(super) struct Batch {
    parts: VecDeque<Bytes>,
    tail: BytesMut,
    /// Bytes of `tail` that are written.
    sent: usize,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.sent == self.tail.len()
    }

    /// Puts shared bytes behind what is there.
    fn share(&mut self, bytes: Bytes) {
        self.parts.push_back(self.tail.split().freeze());
        self.parts.push_back(bytes);
    }

    /// Writes everything; gives the number of bytes.
    pub(super) async fn flush(&mut self, socket: &OwnedWriteHalf) -> io::Result<usize> {
        let mut written = 0;
        while !self.is_empty() {
            match self.try_write(socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => {
                    self.advance(bytes);
                    written += bytes;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    socket.writable().await?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.reset();
        Ok(written)
    }

    fn try_write(&self, socket: &OwnedWriteHalf) -> io::Result<usize> {
        if self.parts.is_empty() {
            return socket.try_write(&self.tail[self.sent..]);
        }
        let mut slices = [IoSlice::new(&[]); GATHER];
        let mut used = 0;
        let tail = &self.tail[self.sent..];
        for (slot, part) in slices.iter_mut().zip(self.parts.iter().map(|p| &p[..]).chain([tail])) {
            *slot = IoSlice::new(part);
            used += 1;
        }
        socket.try_write_vectored(&slices[..used])
    }

    fn advance(&mut self, mut bytes: usize) {
        while let Some(part) = self.parts.front_mut() {
            if bytes < part.len() {
                part.advance(bytes);
                return;
            }
            bytes -= part.len();
            self.parts.pop_front();
        }
        self.sent += bytes;
    }

    fn reset(&mut self) {
        self.sent = 0;
        if self.tail.capacity() > KEEP {
            self.tail = BytesMut::new();
        } else {
            self.tail.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avocet_frames::Frame;

    fn bytes_of(outbox: &Outbox) -> BytesMut {
        let mut all = BytesMut::new();
        for part in &outbox.batch.parts {
            all.extend_from_slice(part);
        }
        all.extend_from_slice(&outbox.batch.tail);
        all
    }

    fn frames(mut all: BytesMut) -> Vec<Frame> {
        std::iter::from_fn(|| codec::take(&mut all).unwrap()).collect()
    }

    #[test]
    fn shared_and_copied_bodies_come_in_order() {
        let mut outbox = Outbox::default();
        let bodies = [0, 10, SHARE_FROM, 5, SHARE_FROM * 3, SHARE_FROM].map(|n| vec![7; n]);
        for (n, body) in bodies.iter().enumerate() {
            let call = CallId::new(1, n as u32 + 1);
            let body = Bytes::from(body.clone());
            let write = |out: &mut BytesMut| out.extend_from_slice(b"{}");
            outbox.frame(Kind::Invoke, call, &body, write).unwrap();
        }
        let all = bytes_of(&outbox);
        assert_eq!(all.len(), outbox.queued);
        let found = frames(all);
        assert_eq!(found.len(), bodies.len());
        for (n, (frame, body)) in found.iter().zip(&bodies).enumerate() {
            assert_eq!(frame.call, CallId::new(1, n as u32 + 1));
            assert_eq!((&frame.head[..], &frame.body[..]), (&b"{}"[..], &body[..]));
        }
    }

    #[test]
    fn a_frame_that_fails_leaves_nothing() {
        let mut outbox = Outbox::default();
        outbox.bare(Kind::Ping, CallId::WORKER);
        let before = bytes_of(&outbox);
        let long = outbox.frame(Kind::Invoke, CallId::new(1, 1), &Bytes::new(), |out| {
            out.resize(out.len() + MAX_HEAD + 1, b' ');
        });
        assert_eq!(long, Err(TooLong));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            outbox.frame(Kind::Invoke, CallId::new(1, 1), &Bytes::new(), |out| {
                out.extend_from_slice(b"half");
                panic!("a defect of the caller");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!((bytes_of(&outbox), outbox.queued), (before.clone(), before.len()));
    }

    #[tokio::test]
    async fn a_batch_is_written_whole_through_a_small_socket() {
        let mut outbox = Outbox::default();
        let body = Bytes::from(vec![3; 3 * 1024 * 1024]);
        for call in 1..=3 {
            outbox.frame(Kind::Invoke, CallId::new(1, call), &body, |_| {}).unwrap();
            outbox.bare(Kind::Cancel, CallId::new(1, call));
        }
        let queued = outbox.queued;
        let (near, far) = tokio::net::UnixStream::pair().unwrap();
        let (_, half) = near.into_split();
        let mut batch = Batch::default();
        assert!(outbox.swap(&mut batch));
        let reader = tokio::spawn(async move {
            let mut far = far;
            let mut all = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut far, &mut all).await.unwrap();
            all
        });
        assert_eq!(batch.flush(&half).await.unwrap(), queued);
        drop(half);
        let found = frames(BytesMut::from(&reader.await.unwrap()[..]));
        let kinds: Vec<_> = found.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, [Kind::Invoke, Kind::Cancel].repeat(3));
        assert!(!outbox.swap(&mut batch));
    }
}
