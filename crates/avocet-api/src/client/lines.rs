//! Lines of JSON out of an answer, as they come.

use std::marker::PhantomData;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::{ClientError, Result};
use crate::{KeyChange, LogLine, MessageLine};

/// Longest line, bytes: of the largest event (16 MiB), with attempts and what is escaped.
const MAX_LINE: usize = 64 << 20;

/// The lines of a log.
pub type LogLines = JsonLines<LogLine>;
/// Changes of keys.
pub type KeyChanges = JsonLines<KeyChange>;
/// Messages on subjects.
pub type Messages = JsonLines<MessageLine>;

/// Lines that are a value of this type each.
#[derive(Debug)]
pub struct JsonLines<T> {
    body: Incoming,
    pending: BytesMut,
    /// Bytes of `pending` that hold no line break.
    searched: usize,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> JsonLines<T> {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, pending: BytesMut::new(), searched: 0, of: PhantomData }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// Where the answer breaks off, or a line is none of this API.
    pub async fn next(&mut self) -> Result<Option<T>> {
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
    fn rest(&mut self) -> Result<Option<T>> {
        let rest = std::mem::take(&mut self.pending);
        self.searched = 0;
        if rest.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&rest).map(Some).map_err(ClientError::Body)
    }
}
