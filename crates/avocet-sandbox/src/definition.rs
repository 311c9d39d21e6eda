//! What all instances of a function share: its code, its queue, its log.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use avocet_frames::head::{Load, SourceError};
use bytes::Bytes;

use crate::logs::Logs;
use crate::outbox::Outbox;
use crate::slot::SlotId;

/// Host calls that one function may have open.
pub(crate) const MAX_HOST_CALLS: usize = 10_000;

/// The files of a function by path.
pub(crate) type FileMap = BTreeMap<String, Bytes>;

/// A call that waits for its turn.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) call: u32,
    /// [`avocet_frames::head::Invoke`], as it came.
    pub(crate) head: Bytes,
    pub(crate) body: Bytes,
    /// On the loop's clock.
    pub(crate) arrived: Duration,
}

#[derive(Default)]
struct HostCalls {
    next: u32,
    open: HashMap<u32, (SlotId, u32)>,
}

/// A function's definition.
pub(crate) struct Definition {
    pub(crate) number: u32,
    pub(crate) head: Load,
    /// The head as it came: JavaScript reads the context and the environment from it.
    pub(crate) json: Bytes,
    pub(crate) files: Arc<FileMap>,
    pub(crate) logs: Logs,
    /// The thread that runs an instance takes calls from here one by one, so that those behind a
    /// slow call stay free for another instance.
    jobs: Mutex<VecDeque<Job>>,
    host_calls: Mutex<HostCalls>,
}

/// A load frame that contradicts itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DefinitionError {
    #[error("the load frame's head cannot be read: {0}")]
    Head(#[from] serde_json::Error),
    #[error("the load frame's files are {0} bytes, its body {1}")]
    Length(usize, usize),
    #[error("the entry '{0}' is not among the files")]
    Entry(String),
}

impl Definition {
    /// From a load frame.
    pub(crate) fn new(
        number: u32,
        json: Bytes,
        mut body: Bytes,
        outbox: Arc<Outbox>,
    ) -> Result<Self, DefinitionError> {
        let head: Load = serde_json::from_slice(&json)?;
        let length = head.files.iter().map(|file| file.len).sum();
        if length != body.len() {
            return Err(DefinitionError::Length(length, body.len()));
        }
        let files: FileMap =
            head.files.iter().map(|file| (file.path.clone(), body.split_to(file.len))).collect();
        if !files.contains_key(&head.entry) {
            return Err(DefinitionError::Entry(head.entry));
        }
        Ok(Self {
            number,
            head,
            json,
            files: Arc::new(files),
            logs: Logs::new(number, outbox),
            jobs: Mutex::new(VecDeque::new()),
            host_calls: Mutex::new(HostCalls::default()),
        })
    }

    fn jobs(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, job: Job) {
        self.jobs().push_back(job);
    }

    pub(crate) fn pop(&self) -> Option<Job> {
        self.jobs().pop_front()
    }

    /// Calls that wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.jobs().len()
    }

    /// When the first of them arrived.
    pub(crate) fn oldest(&self) -> Option<Duration> {
        self.jobs().front().map(|job| job.arrived)
    }

    /// Takes all of them.
    pub(crate) fn take_jobs(&self) -> VecDeque<Job> {
        std::mem::take(&mut *self.jobs())
    }

    /// Takes those that arrived before `limit`.
    pub(crate) fn take_jobs_before(&self, limit: Duration) -> Vec<Job> {
        let mut jobs = self.jobs();
        let count = jobs.iter().take_while(|job| job.arrived < limit).count();
        jobs.drain(..count).collect()
    }

    /// Takes one out that nobody waits for any more.
    pub(crate) fn remove(&self, call: u32) -> bool {
        let mut jobs = self.jobs();
        let before = jobs.len();
        jobs.retain(|job| job.call != call);
        jobs.len() < before
    }

    /// Numbers a host call; `None` where too many are open.
    pub(crate) fn host_call(&self, slot: SlotId, call: u32) -> Option<u32> {
        let mut calls = self.host_calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.open.len() >= MAX_HOST_CALLS {
            return None;
        }
        calls.next = calls.next.wrapping_add(1);
        let number = calls.next;
        calls.open.insert(number, (slot, call));
        Some(number)
    }

    /// Who made a host call that was answered.
    pub(crate) fn answered(&self, number: u32) -> Option<(SlotId, u32)> {
        let mut calls = self.host_calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.open.remove(&number)
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

    /// The error of code that does not become ready in time.
    pub(crate) fn load_timeout(&self) -> SourceError {
        let limit = crate::function::seconds(self.load_limit().as_millis() as u64);
        SourceError {
            message: format!("'{}' did not finish loading within {limit}", self.head.entry),
            file: Some(self.head.entry.clone()),
            ..SourceError::default()
        }
    }
}
