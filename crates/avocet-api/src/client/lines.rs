//! Log lines out of an answer, as they come.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::{ClientError, Result};
use crate::LogLine;

/// Longest line, bytes: of 64 KiB of text, each byte of which is escaped, and what belongs to it.
const MAX_LINE: usize = 1 << 20;

/// The lines of a log.
#[derive(Debug)]
pub struct LogLines {
    body: Incoming,
    pending: BytesMut,
    /// Bytes of `pending` that hold no line break.
    searched: usize,
}

impl LogLines {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, pending: BytesMut::new(), searched: 0 }
    }

    /// The next line; `None` at the end of the log.
    ///
    /// # Errors
    /// Where the log breaks off, or a line is none of this API.
    pub async fn next(&mut self) -> Result<Option<LogLine>> {
        loop {
            match self.line() {
                // An empty line only shows that the server is still there.
                Some(line) if line.is_empty() => {}
                Some(line) => {
                    return serde_json::from_slice(&line).map(Some).map_err(ClientError::Body);
                }
                None if !self.fill().await? => return self.rest(),
                None => {}
            }
        }
    }

    /// A line that is whole, without its line break.
    fn line(&mut self) -> Option<Bytes> {
        let found = self.pending[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(found) = found else {
            self.searched = self.pending.len();
            return None;
        };
        let mut line = self.pending.split_to(self.searched + found + 1);
        self.searched = 0;
        line.truncate(line.len() - 1);
        Some(line.freeze())
    }

    /// Reads on; `false` at the end.
    async fn fill(&mut self) -> Result<bool> {
        if self.pending.len() > MAX_LINE {
            return Err(ClientError::LongLine(MAX_LINE));
        }
        let Some(frame) = self.body.frame().await else { return Ok(false) };
        if let Ok(data) = frame.map_err(ClientError::LogEnded)?.into_data() {
            self.pending.extend_from_slice(&data);
        }
        Ok(true)
    }

    /// A last line without a line break.
    fn rest(&mut self) -> Result<Option<LogLine>> {
        let rest = std::mem::take(&mut self.pending);
        self.searched = 0;
        if rest.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&rest).map(Some).map_err(ClientError::Body)
    }
}
