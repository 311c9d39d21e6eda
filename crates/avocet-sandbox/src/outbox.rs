//! Frames on their way to the supervisor.
//!
//! Any thread appends; the loop's thread writes. The buffer is one `Vec` that answers are written
//! into directly, from the JavaScript string, so that an answer costs one copy and no allocation.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use avocet_frames::{CallId, Kind, MAX_FRAME, codec};
use rustix::event::EventfdFlags;
use serde::Serialize;

/// Bytes waiting to be written beyond which the loop starts no calls and log lines are dropped:
/// the supervisor is not reading.
pub(crate) const FULL: usize = 8 << 20;

/// The frames that wait to be written, and the loop's alarm clock.
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    wake: OwnedFd,
}

struct Waiting {
    frames: Vec<u8>,
    /// The loop sleeps in poll, or is about to: whoever appends wakes it.
    asleep: bool,
}

impl Outbox {
    pub(crate) fn new() -> std::io::Result<Self> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let wake = rustix::event::eventfd(0, flags)?;
        let waiting = Waiting { frames: Vec::with_capacity(64 << 10), asleep: false };
        Ok(Self { waiting: Mutex::new(waiting), wake })
    }

    /// Appends frames.
    pub(crate) fn with<R>(&self, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let mut waiting = self.waiting();
        let result = write(&mut waiting.frames);
        if waiting.asleep {
            waiting.asleep = false;
            self.wake();
        }
        result
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a frame with a JSON head.
    pub(crate) fn json(&self, kind: Kind, call: CallId, head: &impl Serialize, body: &[u8]) {
        let head = serde_json::to_vec(head).expect("heads have string keys and no I/O");
        self.with(|out| codec::put(out, kind, call, &head, body));
    }

    /// Moves what waits to the end of `into`; where that is empty, without copying.
    pub(crate) fn take(&self, into: &mut Vec<u8>) {
        let frames = &mut self.waiting().frames;
        if into.is_empty() {
            std::mem::swap(frames, into);
        } else {
            into.append(frames);
        }
    }

    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting().frames.len()
    }

    /// The loop is about to sleep; `false` where frames came in meanwhile.
    pub(crate) fn sleep(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.asleep = waiting.frames.is_empty();
        waiting.asleep
    }

    /// The loop is awake.
    pub(crate) fn awake(&self) {
        self.waiting().asleep = false;
    }

    /// Wakes the loop where it sleeps in poll.
    pub(crate) fn wake(&self) {
        // A full counter means that the loop is to be woken already.
        let _: Result<_, _> = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    /// Forgets that the loop was woken.
    pub(crate) fn woken(&self) {
        let _: Result<_, _> = rustix::io::read(&self.wake, &mut [0u8; 8]);
    }
}

impl AsFd for Outbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

/// Appends a frame whose body `write` appends in place; nothing, and `false`, where that would be
/// longer than a frame can be.
pub(crate) fn frame_with_body(
    out: &mut Vec<u8>,
    kind: Kind,
    call: CallId,
    head: &[u8],
    write: impl FnOnce(&mut Vec<u8>),
) -> bool {
    let start = out.len();
    codec::put(out, kind, call, head, &[]);
    write(out);
    let length = out.len() - start - 4;
    if length > MAX_FRAME {
        out.truncate(start);
        return false;
    }
    out[start..start + 4].copy_from_slice(&(length as u32).to_le_bytes());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_written_in_place_gives_the_same_frame() {
        let call = CallId::new(3, 4);
        let (mut one, mut two) = (vec![9u8], vec![9u8]);
        codec::put(&mut one, Kind::Respond, call, b"{}", b"hello");
        frame_with_body(&mut two, Kind::Respond, call, b"{}", |out| {
            out.extend_from_slice(b"hello");
        });
        assert_eq!(one, two);
    }

    #[test]
    fn taking_keeps_the_order() {
        let outbox = Outbox::new().unwrap();
        let mut taken = Vec::new();
        outbox.with(|out| out.extend_from_slice(b"one"));
        outbox.take(&mut taken);
        outbox.with(|out| out.extend_from_slice(b"two"));
        outbox.take(&mut taken);
        assert_eq!((taken.as_slice(), outbox.len()), (&b"onetwo"[..], 0));
    }
}
