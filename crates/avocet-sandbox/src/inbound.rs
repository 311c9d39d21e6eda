//! Frames from the supervisor.

use std::os::fd::AsFd;

use avocet_frames::{Frame, FrameError, codec};
use bytes::BytesMut;
use rustix::io::Errno;

/// Bytes read at once: about 500 small calls.
const READ: usize = 256 << 10;

/// Result of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// Some bytes; there may be more.
    Some,
    /// Nothing at this moment.
    None,
    /// The supervisor closed its end.
    Closed,
}

/// The bytes that were read and not yet taken as frames.
pub(crate) struct Inbound {
    scratch: Box<[u8]>,
    bytes: BytesMut,
}

impl Inbound {
    pub(crate) fn new() -> Self {
        Self { scratch: vec![0; READ].into_boxed_slice(), bytes: BytesMut::new() }
    }

    /// Reads what is there, at most 256 KiB.
    pub(crate) fn read(&mut self, socket: impl AsFd) -> Result<Read, Errno> {
        loop {
            match rustix::io::read(&socket, &mut self.scratch[..]) {
                Ok(0) => return Ok(Read::Closed),
                Ok(read) => {
                    self.bytes.extend_from_slice(&self.scratch[..read]);
                    return Ok(Read::Some);
                }
                Err(Errno::AGAIN) => return Ok(Read::None),
                Err(Errno::INTR) => {}
                Err(Errno::CONNRESET) => return Ok(Read::Closed),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next complete frame.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        codec::take(&mut self.bytes)
    }
}
