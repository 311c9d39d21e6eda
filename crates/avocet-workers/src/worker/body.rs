//! A response's body on its way from the worker to its reader.

use std::collections::VecDeque;

use avocet_frames::CREDIT_WINDOW;
use bytes::Bytes;

use crate::CallError;

/// Chunks that arrived, and the account of what the worker may send.
#[derive(Debug)]
pub(crate) struct Incoming {
    chunks: VecDeque<Bytes>,
    end: Option<Result<(), CallError>>,
    /// Bytes that the worker may still send.
    granted: u64,
    /// Bytes that the reader took and that are not yet granted to the worker again.
    taken: u32,
}

/// The worker sent more than it was allowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overrun;

impl Incoming {
    /// A body whose beginning, of so many bytes, came with the answer's head: it is at the reader
    /// already.
    pub(super) fn new(beginning: usize) -> Self {
        Self {
            chunks: VecDeque::new(),
            end: None,
            granted: u64::from(CREDIT_WINDOW),
            // A beginning larger than the window cannot have been counted against it.
            taken: u32::try_from(beginning).unwrap_or(0).min(CREDIT_WINDOW),
        }
    }

    pub(super) fn push(&mut self, chunk: Bytes) -> Result<(), Overrun> {
        self.granted = self.granted.checked_sub(chunk.len() as u64).ok_or(Overrun)?;
        if self.end.is_none() && !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
        Ok(())
    }

    pub(super) fn end(&mut self, how: Result<(), CallError>) {
        if how.is_err() {
            self.chunks.clear();
        }
        self.end.get_or_insert(how);
    }

    /// Gives what came next; `None` where that is still to come.
    pub(super) fn take(&mut self) -> Option<Option<Result<Bytes, CallError>>> {
        if let Some(chunk) = self.chunks.pop_front() {
            // Bounded by what was granted, which is far below 4 GiB.
            self.taken += chunk.len() as u32;
            return Some(Some(Ok(chunk)));
        }
        match self.end.take()? {
            Ok(()) => Some(None),
            Err(error) => Some(Some(Err(error))),
        }
    }

    /// Bytes to grant now: half a window at a time, or all where the reader has everything, so
    /// that a worker which waits for room of any size up to the window gets it.
    pub(super) fn grant(&mut self) -> Option<u32> {
        let due = self.taken >= CREDIT_WINDOW / 2 || (self.taken > 0 && self.chunks.is_empty());
        if !due || self.end.is_some() {
            return None;
        }
        self.granted += u64::from(self.taken);
        Some(std::mem::take(&mut self.taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_ignores_the_window_is_found_out() {
        let mut body = Incoming::new(0);
        let half = Bytes::from(vec![0; CREDIT_WINDOW as usize / 2]);
        assert_eq!(body.push(half.clone()), Ok(()));
        assert_eq!(body.push(half.clone()), Ok(()));
        assert_eq!(body.push(Bytes::from_static(b"x")), Err(Overrun));
    }

    #[test]
    fn what_the_reader_takes_is_granted_again() {
        let mut body = Incoming::new(10);
        assert_eq!(body.grant(), Some(10));
        body.push(Bytes::from_static(b"abc")).unwrap();
        body.push(Bytes::from_static(b"de")).unwrap();
        assert!(matches!(body.take(), Some(Some(Ok(chunk))) if chunk == "abc"));
        assert_eq!(body.grant(), None);
        assert!(matches!(body.take(), Some(Some(Ok(chunk))) if chunk == "de"));
        assert_eq!(body.grant(), Some(5));
        assert!(body.take().is_none());
        body.end(Ok(()));
        assert!(matches!(body.take(), Some(None)));
    }
}
