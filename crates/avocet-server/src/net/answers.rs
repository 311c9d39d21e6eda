//! Memory of answers whose callers have not read them yet.

use tokio::sync::OwnedSemaphorePermit;

use super::body::BodyMemory;

/// Answers up to this size are not counted: their number is bounded by that of the connections.
pub(crate) const SMALL: usize = 64 * 1024;

/// The memory that large answers take together until their callers have read them.
///
/// While more than half of it is taken, connections whose peers take nothing are closed after a
/// moment instead of the usual time: callers who read are not kept waiting by callers who do not.
#[derive(Debug, Clone)]
pub(crate) struct AnswerMemory {
    memory: BodyMemory,
    bytes: usize,
}

impl AnswerMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { memory: BodyMemory::new(bytes), bytes }
    }

    /// Counts an answer of so many bytes; `None` where there is no room for it. One that is larger
    /// than half of the room takes half.
    pub(super) fn hold(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        self.memory.reserve(bytes.min(self.bytes / 2)).ok()
    }

    /// Whether more than half is taken.
    pub(super) fn is_scarce(&self) -> bool {
        self.memory.held() > self.bytes / 2
    }
}
