//! The program that all instances of a function run: code, limits, log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use avocet_frames::head::Load;
use bytes::Bytes;

use crate::host_calls::HostCalls;
use crate::logs::Logs;
use crate::outbox::Outbox;

/// Files of a function by path.
pub(crate) type FileMap = BTreeMap<String, Bytes>;

/// A function's code, with what it writes and asks for while it runs.
pub(crate) struct Program {
    pub(crate) number: u32,
    pub(crate) head: Load,
    /// The head as it came: JavaScript reads the context and the environment from it.
    pub(crate) json: Bytes,
    pub(crate) files: Arc<FileMap>,
    pub(crate) logs: Logs,
    pub(crate) host_calls: HostCalls,
    /// Whether each call has globals of its own; known once the code is loaded.
    fresh: AtomicBool,
}

/// A load frame that contradicts itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error("the load frame's head cannot be read: {0}")]
    Head(#[from] serde_json::Error),
    #[error("the load frame's files are {0} bytes, its body {1}")]
    Length(usize, usize),
    #[error("the entry '{0}' is not among the files")]
    Entry(String),
}

impl Program {
    /// The program in a load frame.
    pub(crate) fn new(
        number: u32,
        json: Bytes,
        mut body: Bytes,
        outbox: Arc<Outbox>,
    ) -> Result<Self, ProgramError> {
        let head: Load = serde_json::from_slice(&json)?;
        let length = head.files.iter().map(|file| file.len).sum();
        if length != body.len() {
            return Err(ProgramError::Length(length, body.len()));
        }
        let files: FileMap =
            head.files.iter().map(|file| (file.path.clone(), body.split_to(file.len))).collect();
        if !files.contains_key(&head.entry) {
            return Err(ProgramError::Entry(head.entry));
        }
        let (files, logs) = (Arc::new(files), Logs::new(number, outbox));
        Ok(Self {
            number,
            head,
            json,
            files,
            logs,
            host_calls: HostCalls::default(),
            fresh: AtomicBool::new(false),
        })
    }

    /// Each call has globals of its own from here on.
    pub(crate) fn set_fresh(&self) {
        self.fresh.store(true, Ordering::Relaxed);
    }

    /// Whether each call has globals of its own.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh.load(Ordering::Relaxed)
    }

    /// Calls in flight in one instance.
    pub(crate) fn concurrency(&self) -> u32 {
        if self.is_fresh() { 1 } else { self.head.limits.concurrency }
    }

    /// Wall-clock time of one call.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.head.limits.timeout_ms.max(1))
    }

    /// Time in which the code must become ready: the call's limit, but at least a second, for a
    /// short limit of a call says nothing about loading, and at most half a minute.
    pub(crate) fn load_limit(&self) -> Duration {
        self.timeout().clamp(Duration::from_secs(1), Duration::from_secs(30))
    }
}
