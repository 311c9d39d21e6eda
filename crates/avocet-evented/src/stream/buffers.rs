//! Memory for reading and writing that is used again.

use avocet_v8::HandleScope;

/// Bytes of one chunk, as in the original.
pub(crate) const CHUNK: usize = 8192;

/// Read buffers that are kept.
const SPARE: usize = 16;

/// Bytes of a read buffer that is kept.
const LARGEST: usize = 1 << 18;

/// Bytes of the buffer for what is written that are kept.
const LARGEST_SCRATCH: usize = 1 << 20;

/// Buffers of an isolate that are not in use.
#[derive(Default)]
pub(crate) struct Buffers {
    scratch: Vec<u8>,
    /// For one chunk each.
    chunks: Vec<Box<[u8]>>,
    spare: Vec<Vec<u8>>,
}

impl Buffers {
    pub(crate) fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("set before any JavaScript runs")
    }

    /// An empty buffer for what is written.
    pub(super) fn scratch(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.scratch)
    }

    pub(super) fn give_back_scratch(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= LARGEST_SCRATCH {
            buffer.clear();
            self.scratch = buffer;
        }
    }

    /// A buffer for one chunk.
    pub(super) fn chunk(&mut self) -> Box<[u8]> {
        self.chunks.pop().unwrap_or_else(|| vec![0; CHUNK].into_boxed_slice())
    }

    pub(super) fn give_back_chunk(&mut self, chunk: Box<[u8]>) {
        self.chunks.push(chunk);
    }

    /// An empty buffer to read at least `size` bytes into.
    pub(crate) fn take(&mut self, size: usize) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.reserve(size);
        buffer
    }

    pub(crate) fn give_back(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() > 0 && buffer.capacity() <= LARGEST && self.spare.len() < SPARE {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}
